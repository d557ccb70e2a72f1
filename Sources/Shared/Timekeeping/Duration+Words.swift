extension Duration {
  /// For people: `45 s`, `3 min`, `2 h 5 min`, `4 d 1 h`, the two largest units, rounded down; minutes with their seconds under
  /// ten minutes, and nothing below zero.
  public var words: String {
    let seconds = max(0, milliseconds / 1000)
    switch seconds {
    case ..<60: return "\(seconds) s"
    case ..<3600: return "\(seconds / 60) min" + (seconds % 60 > 0 && seconds < 600 ? " \(seconds % 60) s" : "")
    case ..<86_400: return "\(seconds / 3600) h \(seconds % 3600 / 60) min"
    default: return "\(seconds / 86_400) d \(seconds % 86_400 / 3600) h"
    }
  }
}
