import Foundation
import Synchronization

/// People who can be told something: a real mail server and a webhook on 127.0.0.1, in a process of their own
/// (`people.py`, with Debian's python3-aiosmtpd). It ends when this object goes.
public final class People: Sendable {
  public struct Mail: Decodable, Sendable {
    /// Of the envelope.
    public let from: String
    public let to: [String]
    public let isEncrypted: Bool
    /// Who logged in; empty: nobody.
    public let user: String
    /// As a mail program shows them; names in lower case.
    public let headers: [String: String]
    public let text: String
    /// As it came over the wire, dots undoubled.
    public let raw: String

    public var subject: String { headers["subject"] ?? "" }
  }

  public struct Slack: Decodable, Sendable {
    public struct Text: Decodable, Sendable {
      public let type: String
      public let text: String
    }

    public struct Block: Decodable, Sendable {
      public let type: String
      public let text: Text?
      public let elements: [Text]?
    }

    public struct Message: Decodable, Sendable {
      public let text: String
      public let blocks: [Block]
    }

    public let path: String
    public let type: String
    public let message: Message

    /// The text of its sections.
    public var sections: String { message.blocks.filter { $0.type == "section" }.compactMap(\.text?.text).joined() }
  }

  /// How the mail server wants to be spoken to.
  public enum Encryption: Sendable {
    case none, startTLS, implicit
  }

  public struct NotReady: Error, CustomStringConvertible {
    public let description: String
  }

  public let smtpPort: Int
  public let webhookURL: String
  /// The mail server's certificate, which nobody has signed but itself; nil: it has none.
  public let certificate: String?
  private let folder: TemporaryFolder
  private let process: Process

  /// `port`: of mail; 0: a free one. `login`: name and password that the mail server wants.
  public init(
    port: Int = 0, encryption: Encryption = .none, login: (name: String, password: String)? = nil
  ) async throws {
    folder = try TemporaryFolder()
    var arguments = [Self.script, folder.path, "--smtp-port", "\(port)"]
    if encryption == .none {
      certificate = nil
    } else {
      let (certificate, key) = try Self.makeCertificate(in: folder.path)
      self.certificate = try String(contentsOfFile: certificate, encoding: .utf8)
      arguments += ["--certificate", certificate, "--key", key]
    }
    if encryption == .implicit { arguments.append("--implicit-tls") }
    if let login { arguments += ["--user", login.name, "--password", login.password] }
    process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    let ports = try await Self.ports(in: folder.path, of: process)
    smtpPort = ports[0]
    webhookURL = "http://127.0.0.1:\(ports[1])/services/T0/B0/s3cr3t-Webh00k"
  }

  deinit {
    // Not SIGTERM, which a test may have the whole process ignore, and its children with it.
    kill(process.processIdentifier, SIGKILL)
  }

  private static func ports(in folder: String, of process: Process) async throws -> [Int] {
    let deadline = ContinuousClock.now + .seconds(60)
    while process.isRunning, ContinuousClock.now < deadline {
      if let data = FileManager.default.contents(atPath: folder + "/ready") {
        return String(decoding: data, as: UTF8.self).split(separator: " ").compactMap { Int($0) }
      }
      try await Task.sleep(for: .milliseconds(10))
    }
    throw NotReady(description: "the mail server did not start; is python3-aiosmtpd installed? make test does that")
  }

  private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("people.py").path

  public var smtpURL: String { "smtp://127.0.0.1:\(smtpPort)" }

  /// What the mail server answers to a message, such as `451 later`; nil: it takes it.
  public func answerMail(_ answer: String?) throws { try put(answer, "smtp-answer") }

  /// What the webhook answers: a status, then headers, a line each; nil: it takes everything.
  public func answerSlack(_ answer: String?) throws { try put(answer, "slack-answer") }

  private func put(_ text: String?, _ name: String) throws {
    try Data((text ?? "").utf8).write(to: URL(fileURLWithPath: folder.path + "/" + name), options: .atomic)
  }

  /// In the order in which they arrived.
  public func mails() throws -> [Mail] { try read("mail") }
  public func slackMessages() throws -> [Slack] { try read("slack") }

  private func read<Value: Decodable>(_ kind: String) throws -> [Value] {
    var found: [Value] = []
    while let data = FileManager.default.contents(atPath: "\(folder.path)/\(kind)-\(found.count + 1).json") {
      found.append(try JSONDecoder().decode(Value.self, from: data))
    }
    return found
  }

  private static func makeCertificate(in folder: String) throws -> (certificate: String, key: String) {
    let (certificate, key) = (folder + "/certificate.pem", folder + "/key.pem")
    let openssl = Process()
    openssl.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
    openssl.arguments = [
      "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj",
      "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
    ]
    openssl.standardError = FileHandle.nullDevice
    try openssl.run()
    openssl.waitUntilExit()
    guard openssl.terminationStatus == 0 else { throw NotReady(description: "openssl made no certificate") }
    return (certificate, key)
  }
}
