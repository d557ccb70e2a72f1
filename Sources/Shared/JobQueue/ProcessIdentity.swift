import Foundation

/// Names one process on one machine: random, and such that a neighbour can tell when it is gone.
///
/// Leases end by themselves, but that takes time. A process of the same boot and the same process namespace can see at once
/// that another one has ended: its number is free, or belongs to a process that was started at another moment. Of any other
/// machine or container nothing can be known, and its leases run out.
public struct ProcessIdentity: Sendable, Equatable {
  /// `random-pid-start-namespace-boot`; unique, made of letters, digits and dashes.
  public let text: String
  private let pid: Int32
  /// Clock ticks after boot, field 22 of `/proc/PID/stat` (proc(5)).
  private let start: UInt64
  private let namespace: String
  private let boot: String

  /// A new name for this process; `random` tells apart the workers of one process, and one process from a later one.
  public init(random: UInt32) {
    pid = ProcessInfo.processInfo.processIdentifier
    start = Self.trace(of: pid).start ?? 0
    namespace = Self.ownNamespace
    boot = Self.ownBoot
    let digits = String(random, radix: 16)
    text = [
      String(repeating: "0", count: 8 - digits.count) + digits, String(pid), String(start), namespace, boot,
    ].joined(separator: "-")
  }

  /// Reads `text` back; nil for any other text.
  public init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 5, let pid = Int32(parts[1]), let start = UInt64(parts[2]) else { return nil }
    self.text = text
    self.pid = pid
    self.start = start
    namespace = String(parts[3])
    boot = String(parts[4])
  }

  /// Whether the process has certainly ended. False also when that cannot be told.
  public var isKnownDead: Bool {
    guard start > 0, !namespace.isEmpty, !boot.isEmpty else { return false }
    guard namespace == Self.ownNamespace, boot == Self.ownBoot else { return false }
    switch Self.trace(of: pid) {
    case .none: return true
    case .started(let other): return other != start
    case .hidden: return false
    }
  }

  /// What people are shown of `text`.
  public static func shortName(of text: String) -> String {
    ProcessIdentity(text).map { "\($0.text.prefix(8)) (process \($0.pid))" } ?? text
  }

  /// What can be seen of a process.
  private enum Trace {
    case none
    case started(UInt64)
    /// It exists, or may exist, but cannot be looked at: no permission, or no file descriptor left to look with.
    case hidden

    var start: UInt64? {
      if case .started(let start) = self { start } else { nil }
    }
  }

  private static func trace(of pid: Int32) -> Trace {
    guard pid > 0 else { return .hidden }
    if kill(pid, 0) != 0, errno == ESRCH { return .none }
    guard let line = contents(of: "/proc/\(pid)/stat"), let name = line.lastIndex(of: ")") else { return .hidden }
    // The name in parentheses may hold anything; the third field follows it.
    let fields = line[line.index(after: name)...].split(separator: " ")
    guard fields.count > 19, let start = UInt64(fields[19]) else { return .hidden }
    // A zombie has ended, and waits only for its parent to notice.
    return fields[0] == "Z" || fields[0] == "X" ? .none : .started(start)
  }

  private static let ownNamespace: String = {
    var target = [UInt8](repeating: 0, count: 64)
    let count = target.withUnsafeMutableBytes { bytes in
      bytes.baseAddress.map { readlink("/proc/self/ns/pid", $0, bytes.count) } ?? -1
    }
    guard count > 0 else { return "" }
    return String(decoding: target.prefix(count).filter { (48...57).contains($0) }, as: UTF8.self)
  }()

  private static let ownBoot = String((contents(of: "/proc/sys/kernel/random/boot_id") ?? "").prefix(8))

  private static func contents(of path: String) -> String? {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
  }
}
