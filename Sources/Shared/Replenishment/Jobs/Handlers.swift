package import JobQueue

/// The handlers of the kinds that workers serve, over one workplace that `current` looks up at each attempt: a reload takes effect with the
/// next job.
package enum Handlers {
  package static func all(_ current: @escaping @Sendable () -> Workplace) -> [JobHandler] {
    JobKind.workerKinds.map { kind in
      JobHandler(kind: ServedKind(kind.rawValue), timeout: kind.timeout) { job, context in
        switch kind {
        case .monitor: try await MonitorHandler(workplace: current()).run(job, context)
        case .importSource: try await ImportHandler(workplace: current()).run(job, context)
        case .upload: try await UploadHandler(workplace: current()).run(job, context)
        case .cycle, .notify: preconditionFailure("these have handlers of their own")
        }
      }
    }
  }
}
