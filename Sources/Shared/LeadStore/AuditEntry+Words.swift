import Foundation

extension AuditEntry {
  /// The details in the order in which a person asks: the reason first, then the other members by name; lists are only counted.
  package var detailWords: String {
    guard let object = try? JSONSerialization.jsonObject(with: Data(detail.utf8)) as? [String: Any] else {
      return detail
    }
    let others = object.filter { $0.key != "reason" }.sorted { $0.key < $1.key }.map { name, value in
      let text = (value as? [Any]).map { "\($0.count) in all" } ?? "\(value)"
      return "\(name.replacing("_", with: " ")) \(text)"
    }
    let reason = (object["reason"] as? String).map { [$0] } ?? []
    return (reason + others).joined(separator: "; ")
  }
}
