/// What a command of `lead-queue` cannot do, beyond the errors of the modules below. All end with exit code 1.
enum ToolError: Error, Sendable, Equatable {
  case noCycle(Int64)
  case noJob(Int64)
  case noLead(String)
  case noQueue(String, known: [String])
  /// No reading is held: there is nothing to accept.
  case nothingHeld
  /// A file that the command was given.
  case unreadable(path: String, reason: String)
  case unwritable(path: String, reason: String)
  /// A tracking file that breaks off or is damaged at that place; so many whole entries stand before it.
  case brokenTracking(path: String, line: Int, reason: String, entries: Int)
  /// A tracking file without any list of uploaded leads, and without daily counts.
  case notTracking(path: String)
  /// A file that is there already, where a new one was to be.
  case exists(path: String)
  /// A copy that is no sound store.
  case damagedCopy(path: String, reason: String)
  /// An address that the dashboard cannot listen on.
  case cannotListen(address: String, reason: String)
  /// A process has the store open that is to be replaced.
  case storeInUse(path: String, pid: Int32)
}

extension ToolError: CustomStringConvertible {
  var description: String {
    switch self {
    case .noCycle(let id): "There is no cycle \(id). `lead-queue inspect` shows the latest ones."
    case .noJob(let id): "There is no job \(id). `lead-queue jobs` lists them."
    case .noQueue(let name, let known):
      "There is no queue \(name). The queues of this store are \(known.joined(separator: ", "))."
    case .noLead(let key):
      "The store knows no lead \(key). A key reads npi: with ten digits, or hash: with 64 hexadecimal digits; "
        + "`lead-queue leads` lists them."
    case .nothingHeld:
      "No reading is held, so there is nothing to accept. `lead-queue inspect` shows the latest readings."
    case .unreadable(let path, let reason): "Cannot read \(path): \(reason)"
    case .unwritable(let path, let reason): "Cannot write \(path): \(reason)"
    case .brokenTracking(let path, let line, let reason, let entries):
      "\(path) breaks off at line \(line): \(reason). Nothing was imported. \(entries) whole entries stand before the "
        + "break: restore the file from a backup, or import just those with --salvage."
    case .notTracking(let path):
      "\(path) holds no uploaded leads and no daily counts that this program recognises. Expected an object with a "
        + "list under uploaded_leads, uploaded_npis, leads or tracking, or counts under daily_uploads."
    case .exists(let path): "\(path) exists already and is left as it is. Name another file, or add --force."
    case .damagedCopy(let path, let reason): "\(path) is no sound copy of a store: \(reason)"
    case .cannotListen(let address, let reason):
      "Cannot listen on \(address): \(reason). Name another port with --port, or 0 for a free one."
    case .storeInUse(let path, let pid):
      "Process \(pid) uses the store \(path). Stop lead-scheduler and every lead-worker first; nothing was changed."
    }
  }
}
