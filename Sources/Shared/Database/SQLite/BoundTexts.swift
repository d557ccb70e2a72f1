/// Holds the texts that are bound to running statements, so that SQLite need not allocate a copy of each.
///
/// Statements nest (one may run while the rows of another are read), so room is given back in reverse order, down to a mark.
/// What is in use never moves; a text that finds no room is left to SQLite to copy.
final class BoundTexts {
  private static let capacity = 256 << 10

  private let memory = UnsafeMutablePointer<CChar>.allocate(capacity: capacity)
  private(set) var used = 0

  deinit {
    memory.deallocate()
  }

  /// Copies the text's UTF-8; nil when there is no room for it.
  func keep(_ text: UnsafeBufferPointer<CChar>) -> UnsafePointer<CChar>? {
    guard let start = text.baseAddress, text.count <= Self.capacity - used else { return nil }
    let place = memory + used
    place.update(from: start, count: text.count)
    used += text.count
    return UnsafePointer(place)
  }

  /// Gives back what was kept since `used` was `mark`.
  func release(to mark: Int) {
    precondition(mark <= used, "room is given back in reverse order")
    used = mark
  }
}
