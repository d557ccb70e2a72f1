import Leads
import Planning
import Testing

@Suite("Need")
struct NeedTests {
  private let none = PerClass(repeating: 0)
  private let full = PerClass(aPlus: 10, a: 30, b: 20)

  @Test("A total exactly at its minimum needs nothing; one below is raised to the target")
  func total() {
    let at = Need(policy: .totalOnly, stock: .example(total: 50), inFlight: none)
    #expect(at.total == 0)
    let below = Need(policy: .totalOnly, stock: .example(total: 49), inFlight: none)
    #expect(below.isTotalShort)
    #expect(below.total == 101)
  }

  @Test("A class below its minimum is raised to its share of the target: 0.2 of 150 less 3 is 27")
  func classShare() {
    let stock = Stock.example(total: 120, classes: PerClass(aPlus: 3, a: 30, b: 20))
    let need = Need(policy: Policy(), stock: stock, inFlight: none)
    #expect(need.perClass == PerClass(aPlus: 27, a: 0, b: 0))
    #expect(need.total == 27)
    #expect(need.reasons(policy: Policy()) == ["A+ leads (3) below minimum (10)"])
  }

  @Test("A class whose minimum exceeds its share is raised to the minimum")
  func classMinimum() {
    var policy = Policy()
    policy.minPerClass.aPlus = 40
    let stock = Stock.example(total: 120, classes: PerClass(aPlus: 3, a: 30, b: 20))
    #expect(Need(policy: policy, stock: stock, inFlight: none).perClass.aPlus == 37)
  }

  @Test("A short total needs at least what its classes need: 100 to the target, 145 for the classes")
  func largerOfBoth() {
    let stock = Stock.example(total: 49, classes: PerClass(aPlus: 0, a: 3, b: 2))
    let need = Need(policy: Policy(), stock: stock, inFlight: none)
    #expect(need.perClass == PerClass(aPlus: 30, a: 72, b: 43))
    #expect(need.total == 145)
    #expect(
      need.reasons(policy: Policy()) == [
        "Total leads (49) below minimum (50)", "A+ leads (0) below minimum (10)", "A leads (3) below minimum (30)",
        "B leads (2) below minimum (20)",
      ])
  }

  @Test("Leads in flight count as stock, in total and in their class")
  func inFlight() {
    let stock = Stock.example(total: 45, classes: PerClass(aPlus: 8, a: 30, b: 7))
    let inFlight = PerClass(aPlus: 2, a: 0, b: 13)
    let need = Need(policy: Policy(), stock: stock, inFlight: inFlight)
    #expect(need.stockTotal == 60)
    #expect(need.stockPerClass == full)
    #expect(need.total == 0)
  }

  @Test("A share that is no whole number is rounded, not cut: 0.2 of 153 is 31")
  func rounding() {
    var policy = Policy()
    policy.targetTotal = 153
    let stock = Stock.example(total: 120, classes: PerClass(aPlus: 0, a: 30, b: 20))
    #expect(Need(policy: policy, stock: stock, inFlight: none).perClass.aPlus == 31)
  }
}
