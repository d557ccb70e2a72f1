import Foundation

/// Who uses the program.
package enum Person {
  /// As `name(variables:)`, in the surroundings of this process.
  package static func name() -> String { name(variables: ProcessInfo.processInfo.environment) }

  /// The user's name for the audit trail: the one who called sudo, else the process's own, else the user's number.
  package static func name(variables: [String: String]) -> String {
    let id = getuid()
    // Only root may say on whose behalf it acts: anybody could set the variable.
    if id == 0, let caller = variables["SUDO_USER"], !caller.isEmpty { return caller }
    var entry = passwd()
    var buffer = [CChar](repeating: 0, count: 16_384)
    var found: UnsafeMutablePointer<passwd>?
    guard getpwuid_r(id, &entry, &buffer, buffer.count, &found) == 0, found != nil, let name = entry.pw_name else {
      return "user \(id)"
    }
    return String(cString: name)
  }
}
