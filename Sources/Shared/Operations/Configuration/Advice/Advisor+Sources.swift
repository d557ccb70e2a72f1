extension Advisor {
  private static let files = "source_management.source_files"

  /// What is wrong with the files of leads.
  var sourceAdvice: [Advice] { [noSource].compactMap(\.self) + missingSources + repeatedSources }

  private var entries: [String] { configuration.sourceManagement.sourceFiles }

  private var noSource: Advice? {
    guard entries.isEmpty else { return nil }
    return advice(
      on: Self.files, "there is nothing to upload from",
      set: Advice.Setting(Self.files, .list(Configuration().sourceManagement.sourceFiles.map(JSONValue.text))))
  }

  private var missingSources: [Advice] {
    let missing = entries.filter { sources.files[$0]?.isEmpty ?? true }
    return missing.map { entry in
      let rest = entries.filter { $0 != entry }
      return advice(
        on: Self.files,
        "\(JSONValue.quoted(entry)) does not exist, as seen from this working directory, and gives no leads",
        set: rest.isEmpty ? nil : Advice.Setting(Self.files, .list(rest.map(JSONValue.text))))
    }
  }

  /// Files that two entries mean.
  private var repeatedSources: [Advice] {
    var owner: [String: String] = [:]
    var found: [Advice] = []
    for entry in entries {
      for file in sources.files[entry] ?? [] {
        guard let first = owner[file] else {
          owner[file] = entry
          continue
        }
        guard first != entry else { continue }
        found.append(
          advice(
            on: Self.files,
            "\(JSONValue.quoted(first)) and \(JSONValue.quoted(entry)) both hold \(JSONValue.quoted(file)): it is read twice, and "
              + "its leads count for the first",
            set: Advice.Setting(Self.files, .list(entries.filter { $0 != entry }.map(JSONValue.text)))))
      }
    }
    return found
  }
}
