package import Timekeeping

/// A message on its way, as a channel takes it.
package struct Letter: Sendable, Equatable {
  package var bulletin: Bulletin
  /// The same over all attempts at sending it, so that one that came twice is recognised: letters, digits, `.` and `-`.
  package var id: String
  /// When the message was made.
  package var madeAt: Timestamp
  /// Who sends it, for people.
  package var sender: String

  package init(bulletin: Bulletin, id: String, madeAt: Timestamp, sender: String) {
    self.bulletin = bulletin
    self.id = id
    self.madeAt = madeAt
    self.sender = sender
  }
}

/// Why a message did not reach its channel. Texts hold no secret and no address.
package enum CourierFailure: Error, Sendable, Equatable {
  /// The program was not told how to reach the channel; says what is missing.
  case notConfigured(String)
  /// It may work later.
  case unreachable(String)
  /// The channel asks to be left alone for so long.
  case busy(retryAfter: Duration)
  /// It will not work, however often it is tried.
  case refused(String)
}

extension CourierFailure: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notConfigured(let what), .unreachable(let what), .refused(let what): what
    case .busy(let time): "asked to wait for \(time.components.seconds) s"
    }
  }
}
