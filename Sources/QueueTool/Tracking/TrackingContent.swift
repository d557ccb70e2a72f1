import Leads
import Operations
import Timekeeping

/// What a tracking file of the replaced script says: `uploaded_npis`, a list; `daily_upload_count`, the uploads of the day
/// `last_upload_date`; `last_upload_time`, seconds since 1970. People and other versions wrote other shapes; each that can mean
/// only one thing is understood.
struct TrackingContent {
  /// An entry that cannot be used. The content of the entry is not kept: it may be anything.
  struct Unusable: Equatable {
    /// The list that it stands in, by a name that this program knows.
    var list: String
    /// From 1, within its list.
    var position: Int
    var line: Int
    var reason: TrackingEntry.Reason
  }

  /// Each lead once, in the order of the file.
  private(set) var keys: [LeadKey] = []
  private(set) var repeated = 0
  private(set) var unusable: [Unusable] = []
  /// Uploads of a day, YYYY-MM-DD.
  private(set) var days: [String: Int] = [:]
  /// Lines of daily counts without a date, or without a count.
  private(set) var unusableDays: [Int] = []
  private(set) var lastUpload: Timestamp?
  /// The line of a last upload that is no moment.
  private(set) var unusableLastUpload: Int?
  /// Whether anything was recognised.
  private(set) var isTracking = false
  /// Where the file breaks off; what stands whole before is above.
  private(set) var damage: TrackingScanner.Break?

  private var lastDay: (day: String?, line: Int)?
  private var lastDayCount: (count: Int?, line: Int)?
  private var seen: Set<LeadKey> = []
  private var counts: [String: Int] = [:]
  private let time: ShownTime

  /// Names of lists of uploaded leads. `tracking` may also hold everything else, one level down.
  private static let leadNames: Set = [
    "uploaded_leads", "uploaded_npis", "uploaded_lead_ids", "uploaded_ids", "uploaded_keys", "uploaded", "leads",
    "npis",
    "lead_ids", "tracking",
  ]
  private static let dayNames: Set = [
    "daily_uploads", "daily_counts", "daily_count", "daily_upload_counts", "daily_counters", "uploads_by_date",
  ]
  private static let lastNames: Set = [
    "last_upload", "last_upload_time", "last_upload_at", "last_upload_timestamp",
  ]
  /// Said about the file, not about a lead.
  private static let otherNames: Set = ["version", "updated_at", "last_updated", "created_at", "total", "count"]
  private static let countNames: Set = ["count", "uploaded", "created", "total"]
  private static let countMax = 10_000_000

  /// Moments without a zone are read by the clock of `time`'s zone.
  init(_ bytes: [UInt8], time: ShownTime) {
    self.time = time
    var scanner = TrackingScanner(bytes)
    do {
      switch try scanner.kind() {
      case .object: try scanner.eachMember { name, scanner in try takeMember(name, &scanner) }
      case .list: try takeLeads("the list", &scanner)
      case .scalar: throw scanner.broken("expected an object or a list")
      }
      try scanner.end()
      takeLastDay()
    } catch let damage as TrackingScanner.Break {
      self.damage = damage
    } catch {
      preconditionFailure("the scanner throws nothing else")
    }
  }

  private mutating func takeMember(_ name: String, _ scanner: inout TrackingScanner) throws {
    if Self.leadNames.contains(name) {
      try takeLeads(name, &scanner)
    } else if Self.dayNames.contains(name) {
      isTracking = true
      try takeDays(&scanner)
    } else if Self.lastNames.contains(name) {
      try takeLastUpload(&scanner)
    } else if name == "last_upload_date" {
      let line = scanner.line
      lastDay = (try takeDate(&scanner), line)
    } else if name == "daily_upload_count" {
      let line = scanner.line
      lastDayCount = (try takeCount(&scanner), line)
    } else if case .key(let key) = TrackingEntry(text: name) {
      // Without a list around them: leads by key.
      isTracking = true
      try scanner.skip()
      add(.key(key), "the file", line: scanner.line)
    } else {
      try scanner.skip()
    }
  }

  // MARK: Leads

  /// A list of entries, or an object whose names or values are entries.
  private mutating func takeLeads(_ list: String, _ scanner: inout TrackingScanner) throws {
    let kind = try scanner.kind()
    if kind == .scalar {
      // `"leads": 45`, a count of something: not ours.
      _ = try scanner.scalar()
      return
    }
    isTracking = true
    if kind == .list {
      try scanner.eachItem { scanner in try takeEntry(list, &scanner) }
      return
    }
    try scanner.eachMember { name, scanner in
      if Self.leadNames.contains(name) || Self.dayNames.contains(name) || Self.lastNames.contains(name) {
        try takeMember(name, &scanner)
      } else if Self.otherNames.contains(name) {
        try scanner.skip()
      } else if case .key(let key) = TrackingEntry(text: name) {
        let line = scanner.line
        try scanner.skip()
        add(.key(key), list, line: line)
      } else if try scanner.kind() == .list {
        // Leads by day, or by anything else.
        try scanner.eachItem { scanner in try takeEntry(list, &scanner) }
      } else {
        try takeEntry(list, &scanner)
      }
    }
  }

  private mutating func takeEntry(_ list: String, _ scanner: inout TrackingScanner) throws {
    let kind = try scanner.kind()
    let line = scanner.line
    switch kind {
    case .scalar: add(TrackingEntry(try scanner.scalar()), list, line: line)
    case .list:
      try scanner.skip()
      add(.unusable(.wrongType), list, line: line)
    case .object:
      var members: [String: TrackingScanner.Scalar] = [:]
      try scanner.eachMember { name, scanner in
        if TrackingEntry.names.contains(name), try scanner.kind() == .scalar {
          members[name] = try scanner.scalar()
        } else {
          try scanner.skip()
        }
      }
      add(TrackingEntry(members: members), list, line: line)
    }
  }

  private mutating func add(_ entry: TrackingEntry, _ list: String, line: Int) {
    counts[list, default: 0] += 1
    switch entry {
    case .key(let key): if seen.insert(key).inserted { keys.append(key) } else { repeated += 1 }
    case .unusable(let reason):
      unusable.append(Unusable(list: list, position: counts[list] ?? 0, line: line, reason: reason))
    }
  }

  // MARK: Days and the last upload

  private mutating func takeDays(_ scanner: inout TrackingScanner) throws {
    guard try scanner.kind() == .object else {
      unusableDays.append(scanner.line)
      return try scanner.skip()
    }
    try scanner.eachMember { day, scanner in
      let line = scanner.line
      let count = try takeCount(&scanner)
      if TextForm.date.accepts(day), let count, (0...Self.countMax).contains(count) {
        days[day] = count
      } else {
        unusableDays.append(line)
      }
    }
  }

  /// A date, `YYYY-MM-DD`; nil for anything else.
  private mutating func takeDate(_ scanner: inout TrackingScanner) throws -> String? {
    guard try scanner.kind() == .scalar else {
      try scanner.skip()
      return nil
    }
    if case .text(let text) = try scanner.scalar(), TextForm.date.accepts(text) { return text }
    return nil
  }

  /// The script kept the count of its last day only, apart from the day.
  private mutating func takeLastDay() {
    guard let lastDayCount else { return }
    isTracking = true
    // The script writes 0 and null before its first upload.
    if lastDayCount.count == 0, lastDay?.day == nil { return }
    if let count = lastDayCount.count, (0...Self.countMax).contains(count), let day = lastDay?.day {
      days[day] = max(days[day] ?? 0, count)
    } else {
      unusableDays.append(lastDayCount.line)
    }
  }

  /// A number, a number as text, an object with a count, or the list of what was uploaded.
  private mutating func takeCount(_ scanner: inout TrackingScanner) throws -> Int? {
    switch try scanner.kind() {
    case .scalar: return Self.count(try scanner.scalar())
    case .list:
      var count = 0
      try scanner.eachItem { scanner in
        count += 1
        try takeEntry("daily_uploads", &scanner)
      }
      return count
    case .object:
      var found: Int?
      try scanner.eachMember { name, scanner in
        if Self.countNames.contains(name), try scanner.kind() == .scalar {
          found = Self.count(try scanner.scalar()) ?? found
        } else {
          try scanner.skip()
        }
      }
      return found
    }
  }

  private static func count(_ scalar: TrackingScanner.Scalar) -> Int? {
    switch scalar {
    case .text(let written), .number(let written): Double(written).flatMap { Int(exactly: $0) }
    case .word: nil
    }
  }

  private mutating func takeLastUpload(_ scanner: inout TrackingScanner) throws {
    let line = scanner.line
    guard try scanner.kind() == .scalar else {
      unusableLastUpload = line
      return try scanner.skip()
    }
    switch try scanner.scalar() {
    case .word: break
    case .text(let text) where time.moment(of: text) != nil: note(time.moment(of: text))
    case .number(let written) where Double(written) != nil: note(Double(written).flatMap(Self.moment(ofSeconds:)))
    case .text, .number: unusableLastUpload = line
    }
  }

  /// The latest of several.
  private mutating func note(_ moment: Timestamp?) {
    guard let moment else { return }
    lastUpload = max(lastUpload ?? moment, moment)
  }

  /// Seconds since 1970, as Python's `time.time()` gives them.
  private static func moment(ofSeconds seconds: Double) -> Timestamp? {
    guard seconds > 0, seconds < 1e11 else { return nil }
    return Timestamp(milliseconds: Int64(seconds * 1000))
  }
}
