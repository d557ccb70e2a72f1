import Testing

/// A planted bug that fits nowhere would be noticed only by whoever runs `make mutants`, which takes long.
@Suite("The planted bugs of scripts/mutants")
struct MutantTests {
  @Test("each fits the sources: what it takes away stands there exactly once")
  func fit() throws {
    let patches = try SourceTree.files(in: "scripts/mutants", endingIn: ".patch")
    for patch in patches {
      let hunks = Patch(patch.text).hunks
      #expect(!hunks.isEmpty, "\(patch.path) changes nothing")
      for hunk in hunks {
        let source = "\n" + (try SourceTree.text(of: hunk.file))
        #expect(
          source.ranges(of: "\n" + hunk.before).count == 1,
          "\(patch.path) does not fit \(hunk.file) any more; plant the bug anew")
      }
    }
  }

  @Test("each begins with what it does, in one line")
  func words() throws {
    for patch in try SourceTree.files(in: "scripts/mutants", endingIn: ".patch") {
      #expect(patch.text.wholeMatch(of: /[A-Z][^\n]+\.\n\ndiff (?s:.)+/) != nil, "\(patch.path)")
    }
  }

  @Test("a patch is read hunk by hunk")
  func reading() {
    let patch = Patch(
      """
      What it does.

      diff --git a/A.swift b/A.swift
      --- a/A.swift
      +++ b/A.swift
      @@ -1,2 +1,2 @@
       kept
      -old
      +new
      @@ -9,1 +9,2 @@
       last
      +more
      diff --git a/B.swift b/B.swift
      --- a/B.swift
      +++ b/B.swift
      @@ -1,1 +1,1 @@
      --- an SQL comment
      +gone

      """)
    #expect(patch.hunks.map(\.file) == ["A.swift", "A.swift", "B.swift"])
    #expect(patch.hunks.map(\.before) == ["kept\nold\n", "last\n", "-- an SQL comment\n"])
  }
}
