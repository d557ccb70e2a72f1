import Leads

/// One pass over a source file.
///
/// Until something in the file shows that it holds records, rejections are held back: a web page is then one error, not a
/// thousand rejected records.
struct SourceReading: ~Copyable {
  /// So many rejections with no record seen, and the file is taken for something else.
  private static let heldMax = 100

  let path: String
  let names: FieldNames
  var window: FileWindow
  private var scanner: RecordScanner
  var record = RawRecord()
  private let cleaner = RecordCleaner()

  /// The offset in the window of what comes next; the record that is being read begins there.
  var at = 0
  private var summary: SourceSummary
  private var held: [SourceRecord] = []
  private var isStructureSeen = false

  init(path: String, names: FieldNames) throws(SourceError) {
    self.path = path
    self.names = names
    scanner = RecordScanner(isLineBound: false, names: names)
    window = try FileWindow(path: path)
    summary = SourceSummary(fingerprint: window.fingerprint)
  }

  mutating func readAll(_ body: (SourceRecord) throws -> Void) throws -> SourceSummary {
    try advance(to: 0)
    try passByteOrderMark()
    guard let first = try nextByte(after: Self.isSpace) else { throw SourceError.empty(path: path) }
    if first == UInt8(ascii: "[") {
      try readArray(body)
    } else if first != UInt8(ascii: "{"), SourceFile.isTable(path) {
      try readTable(body)
    } else {
      scanner = RecordScanner(isLineBound: true, names: names)
      try readLines(body)
    }
    if !isStructureSeen { throw notRecords() }
    try requireUnchanged()
    return summary
  }

  /// Somebody who writes while we read may have given us half of the old and half of the new.
  private mutating func requireUnchanged() throws(SourceError) {
    let line = window.line(at: at)
    guard try window.currentFingerprint() == summary.fingerprint else { throw .changed(path: path, line: line) }
  }

  private mutating func passByteOrderMark() throws(SourceError) {
    let start = (0..<min(window.count, 3)).map { window.bytes[$0] }
    if start == [0xEF, 0xBB, 0xBF] { at = 3 }
    if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) {
      throw .notJSON(path: path, line: 1, expected: "text in UTF-8 was expected, not UTF-16")
    }
  }

  // MARK: Arrays

  private mutating func readArray(_ body: (SourceRecord) throws -> Void) throws {
    var isOpen = false
    var isEndReported = false
    while let byte = try nextByte(after: Self.isBetweenRecords) {
      switch byte {
      case UInt8(ascii: "[") where !isOpen:
        isOpen = true
        at += 1
      case UInt8(ascii: "]"):
        isOpen = false
        at += 1
        if held.isEmpty { isStructureSeen = true }
      default:
        switch try scan() {
        case .value(let value):
          // A plain value within brackets is a record that is none; on its own line it would be no sign of JSON.
          try showStructure(body)
          try hand(value, body)
          isEndReported = false
        case .damage(let reason, let failure):
          try reject(reason, body)
          try passDamage(failure)
          isEndReported = at == window.count
        }
      }
    }
    if isOpen, !isEndReported { try reject("the file ends before its array does", body) }
  }

  /// Moves on to where the next record seems to begin, or to the end of the file: to a brace with a field name or its
  /// counterpart behind it, which follows a comma, a bracket or another brace, or begins its line, or stands where it made
  /// no sense (`failure`).
  ///
  /// Searched from the damaged record's own begin, because a text that lost its closing quote fails in a later record.
  private mutating func passDamage(_ failure: Int) throws(SourceError) {
    var failure = failure
    var candidate: Int?
    var previous: UInt8 = 0
    var isAtLineBegin = false
    at += 1
    while true {
      if at >= window.count {
        guard !window.isAtEnd else { return }
        // A window full of white space behind a brace is no record.
        if window.isFull, candidate == 0 { candidate = nil }
        let kept = candidate ?? at
        failure -= kept
        candidate = candidate.map { $0 - kept }
        try advance(to: kept)
        continue
      }
      let byte = window.bytes[at]
      if Self.isSpace(byte) {
        isAtLineBegin = isAtLineBegin || byte == UInt8(ascii: "\n")
      } else {
        if let begin = candidate, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "}") {
          at = begin
          return
        }
        let isCandidate =
          byte == UInt8(ascii: "{")
          && (at == failure || Self.mayPrecedeRecord(previous)
            || (isAtLineBegin && previous != UInt8(ascii: ":")))
        candidate = isCandidate ? at : nil
        previous = byte
        isAtLineBegin = false
      }
      at += 1
    }
  }

  private static func mayPrecedeRecord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"): true
    default: false
    }
  }

  // MARK: Lines

  private mutating func readLines(_ body: (SourceRecord) throws -> Void) throws {
    while try nextByte(after: Self.isBetweenRecords) != nil {
      switch try scan() {
      case .value(let value):
        if value == .record { try showStructure(body) }
        try hand(value, body)
      case .damage(let reason, _):
        try reject(reason, body)
        try passLine()
      }
    }
  }

  mutating func passLine() throws(SourceError) {
    while true {
      while at < window.count {
        at += 1
        if window.bytes[at - 1] == UInt8(ascii: "\n") { return }
      }
      if window.isAtEnd { return }
      try advance(to: at)
    }
  }

  // MARK: Records

  private enum Scanned {
    /// `scanner.position` is behind it.
    case value(ScannedValue)
    /// Something else was expected at the offset `failure`.
    case damage(reason: String, failure: Int)
  }

  /// Reads the value at `at`, which stays there.
  private mutating func scan() throws(SourceError) -> Scanned {
    while true {
      let isFinal = window.isAtEnd
      do throws(ScanFailure) {
        return .value(try window.scan(from: at, with: &scanner, into: &record))
      } catch {
        switch error {
        case .malformed(let expected):
          return .damage(reason: damageReason(expected), failure: scanner.position)
        case .incomplete where isFinal:
          return .damage(reason: "the file ends inside this record", failure: window.count)
        case .incomplete where at == 0 && window.isFull:
          return .damage(
            reason: "the record is longer than \(FileWindow.bytesMax / 1024) KiB", failure: window.count)
        case .incomplete:
          break
        }
      }
      try advance(to: at)
    }
  }

  private mutating func damageReason(_ expected: String) -> String {
    let begin = window.line(at: at)
    let line = window.line(at: scanner.position)
    return "not valid JSON: \(expected) was expected" + (line == begin ? "" : " in line \(line)")
  }

  /// Hands out the value just scanned, and moves behind it.
  private mutating func hand(_ value: ScannedValue, _ body: (SourceRecord) throws -> Void) throws {
    let end = scanner.position
    switch value {
    case .other(let what):
      try reject("\(what) in the place of a record", body)
    case .record:
      try clean(body)
    }
    at = end
  }

  /// Hands out what `record` holds, which begins at `at`.
  mutating func clean(_ body: (SourceRecord) throws -> Void) throws {
    switch cleaner.clean(record) {
    case .rejected(let rejection):
      try reject(rejection.description, body)
    case .usable(let lead, let notes):
      summary.usable += 1
      if !notes.isEmpty { summary.mended += 1 }
      let line = window.line(at: at)
      try body(SourceRecord(line: line, position: summary.records, outcome: .usable(lead, notes: notes)))
    }
  }

  mutating func reject(_ reason: String, _ body: (SourceRecord) throws -> Void) throws {
    summary.rejected += 1
    let line = window.line(at: at)
    let rejected = SourceRecord(line: line, position: summary.records, outcome: .rejected(reason: reason))
    if isStructureSeen {
      try body(rejected)
    } else {
      held.append(rejected)
      if held.count > Self.heldMax { throw notRecords() }
    }
  }

  /// The file holds records after all: what was held back is handed out.
  mutating func showStructure(_ body: (SourceRecord) throws -> Void) throws {
    isStructureSeen = true
    for rejected in held { try body(rejected) }
    held.removeAll()
  }

  private func notRecords() -> SourceError {
    guard let first = held.first, case .rejected(let reason) = first.outcome else {
      return .notJSON(path: path, line: 1, expected: "a record was expected")
    }
    return .notJSON(path: path, line: first.line, expected: reason)
  }

  // MARK: Bytes

  mutating func advance(to offset: Int) throws(SourceError) {
    try window.advance(to: offset)
    at -= offset
  }

  /// Moves `at` over what `isPassed` says, and gives the byte there; nil at the end of the file.
  mutating func nextByte(after isPassed: (UInt8) -> Bool) throws(SourceError) -> UInt8? {
    while true {
      while at < window.count {
        let byte = window.bytes[at]
        if !isPassed(byte) { return byte }
        at += 1
      }
      if window.isAtEnd { return nil }
      try advance(to: at)
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte &- 0x09 < 5
  }

  private static func isBetweenRecords(_ byte: UInt8) -> Bool {
    isSpace(byte) || byte == UInt8(ascii: ",")
  }
}
