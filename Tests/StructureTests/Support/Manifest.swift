/// The targets of `Package.swift`, read from its text: its own functions `module`, `cModule`, `program`, `tests` and `library`, and
/// plain `.target` and `.executableTarget`.
struct Manifest {
  struct Target: Equatable {
    let name: String
    /// From the root of the project.
    let folder: String
    /// Own targets, and products of packages by the name of their module.
    let dependencies: [String]
    /// In C, without Swift sources: a library of the system, or a module of ours.
    var isLibrary = false

    /// The name by which Swift imports it.
    var module: String { name.replacing("-", with: "_") }
    var isTest: Bool { folder.hasPrefix("Tests/") }
  }

  struct Unreadable: Error, CustomStringConvertible {
    let description: String
  }

  let targets: [Target]
  /// Modules of packages.
  let products: Set<String>

  init(text: String) throws {
    let code = SourceFile(path: "Package.swift", text: text).code
    var products: [String: String] = [:]
    for match in code.matches(of: /let (\w+) = Target\.Dependency\.product\(\s*name: "(\w+)"/) {
      products[String(match.1)] = String(match.2)
    }
    guard let list = code.ranges(of: "\n  targets: [").last else {
      throw Unreadable(description: "Package.swift has no list of targets")
    }
    let targets = code[list.upperBound...]
    self.products = Set(products.values)
    self.targets = try targets.matches(
      of: /(\b(?:module|cModule|program|tests|library)|\.target|\.executableTarget)\(\s*(?:name:\s*)?"([^"]+)"/
    )
    .map {
      let call = try Self.call(in: targets, from: $0.range.lowerBound)
      return try Self.target(function: String($0.1), name: String($0.2), call: call, products: products)
    }
  }

  /// From the function's name to its closing parenthesis.
  private static func call(in text: Substring, from start: String.Index) throws -> Substring {
    var depth = 0
    for index in text[start...].indices {
      if text[index] == "(" { depth += 1 }
      if text[index] == ")" {
        depth -= 1
        if depth == 0 { return text[start...index] }
      }
    }
    throw Unreadable(description: "Package.swift: a parenthesis is not closed")
  }

  private static func target(
    function: String, name: String, call: Substring, products: [String: String]
  ) throws -> Target {
    let path = call.firstMatch(of: /path:\s*"([^"]+)"/).map { String($0.1) }
    let isProgram = function == "program"
    let folder: String =
      switch function {
      case "program": "Sources/" + (path ?? name)
      case "tests": "Tests/" + name
      default: path ?? "Sources/Shared/" + name
      }
    let list: Substring? =
      switch function {
      case "library": nil
      case ".target", ".executableTarget": call.firstMatch(of: /dependencies:\s*\[([^\]]*)\]/)?.1
      default: call.firstMatch(of: /\[([^\]]*)\]/)?.1
      }
    let dependencies = try (list ?? "").matches(of: /"([^"]+)"|(\w+)/).map { match in
      if let own = match.1 { return String(own) }
      let variable = String(match.2 ?? "")
      guard let product = products[variable] else {
        throw Unreadable(description: "Package.swift: \(name) depends on \(variable), which is no product")
      }
      return product
    }
    let added = isProgram ? products["arguments"].map { [$0] } ?? [] : []
    return Target(
      name: name, folder: folder, dependencies: dependencies + added,
      isLibrary: ["library", "cModule"].contains(function))
  }
}
