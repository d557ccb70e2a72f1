/// Makes a lead of a raw source record, or says why that cannot be.
///
/// Pure: equal records give equal outcomes. What can be mended is mended and noted; a record is rejected only when its
/// score is unusable, when nothing identifies the lead, or when a text is no Unicode.
package struct RecordCleaner: Sendable {
  package init() {}

  package func clean(_ record: RawRecord) -> CleaningOutcome {
    if record.isEmpty { return .rejected(.noFields) }
    if record.hasIllFormed {
      for field in SourceField.allCases where record[field] == .illFormed { return .rejected(.illFormed(field)) }
    }
    var cleaning = RecordCleaning(record: record)
    do throws(CleaningRejection) {
      let lead = try cleaning.lead()
      return .usable(lead, notes: cleaning.notes)
    } catch {
      return .rejected(error)
    }
  }
}

extension CleaningRejection: Error {}

/// The cleaning of one record, with what was noted on the way.
private struct RecordCleaning {
  let record: RawRecord
  private(set) var notes: [CleaningNote] = []

  init(record: RawRecord) {
    self.record = record
  }

  mutating func lead() throws(CleaningRejection) -> Lead {
    let score = try score()
    let leadClass = LeadClass(score: score)
    notePriority(against: leadClass)

    let npi = npi()
    let owner = text(.ownerName) ?? text(.contactName)
    let practice = practiceName(owner: owner)
    let place = place()
    let phone = phone(.practicePhone) ?? phone(.phone)
    let zip = zip(.zip) ?? zip(.zipCode) ?? place.zip
    guard
      let key = npi.map(LeadKey.init(npi:))
        ?? LeadKey.identifying(owner: owner, practice: practice, phone: phone, zip: zip)
    else { throw .unidentifiable }

    return Lead(
      key: key, leadClass: leadClass, score: score, npi: npi?.digits, practiceName: practice, ownerName: owner,
      practicePhone: phone, ownerPhone: self.phone(.ownerPhone), specialties: text(.specialties),
      category: text(.category), providers: providers(), address: place.address, city: place.city,
      state: place.state, zipCode: zip, ein: code(.ein), entityType: code(.entityType),
      isSoleProprietor: flag(.isSoleProprietor))
  }

  // MARK: Score and class

  private mutating func score() throws(CleaningRejection) -> Int {
    let written: String
    switch record[.score] {
    case .missing, .null:
      throw .scoreMissing
    case .number(let number):
      written = number
    case .text(let text):
      guard let clean = CleanText.clean(text) else { throw .scoreMissing }
      written = clean.text
      notes.append(.scoreMended)
    case .boolean, .list, .nested, .illFormed:
      throw .scoreNotANumber
    }
    switch WrittenNumber(written) {
    case .notANumber:
      throw .scoreNotANumber
    case .outOfRange:
      throw .scoreOutOfRange
    case .integer(let value, let isExact):
      guard let score = Int32(exactly: value) else { throw .scoreOutOfRange }
      if !isExact, !notes.contains(.scoreMended) { notes.append(.scoreMended) }
      return Int(score)
    }
  }

  /// `A+ Priority`, `A+`, `B+`: the first word names a class; only a contradiction is of interest.
  private mutating func notePriority(against leadClass: LeadClass?) {
    guard case .text(let priority) = record[.priority], let claim = Self.claim(priority.utf8.span) else { return }
    if claim.leadClass != leadClass { notes.append(.priorityOverruled) }
  }

  private struct Claim {
    /// Nil: C.
    var leadClass: LeadClass?
  }

  /// The class that the first word names; nil when it names none.
  private static func claim(_ priority: Span<UInt8>) -> Claim? {
    var start = 0
    while start < priority.count, priority[start] == ASCII.space { start += 1 }
    var end = start
    while end < priority.count, priority[end] != ASCII.space { end += 1 }
    guard end > start, end - start <= 2 else { return nil }
    let isPlus = end - start == 2 && priority[start + 1] == UInt8(ascii: "+")
    guard isPlus || end - start == 1 else { return nil }
    switch priority[start] | 0x20 {
    case UInt8(ascii: "a"): return Claim(leadClass: isPlus ? .aPlus : .a)
    case UInt8(ascii: "b"): return Claim(leadClass: .b)
    case UInt8(ascii: "c") where !isPlus: return Claim(leadClass: nil)
    default: return nil
    }
  }

  // MARK: Names and texts

  private mutating func practiceName(owner: String?) -> String {
    if let name = text(.practiceName) ?? text(.companyName) { return name }
    notes.append(owner == nil ? .practiceUnknown : .practiceNamedAfterOwner)
    return owner ?? Placeholder.unknownPractice
  }

  /// A list of these makes sense as one text; a list of names would be somebody who does not exist.
  private static func mayBeList(_ field: SourceField) -> Bool {
    switch field {
    case .specialties, .category, .address, .city: true
    default: false
    }
  }

  private mutating func text(_ field: SourceField) -> String? {
    switch record[field] {
    case .missing, .null:
      return nil
    case .text(let text), .number(let text):
      return cleanText(text, field)
    case .list(let parts) where Self.mayBeList(field):
      guard let joined = cleanText(parts.joined(separator: ", "), field) else { return nil }
      notes.append(.joined(field))
      return joined
    case .boolean, .list, .nested, .illFormed:
      notes.append(.unusable(field))
      return nil
    }
  }

  private mutating func cleanText(_ text: String, _ field: SourceField) -> String? {
    guard let clean = CleanText.clean(text) else { return nil }
    if clean.isShortened { notes.append(.shortened(field)) }
    return clean.text
  }

  /// A code of digits that a spreadsheet may have turned into a number: `1.0` is `1`.
  private mutating func code(_ field: SourceField) -> String? {
    text(field).map { WrittenNumber.wholeDigits($0) ?? $0 }
  }

  /// `true` and `false` as the letters that the NPI registry uses.
  private mutating func flag(_ field: SourceField) -> String? {
    if case .boolean(let isTrue) = record[field] { return isTrue ? "Y" : "N" }
    return code(field)
  }

  // MARK: Numbers that identify

  private mutating func npi() -> NPI? {
    guard let text = plain(.npi) else {
      noteIfUnusable(.npi, as: .npiInvalid)
      return nil
    }
    guard let npi = WrittenNumber.wholeDigits(text).flatMap(NPI.init) else {
      notes.append(.npiInvalid)
      return nil
    }
    return npi
  }

  private mutating func phone(_ field: SourceField) -> String? {
    digits(field, PhoneNumber.tenDigits)
  }

  private mutating func zip(_ field: SourceField) -> String? {
    digits(field, ZIPCode.fiveDigits)
  }

  private mutating func digits(_ field: SourceField, _ read: (String) -> String?) -> String? {
    guard let text = plain(field) else {
      noteIfUnusable(field, as: .unusable(field))
      return nil
    }
    let digits = read(text)
    if digits == nil { notes.append(.unusable(field)) }
    return digits
  }

  /// The clean text of a text or number; nil when the field is missing, a placeholder, or neither.
  private func plain(_ field: SourceField) -> String? {
    switch record[field] {
    case .text(let text), .number(let text): CleanText.clean(text)?.text
    case .missing, .null, .boolean, .list, .nested, .illFormed: nil
    }
  }

  private mutating func noteIfUnusable(_ field: SourceField, as note: CleaningNote) {
    switch record[field] {
    case .boolean, .list, .nested, .illFormed: notes.append(note)
    case .missing, .null, .text, .number: break
    }
  }

  /// Null means one provider, as the CRM's own default does.
  private mutating func providers() -> Int {
    guard let text = plain(.providers) else {
      noteIfUnusable(.providers, as: .providersUnusable)
      return 1
    }
    if case .integer(let value, _) = WrittenNumber(text), let count = Int32(exactly: value), count >= 1 {
      return Int(count)
    }
    notes.append(.providersUnusable)
    return 1
  }

  // MARK: Place

  private struct Place {
    var address: String?
    var city: String?
    var state: String?
    var zip: String?
  }

  /// The place by its own fields; what they leave open, `location` may fill.
  private mutating func place() -> Place {
    var place = Place(address: text(.address), city: text(.city), state: state())
    guard let location = text(.location) else { return place }
    let told = Self.parts(of: location)
    place.address = place.address ?? told.address
    place.city = place.city ?? told.city
    place.state = place.state ?? told.state
    place.zip = told.zip
    return place
  }

  private mutating func state() -> String? {
    text(.state).map { $0.utf8.count == 2 ? $0.uppercased() : $0 }
  }

  /// `12 Elm Street, Hartford, CT 06101` in its parts; a text of another form is an address as it stands.
  private static func parts(of location: String) -> Place {
    var pieces = location.split(separator: ",").compactMap { CleanText.clean(String($0))?.text }
    guard pieces.count >= 2 else { return Place(address: location) }
    let words = pieces.removeLast().split(separator: " ")
    guard let state = words.first, (1...2).contains(words.count), state.utf8.count == 2,
      state.utf8.allSatisfy(ASCII.isLetter)
    else { return Place(address: location) }
    var place = Place(city: pieces.removeLast(), state: state.uppercased())
    if words.count == 2 {
      guard let zip = ZIPCode.fiveDigits(String(words[1])) else { return Place(address: location) }
      place.zip = zip
    }
    if !pieces.isEmpty { place.address = pieces.joined(separator: ", ") }
    return place
  }
}
