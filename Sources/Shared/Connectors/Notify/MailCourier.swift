package import Alerts

/// Brings messages to one receiver by a mail server.
package struct MailCourier: Sendable {
  private let server: MailServer
  private let sender: MailAddress
  private let receiver: MailAddress

  package init(server: MailServer, from sender: MailAddress, to receiver: MailAddress) {
    self.server = server
    self.sender = sender
    self.receiver = receiver
  }

  /// Returns when the server has taken the message. Throws `CourierFailure`. Cancelling the caller ends it within about a
  /// second.
  package func send(_ letter: Letter) async throws {
    let message = MailMessage(letter, from: sender, to: receiver)
    try await TransferThread(name: "mail").run { [server, sender, receiver] stop in
      try MailTransfer.perform(message, from: sender, to: receiver, by: server, stop: stop)
    }
  }
}
