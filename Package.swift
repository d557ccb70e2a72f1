// swift-tools-version: 6.2
import PackageDescription

// The one-way flow of docs/ARCHITECTURE.md: every target depends only on rooms below it.
// Tests/StructureTests compares this list with the imports in the tree.

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
]

/// `exclude`: files that are no part of it, read from the tree.
func module(
  _ name: String, _ dependencies: [Target.Dependency], path: String? = nil, exclude: [String] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, path: path ?? "Sources/Shared/\(name)", exclude: exclude,
    swiftSettings: settings)
}

func program(_ name: String, path: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies + [arguments], path: "Sources/\(path)", swiftSettings: settings)
}

/// `exclude`: folders of test data, read from the tree.
func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, path: "Tests/\(name)", exclude: exclude, swiftSettings: settings)
}

func library(_ name: String, pkgConfig: String? = nil, package: String? = nil) -> Target {
  .systemLibrary(
    name: name, path: "Sources/Shared/\(name)", pkgConfig: pkgConfig, providers: package.map { [.apt([$0])] })
}

/// A module in C.
func cModule(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, path: "Sources/Shared/\(name)")
}

let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")

let package = Package(
  name: "lead-queue",
  products: [
    .executable(name: "lead-scheduler", targets: ["lead-scheduler"]),
    .executable(name: "lead-worker", targets: ["lead-worker"]),
    .executable(name: "lead-queue", targets: ["lead-queue"]),
    .executable(name: "demo-crm", targets: ["demo-crm"]),
    // docs/JOB-QUEUE.md. What its declarations are made of comes along.
    .library(name: "JobQueue", targets: ["JobQueue", "Database", "Timekeeping"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
  ],
  targets: [
    // Ground.
    library("CLinux"),
    library("CSwiftRuntime"),
    library("CSQLite", pkgConfig: "sqlite3", package: "libsqlite3-dev"),
    library("CPostgres", pkgConfig: "libpq", package: "libpq-dev"),
    library("CCurl", pkgConfig: "libcurl", package: "libcurl4-openssl-dev"),
    library("CCrypto", pkgConfig: "libcrypto", package: "libssl-dev"),
    cModule("CQueueLoop", ["CPostgres", "CSQLite"]),
    module("Launch", []),
    module("Telemetry", [metrics]),
    module("Timekeeping", []),
    .target(
      name: "Migrations", path: "migrations",
      resources: [
        .embedInCode("0001_queue.sqlite.sql"), .embedInCode("0002_leads.sqlite.sql"),
        .embedInCode("0003_queue_strength.sqlite.sql"), .embedInCode("0004_permanent_uploads.sqlite.sql"),
        .embedInCode("0005_doubt.sqlite.sql"), .embedInCode("0006_audit.sqlite.sql"),
        .embedInCode("0007_quota.sqlite.sql"), .embedInCode("0008_restore.sqlite.sql"),
        // PostgreSQL's history begins here; from 0009 on migrations come in pairs, NNNN_name.sqlite.sql and
        // NNNN_name.postgresql.sql.
        .embedInCode("0003_queue.postgresql.sql"), .embedInCode("0008_leads.postgresql.sql"),
        .embedInCode("0009_settled.sqlite.sql"), .embedInCode("0009_settled.postgresql.sql"),
        .embedInCode("0010_cells.sqlite.sql"), .embedInCode("0010_cells.postgresql.sql"),
        .embedInCode("0011_applied_plan.sqlite.sql"), .embedInCode("0011_applied_plan.postgresql.sql"),
        .embedInCode("0012_forecast.sqlite.sql"), .embedInCode("0012_forecast.postgresql.sql"),
        .embedInCode("0013_alerts.sqlite.sql"), .embedInCode("0013_alerts.postgresql.sql"),
      ],
      swiftSettings: settings),
    module("Database", ["CLinux", "CSQLite", "CPostgres", "CCrypto", "Timekeeping", metrics]),

    // Engine and domain.
    module("JobQueue", ["Database", "Migrations", "Timekeeping", logging, lifecycle, metrics]),
    module("Leads", ["Timekeeping", "CCrypto"]),
    module("Alerts", ["Timekeeping"]),
    module("Planning", ["Leads", "Timekeeping"]),
    module("QueueBench", ["CQueueLoop", "Database", "JobQueue", "Migrations", "Timekeeping", logging]),

    // Application.
    module("LeadStore", ["Alerts", "Database", "JobQueue", "Leads", "Migrations", "Planning", "Timekeeping"]),
    module("Connectors", ["Alerts", "CCurl", "Database", "Leads", "Timekeeping", metrics]),

    // Composition.
    module(
      "Replenishment",
      [
        "Alerts", "Connectors", "Database", "JobQueue", "LeadStore", "Leads", "Planning", "Timekeeping", logging,
        metrics,
      ]),
    module(
      "Operations",
      [
        "Alerts", "Connectors", "Database", "JobQueue", "Launch", "LeadStore", "Leads", "Planning", "Replenishment",
        "Telemetry", "Timekeeping", logging, metrics, arguments,
      ]),

    .target(
      name: "Dashboard",
      dependencies: [
        "Alerts", "Database", "JobQueue", "LeadStore", "Leads", "Planning", "Telemetry", "Timekeeping", logging,
        hummingbird, mustache,
      ],
      path: "Sources/Shared/Dashboard",
      resources: [
        .embedInCode("Assets/dashboard.css"), .embedInCode("Assets/dashboard.js"), .embedInCode("Assets/icon.svg"),
        .embedInCode("Templates/audit.mustache"), .embedInCode("Templates/badge.mustache"),
        .embedInCode("Templates/cycle.mustache"), .embedInCode("Templates/cycles.mustache"),
        .embedInCode("Templates/job.mustache"), .embedInCode("Templates/joblist.mustache"),
        .embedInCode("Templates/layout.mustache"), .embedInCode("Templates/notice.mustache"),
        .embedInCode("Templates/overview.mustache"), .embedInCode("Templates/queue.mustache"),
        .embedInCode("Templates/signin.mustache"), .embedInCode("Templates/sources.mustache"),
        .embedInCode("Templates/time.mustache"),
      ],
      swiftSettings: settings),

    // Beside the products: the simulation.
    module(
      "Simulation",
      [
        "Alerts", "Connectors", "CSwiftRuntime", "Database", "JobQueue", "LeadStore", "Leads", "Replenishment",
        "Timekeeping", logging,
      ]),
    .executableTarget(
      name: "simulate", dependencies: ["Database", "Simulation", arguments], path: "Sources/Simulate",
      swiftSettings: settings),

    // Products.
    program(
      "lead-scheduler", path: "Scheduler",
      [
        "Connectors", "Database", "JobQueue", "Launch", "LeadStore", "Leads", "Operations", "Planning",
        "Replenishment", "Timekeeping", logging,
      ]),
    program(
      "lead-worker", path: "Worker",
      ["Connectors", "Database", "JobQueue", "Launch", "Operations", "Replenishment", "Timekeeping", logging]),
    program(
      "lead-queue", path: "QueueTool",
      [
        "Alerts", "Connectors", "Dashboard", "Database", "JobQueue", "Launch", "LeadStore", "Leads", "Operations",
        "Planning", "QueueBench", "Replenishment", "Timekeeping", logging,
      ]),
    program("demo-crm", path: "DemoCRM", ["Database", "Launch", "Timekeeping", hummingbird, logging]),

    // Beside the products.
    .executableTarget(
      name: "benchmarks",
      dependencies: [
        "CQueueLoop", "Connectors", "Database", "LeadStore", "Leads", "Planning", "QueueBench", "Timekeeping",
        arguments,
      ], path: "Benchmarks", swiftSettings: settings),

    // Beside the products: the pages of the manual, for scripts/install.sh.
    program("manual", path: "Manual", ["Launch"]),

    // Tests.
    module("TestSupport", ["Database", "Timekeeping"], path: "Tests/TestSupport", exclude: ["people.py"]),
    tests("LaunchTests", ["Launch"]),
    tests("StructureTests", ["JobQueue", "Operations"]),
    tests("TelemetryTests", ["Telemetry", "TestSupport", metrics]),
    tests("TimekeepingTests", ["TestSupport", "Timekeeping"]),
    tests("DatabaseTests", ["CSQLite", "Database", "Migrations", "TestSupport", "Timekeeping"]),
    tests(
      "JobQueueTests",
      ["Database", "JobQueue", "Migrations", "TestSupport", "Timekeeping", logging, lifecycle, signals]),
    tests(
      "LeadStoreTests",
      [
        "Alerts", "CSQLite", "Database", "JobQueue", "LeadStore", "Leads", "Migrations", "Planning", "TestSupport",
        "Timekeeping",
      ]),
    tests("QueueBenchTests", ["Database", "QueueBench", "TestSupport", "Timekeeping"]),
    tests("AlertTests", ["Alerts", "TestSupport", "Timekeeping"]),
    tests("LeadsTests", ["Leads", "TestSupport"]),
    tests("PlanningTests", ["Leads", "Planning", "TestSupport", "Timekeeping"], exclude: ["ReferenceValues"]),
    tests("SourceTests", ["Connectors", "Leads", "TestSupport"]),
    tests("ConnectorTests", ["Alerts", "Connectors", "Database", "Leads", "TestSupport", "Timekeeping"]),
    tests(
      "OperationsTests",
      [
        "Alerts", "Connectors", "Database", "JobQueue", "LeadStore", "Leads", "Operations", "Planning", "Replenishment",
        "Telemetry", "TestSupport", "Timekeeping", logging, metrics,
      ]),
    tests(
      "FuzzTests",
      ["Connectors", "JobQueue", "Leads", "Operations", "TestSupport", "Timekeeping", "lead-queue"]),
    tests("DemoCRMTests", ["demo-crm", "Database", "Timekeeping", arguments]),
    tests(
      "QueueToolTests",
      [
        "lead-queue", "Connectors", "Database", "JobQueue", "LeadStore", "Leads", "Operations", "Planning",
        "QueueBench", "Replenishment", "TestSupport", "Timekeeping", arguments, logging,
      ]),
    tests(
      "ReplenishmentTests",
      [
        "Alerts", "Connectors", "Database", "JobQueue", "LeadStore", "Leads", "Planning", "Replenishment",
        "TestSupport",
        "Timekeeping",
        logging,
      ]),
    tests(
      "DashboardTests",
      [
        "Alerts", "Dashboard", "lead-queue", "Database", "JobQueue", "LeadStore", "Leads", "Operations", "Planning",
        "Telemetry", "TestSupport", "Timekeeping", logging, hummingbird,
      ]),
    tests(
      "ManualTests", ["manual", "lead-scheduler", "lead-worker", "lead-queue", "demo-crm", "TestSupport", arguments]),
    tests("SimulationTests", ["simulate", "Simulation", "TestSupport"]),
    tests("CommandTests", ["Database", "TestSupport", "Timekeeping"]),
  ]
)
