import Alerts
import Foundation
import Timekeeping

/// A message as it goes over the wire: RFC 5322 with MIME, lines ended by CR LF, at most 76 characters of body each.
///
/// Dots at the beginning of lines are doubled by libcurl (https://curl.se/libcurl/c/CURLOPT_UPLOAD.html, SMTP).
struct MailMessage: Sendable {
  let text: String

  init(_ letter: Letter, from sender: MailAddress, to receiver: MailAddress) {
    let body = letter.bulletin.lines + ["", "-- ", letter.sender]
    let headers = [
      "From: \(sender.header)", "To: \(receiver.header)",
      "Subject: \(EncodedWord.text("[lead-queue] " + letter.bulletin.title))", "Date: \(Self.date(letter.madeAt))",
      "Message-ID: <\(letter.id)@\(sender.host)>", "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
      "Content-Transfer-Encoding: quoted-printable",
      // RFC 3834, section 5: nobody's absence note is to answer it.
      "Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All",
    ]
    text = (headers + [""] + body.flatMap(Self.quotedPrintable)).joined(separator: "\r\n") + "\r\n"
  }

  private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// `Mon, 30 Nov 2026 23:47:22 +0000` (RFC 5322, section 3.3).
  static func date(_ time: Timestamp) -> String {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    let date = Date(timeIntervalSince1970: Double(time.milliseconds) / 1000)
    let parts = calendar.dateComponents([.weekday, .day, .month, .year, .hour, .minute, .second], from: date)
    func two(_ number: Int?) -> String { (number ?? 0) < 10 ? "0\(number ?? 0)" : "\(number ?? 0)" }
    return
      "\(weekdays[(parts.weekday ?? 1) - 1]), \(two(parts.day)) \(months[(parts.month ?? 1) - 1]) \(parts.year ?? 0) "
      + "\(two(parts.hour)):\(two(parts.minute)):\(two(parts.second)) +0000"
  }

  /// A line in RFC 2045, section 6.7, in as many lines as it takes.
  static func quotedPrintable(_ line: String) -> [String] {
    let bytes = Array(line.utf8)
    var lines = [""]
    for (index, byte) in bytes.enumerated() {
      let isLast = index == bytes.count - 1
      let isPlain = (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "=") || byte == UInt8(ascii: " ") && !isLast
      let piece = isPlain ? String(UnicodeScalar(byte)) : "=" + Self.hex(byte)
      // Room for the sign that the line goes on.
      if lines[lines.count - 1].utf8.count + piece.utf8.count > 75 {
        lines[lines.count - 1] += "="
        lines.append("")
      }
      lines[lines.count - 1] += piece
    }
    return lines
  }

  private static func hex(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
  }
}
