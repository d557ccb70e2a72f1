import Alerts
import TestSupport
import Testing
import Timekeeping

/// The machine with a memory in place of the store.
private struct Memory {
  var open: [AlertKey: OpenAlert] = [:]
  var ends: [AlertKey: AlertEnd] = [:]
  var raised: [(key: AlertKey, look: Int)] = []
  var recovered: [(key: AlertKey, look: Int)] = []
  private var number: Int64 = 0
  private(set) var looks = 0

  mutating func look(_ findings: [AlertFinding], at now: Timestamp) {
    looks += 1
    let changes = AlertMachine.changes(findings, open: Array(open.values), now: now) { ends[$0] }
    for change in changes {
      switch change {
      case .raise(let finding, let relapses):
        number += 1
        #expect(open[finding.key] == nil, "none is raised a second time while it lasts")
        open[finding.key] = OpenAlert(id: number, key: finding.key, relapses: relapses)
        raised.append((finding.key, looks))
      case .stay(let id, let calmLooks):
        guard let key = open.values.first(where: { $0.id == id })?.key else {
          Issue.record("what stays is open")
          return
        }
        open[key]?.calmLooks = calmLooks
      case .recover(let id, _):
        guard let alert = open.values.first(where: { $0.id == id }) else {
          Issue.record("what recovers is open")
          return
        }
        open[alert.key] = nil
        ends[alert.key] = AlertEnd(recoveredAt: now, relapses: alert.relapses)
        recovered.append((alert.key, looks))
      }
    }
  }
}

private let noon = Timestamp(milliseconds: 1_790_000_000_000)

private func low(_ isPresent: Bool, _ subject: String = "A+") -> AlertFinding {
  AlertFinding(.stockLow, subject, isPresent: isPresent, isPresent ? "low" : "fine")
}

@Suite("Alerts begin, last and end")
struct AlertMachineTests {
  @Test("What is found is raised once, stays while it is found, and ends after two looks in a row without it")
  func life() {
    var memory = Memory()
    for (index, isLow) in [false, true, true, true, false, true, false, false, false].enumerated() {
      memory.look([low(isLow)], at: noon + .seconds(1800 * index))
    }
    #expect(memory.raised.map(\.look) == [2])
    #expect(memory.recovered.map(\.look) == [8])
  }

  @Test("One look is enough where what was found is a fact, and a look that could not tell changes nothing")
  func facts() {
    var memory = Memory()
    let down = AlertFinding(.crmDown, "crm", isPresent: true, "down")
    memory.look([down], at: noon)
    memory.look([], at: noon + .seconds(60))
    #expect(memory.open.count == 1)
    memory.look([AlertFinding(.crmDown, "crm", isPresent: false, "up")], at: noon + .seconds(120))
    #expect(memory.open.isEmpty && memory.recovered.count == 1)
  }

  @Test("Events and subjects do not touch each other, and of two findings of one key the first counts")
  func keys() {
    var memory = Memory()
    memory.look([low(true), low(false), low(true, "B"), low(false, "A")], at: noon)
    #expect(Set(memory.open.keys) == [AlertKey(.stockLow, "A+"), AlertKey(.stockLow, "B")])
  }

  @Test("What comes and goes every half hour is told ever less: a day of it is five messages of its beginning at most")
  func flapping() {
    var memory = Memory()
    // Low, then fine for as long as it takes to end, and low again at once.
    for look in 0..<2000 {
      let isOpen = !memory.open.isEmpty
      memory.look([low(!isOpen)], at: noon + .seconds(1800 * look))
    }
    let firstDay = memory.raised.filter { $0.look <= 48 }
    #expect(firstDay.count == 5, "after 2, 4, 8, 16 calm looks and so on: \(firstDay.map(\.look))")
    let gaps = zip(memory.raised.dropFirst(), memory.raised).map { $0.0.look - $0.1.look }
    #expect(gaps.prefix(5) == [3, 5, 9, 17, 33])
    #expect(gaps.dropFirst(5).allSatisfy { $0 == 65 }, "32 times as many looks are the most")
  }

  @Test("After a day of peace it begins afresh; a clock that was set back does not count as a day")
  func relapse() {
    let ended = AlertEnd(recoveredAt: noon, relapses: 3)
    func relapses(at now: Timestamp) -> Int? {
      guard
        case .raise(_, let relapses) = AlertMachine.changes([low(true)], open: [], now: now, lastEnd: { _ in ended })
          .first
      else { return nil }
      return relapses
    }
    #expect(relapses(at: noon + .seconds(86_399)) == 4)
    #expect(relapses(at: noon + .seconds(86_400)) == 0)
    #expect(relapses(at: noon - .seconds(7200)) == 4)
  }

  @Test("Laws, over any course of things", arguments: 0..<200)
  func laws(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    var memory = Memory()
    var now = noon
    var presentLooks: [AlertKey: [Int]] = [:]
    let keys = AlertEvent.allCases.flatMap { event in ["x", "y"].map { AlertKey(event, $0) } }
    for _ in 0..<300 {
      now = now + .seconds(Int.random(in: -3600...20_000, using: &random))
      let findings = keys.filter { _ in Int.random(in: 0..<3, using: &random) > 0 }.map { key in
        AlertFinding(key.event, key.subject, isPresent: Int.random(in: 0..<3, using: &random) == 0, "text")
      }
      memory.look(findings, at: now)
      for finding in findings {
        if finding.isPresent {
          presentLooks[finding.key, default: []].append(memory.looks)
          #expect(memory.open[finding.key] != nil, "what is found is open")
        }
      }
    }
    for key in keys {
      let raised = memory.raised.filter { $0.key == key }.map(\.look)
      let recovered = memory.recovered.filter { $0.key == key }.map(\.look)
      #expect(raised.count - recovered.count == (memory.open[key] == nil ? 0 : 1), "each ends once at most")
      for (begin, end) in zip(raised, recovered) {
        #expect(presentLooks[key]?.contains(begin) == true, "it begins where it is found")
        #expect(end > begin && presentLooks[key]?.contains(end) != true, "it ends where it is not")
      }
      #expect(zip(recovered, raised.dropFirst()).allSatisfy { $0 < $1 }, "beginnings and ends take turns")
    }
  }
}
