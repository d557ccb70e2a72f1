import Database
import Foundation
import Glibc
import Synchronization

/// Starts this very program again, as processes that work on one store.
struct BenchCrew: Sendable {
  let ground: BenchGround
  /// The arguments that lead to `BenchWorker.run`.
  let entry: [String]

  /// Starts one process for each task and waits until all are prepared.
  func start(_ tasks: [BenchTask]) async throws -> [BenchProcess] {
    let processes = try tasks.map { try BenchProcess($0, entry: entry, ground: ground) }
    for process in processes {
      let word = try await process.line()
      guard word == "ready" else { throw QueueBenchError.process("it said “\(word)” in place of “ready”") }
    }
    return processes
  }

  /// Runs the tasks side by side, from one moment on, and returns what each found, in their order.
  func run(_ tasks: [BenchTask]) async throws -> [BenchFinding] {
    let processes = try await start(tasks)
    for process in processes { process.write("go\n") }
    var findings: [BenchFinding] = []
    for process in processes { findings.append(try await process.finding()) }
    return findings
  }
}

/// One such process. It ends with its last reference at the latest.
final class BenchProcess: Sendable {
  private let process: pid_t
  private let output: Int32
  private let input: Mutex<Int32?>
  private let ground: BenchGround
  private let thread = DedicatedThread(name: "bench-process")
  private let unread = Mutex<[UInt8]>([])

  init(_ task: BenchTask, entry: [String], ground: BenchGround) throws {
    let json = String(decoding: try JSONEncoder().encode(task), as: UTF8.self)
    let (read, write) = (try Self.pipe(), try Self.pipe())
    // The same program, even when its file has been replaced since.
    let arguments = [CommandLine.arguments.first ?? "bench"] + entry + [json]
    process = try Self.spawn(
      "/proc/self/exe", arguments, environment: Self.environment(ground.server), input: write.reading,
      output: read.writing)
    close(write.reading)
    close(read.writing)
    output = read.reading
    input = Mutex(write.writing)
    self.ground = ground
    ground.noteStarted(process)
  }

  deinit {
    closeInput()
    close(output)
    kill(process, SIGKILL)
    waitpid(process, nil, 0)
    ground.noteEnded(process)
  }

  /// The next line of what it says. Throws `process` when it has ended.
  func line() async throws -> String {
    try await thread.run { [self] in
      while true {
        let line: String? = unread.withLock { bytes in
          guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
          defer { bytes.removeSubrange(...end) }
          return String(decoding: bytes[..<end], as: UTF8.self)
        }
        if let line { return line }
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(output, &chunk, chunk.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { throw QueueBenchError.process("it ended without an answer") }
        unread.withLock { $0 += chunk[..<count] }
      }
    }
  }

  /// What it found, its last line.
  func finding() async throws -> BenchFinding {
    let line = try await line()
    do {
      return try JSONDecoder().decode(BenchFinding.self, from: Data(line.utf8))
    } catch {
      throw QueueBenchError.process("it said “\(line.prefix(200))” in place of a finding")
    }
  }

  /// Writes to its standard input. A process that has ended is noticed when its answer is missing.
  func write(_ text: String) {
    input.withLock { input in
      guard let input else { return }
      _ = Glibc.write(input, text, text.utf8.count)
    }
  }

  /// Ends its standard input.
  func closeInput() {
    input.withLock { input in
      if let input { close(input) }
      input = nil
    }
  }

  private static func pipe() throws(QueueBenchError) -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [0, 0]
    // Two steps, since Swift's Glibc lacks pipe2: nothing else starts processes here.
    guard Glibc.pipe(&ends) == 0, ends.allSatisfy({ fcntl($0, F_SETFD, FD_CLOEXEC) == 0 }) else {
      throw .process(String(cString: strerror(errno)))
    }
    return (ends[0], ends[1])
  }

  /// Ours, with the server's URL in it.
  private static func environment(_ server: ServerAddress?) -> [String] {
    var variables = ProcessInfo.processInfo.environment
    if let server { variables[BenchTask.Place.serverVariable] = server.url }
    return variables.map { "\($0.key)=\($0.value)" }
  }

  private static func spawn(
    _ path: String, _ arguments: [String], environment: [String], input: Int32, output: Int32
  ) throws(QueueBenchError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    // Signals that this process watches for end the other one as usual.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var usual = sigset_t()
    sigemptyset(&usual)
    for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&usual, number) }
    posix_spawnattr_setsigdefault(&attributes, &usual)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
    var copies: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for copy in copies { free(copy) } }
    var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
    defer { for variable in variables { free(variable) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, path, &actions, &attributes, &copies, &variables)
    guard code == 0 else { throw .process(String(cString: strerror(code))) }
    return process
  }
}
