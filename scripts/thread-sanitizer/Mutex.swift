import Glibc

/// Stands in for `Synchronization.Mutex` where ThreadSanitizer watches: the same face, on a lock that it knows.
///
/// On Linux the standard library's mutex waits on a futex, inside a library that is not instrumented. ThreadSanitizer sees
/// neither the taking nor the release, and reports every value under such a lock as a race. The functions of
/// `pthread_mutex_t` it replaces by its own, so it knows what this lock orders, and reports what nothing orders.
///
/// As with the original, a thread that takes the lock it already holds ends the process.
///
/// The lock is on the heap, since POSIX wants it to stay where it was initialised, and a struct may move.
///
/// `@unchecked Sendable`: the pointers are set once, the value is reached through `withLock` and `withLockIfAvailable` only,
/// which hold the lock meanwhile, and `deinit` has no one beside it, because the struct cannot be copied.
public struct Mutex<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
  private let lock: UnsafeMutablePointer<pthread_mutex_t>
  private let value: UnsafeMutablePointer<Value>

  /// A free lock around `initialValue`.
  public init(_ initialValue: consuming sending Value) {
    lock = .allocate(capacity: 1)
    lock.initialize(to: pthread_mutex_t())
    var attributes = pthread_mutexattr_t()
    Self.require(pthread_mutexattr_init(&attributes))
    Self.require(pthread_mutexattr_settype(&attributes, Int32(PTHREAD_MUTEX_ERRORCHECK)))
    Self.require(pthread_mutex_init(lock, &attributes))
    Self.require(pthread_mutexattr_destroy(&attributes))
    value = .allocate(capacity: 1)
    value.initialize(to: initialValue)
  }

  deinit {
    Self.require(pthread_mutex_destroy(lock))
    lock.deinitialize(count: 1)
    lock.deallocate()
    value.deinitialize(count: 1)
    value.deallocate()
  }

  /// What `body` returns of the value, with the lock held; waits for the lock. Throws what `body` throws.
  public borrowing func withLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    Self.require(pthread_mutex_lock(lock))
    defer { Self.require(pthread_mutex_unlock(lock)) }
    return try body(&value.pointee)
  }

  /// The same without waiting: nil when the lock is held, by whichever thread.
  public borrowing func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result? {
    let status = pthread_mutex_trylock(lock)
    if status == EBUSY { return nil }
    Self.require(status)
    defer { Self.require(pthread_mutex_unlock(lock)) }
    return try body(&value.pointee)
  }

  private static func require(_ status: Int32) {
    precondition(status == 0, "the mutex answers with error \(status)")
  }
}
