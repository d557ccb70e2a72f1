// swift-tools-version: 6.2
import PackageDescription

// The storage and the queue with their tests, and nothing else, for scripts/thread-sanitizer.sh, which lays the sources
// beside a copy of this file. Names, settings, versions and resources are those of the project's own manifest.

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
]

func module(_ name: String, _ dependencies: [Target.Dependency], path: String? = nil) -> Target {
  .target(
    name: name, dependencies: dependencies, path: path ?? "Sources/Shared/\(name)", swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: settings)
}

func library(_ name: String, pkgConfig: String? = nil, package: String? = nil) -> Target {
  .systemLibrary(
    name: name, path: "Sources/Shared/\(name)", pkgConfig: pkgConfig, providers: package.map { [.apt([$0])] })
}

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")

let package = Package(
  name: "lead-queue",
  dependencies: [
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
  ],
  targets: [
    module("SanitizedMutex", []),

    library("CLinux"),
    library("CSQLite", pkgConfig: "sqlite3", package: "libsqlite3-dev"),
    library("CPostgres", pkgConfig: "libpq", package: "libpq-dev"),
    library("CCrypto", pkgConfig: "libcrypto", package: "libssl-dev"),
    module("Timekeeping", []),
    .target(
      name: "Migrations", path: "migrations",
      resources: [
        .embedInCode("0001_queue.sqlite.sql"), .embedInCode("0002_leads.sqlite.sql"),
        .embedInCode("0003_queue_strength.sqlite.sql"), .embedInCode("0004_permanent_uploads.sqlite.sql"),
        .embedInCode("0005_doubt.sqlite.sql"), .embedInCode("0006_audit.sqlite.sql"),
        .embedInCode("0007_quota.sqlite.sql"), .embedInCode("0008_restore.sqlite.sql"),
        .embedInCode("0009_settled.sqlite.sql"), .embedInCode("0009_settled.postgresql.sql"),
        .embedInCode("0010_cells.sqlite.sql"), .embedInCode("0010_cells.postgresql.sql"),
        .embedInCode("0011_applied_plan.sqlite.sql"), .embedInCode("0011_applied_plan.postgresql.sql"),
        .embedInCode("0012_forecast.sqlite.sql"), .embedInCode("0012_forecast.postgresql.sql"),
        .embedInCode("0013_alerts.sqlite.sql"), .embedInCode("0013_alerts.postgresql.sql"),
        .embedInCode("0003_queue.postgresql.sql"), .embedInCode("0008_leads.postgresql.sql"),
      ],
      swiftSettings: settings),
    module("Database", ["CLinux", "CSQLite", "CPostgres", "CCrypto", "SanitizedMutex", "Timekeeping", metrics]),
    module("JobQueue", ["Database", "Migrations", "SanitizedMutex", "Timekeeping", logging, lifecycle, metrics]),

    module("TestSupport", ["Database", "SanitizedMutex", "Timekeeping"], path: "Tests/TestSupport"),
    tests("DatabaseTests", ["CSQLite", "Database", "Migrations", "SanitizedMutex", "TestSupport", "Timekeeping"]),
    tests(
      "JobQueueTests",
      [
        "Database", "JobQueue", "Migrations", "SanitizedMutex", "TestSupport", "Timekeeping", logging, lifecycle,
        signals,
      ]),
  ]
)
