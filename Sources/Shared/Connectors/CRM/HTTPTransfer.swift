import CCurl
import Synchronization
import Timekeeping

/// libcurl's own start, once a process; every user of libcurl asks for it first.
enum CurlLibrary {
  /// Whether libcurl is ready for use.
  static let isReady = lq_curl_global_init() == CURLE_OK
}

/// Raised from any thread to end a running transfer; libcurl looks at it about once a second.
final class TransferStop: Sendable {
  private let raised = Atomic(false)

  var isRaised: Bool { raised.load(ordering: .relaxed) }

  func raise() {
    raised.store(true, ordering: .relaxed)
  }
}

/// One request on a connection of its own, blocking the calling thread until it is over.
///
/// A connection is never reused: when a reused one closes without an answer, libcurl sends a POST again by itself. For
/// the same reason HTTP/2 is not spoken, whose refused streams libcurl retries. Redirects are not followed.
final class HTTPTransfer {
  private let handle: UnsafeMutableRawPointer
  private let request: HTTPRequest
  private let stop: TransferStop
  /// Takes the body of a 200 in pieces instead of `body`; throwing ends the transfer.
  private let reader: ((UnsafeRawBufferPointer) throws -> Void)?

  private var body: [UInt8] = []
  private var retryAfter: String?
  private var readerError: (any Error)?
  private var isTooLong = false
  private var isHeldBack = false

  /// Sends `request` and waits for the answer. With `reader`, the body of a 200 goes there.
  /// Throws `HTTPFailure`, or what `reader` throws.
  static func perform(
    _ request: HTTPRequest, stop: TransferStop, reader: ((UnsafeRawBufferPointer) throws -> Void)? = nil
  ) throws -> HTTPAnswer {
    guard CurlLibrary.isReady, let handle = curl_easy_init() else {
      throw HTTPFailure.notSent("libcurl could not be started")
    }
    return try HTTPTransfer(handle: handle, request: request, stop: stop, reader: reader).perform()
  }

  private init(
    handle: UnsafeMutableRawPointer, request: HTTPRequest, stop: TransferStop,
    reader: ((UnsafeRawBufferPointer) throws -> Void)?
  ) {
    self.handle = handle
    self.request = request
    self.stop = stop
    self.reader = reader
  }

  deinit {
    curl_easy_cleanup(handle)
  }

  private func perform() throws -> HTTPAnswer {
    var headers: UnsafeMutablePointer<curl_slist>?
    defer { curl_slist_free_all(headers) }
    for line in headerLines {
      guard let longer = curl_slist_append(headers, line) else { throw HTTPFailure.notSent("out of memory") }
      headers = longer
    }
    let bytes = request.body ?? []
    let code = try bytes.withUnsafeBytes { bytes in
      try set(bytes, headers)
      return withExtendedLifetime(self) { curl_easy_perform(handle) }
    }
    if let readerError { throw readerError }
    guard code == CURLE_OK else { throw failure(code) }
    return HTTPAnswer(status: status, retryAfter: retryAfter, body: body)
  }

  private var headerLines: [String] {
    var lines = ["Accept: application/json"]
    if request.body != nil {
      // An empty Expect: keeps libcurl from asking first and, after a second of silence, sending anyway.
      lines += ["Content-Type: application/json", "Expect:"]
    }
    if let token = request.token { lines.append("Authorization: Bearer \(token)") }
    return lines
  }

  private func set(_ body: UnsafeRawBufferPointer, _ headers: UnsafeMutablePointer<curl_slist>?) throws {
    var codes = [
      lq_curl_set_text(handle, CURLOPT_URL, request.url),
      lq_curl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https"),
      lq_curl_set_text(handle, CURLOPT_USERAGENT, "lead-queue"),
      lq_curl_set_list(handle, CURLOPT_HTTPHEADER, headers),
      lq_curl_set_long(handle, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)),
      lq_curl_set_long(handle, CURLOPT_FRESH_CONNECT, request.mayBeRepeated ? 0 : 1),
      lq_curl_set_long(handle, CURLOPT_FORBID_REUSE, request.mayBeRepeated ? 0 : 1),
      lq_curl_set_long(handle, CURLOPT_NOSIGNAL, 1),
      lq_curl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0),
      lq_curl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 1),
      lq_curl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 2),
      lq_curl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(request.connectTimeout)),
      lq_curl_set_long(handle, CURLOPT_TIMEOUT_MS, Self.milliseconds(request.totalTimeout)),
      lq_curl_set_long(handle, CURLOPT_NOPROGRESS, 0),
      lq_curl_set_pointer(handle, CURLOPT_XFERINFODATA, Unmanaged.passUnretained(self).toOpaque()),
      lq_curl_set_progress(handle, { context, _, _, _, _ in HTTPTransfer.at(context).stop.isRaised ? 1 : 0 }),
      lq_curl_set_pointer(handle, CURLOPT_PREREQDATA, Unmanaged.passUnretained(self).toOpaque()),
      lq_curl_set_prerequest(handle) { context, _, _, _, _ in HTTPTransfer.at(context).departure() },
      lq_curl_set_pointer(handle, CURLOPT_WRITEDATA, Unmanaged.passUnretained(self).toOpaque()),
      lq_curl_set_write(handle, CURLOPT_WRITEFUNCTION) { data, size, count, context in
        HTTPTransfer.at(context).take(UnsafeRawBufferPointer(start: data, count: size * count))
      },
      lq_curl_set_pointer(handle, CURLOPT_HEADERDATA, Unmanaged.passUnretained(self).toOpaque()),
      lq_curl_set_write(handle, CURLOPT_HEADERFUNCTION) { data, size, count, context in
        HTTPTransfer.at(context).takeHeader(UnsafeRawBufferPointer(start: data, count: size * count))
      },
    ]
    if let silence = request.silenceTimeout {
      codes.append(lq_curl_set_long(handle, CURLOPT_LOW_SPEED_LIMIT, 1))
      codes.append(lq_curl_set_long(handle, CURLOPT_LOW_SPEED_TIME, max(1, Int(silence.components.seconds))))
    }
    if request.body != nil {
      codes.append(lq_curl_set_long(handle, CURLOPT_POST, 1))
      codes.append(lq_curl_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
      if let start = body.baseAddress {
        // Not copied: the bytes live until the transfer is over.
        codes.append(lq_curl_set_pointer(handle, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: start)))
      } else {
        codes.append(lq_curl_set_text(handle, CURLOPT_COPYPOSTFIELDS, ""))
      }
    }
    guard codes.allSatisfy({ $0 == CURLE_OK }) else { throw HTTPFailure.notSent("libcurl lacks an option") }
  }

  // libcurl calls back only while `perform` runs, which keeps the transfer alive.
  private static func at(_ context: UnsafeMutableRawPointer?) -> HTTPTransfer {
    guard let context else { preconditionFailure("libcurl lost its context") }
    return Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
  }

  /// Called between connecting and sending (https://curl.se/libcurl/c/CURLOPT_PREREQFUNCTION.html).
  private func departure() -> Int32 {
    isHeldBack = !request.mayLeave()
    return Int32(isHeldBack ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK)
  }

  /// Returns how much was taken; less than offered ends the transfer.
  private func take(_ bytes: UnsafeRawBufferPointer) -> Int {
    if let reader, status == 200 {
      do {
        try reader(bytes)
        return bytes.count
      } catch {
        readerError = error
        return 0
      }
    }
    guard body.count + bytes.count <= request.answerBytesMax else {
      isTooLong = true
      return 0
    }
    body.append(contentsOf: bytes)
    return bytes.count
  }

  private func takeHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
    let line = String(decoding: bytes, as: UTF8.self)
    let name = "retry-after:"
    if line.lowercased().hasPrefix(name) { retryAfter = String(line.dropFirst(name.count)) }
    return bytes.count
  }

  private var status: Int {
    var status = 0
    lq_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
    return status
  }

  private func failure(_ code: CURLcode) -> HTTPFailure {
    if isHeldBack { return .notSent("there was no time left when the request was to leave") }
    let reason =
      switch code {
      case CURLE_ABORTED_BY_CALLBACK: "cancelled"
      case CURLE_WRITE_ERROR where isTooLong: "the answer is longer than \(request.answerBytesMax) bytes"
      default: String(cString: curl_easy_strerror(code))
      }
    return mayHaveLeft ? .mayHaveLeft(reason) : .notSent(reason)
  }

  /// Before the connection stands (with TLS: before the handshake is over) no byte of the request can leave.
  private var mayHaveLeft: Bool {
    let isSecure = request.url.hasPrefix("https:")
    let isConnected = measured(isSecure ? CURLINFO_APPCONNECT_TIME_T : CURLINFO_CONNECT_TIME_T) > 0
    return isConnected || measured(CURLINFO_SIZE_UPLOAD_T) > 0
  }

  private func measured(_ info: CURLINFO) -> curl_off_t {
    var value: curl_off_t = 0
    lq_curl_get_size(handle, info, &value)
    return value
  }

  /// At least 1, since 0 turns libcurl's time-outs off or to their defaults.
  private static func milliseconds(_ duration: Duration) -> Int {
    max(1, Int(duration.milliseconds))
  }
}
