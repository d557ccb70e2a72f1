import Leads
import Planning
import Testing

@Suite("Plausibility of readings")
struct PlausibilityTests {
  private func judge(
    _ total: Int, closed: Int = 0, after last: Stock?, held: [Int] = [], created: Int = 0
  ) -> ReadingVerdict {
    PlausibilityCheck.judge(
      reading: .example(total: total, closed: closed), lastAccepted: last, heldSince: held.map { .example(total: $0) },
      createdByUsSince: created)
  }

  private func isHeld(_ verdict: ReadingVerdict) -> Bool {
    if case .held = verdict { true } else { false }
  }

  @Test("The first reading is accepted, zero too; zero after zero as well")
  func first() {
    #expect(judge(0, after: nil) == .accepted)
    #expect(judge(250, after: nil) == .accepted)
    #expect(judge(0, after: .example(total: 0)) == .accepted)
    #expect(judge(7, after: .example(total: 0)) == .accepted)
  }

  @Test("D6: zero after stock was seen is held, however often it is read and whatever explains it")
  func zero() {
    #expect(
      judge(0, after: .example(total: 1))
        == .held(reason: "the CRM shows no workable leads at all, the last accepted reading had 1"))
    #expect(isHeld(judge(0, after: .example(total: 100), held: [0, 0, 0, 0, 0])))
    #expect(isHeld(judge(0, closed: 100, after: .example(total: 100))))
  }

  @Test("A fall to exactly half is accepted, one more is held")
  func half() {
    #expect(judge(50, after: .example(total: 100)) == .accepted)
    #expect(
      judge(49, after: .example(total: 100))
        == .held(
          reason: "total fell to 49, less than half of the 100 expected "
            + "(last accepted 100, created by us 0, closed 0)"))
  }

  @Test("Closings explain a fall, but only new ones")
  func closings() {
    #expect(judge(20, closed: 70, after: .example(total: 100, closed: 10)) == .accepted)
    #expect(isHeld(judge(20, closed: 70, after: .example(total: 100, closed: 70))))
    #expect(isHeld(judge(20, closed: 0, after: .example(total: 100, closed: 500))))
  }

  @Test("Leads we created since are expected to be there")
  func ownBooks() {
    #expect(judge(90, after: .example(total: 100), created: 80) == .accepted)
    #expect(isHeld(judge(89, after: .example(total: 100), created: 80)))
  }

  @Test("A held fall is believed when the three readings before it agree with it")
  func confirmed() {
    let last = Stock.example(total: 1000)
    #expect(isHeld(judge(100, after: last)))
    #expect(isHeld(judge(100, after: last, held: [100])))
    #expect(isHeld(judge(100, after: last, held: [100, 100])))
    #expect(judge(100, after: last, held: [100, 100, 100]) == .accepted)
  }

  @Test("Agreement is 10 % or 5 leads, over all of them")
  func agreement() {
    let last = Stock.example(total: 1000)
    #expect(judge(90, after: last, held: [95, 92, 100]) == .accepted)
    #expect(isHeld(judge(89, after: last, held: [95, 92, 100])))
    #expect(judge(3, after: last, held: [8, 5, 6]) == .accepted)
    #expect(isHeld(judge(3, after: last, held: [9, 5, 6])))
    #expect(judge(100, after: last, held: [400, 100, 100, 100]) == .accepted)
    #expect(isHeld(judge(100, after: last, held: [100, 100, 400, 100])))
  }

  @Test("A reading of zero or a contradictory one confirms nothing")
  func noEvidence() {
    #expect(isHeld(judge(4, after: .example(total: 1000), held: [4, 0, 4])))
    var contradictory = Stock.example(total: 100)
    contradictory.available = 101
    let held = [Stock.example(total: 100), contradictory, .example(total: 100)]
    let verdict = PlausibilityCheck.judge(
      reading: .example(total: 100), lastAccepted: .example(total: 1000), heldSince: held, createdByUsSince: 0)
    #expect(isHeld(verdict))
  }

  @Test("A rise is accepted: it causes no upload")
  func rise() {
    #expect(judge(5000, after: .example(total: 10)) == .accepted)
  }

  @Test("Numbers that cannot be true are held even as the first reading, and however often they are read")
  func contradictions() {
    let classes = PerClass(aPlus: 10, a: 20, b: 10)
    let good = Stock.example(total: 50, classes: classes)
    #expect(
      PlausibilityCheck.judge(reading: good, lastAccepted: nil, heldSince: [], createdByUsSince: 0) == .accepted)
    let changes: [(inout Stock) -> Void] = [
      { $0.total = -1 }, { $0.total = 39 }, { $0.available = 41 }, { $0.availableOther = 1 },
      { $0.availablePerClass.a = 19 }, { $0.closed = -1 }, { $0.activeAgents = -1 }, { $0.deskLoad = -1 },
      { $0.conversion.b.won = -1 }, { $0.conversion.aPlus.lost = -1 }, { $0.newestLeadID = -1 }, { $0.total = .max },
      { $0.availablePerClass.aPlus = .max },
      {
        $0.availablePerClass.aPlus = -5
        $0.availablePerClass.a = 35
      },
    ]
    for change in changes {
      var reading = good
      change(&reading)
      let held = Array(repeating: reading, count: 5)
      #expect(
        isHeld(
          PlausibilityCheck.judge(reading: reading, lastAccepted: nil, heldSince: held, createdByUsSince: 0)))
    }
  }
}
