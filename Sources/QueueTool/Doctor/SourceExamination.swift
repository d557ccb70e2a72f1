import Connectors
import LeadStore
import Leads
import Operations
import Replenishment

/// What `doctor` finds in the files of leads. Blocks: files that the catalog does not know yet are read whole, within a time.
struct SourceExamination: Sendable {
  let settings: Settings
  let deadline: ContinuousClock.Instant

  /// Reading took too long.
  private struct Late: Error {}

  /// What one file gave.
  private enum Content {
    case read(records: Int, usable: Int, rejected: Int)
    case broken(SourceError)
    case unread
  }

  /// `store`: nil where there is none, or it cannot be read.
  func checks(_ store: StoreFacts?) -> [HealthCheck] {
    let list = SourceList(of: settings.configuration.sourceManagement.sourceFiles)
    var contents: [(path: String, content: Content)] = []
    for path in list.paths {
      contents.append((path, content(of: path, known: store?.sources.first { $0.path == path })))
    }
    return [files(list, contents), content(contents), supply(store, list.paths)]
  }

  // MARK: Files

  private func files(_ list: SourceList, _ contents: [(path: String, content: Content)]) -> HealthCheck {
    let missing = contents.compactMap { entry -> SourceError? in
      guard case .broken(let error) = entry.content, Self.isAbout(file: error) else { return nil }
      return error
    }
    // The error's own advice is the remedy here.
    let problems = list.problems + missing.map { String("\($0)".prefix { $0 != ";" }) }
    let good = list.paths.count - missing.count
    guard let problem = problems.first else {
      return list.paths.isEmpty
        ? .failed(
          .sourceFiles, "no source file is named, so there is nothing to upload",
          remedy: "name files in source_management.source_files")
        : .ok(.sourceFiles, good == 1 ? "1 file can be read" : "\(good) files can be read")
    }
    let others = problems.count > 1 ? " (and \(problems.count - 1) more)" : ""
    let remedy = "put the file there, as seen from this folder, or correct source_management.source_files"
    return good > 0
      ? .warning(.sourceFiles, problem + others, remedy: remedy)
      : .failed(.sourceFiles, problem + others, remedy: remedy)
  }

  /// Whether the file, and not what is in it, is the matter.
  private static func isAbout(file error: SourceError) -> Bool {
    switch error {
    case .missing, .unreadable, .notAFile: true
    case .unsupportedFormat, .empty, .notJSON, .noHeader, .changed: false
    }
  }

  // MARK: Content

  private func content(of path: String, known: SourceRow?) -> Content {
    do {
      let fingerprint = try SourceFingerprint(path: path)
      if let known, known.state == .read, let text = known.fingerprint,
        SourceFingerprint(beginningOf: text) == fingerprint
      {
        return .read(
          records: known.counts.records, usable: known.counts.usable + known.counts.repeated,
          rejected: known.counts.rejected)
      }
      let names = settings.configuration.sourceManagement.rules.names[path] ?? .usual
      let summary = try SourceFile(path: path, names: names).read { _ in
        if ContinuousClock.now > deadline { throw Late() }
      }
      return .read(records: summary.records, usable: summary.usable, rejected: summary.rejected)
    } catch let error as SourceError {
      return .broken(error)
    } catch {
      return .unread
    }
  }

  private func content(_ contents: [(path: String, content: Content)]) -> HealthCheck {
    var (records, rejected, unread) = (0, 0, 0)
    var worst: String?
    if contents.allSatisfy({ if case .broken(let error) = $0.content { Self.isAbout(file: error) } else { false } }) {
      return .notChecked(.sourceContent, because: "no file can be read")
    }
    for (path, content) in contents {
      switch content {
      case .read(let count, let usable, let refused):
        (records, rejected) = (records + count, rejected + refused)
        if count > 0, usable == 0 { worst = worst ?? "no record of \(path) can be used" }
      case .broken(let error):
        if !Self.isAbout(file: error) { worst = worst ?? "\(error)" }
      case .unread: unread += 1
      }
    }
    if let worst {
      return .failed(
        .sourceContent, worst,
        remedy: "mend the file, or write it anew beside it and rename it; lead-queue sources shows each")
    }
    if rejected > 0 {
      return .warning(
        .sourceContent, "\(rejected) of \(records) records cannot be used",
        remedy: "lead-queue leads --state rejected names each with its line and reason; mend them in the file")
    }
    if unread > 0 {
      return .notChecked(
        .sourceContent, because: "reading them takes longer than a check may; the next cycle reads them")
    }
    return .ok(.sourceContent, "\(records) records, all usable")
  }

  // MARK: Supply

  private func supply(_ store: StoreFacts?, _ paths: [String]) -> HealthCheck {
    guard let store else {
      return .notChecked(.sourceSupply, because: "there is no store that tells what was uploaded")
    }
    if store.supply > 0 { return .ok(.sourceSupply, "\(store.supply) leads are left to upload") }
    let unread = paths.filter { path in
      guard let known = store.sources.first(where: { $0.path == path }) else { return true }
      guard let file = try? SourceFingerprint(path: path) else { return false }
      return known.fingerprint.flatMap { SourceFingerprint(beginningOf: $0) } != file
    }
    if let first = unread.first {
      return .notChecked(.sourceSupply, because: "\(first) is new or has changed; the next cycle reads it")
    }
    return .failed(
      .sourceSupply, "No new leads available for upload: the sources are used up",
      remedy: "add leads or files to source_management.source_files; lead-queue sources shows what each gave")
  }
}
