import Alerts

/// The ways to people: what was brought to each channel, and what they were told how often.
// Unchecked: used on the one thread of `SingleThread` only.
final class PostOffice: @unchecked Sendable {
  // The world owns it.
  private unowned let world: World
  /// By channel, how often each message came, by its title and lines.
  private var arrived: [AlertChannel: [String: Int]] = [:]
  /// By the id on the letter.
  private var texts: [String: String] = [:]

  init(world: World) {
    self.world = world
  }

  /// A letter is brought by a process. It may not get through, and nobody may learn that it did.
  func bring(_ letter: Letter, by channel: AlertChannel, from process: SimulatedProcess) async throws {
    try await process.pass()
    if world.faults.strikes(.messageRefused) { throw CourierFailure.unreachable("nobody answers") }
    let text = ([letter.bulletin.title] + letter.bulletin.lines).joined(separator: "\n")
    arrived[channel, default: [:]][text, default: 0] += 1
    world.trace.note("people read (\(channel.rawValue)): \(letter.bulletin.title)")
    if texts.updateValue(text, forKey: letter.id).map({ $0 != text }) ?? false {
      world.fail("a letter that comes twice is the same twice", letter.id)
    }
    try await process.pass()
    if world.faults.strikes(.messageDoubted) { throw CourierFailure.unreachable("the answer is lost") }
  }

  /// Whether this message came on the channel.
  func hasArrived(_ text: String, by channel: AlertChannel) -> Bool { arrived[channel]?[text] != nil }
}
