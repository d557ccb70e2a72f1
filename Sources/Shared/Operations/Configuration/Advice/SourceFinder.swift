#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension Advisor.Sources {
  /// Looks for the files that the entries mean: an existing path is that file, else `*`, `?` and `[…]` stand for what they
  /// stand for in a shell. Reads folders, no files.
  package init(entries: [String]) {
    self.init()
    for entry in entries {
      let paths = access(entry, F_OK) == 0 ? [entry] : Self.matches(entry)
      files[entry] = paths.map { path in
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
      }
    }
  }

  private static func matches(_ pattern: String) -> [String] {
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(pattern, 0, nil, &found) == 0 else { return [] }
    return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
  }
}
