import Connectors
import Foundation
import Replenishment
import Timekeeping

/// The way from one process to the CRM, where requests and answers get lost, late, doubled, cut off and falsified.
final class SimulatedNetwork: HTTPTransport {
  private let world: World
  private let process: SimulatedProcess

  init(world: World, process: SimulatedProcess) {
    self.world = world
    self.process = process
  }

  func send(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPAnswer {
    do {
      return try await exchange(request)
    } catch let failure as HTTPFailure {
      throw failure
    } catch {
      throw .mayHaveLeft("cancelled")
    }
  }

  func send(
    _ request: HTTPRequest, taking take: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws -> HTTPAnswer {
    var answer = try await send(request)
    guard answer.status == 200 else { return answer }
    let middle = answer.body.count / 2
    for part in [answer.body[..<middle], answer.body[middle...]] { try part.withUnsafeBytes(take) }
    answer.body = []
    return answer
  }

  private func exchange(_ request: HTTPRequest) async throws -> HTTPAnswer {
    try await process.pass()
    if world.crm.isDown || world.faults.strikes(.connectionRefused) {
      try await process.sleep(.milliseconds(20))
      throw HTTPFailure.notSent("connection refused")
    }
    if let body = request.body, request.url.hasSuffix("/bulk") {
      return try await upload(request, SimulatedCRM.rows(of: body))
    }
    return try await ask(request)
  }

  // MARK: Questions

  private func ask(_ request: HTTPRequest) async throws -> HTTPAnswer {
    guard world.limits.noteRequest() else { return Self.tooMany }
    try await process.sleep(world.random.span(.milliseconds(5), .milliseconds(200)))
    let crm = world.crm
    if request.body != nil { return crm.login() }
    if world.faults.strikes(.metricsMissing) { return SimulatedCRM.json(503, "") }
    if request.url.contains("/health") { return crm.health() }
    guard crm.accepts(request.token) else { return Self.unauthorised }
    if world.faults.strikes(.status429) { return Self.tooMany }
    let limit = request.url.split(separator: "=").last.flatMap { Int($0) } ?? 100
    return crm.list(limit: limit)
  }

  // MARK: Uploads

  private func upload(_ request: HTTPRequest, _ rows: [SimulatedCRM.Sent]) async throws -> HTTPAnswer {
    if world.faults.strikes(.deathBeforeRequest) { try process.die("before a request") }
    guard request.mayLeave() else { throw HTTPFailure.notSent("there was no time left") }
    // From here on it is on its way.
    guard world.limits.noteRequest() else { return Self.tooMany }
    let post = world.limits.notePost(by: process)
    let hasNPIs = rows.allSatisfy { $0.npi != nil }
    world.trace.note("\(process.name): post \(post) with \(rows.count) rows leaves")
    if world.faults.strikes(.requestLost) { return try await silence(request) }
    if world.faults.strikes(.lateCommit) {
      let grace = world.scenario.upload.readBackGrace
      let delay = request.totalTimeout + world.random.span(.zero, grace * 1.8)
      world.time.after(delay) { [world] in
        world.trace.note("post \(post) is committed late")
        _ = world.crm.bulk(rows, post: post)
      }
      return try await silence(request)
    }
    // The CRM handles one request after another.
    try await process.sleep(.milliseconds(40 + rows.count * 2))
    if let refusal = refusal(request) { return refusal }
    var answer = world.crm.bulk(rows, post: post)
    if answer.status == 422 { world.faults.note(.status422) }
    if answer.status == 500 { world.faults.note(.poisonRow) }
    if world.faults.strikes(.deathAfterRequest) { try process.die("after a request") }
    if hasNPIs, world.faults.strikes(.doubledRequest) { answer = world.crm.bulk(rows, post: post) }
    return try await disturbed(answer, request)
  }

  /// No answer comes before the client has had enough.
  private func silence(_ request: HTTPRequest) async throws -> HTTPAnswer {
    try await process.sleep(request.totalTimeout)
    throw HTTPFailure.mayHaveLeft("timed out")
  }

  /// The connection closes without an answer. Some transports then send a request again by themselves.
  private func closed(_ request: HTTPRequest) async throws -> HTTPAnswer {
    if request.mayBeRepeated, let body = request.body {
      return world.crm.bulk(SimulatedCRM.rows(of: body), post: world.limits.notePost(by: process))
    }
    return try await silence(request)
  }

  /// An answer by which nothing was processed.
  private func refusal(_ request: HTTPRequest) -> HTTPAnswer? {
    if world.faults.strikes(.status401) { world.crm.tokenNumber += 1 }
    guard world.crm.accepts(request.token) else { return Self.unauthorised }
    if world.faults.strikes(.status403) {
      return SimulatedCRM.json(403, #"{"detail":"Admin or Manager access required"}"#)
    }
    if world.faults.strikes(.status429) { return Self.tooMany }
    if world.faults.strikes(.status5xxBefore) { return SimulatedCRM.json(502, "<html>Bad Gateway</html>") }
    if world.faults.strikes(.status500RolledBack) { return SimulatedCRM.rolledBack }
    return nil
  }

  private func disturbed(_ answer: HTTPAnswer, _ request: HTTPRequest) async throws -> HTTPAnswer {
    if world.faults.strikes(.answerLost) { return try await closed(request) }
    if world.faults.strikes(.status5xxAfter) {
      return SimulatedCRM.json(500, #"{"error":"Internal Server Error","request_id":"r","timestamp":"t"}"#)
    }
    guard answer.status == 200 else { return answer }
    var answer = answer
    if world.faults.strikes(.truncatedAnswer) {
      answer.body.removeLast(world.random.int(1...(answer.body.count - 1)))
    } else if world.faults.strikes(.lyingAnswer) {
      answer.body = Array(lie(String(decoding: answer.body, as: UTF8.self)).utf8)
    }
    return answer
  }

  /// An answer whose sums do not agree, one way or another.
  private func lie(_ text: String) -> String {
    switch world.random.int(0...3) {
    case 0: text.replacing("\"total_submitted\":", with: "\"total_submitted\":1")
    case 1: text.replacing("\"created\":", with: "\"created\":9")
    case 2: text.replacing("\"index\":", with: "\"index\":9")
    default: "[]"
    }
  }

  private static let unauthorised = SimulatedCRM.json(401, #"{"detail":"Invalid token"}"#)
  private static let tooMany = SimulatedCRM.json(429, #"{"error":"Rate limit exceeded","retry_after":60}"#)
}
