// swift-tools-version: 6.2
import PackageDescription

// What bytes from outside go through, and nothing else, instrumented for libFuzzer: for scripts/fuzz.sh, which lays the
// sources beside a copy of this file. Settings and versions are those of the project's own manifest. Modules of which only a
// part reads such bytes are that part here, under their own names.

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
  // `@testable` in an optimised build, and counters on every edge of the code.
  .unsafeFlags(["-enable-testing", "-sanitize=fuzzer"]),
]

func module(
  _ name: String, _ dependencies: [Target.Dependency], path: String? = nil, sources: [String]? = nil
) -> Target {
  .target(
    name: name, dependencies: dependencies, path: path ?? "Sources/Shared/\(name)", sources: sources,
    swiftSettings: settings)
}

func library(_ name: String, pkgConfig: String? = nil, package: String? = nil) -> Target {
  .systemLibrary(
    name: name, path: "Sources/Shared/\(name)", pkgConfig: pkgConfig, providers: package.map { [.apt([$0])] })
}

let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")

let package = Package(
  name: "lead-fuzz",
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
  ],
  targets: [
    library("CLinux"),
    library("CSQLite", pkgConfig: "sqlite3", package: "libsqlite3-dev"),
    library("CPostgres", pkgConfig: "libpq", package: "libpq-dev"),
    library("CCurl", pkgConfig: "libcurl", package: "libcurl4-openssl-dev"),
    library("CCrypto", pkgConfig: "libcrypto", package: "libssl-dev"),
    module("Timekeeping", []),
    module("Database", ["CLinux", "CSQLite", "CPostgres", "CCrypto", "Timekeeping", metrics]),
    module("Leads", ["Timekeeping", "CCrypto"]),
    module("Alerts", ["Timekeeping"]),
    module("Connectors", ["Alerts", "CCurl", "Database", "Leads", "Timekeeping", metrics]),
    module(
      "JobQueue", ["Database", "Timekeeping"],
      sources: [
        "CronClock.swift", "CronDay.swift", "CronError.swift", "CronExpression.swift", "CronField.swift",
        "CronFieldName.swift", "Schedule.swift", "ScheduleTiming.swift",
      ]),
    module(
      "Operations", ["Alerts", "Leads", "Timekeeping", arguments, logging],
      sources: [
        "Configuration", "Logging/ISO8601.swift", "Logging/LogFormat.swift", "Logging/LogRotation.swift",
        "Logging/LogZone.swift",
      ]),
    module(
      "lead-queue", ["Leads", "Operations", "Timekeeping"], path: "Sources/QueueTool",
      sources: [
        "Output/JSONText.swift", "Output/ShownTime.swift", "Tracking/TrackingContent.swift",
        "Tracking/TrackingEntry.swift", "Tracking/TrackingScanner.swift",
      ]),
    module(
      "Surfaces", ["Connectors", "JobQueue", "Leads", "Operations", "Timekeeping", "lead-queue"],
      path: "Tests/FuzzTests/Surfaces"),
    .executableTarget(
      name: "fuzz", dependencies: ["Surfaces"], path: "fuzz",
      linkerSettings: [.unsafeFlags(["-sanitize=fuzzer"])]),
  ]
)
