import ArgumentParser
import Database
import Foundation
import LeadStore
import Leads
import Operations
import Planning
import Replenishment
import Synchronization
import Timekeeping

/// Runs a cycle up to its plan on a private copy of the store, with the code of the real one, and shows the plan.
struct PlanPreview: Sendable {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
  }

  let source: ConfigurationSource
  /// Keys of leads to name for each reason why leads are not taken.
  var examples = 0

  /// `path`: where the plan is saved; that needs a store, which the plan is for.
  func show(as format: Format, savingTo path: String? = nil) async throws -> ExitStatus {
    let settings = try source.load()
    if path != nil, case .sqlite(let store) = settings.configuration.store.location,
      !FileManager.default.fileExists(atPath: store)
    {
      throw ProgramError.noStore(store)
    }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lead-plan-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let store = try await copyOfStore(settings, folder: folder)
    let log = ActivityLog(settings, program: "lead-scheduler")
    let program = Program(name: "lead-scheduler", settings: settings, source: source, log: log, store: store)
    let report = try await preview(program, format, savingTo: path)
    return report
  }

  private func copyOfStore(_ settings: Settings, folder: String) async throws -> Store {
    let now = settings.environment.clock.now()
    let copy = folder + "/plan.db"
    let address = settings.configuration.store.address
    switch address {
    case .file(let path):
      if FileManager.default.fileExists(atPath: path) { try await Program.open(address, now: now).copy(to: copy) }
    case .server:
      let store = try await Program.open(address, now: now)
      try await TransferTable.copy(store, toFile: copy, now: now)
    }
    let store = try await Program.open(.file(copy), now: now)
    try await Program.prepare(store)
    // A cycle that runs in the real store goes on there.
    try await store.write { try CycleTable.closeRunning(message: "left out of the copy", now: now, in: $0) }
    return store
  }

  private func preview(_ program: Program, _ format: Format, savingTo path: String?) async throws -> ExitStatus {
    let crm = try await CRMConnection.open(for: program)
    let events = Mutex<[CycleEvent]>([])
    // Never the queue of uploads: the copy holds those of the real store, and they would reach the real CRM.
    let workers = EmbeddedWorkers(
      program: program, crm: crm, concurrency: 1, queues: [JobKind.monitor.queue, JobKind.importSource.queue],
      tell: { _ in })
    let report = await Result.catching {
      try await ReplenishmentCycle(
        workplace: program.workplace(crm: crm), scheduler: program.processID, crew: workers.crew,
        isDryRun: true, examples: examples, tell: { event in events.withLock { $0.append(event) } }
      ).run()
    }
    try await workers.stop()
    let ended = try report.get()
    let plan = try await program.store.read { try PlanTable.find(ofCycle: ended.cycle, in: $0)?.plan }
    guard let plan else {
      Shown.print(events.withLock { $0 }.flatMap(\.lines))
      switch ended.ending {
      case .failed(.crm): return .unavailable
      case .failed(.work): return .failed
      default: return .done
      }
    }
    let drafts = events.withLock { $0 }.compactMap { if case .drafted(let draft) = $0 { draft } else { nil } }
    if let path, let draft = drafts.last {
      try PlanFile.write(
        SavedPlan(
          id: UUID().uuidString.lowercased(), savedAt: program.clock.now(), savedBy: Person.name(), draft: draft),
        to: path)
    }
    switch format {
    case .text: showText(plan, events.withLock { $0 })
    case .json: try showJSON(plan)
    }
    if let path {
      FileHandle.standardError.write(Data("Plan saved: \(path). Carry it out: lead-scheduler apply \(path)\n".utf8))
    }
    return .done
  }

  private func showText(_ plan: Plan, _ events: [CycleEvent]) {
    Shown.print(["Dry run: nothing is changed"] + plan.headlines)
    for event in events {
      switch event {
      case .metrics, .sourceProblem, .sourceUsedUp, .strategy, .found, .sufficient, .blocked:
        Shown.print(event.lines)
      default: break
      }
    }
    if plan.decision == .upload { print("Would select \(plan.runSize) leads for upload") }
    Shown.print([""] + plan.explanation.dropFirst(plan.headlines.count))
  }

  private func showJSON(_ plan: Plan) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(PlanDocument(plan)), as: UTF8.self))
  }
}

/// A plan with its message, as `lead-scheduler plan --format json` shows it.
private struct PlanDocument: Encodable {
  let sentence: String
  /// One of each territory out of supply.
  let shortages: [String]
  let message: String
  let waterfall: Waterfall
  let explanation: [String]
  let plan: Plan

  init(_ plan: Plan) {
    sentence = plan.sentence
    shortages = plan.shortages
    message = plan.message
    waterfall = plan.waterfall
    explanation = plan.explanation
    self.plan = plan
  }
}

extension Result where Failure == any Error {
  fileprivate static func catching(_ body: () async throws -> Success) async -> Result {
    do {
      return .success(try await body())
    } catch {
      return .failure(error)
    }
  }
}
