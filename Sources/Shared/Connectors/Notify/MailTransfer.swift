import Alerts
import CCurl
import Timekeeping

/// One message handed to a mail server over a connection of its own, blocking the calling thread until it is over.
final class MailTransfer {
  private let handle: UnsafeMutableRawPointer
  private let stop: TransferStop
  private let bytes: [UInt8]
  private var sent = 0

  /// Returns when the server has taken the message. Throws `CourierFailure`: `refused` for an answer of 500 and above to
  /// sender, receiver or message, `unreachable` for everything that may be mended, a wrong password too.
  static func perform(
    _ message: MailMessage, from sender: MailAddress, to receiver: MailAddress, by server: MailServer,
    stop: TransferStop
  ) throws(CourierFailure) {
    guard CurlLibrary.isReady, let handle = curl_easy_init() else {
      throw .unreachable("libcurl could not be started")
    }
    let transfer = MailTransfer(handle: handle, stop: stop, bytes: Array(message.text.utf8))
    try transfer.perform(from: sender, to: receiver, by: server)
  }

  private init(handle: UnsafeMutableRawPointer, stop: TransferStop, bytes: [UInt8]) {
    self.handle = handle
    self.stop = stop
    self.bytes = bytes
  }

  deinit {
    curl_easy_cleanup(handle)
  }

  private func perform(
    from sender: MailAddress, to receiver: MailAddress, by server: MailServer
  ) throws(CourierFailure) {
    let receivers = curl_slist_append(nil, "<\(receiver.address)>")
    defer { curl_slist_free_all(receivers) }
    var codes = [
      lq_curl_set_text(handle, CURLOPT_URL, server.url),
      lq_curl_set_text(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps"),
      lq_curl_set_long(
        handle, CURLOPT_USE_SSL, Int(server.requiresTLS ? CURLUSESSL_ALL.rawValue : CURLUSESSL_TRY.rawValue)),
      lq_curl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 1),
      lq_curl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 2),
      lq_curl_set_text(handle, CURLOPT_MAIL_FROM, "<\(sender.address)>"),
      lq_curl_set_list(handle, CURLOPT_MAIL_RCPT, receivers),
      lq_curl_set_long(handle, CURLOPT_UPLOAD, 1),
      lq_curl_set_size(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(bytes.count)),
      lq_curl_set_long(handle, CURLOPT_NOSIGNAL, 1),
      lq_curl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, max(1, Int(server.connectTimeout.milliseconds))),
      lq_curl_set_long(handle, CURLOPT_TIMEOUT_MS, max(1, Int(server.totalTimeout.milliseconds))),
      lq_curl_set_pointer(handle, CURLOPT_READDATA, Unmanaged.passUnretained(self).toOpaque()),
      lq_curl_set_write(handle, CURLOPT_READFUNCTION) { data, size, count, context in
        MailTransfer.at(context).give(UnsafeMutableRawBufferPointer(start: data, count: size * count))
      },
      lq_curl_set_long(handle, CURLOPT_NOPROGRESS, 0),
      lq_curl_set_pointer(handle, CURLOPT_XFERINFODATA, Unmanaged.passUnretained(self).toOpaque()),
      lq_curl_set_progress(handle, { context, _, _, _, _ in MailTransfer.at(context).stop.isRaised ? 1 : 0 }),
    ]
    if let login = server.login {
      codes.append(lq_curl_set_text(handle, CURLOPT_USERNAME, login.username))
      codes.append(lq_curl_set_text(handle, CURLOPT_PASSWORD, login.password))
    }
    if let certificates = server.certificates {
      // Copied by libcurl.
      codes.append(lq_curl_set_blob(handle, CURLOPT_CAINFO_BLOB, certificates, certificates.utf8.count))
    }
    guard receivers != nil, codes.allSatisfy({ $0 == CURLE_OK }) else {
      throw .unreachable("libcurl lacks an option")
    }
    let code = withExtendedLifetime(self) { curl_easy_perform(handle) }
    guard code == CURLE_OK else { throw failure(code) }
  }

  // libcurl calls back only while `perform` runs, which keeps the transfer alive.
  private static func at(_ context: UnsafeMutableRawPointer?) -> MailTransfer {
    guard let context else { preconditionFailure("libcurl lost its context") }
    return Unmanaged<MailTransfer>.fromOpaque(context).takeUnretainedValue()
  }

  private func give(_ room: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(room.count, bytes.count - sent)
    room.copyBytes(from: bytes[sent..<sent + count])
    sent += count
    return count
  }

  /// Of the server's answer only the number is used.
  private func failure(_ code: CURLcode) -> CourierFailure {
    var answer = 0
    lq_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &answer)
    let reason = String(cString: curl_easy_strerror(code))
    switch code {
    case CURLE_ABORTED_BY_CALLBACK: return .unreachable("cancelled")
    case CURLE_LOGIN_DENIED:
      return .unreachable("the mail server refuses the login (LEAD_SMTP_USERNAME, LEAD_SMTP_PASSWORD)")
    case CURLE_USE_SSL_FAILED: return .unreachable("the mail server offers no TLS, without which nothing is sent to it")
    case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_WEIRD_SERVER_REPLY:
      return (500..<600).contains(answer)
        ? .refused("the mail server refuses the message (\(answer))")
        : .unreachable("mail server: \(reason)" + (answer > 0 ? " (\(answer))" : ""))
    default: return .unreachable("mail server: \(reason)")
    }
  }
}
