import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// The demo CRM as a whole: its database, its rules, its HTTP server.
struct DemoServer: Sendable {
  struct Settings: Sendable {
    var host = "127.0.0.1"
    /// 0: a free one.
    var port = 8006
    var database: CRMDatabase.Location
    var stock = StockSeed()
    var service = CRMService.Settings()
    var reception = Reception.Settings()
    var requestLog: String?
  }

  private static let redistributionInterval = Duration.seconds(30 * 60)

  private let settings: Settings
  private let reception: Reception

  /// Opens and fills the database. Throws `DatabaseError` and `RequestLog.CannotOpen`.
  init(_ settings: Settings) async throws {
    self.settings = settings
    let database = try await CRMDatabase.open(settings.database)
    let stock = settings.stock
    try await database.transaction { try stock.plant($0) }
    reception = Reception(
      service: CRMService(database: database, settings: settings.service), settings: settings.reception,
      log: try settings.requestLog.map { try RequestLog(path: $0) })
  }

  /// Listens until the calling task is cancelled, then ends at once: a request that is being committed is finished,
  /// silent connections are closed. `onReady` is told the port. Throws when the port cannot be listened on.
  func run(onReady: @escaping @Sendable (Int) -> Void) async throws {
    let application = Application(
      responder: CRMResponder(reception: reception),
      server: .http1(configuration: HTTP1Channel.Configuration(additionalChannelHandlers: [HangUpHandler()])),
      configuration: ApplicationConfiguration(address: .hostname(settings.host, port: settings.port)),
      onServerRunning: { channel in onReady(channel.localAddress?.port ?? settings.port) },
      // Standard output carries the ready line alone, and requests have their own log.
      logger: Logger(label: "demo-crm") { _ in SwiftLogNoOpLogHandler() })
    do {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await application.run() }
        group.addTask { try await redistributeRegularly() }
        // Either ends by an error or by cancellation alone.
        try await group.next()
        group.cancelAll()
      }
    } catch is CancellationError {
      return
    }
  }

  private func redistributeRegularly() async throws {
    while true {
      try await Task.sleep(for: Self.redistributionInterval)
      do { try await reception.redistribute() } catch {
        FileHandle.standardError.write(Data("demo-crm: redistribution failed: \(error)\n".utf8))
      }
    }
  }
}
