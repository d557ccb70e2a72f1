import Foundation

/// Reads a JSON array of objects while it arrives, so that a list of a hundred thousand leads never lies in memory.
///
/// Feed it with `add` in order, then call `finish`. Both throw `LeadListReader.Unreadable` for anything but an array of
/// objects.
struct LeadListReader: Sendable {
  enum Unreadable: Error {
    case notAnArrayOfObjects
    case cutOff
    case objectTooLong
    case fieldOfAnotherType
  }

  /// A longer single object is an error.
  private static let objectBytesMax = 4 << 20
  /// Objects are decoded together once they fill this.
  private static let groupBytes = 64 << 10

  private enum State: Sendable {
    case beforeArray
    case betweenObjects
    case insideObject
    case afterArray
  }

  private let decoder = JSONDecoder()
  private var state = State.beforeArray
  private var nesting = Nesting()
  /// `[`, then whole objects parted by commas, then what has arrived of the next one.
  private var group: [UInt8] = [UInt8(ascii: "[")]
  private var objectStart = 1

  /// `take` is called for leads that have arrived, in the order of the list.
  mutating func add(_ bytes: UnsafeRawBufferPointer, take: (CRMLeadRow) -> Void) throws {
    var position = 0
    while position < bytes.count {
      guard state == .insideObject else {
        try outside(bytes[position])
        position += 1
        continue
      }
      let next = nesting.follow(bytes, from: position)
      group.append(contentsOf: bytes[position..<next])
      position = next
      guard group.count - objectStart <= Self.objectBytesMax else { throw Unreadable.objectTooLong }
      if nesting.depth == 0 { try objectEnded(take) }
    }
  }

  /// Hands out the rest. Throws `cutOff` when the array did not end.
  mutating func finish(take: (CRMLeadRow) -> Void) throws {
    guard state == .afterArray else { throw state == .beforeArray ? Unreadable.notAnArrayOfObjects : .cutOff }
    try decodeGroup(take)
  }

  private mutating func outside(_ byte: UInt8) throws {
    switch (byte, state) {
    case (UInt8(ascii: " "), _), (UInt8(ascii: "\n"), _), (UInt8(ascii: "\r"), _), (UInt8(ascii: "\t"), _): return
    case (UInt8(ascii: "["), .beforeArray): state = .betweenObjects
    case (UInt8(ascii: "]"), .betweenObjects): state = .afterArray
    case (UInt8(ascii: ","), .betweenObjects): return
    case (UInt8(ascii: "{"), .betweenObjects):
      state = .insideObject
      if group.count > 1 { group.append(UInt8(ascii: ",")) }
      objectStart = group.count
      group.append(byte)
      nesting = Nesting(depth: 1)
    default: throw Unreadable.notAnArrayOfObjects
    }
  }

  private mutating func objectEnded(_ take: (CRMLeadRow) -> Void) throws {
    state = .betweenObjects
    if group.count >= Self.groupBytes { try decodeGroup(take) }
    objectStart = group.count
  }

  private mutating func decodeGroup(_ take: (CRMLeadRow) -> Void) throws {
    group.append(UInt8(ascii: "]"))
    do {
      for row in try decoder.decode([CRMLeadRow].self, from: Data(group)) { take(row) }
    } catch {
      // Foundation's error quotes the lead.
      throw Unreadable.fieldOfAnotherType
    }
    group.removeAll(keepingCapacity: true)
    group.append(UInt8(ascii: "["))
  }
}

/// How deep in an object the reading is, and whether in a text, where brackets mean nothing.
private struct Nesting: Sendable {
  var depth = 0
  private var isInText = false
  private var isEscaped = false

  init(depth: Int = 0) {
    self.depth = depth
  }

  /// Reads on from `start` up to the end of the object, or of the bytes; returns the position after it.
  mutating func follow(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    let quote = UInt8(ascii: "\"")
    let backslash = UInt8(ascii: "\\")
    var position = start
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if isInText {
        if isEscaped {
          isEscaped = false
        } else if byte == backslash {
          isEscaped = true
        } else if byte == quote {
          isInText = false
        }
        continue
      }
      // `[`, `]`, `{`, `}` differ in these bits alone: 0x5B, 0x5D, 0x7B, 0x7D.
      if byte == quote {
        isInText = true
      } else if byte | 0x20 == 0x7B {
        depth += 1
      } else if byte | 0x20 == 0x7D {
        depth -= 1
        if depth == 0 { return position }
      }
    }
    return position
  }
}
