/// No lead is in the CRM twice, and what is there of us is in the books.
// Unchecked: used on the one thread of `SingleThread` only.
final class OnceCheck: @unchecked Sendable {
  // The world owns its checks.
  private unowned let world: World

  init(world: World) {
    self.world = world
  }

  func noteCreation(_ row: SimulatedCRM.Row) {
    let same = world.crm.rows.filter { $0.marker != nil && $0.identity == row.identity && $0.id != row.id }
    if let twin = same.first {
      world.fail(
        "no lead is in the CRM twice",
        "\(row.identity.prefix(20)) is row \(twin.id) (\(twin.marker ?? "")) and row \(row.id) (\(row.marker ?? ""))")
    }
    if row.marker == nil { world.fail("every row carries our marker", "row \(row.id) has none") }
  }
}
