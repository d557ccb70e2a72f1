/// The rooms of docs/ARCHITECTURE.md, from the ground up. Arrows go to a lower room, never within one.
enum Rooms {
  static let all: [Set<String>] = [
    ["CLinux", "CSQLite", "CPostgres", "CCurl", "CCrypto", "CSwiftRuntime"],
    ["Launch", "Telemetry", "Timekeeping", "Migrations", "CQueueLoop"],
    ["Database"],
    ["Alerts", "JobQueue", "Leads"],
    ["Planning", "QueueBench"],
    ["LeadStore", "Connectors"],
    ["Replenishment", "Dashboard"],
    ["Operations", "Simulation"],
    ["lead-scheduler", "lead-worker", "lead-queue", "demo-crm", "benchmarks", "manual", "simulate"],
  ]

  static func level(of target: String) -> Int? {
    all.firstIndex { $0.contains(target) }
  }

  /// What is wrong with the arrows of these targets.
  static func findings(in targets: [Manifest.Target]) -> [String] {
    let own = Set(targets.map(\.name))
    return targets.flatMap { target -> [String] in
      guard let level = level(of: target.name) else { return ["\(target.name) has no room"] }
      return target.dependencies.filter(own.contains).compactMap { dependency in
        guard let below = Self.level(of: dependency) else { return nil }
        return below < level ? nil : "\(target.name) → \(dependency) does not point down"
      }
    }
  }

  /// Each way from a target back to itself.
  static func circles(in targets: [Manifest.Target]) -> [[String]] {
    let arrows = Dictionary(targets.map { ($0.name, $0.dependencies) }, uniquingKeysWith: { $0 + $1 })
    var circles: [[String]] = []
    var finished: Set<String> = []
    func follow(_ name: String, _ way: [String]) {
      if let start = way.firstIndex(of: name) {
        circles.append(Array(way[start...]) + [name])
        return
      }
      guard !finished.contains(name) else { return }
      for next in arrows[name] ?? [] { follow(next, way + [name]) }
      finished.insert(name)
    }
    for target in targets { follow(target.name, []) }
    return circles
  }
}
