/// A change of files in the unified format.
struct Patch {
  struct Hunk {
    let file: String
    /// The lines as they stand before the change, each with its end.
    var before = ""
  }

  private(set) var hunks: [Hunk] = []

  init(_ text: String) {
    var file = ""
    var isInHunk = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("diff ") {
        isInHunk = false
      } else if !isInHunk, line.hasPrefix("--- a/") {
        file = String(line.dropFirst("--- a/".count))
      } else if line.hasPrefix("@@ ") {
        hunks.append(Hunk(file: file))
        isInHunk = true
      } else if isInHunk, line.first == " " || line.first == "-" {
        hunks[hunks.count - 1].before += line.dropFirst() + "\n"
      }
    }
  }
}
