import Glibc

/// The files that the entries of a configuration name now: files by their paths, folders, and patterns as a shell has them.
///
/// A path stands for itself, whether the file is there or not: that it is missing is a finding of its own. A folder stands for
/// the files in it whose names are those of a format (`endings`), hidden ones left out; a pattern with `*`, `?` or `[` for
/// what it matches. Within a folder or pattern files are in the order of their names' bytes, so that equal folders give equal
/// lists on every machine. A file that several entries name stands where the first of them put it.
package struct SourceList: Sendable, Equatable {
  /// So many files are read; more are an oversight, such as the pattern of a folder that holds something else.
  package static let filesMax = 1000
  /// What the names of files in a folder end with.
  package static let endings = [".json", ".ndjson", ".jsonl", ".csv", ".tsv"]

  package private(set) var paths: [String] = []
  /// What a person should know of the entries themselves, in their order.
  package private(set) var problems: [String] = []

  /// Looks at the file system: one `stat` an entry, and whatever a folder or pattern takes. Blocks shortly.
  package init(of entries: [String]) {
    var seen: Set<String> = []
    var left = 0
    for entry in entries {
      let files = Self.files(of: entry, &problems)
      for path in files where seen.insert(path).inserted {
        if paths.count < Self.filesMax { paths.append(path) } else { left += 1 }
      }
    }
    if left > 0 {
      problems.append(
        "source_management.source_files names \(paths.count + left) files, of which the first \(Self.filesMax) are read; "
          + "name fewer, or put them together")
    }
  }

  private static func files(of entry: String, _ problems: inout [String]) -> [String] {
    let mode = mode(of: entry)
    if mode == S_IFDIR {
      let folder = entry.hasSuffix("/") ? entry : entry + "/"
      let files = matches(of: escaped(folder) + "*").filter { path in
        endings.contains(where: path.lowercased().hasSuffix)
      }
      if files.isEmpty {
        problems.append(
          "source folder \(entry) holds no file of leads (\(endings.joined(separator: ", "))); put one there, or correct "
            + "source_management.source_files")
      }
      return files
    }
    guard mode == nil, entry.contains(where: { "*?[".contains($0) }) else { return [entry] }
    let files = matches(of: entry)
    if files.isEmpty {
      problems.append(
        "no source file matches \(entry); put one there, or correct source_management.source_files")
    }
    return files
  }

  /// What kind of thing a path is; nil when there is nothing.
  private static func mode(of path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
  }

  /// The regular files that match.
  private static func matches(of pattern: String) -> [String] {
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(pattern, GLOB_NOSORT, nil, &found) == 0 else { return [] }
    let paths = (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
    return paths.filter { mode(of: $0) == S_IFREG }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// A path in which no character stands for others.
  private static func escaped(_ path: String) -> String {
    path.reduce(into: "") { escaped, character in
      if "*?[\\".contains(character) { escaped.append("\\") }
      escaped.append(character)
    }
  }
}
