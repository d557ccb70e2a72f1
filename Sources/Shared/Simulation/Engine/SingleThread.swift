import CSwiftRuntime
import Glibc

/// Runs every task of this process on the thread that calls `run`, one piece after another, in an order drawn from a seed.
///
/// Whatever Swift would hand to its pool of threads (tasks of every kind, actors) is caught by the hook that the runtime
/// offers for this (`swift_task_enqueueGlobal_hook`, include/swift/Runtime/Concurrency.h of the Swift project). So the
/// programs' own code is simulated as it is. Only for processes that do nothing else: once installed, it is for good.
/// `Task.yield` and `Task.sleep` pass by that hook and are not simulated: `yield` here, and the world's clock, stand in.
enum SingleThread {
  private typealias Original = @convention(thin) (UnownedJob) -> Void
  private typealias Hook = @convention(thin) (UnownedJob, Original) -> Void

  /// What can go on.
  private enum Piece {
    case job(UnownedJob)
    case continuation(CheckedContinuation<Void, Never>)
  }

  /// Stands for the thread where Swift asks for an executor.
  private final class Place: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
      SingleThread.add(.job(UnownedJob(job)))
    }
  }

  private static let place = Place()
  // Touched by one thread only, which `add` checks.
  nonisolated(unsafe) private static var ready: [Piece] = []
  nonisolated(unsafe) private static var thread: pthread_t?

  /// Takes over all tasks of this process, before the first of them is made.
  static func install() {
    guard thread == nil else { return }
    thread = pthread_self()
    UnsafeMutableRawPointer(lq_enqueue_global_hook()).assumingMemoryBound(to: Hook?.self).pointee = { job, _ in
      SingleThread.add(.job(job))
    }
  }

  private static func add(_ piece: Piece) {
    precondition(pthread_self() == thread, "something in the simulation runs on another thread")
    ready.append(piece)
  }

  /// Lets others go on first, or not.
  static func yield() async {
    await withCheckedContinuation { add(.continuation($0)) }
  }

  /// Runs one piece of a task that can go on, drawn by `random`. False when all wait.
  static func step(_ random: inout SeededRandom) -> Bool {
    guard let piece = draw(from: &ready, &random) else { return false }
    switch piece {
    case .job(let job): job.runSynchronously(on: place.asUnownedTaskExecutor())
    case .continuation(let continuation): continuation.resume()
    }
    return true
  }

  private static func draw(from pieces: inout [Piece], _ random: inout SeededRandom) -> Piece? {
    pieces.isEmpty ? nil : pieces.remove(at: pieces.count == 1 ? 0 : random.int(0...(pieces.count - 1)))
  }
}
