import Foundation

/// What libFuzzer calls. `LEAD_FUZZ_TARGET` names the surface; `LEAD_FUZZ_EXAMPLES` a folder into which the examples of the
/// tests are written, to begin with.
private let surface: Surface = {
  let name = ProcessInfo.processInfo.environment["LEAD_FUZZ_TARGET"] ?? ""
  guard let surface = Surface.all.first(where: { $0.name == name }) else {
    fail("LEAD_FUZZ_TARGET is one of \(Surface.all.map(\.name).joined(separator: ", "))", status: 64)
  }
  return surface
}()

@_cdecl("LLVMFuzzerInitialize")
public func initialize(_: UnsafeMutableRawPointer, _: UnsafeMutableRawPointer) -> Int32 {
  guard let folder = ProcessInfo.processInfo.environment["LEAD_FUZZ_EXAMPLES"] else { return 0 }
  for (number, example) in surface.examples.enumerated() {
    do {
      try Data(example).write(to: URL(filePath: "\(folder)/example-\(number)"))
    } catch {
      fail("\(folder) cannot be written to", status: 73)
    }
  }
  return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  do {
    try surface.check(Array(UnsafeBufferPointer(start: data, count: count)))
    return 0
  } catch {
    // libFuzzer takes the abort for a crash, and keeps the input.
    FileHandle.standardError.write(Data("\nA law is broken: \(error)\n".utf8))
    abort()
  }
}

private func fail(_ message: String, status: Int32) -> Never {
  FileHandle.standardError.write(Data("\(message)\n".utf8))
  exit(status)
}
