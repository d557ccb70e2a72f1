import Operations
import Timekeeping

/// What `check-config` finds: errors, which no program starts with, or warnings.
struct ConfigurationCheck {
  let source: ConfigurationSource

  /// Shows it. Throws `ConfigurationError` where the text of the error is all there is to show.
  func show(as format: PlanPreview.Format) throws -> ExitStatus {
    switch format {
    case .text:
      let settings = try source.load()
      showText(settings, advice(on: settings))
      return .done
    case .json:
      do throws(ConfigurationError) {
        let settings = try source.load()
        print(document(settings, advice(on: settings)).compactText)
        return .done
      } catch {
        print(document(of: error).compactText)
        return error.exitStatus
      }
    }
  }

  private func advice(on settings: Settings) -> [Advice] {
    let configuration = settings.configuration
    return Advisor(
      configuration: configuration, now: settings.environment.clock.now(),
      sources: Advisor.Sources(entries: configuration.sourceManagement.sourceFiles),
      hasCRMDatabase: settings.environment.crmDatabaseURL != nil, reachable: CourierPost.reachable(settings.environment)
    ).advice
  }

  private func showText(_ settings: Settings, _ advice: [Advice]) {
    let count = advice.count + settings.warnings.count
    let verdict = count == 0 ? "valid" : "valid, with \(count) \(count == 1 ? "warning" : "warnings")"
    Shown.print(
      [
        "Configuration: \(settings.file ?? "none, the defaults hold"): \(verdict)",
        "Store: \(settings.configuration.store.location)",
      ] + settings.warnings.map { "Warning: \($0)" } + advice.map { "Warning: \($0.text)" })
  }

  private func document(_ settings: Settings, _ advice: [Advice]) -> JSONValue {
    .object([
      "valid": .boolean(true), "file": settings.file.map(JSONValue.text) ?? .null,
      "store": .text("\(settings.configuration.store.location)"), "errors": .list([]),
      "warnings": .list(advice.map(\.json)), "notes": .list(settings.warnings.map(JSONValue.text)),
    ])
  }

  private func document(of error: ConfigurationError) -> JSONValue {
    let errors: [JSONValue] =
      if case .invalid(let problems) = error {
        problems.map { problem in
          .object([
            "file": problem.file.map(JSONValue.text) ?? .null, "line": problem.line.map(JSONValue.integer) ?? .null,
            "key": .text(problem.key), "message": .text(problem.description),
          ])
        }
      } else {
        [.object(["file": .null, "line": .null, "key": .text(""), "message": .text(error.description)])]
      }
    return .object([
      "valid": .boolean(false), "file": source.file.map(JSONValue.text) ?? .null, "store": .null,
      "errors": .list(errors), "warnings": .list([]), "notes": .list([]),
    ])
  }
}
