import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// The web dashboard: pages over HTTP that show the store, live, and let a person who knows the token mend by hand.
package struct Dashboard: Sendable {
  private let settings: DashboardSettings
  private let office: DashboardOffice

  /// `settings.problem` must be nil.
  package init(_ settings: DashboardSettings, office: DashboardOffice) {
    precondition(settings.problem == nil, "an address that others reach needs a token")
    self.settings = settings
    self.office = office
  }

  /// Listens until the calling task is cancelled; streams end then, and requests at work are finished. `onReady` is told the
  /// port. Throws when the port cannot be listened on.
  package func run(onReady: @escaping @Sendable (Int) -> Void) async throws {
    let feed = LiveFeed(streamsMax: settings.streamsMax)
    let census = Census(office: office)
    let sessions = Sessions { count in
      var generator = SystemRandomNumberGenerator()
      return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }
    let reception = try Reception(
      settings: settings, office: office, gate: Gate(settings: settings, sessions: sessions), feed: feed,
      census: census)
    let (requestTime, port) = (settings.requestTimeMax, settings.port)
    var decoding = HTTP1Channel.Configuration.DecoderConfiguration()
    decoding.maxHeaderListSize = DashboardSettings.requestBytesMax
    decoding.maxHeaderFieldSize = DashboardSettings.requestBytesMax
    decoding.maxHeaderFieldCount = 100
    let application = Application(
      responder: reception,
      server: .http1(
        configuration: HTTP1Channel.Configuration(
          additionalChannelHandlers: [PatienceHandler(requestTime: requestTime)],
          httpDecoderConfiguration: decoding)),
      configuration: ApplicationConfiguration(
        address: .hostname(settings.host, port: settings.port),
        availableConnectionsDelegate: MaximumAvailableConnections(settings.connectionsMax)),
      onServerRunning: { channel in onReady(channel.localAddress?.port ?? port) },
      // Requests are not logged: they tell nothing that the audit trail does not, and would fill the log.
      logger: Logger(label: "dashboard") { _ in SwiftLogNoOpLogHandler() })
    let pulse = Pulse(office: office, feed: feed, interval: settings.pulse)
    defer { feed.end() }
    try await withTaskCancellationHandler {
      do {
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { try await application.run() }
          group.addTask { try await census.run() }
          group.addTask { try await pulse.run() }
          // Each ends by an error or by cancellation alone.
          try await group.next()
          group.cancelAll()
        }
      } catch is CancellationError {
        return
      }
    } onCancel: {
      feed.end()
    }
  }
}
