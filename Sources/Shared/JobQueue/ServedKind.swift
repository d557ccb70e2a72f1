/// A kind of job that a worker has a handler for, up to a version of its payload. What is newer is left for newer workers.
public struct ServedKind: Sendable, Hashable, ExpressibleByStringLiteral {
  /// `NewJob.kind`.
  public let name: String
  /// The newest version of the payload that it reads, ≥ 1.
  public let payloadVersionMax: Int

  /// `payloadVersionMax` ≥ 1.
  public init(_ name: String, payloadVersionMax: Int = 1) {
    precondition(payloadVersionMax >= 1, "payload versions are counted from 1")
    self.name = name
    self.payloadVersionMax = payloadVersionMax
  }

  /// A kind whose payload never changed: version 1.
  public init(stringLiteral name: String) {
    self.init(name)
  }

  /// As a worker's row holds it: `name`, or `name@2` when it knows versions up to 2.
  var text: String { payloadVersionMax == 1 ? name : "\(name)@\(payloadVersionMax)" }

  /// Reads `text` back.
  init(text: String) {
    guard let at = text.lastIndex(of: "@"), let version = Int(text[text.index(after: at)...]), version >= 1 else {
      self.init(text)
      return
    }
    self.init(String(text[..<at]), payloadVersionMax: version)
  }
}
