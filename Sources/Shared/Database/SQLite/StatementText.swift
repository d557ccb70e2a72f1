/// The text of a statement, as the key it is kept under. Hashed by its length and its end alone: hashing all of a long statement
/// takes longer than running it.
struct StatementText: Hashable {
  private static let hashedBytes = 24
  private let sql: String

  init(_ sql: String) {
    self.sql = sql
  }

  func hash(into hasher: inout Hasher) {
    let bytes = sql.utf8
    hasher.combine(bytes.count)
    let isHashed: Void? = bytes.withContiguousStorageIfAvailable { bytes in
      hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes).suffix(Self.hashedBytes)))
    }
    precondition(isHashed != nil, "a text of Swift has its bytes in one place")
  }
}
