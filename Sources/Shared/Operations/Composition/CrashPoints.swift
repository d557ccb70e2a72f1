#if DEBUG
  package import Connectors
  package import Database
  import Foundation
  import Synchronization

  /// Where a program of a debug build dies on request, as by `kill -9`: for tests of crashes. A release build holds none of
  /// it.
  ///
  /// `LEAD_CRASH_AT=POINT[#N]` kills the process when it reaches the point for the N-th time (1 by default);
  /// `LEAD_CRASH_LIST=FILE` adds each distinct point that the process reaches to a file (mode 0600), a line each, and another
  /// one, `POINT#2`, when it comes there again.
  ///
  /// `LEAD_CRASH_FILE_SYSTEM=NUMBER` has the store's file system answer so: the `f_type` of statfs(2).
  ///
  /// Points: `SITE:begun`, `SITE:written` and `SITE:committed` of every write transaction, SITE being a `CallSite`, and
  /// `request:METHOD PATH:leaving` and `:answered` around every request to the CRM.
  package final class CrashPoints: Sendable {
    /// Nil when neither variable is set, and nothing costs anything.
    package static let inForce = CrashPoints(ProcessInfo.processInfo.environment)

    static let atVariable = "LEAD_CRASH_AT"
    static let listVariable = "LEAD_CRASH_LIST"
    static let fileSystemVariable = "LEAD_CRASH_FILE_SYSTEM"
    static let variables = [atVariable, listVariable, fileSystemVariable]

    private let target: String?
    private let occurrence: Int
    private let listPath: String?
    private let fileSystem: Int?
    private let reached = Mutex<[String: Int]>([:])

    private init?(_ variables: [String: String]) {
      let named = variables[Self.atVariable].flatMap { $0.isEmpty ? nil : $0 }
      listPath = variables[Self.listVariable].flatMap { $0.isEmpty ? nil : $0 }
      fileSystem = variables[Self.fileSystemVariable].flatMap { Int($0) }
      guard named != nil || listPath != nil || fileSystem != nil else { return nil }
      let parts = named?.split(separator: "#", maxSplits: 1).map(String.init) ?? []
      target = parts.first
      occurrence = parts.count == 2 ? Int(parts[1]) ?? 1 : 1
      // At once and in every case: a point that is misspelt is never reached, and nobody else would notice.
      FileHandle.standardError.write(Data("Warning: \(warning)\n".utf8))
    }

    /// What a process says when it first looks, on standard error; a program also in its log.
    package var warning: String {
      let ending = target.map { "kills itself when it reaches “\($0)” for time \(occurrence)" }
      let system = fileSystem.map { "takes the store to be on a file system of type \($0)" }
      let listing = listPath.map { "writes the points it reaches to \($0)" }
      return "CRASH POINTS ARE IN FORCE: this process "
        + [ending, listing, system].compactMap { $0 }.joined(separator: ", and ") + ". For tests only."
    }

    /// Stands beside a store's transactions.
    package var host: StoreHost {
      var host = StoreHost()
      if let fileSystem { host.fileSystemType = { _ in fileSystem } }
      host.probe = StoreProbe(reach: { [self] moment, site in reach("\(site):\(moment.rawValue)") })
      return host
    }

    /// `inner` with a point before and after every request.
    package func around(_ inner: any HTTPTransport) -> any HTTPTransport {
      CrashingTransport(points: self, inner: inner)
    }

    fileprivate func reach(_ point: String) {
      let count = reached.withLock { reached in
        reached[point, default: 0] += 1
        return reached[point, default: 0]
      }
      if count <= 2 { note(count == 1 ? point : "\(point)#2") }
      if point == target, count == occurrence { kill(getpid(), SIGKILL) }
    }

    private func note(_ point: String) {
      guard let listPath else { return }
      let file = open(listPath, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
      let line = Array((point + "\n").utf8)
      // One write: others append to the same file.
      let isWritten = file >= 0 && write(file, line, line.count) == line.count
      if file >= 0 { close(file) }
      if !isWritten {
        FileHandle.standardError.write(Data("Warning: \(Self.listVariable): cannot write \(listPath)\n".utf8))
      }
    }
  }

  private struct CrashingTransport: HTTPTransport {
    let points: CrashPoints
    let inner: any HTTPTransport

    func send(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPAnswer {
      points.reach(Self.point(request, "leaving"))
      let result: Result<HTTPAnswer, HTTPFailure>
      do {
        result = .success(try await inner.send(request))
      } catch {
        result = .failure(error)
      }
      points.reach(Self.point(request, "answered"))
      return try result.get()
    }

    func send(
      _ request: HTTPRequest, taking take: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
    ) async throws -> HTTPAnswer {
      points.reach(Self.point(request, "leaving"))
      let answer = try await inner.send(request, taking: take)
      points.reach(Self.point(request, "answered"))
      return answer
    }

    private static func point(_ request: HTTPRequest, _ moment: String) -> String {
      let path = URLComponents(string: request.url)?.path ?? ""
      return "request:\(request.body == nil ? "GET" : "POST") \(path):\(moment)"
    }
  }
#endif
