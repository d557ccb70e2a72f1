import Foundation
import Operations
import Replenishment

/// The file of a saved plan: one JSON document, readable by its owner only.
enum PlanFile {
  /// More than any plan takes.
  private static let bytesMax = 256 << 20

  /// Appears whole or not at all, in place of a file of that name. Throws `ProgramError.file`.
  static func write(_ plan: SavedPlan, to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    let content = String(decoding: try encoder.encode(plan), as: UTF8.self) + "\n"
    let temporary = "\(path).\(plan.id).part"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure(path, errno) }
    // Each number is taken before anything else can change it.
    var problem = Descriptor.write(content, to: descriptor)
    if problem == 0, fsync(descriptor) != 0 { problem = errno }
    if close(descriptor) != 0, problem == 0 { problem = errno }
    if problem == 0, rename(temporary, path) != 0 { problem = errno }
    if problem != 0 {
      unlink(temporary)
      throw failure(path, problem)
    }
  }

  private static func failure(_ path: String, _ number: Int32) -> ProgramError {
    .file("Cannot write \(path): \(String(cString: strerror(number)))")
  }

  /// Throws `ProgramError.file` for what cannot be read, or is no saved plan of this version.
  static func read(_ path: String) throws -> SavedPlan {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    guard let size = attributes?[.size] as? Int, size <= bytesMax, let data = FileManager.default.contents(atPath: path)
    else { throw ProgramError.file("Cannot read \(path): there is no such file, or it is no plan") }
    guard let plan = try? JSONDecoder().decode(SavedPlan.self, from: data) else {
      throw ProgramError.file("\(path) is no plan that `lead-scheduler plan --out` wrote, or it was cut off")
    }
    guard plan.format == SavedPlan.formatVersion else {
      throw ProgramError.file("\(path) was written by another version (format \(plan.format)); save the plan anew")
    }
    return plan
  }
}
