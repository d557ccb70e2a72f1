import Leads

/// What the words in `status` and `priority` mean, whatever their case and blanks. The SQL of `CRMLeadTable` says the
/// same.
enum CRMLeadStatus {
  static let won = "closed_won"
  static let lost = "closed_lost"
  static let recycled = "recycled"
  /// So often recycled a lead is never handed out again.
  static let recyclingsMax = 3

  static func normalized(_ status: String?) -> String {
    (status ?? "").lowercased().filter { !$0.isWhitespace }
  }

  /// `A+ Priority`, `a+` and `A_PLUS` are A+; the CRM's own B+ is B; nil for C and everything else.
  static func leadClass(priority: String?) -> LeadClass? {
    let word = (priority ?? "").uppercased().filter { !$0.isWhitespace }
    let name = word.hasSuffix("PRIORITY") ? String(word.dropLast("PRIORITY".count)) : word
    switch name {
    case "A+", "A_PLUS", "APLUS": return .aPlus
    case "A": return .a
    case "B", "B+", "B_PLUS", "BPLUS": return .b
    default: return nil
    }
  }
}
