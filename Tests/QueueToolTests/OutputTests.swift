import LeadStore
import Operations
import Testing
import Timekeeping

@testable import lead_queue

@Suite("Tables, trees and documents")
struct OutputTests {
  private func screen(width: Int?, isColoured: Bool = false) -> Screen {
    Screen(
      output: StandardStream(isTerminal: width != nil, isColoured: isColoured, send: { _ in }), width: width,
      time: ShownTime(zoneName: "America/New_York"))
  }

  private let listing = Listing(
    name: "things",
    columns: [
      .init(title: "NAME", field: "name", widthMin: 6), .init(title: "COUNT", field: "count", isNumber: true),
      .init(title: "EXTRA", field: "extra", isDispensable: true),
    ],
    rows: [
      [.text("a name of some length", .red), .int(5), .text("more")], [.text("short"), .int(12345), .none],
    ], whenEmpty: "No things.")

  @Test("Without a terminal nothing is shortened, left out or coloured, and numbers stand to the right")
  func plain() {
    #expect(
      listing.lines(on: screen(width: nil, isColoured: false)) == [
        "NAME                   COUNT  EXTRA", "a name of some length      5  more", "short                  12345  –",
      ])
  }

  @Test("A narrow terminal loses dispensable columns first and then the ends of long texts")
  func narrow() {
    #expect(
      listing.lines(on: screen(width: 18)) == [
        "NAME         COUNT", "───────────  ─────", "a name of …      5", "short        12345",
      ])
  }

  @Test("No line of a table is wider than the terminal while its columns can give way", arguments: 13...60)
  func fits(width: Int) {
    for line in listing.lines(on: screen(width: width)) { #expect(line.count <= width) }
  }

  @Test("Colour does not move columns")
  func colour() {
    let lines = listing.lines(on: screen(width: 60, isColoured: true))
    #expect(lines[2] == "\u{1b}[31ma name of some length\u{1b}[0m      5  more")
  }

  @Test("An empty list says so in a table, and is an empty list in JSON")
  func empty() {
    var empty = listing
    empty.rows = []
    #expect(empty.lines(on: screen(width: nil)) == ["No things."])
    #expect(empty.document(ShownTime(zoneName: "UTC")).pretty == "{\n  \"things\": []\n}")
  }

  @Test("Text that would move the cursor is shown escaped")
  func control() {
    var odd = listing
    odd.rows = [[.text("a\u{1b}[2Jb"), .int(1), .none]]
    #expect(odd.lines(on: screen(width: nil))[1].hasPrefix("a\\u001b[2Jb"))
  }

  @Test("JSON keeps the order of fields, and quotes what must be quoted")
  func json() {
    let document = JSONText.object([("b", .text("say \"x\"\n")), ("a", .list([.int(1), .null, .boolean(true)]))])
    #expect(document.pretty == "{\n  \"b\": \"say \\\"x\\\"\\n\",\n  \"a\": [\n    1,\n    null,\n    true\n  ]\n}")
  }

  @Test("A tree draws its branches")
  func tree() {
    let tree = Tree("root", nil, [Tree("one", nil, [Tree("two")]), Tree("three")])
    #expect(tree.lines(on: screen(width: nil)) == ["root", "├─ one", "│  └─ two", "└─ three"])
  }

  @Test("A long text of a tree is broken between words and stays inside its branch")
  func brokenText() {
    let tree = Tree("root", nil, [Tree("one two three four five six seven", nil, [Tree("leaf")]), Tree("end")])
    #expect(
      tree.lines(on: screen(width: 30)) == [
        "root", "├─ one two three four five", "│  │ six seven", "│  └─ leaf", "└─ end",
      ])
  }

  @Test("A moment without zone is read by the clock of the zone, in summer and in winter, and with one by its own")
  func moments() {
    let time = ShownTime(zoneName: "America/New_York")
    for text in ["2026-01-15T12:00:00-05:00", "2026-07-15T12:00:00-04:00", "2026-03-08T03:30:00-04:00"] {
      #expect(time.moment(of: String(text.dropLast(6))) == time.moment(of: text))
      #expect(time.moment(of: text).map(time.full) == text.prefix(19) + ".000" + text.suffix(6))
    }
    #expect(time.moment(of: "2026-13-01T00:00:00") == nil)
  }

  @Test(
    "A span shows its two largest units",
    arguments: [
      (Duration.seconds(59), "59 s"), (.seconds(61), "1 min 1 s"), (.seconds(600), "10 min"),
      (.seconds(3900), "1 h 5 min"),
      (.seconds(90_000), "1 d 1 h"), (.seconds(-3), "0 s"),
    ])
  func spans(span: Duration, text: String) {
    #expect(ShownTime.span(span) == text)
  }

  @Test("counters: what counts against each day's limit, and how much of what was reserved came back")
  func counters() {
    var movement = DailyMovement(day: "2026-03-02")
    (movement.reserved, movement.created, movement.duplicates) = (50, 40, 3)
    (movement.released, movement.movedAway) = (1, 2)
    let days = [DailyCount(day: "2026-03-03"), DailyCount(day: "2026-03-02", created: 40, reserved: 4, duplicates: 3)]
    #expect(
      CountersCommand.listing(days, [movement]).lines(on: screen(width: nil)) == [
        "DAY         CREATED  RESERVED  DUPLICATES  REJECTED  REFUNDED",
        "2026-03-03        0         0           0         0         0",
        "2026-03-02       40         4           3         0         6",
      ])
  }
}
