// swift-tools-version: 6.2
import PackageDescription

/// The settings every Swift target of ours is built with.
let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    // `@_lifetime(borrow self)`: without it no function of ours may return a Span.
    .enableExperimentalFeature("Lifetimes"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// A target of ours: the name is the room, the arrows go down (see the table in the README).
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: house)
}

/// The tests of one target, with what they need beside it.
func tests(of name: String, _ others: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: [.byName(name: name)] + others, swiftSettings: house)
}

let package = Package(
    name: "canlog",
    products: [
        .executable(name: "canlog", targets: ["CanlogTool"]),
        .library(name: "CANTransport", targets: ["CANFrame", "CANTransport"]),
        .library(name: "CanlogFiles", targets: ["CANFrame", "LogFile", "CanlogFiles"]),
        .library(name: "Diagnostics", targets: ["CANFrame", "Diagnostics"]),
        .library(name: "FirmwareSpecs", targets: ["CANFrame", "FirmwareSpecs", "VehicleSpec"]),
        .library(name: "LogFile", targets: ["CANFrame", "LogFile"]),
        .library(name: "LogInterchange", targets: ["CANFrame", "LogInterchange"]),
        .library(name: "Recording", targets: ["CANFrame", "LogFile", "Recording"]),
        .library(name: "SignalDatabase", targets: ["CANFrame", "SignalDatabase"]),
        .library(name: "SocketCAN", targets: ["CANFrame", "SocketCAN"]),
        .library(
            name: "VehicleDiagnosis",
            targets: ["CANFrame", "SignalDatabase", "VehicleDiagnosis", "VehicleSpec"]),
        .library(name: "VehicleSimulation", targets: ["CANFrame", "VehicleSimulation"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
    ],
    targets: [
        .executableTarget(
            name: "CanlogTool", dependencies: ["CanlogCommands"], swiftSettings: house),
        room(
            "CanlogCommands",
            [
                "CANFrame", "CANTransport", "CanlogFiles", "DiagnosticClient", "Diagnostics",
                "FirmwareSpecs", "LocalFiles", "LogFile",
                "LogInterchange", "LogTools",
                "RecorderControl", "Recording", "Replaying", "SignalDatabase", "SignalViews",
                "SocketCAN", "StationHealth", "VehicleDiagnosis", "VehicleSimulation",
                "VehicleSpec",
                "YAMLText",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        room(
            "StationHealth",
            ["CANFrame", "LocalFiles", "LogTools", "RecorderControl", "SocketCAN", "YAMLText"]),
        room("Recording", ["CANFrame", "LocalFiles", "LogFile", "SocketCAN"]),
        room("RecorderControl", ["CANFrame", "LocalFiles"]),
        room("Replaying", ["CANFrame", "LocalFiles", "SocketCAN"]),
        // What people see of signals: tables, plots, the model of the monitor.
        room(
            "SignalViews",
            [
                "CANFrame", "CANTransport", "CanlogFiles", "LocalFiles", "LogFile", "LogTools",
                "SignalDatabase", "YAMLText",
            ]),
        room("LogTools", ["CANFrame", "CanlogFiles", "LocalFiles", "LogFile", "LogInterchange"]),
        room("CanlogFiles", ["CANFrame", "LocalFiles", "LogFile"]),
        room("LogInterchange", ["CANFrame", "CDeflate", "CZlib", "CZstd"]),
        room("LogFile", ["CANFrame", "CLogKernels", "CZstd", "CCrypto"]),
        room("SocketCAN", ["CANFrame", "LocalFiles", "CLinuxCAN", "CLibSocketCAN"]),
        // A file or specs, and a seed, to frames and answers.
        room(
            "VehicleSimulation",
            [
                "CANFrame", "CANTransport", "DiagnosticClient", "Diagnostics", "SignalDatabase",
                "VehicleSpec", "YAMLText",
            ]),
        // Frames and a spec to findings and a verdict.
        room(
            "VehicleDiagnosis",
            ["CANFrame", "CANTransport", "Diagnostics", "SignalDatabase", "VehicleSpec"]),
        // Files that people write, to the model that all others take.
        room(
            "FirmwareSpecs",
            [
                "CANFrame", "CANTransport", "Diagnostics", "LocalFiles", "SignalDatabase",
                "VehicleSpec", "YAMLText",
            ]),
        // What a vehicle may be made of, and how it is found out what it is made of.
        room(
            "VehicleSpec",
            ["CANFrame", "CANTransport", "Diagnostics", "SignalDatabase", "CCrypto"]),
        // The only one that knows libyaml.
        room("YAMLText", ["CANFrame", "CYAML"]),
        // Messages longer than a frame, out of the frames that carry them.
        room("CANTransport", ["CANFrame"]),
        // A tester's side of conversations with control units, without input, output or clock.
        room("DiagnosticClient", ["CANFrame", "CANTransport"]),
        // What tester and control units say to one another: services, trouble codes.
        room("Diagnostics", ["CANFrame", "CANTransport"]),
        // Databases and decoding: bytes in, values out.
        room("SignalDatabase", ["CANFrame", "CSignalKernels"]),
        room("LocalFiles", ["CANFrame", "CLinuxFiles"]),
        room("CANFrame"),

        // What the kernel's and libc's headers do not give to Swift: macros and variadic calls.
        .target(name: "CLinuxCAN"),
        .target(name: "CLinuxFiles"),
        // Kernels whose instruction set is chosen at run time.
        .target(name: "CLogKernels"),
        .target(name: "CSignalKernels"),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(
            name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(
            name: "CLibSocketCAN", pkgConfig: "libsocketcan",
            providers: [.apt(["libsocketcan-dev"])]),

        tests(of: "CANFrame"),
        tests(of: "CANTransport", ["CANFrame", "TestBench"]),
        tests(of: "Diagnostics", ["CANFrame", "CANTransport", "LogTools", "TestBench"]),
        tests(of: "DiagnosticClient", ["CANFrame", "CANTransport"]),
        tests(of: "YAMLText"),
        tests(
            of: "VehicleSimulation",
            [
                "CANFrame", "CANTransport", "Diagnostics", "FirmwareSpecs", "SignalDatabase",
                "TestBench", "VehicleSpec",
            ]),
        tests(
            of: "VehicleSpec",
            ["CANFrame", "CANTransport", "Diagnostics", "SignalDatabase", "TestBench"]),
        tests(
            of: "FirmwareSpecs",
            [
                "CANFrame", "CANTransport", "Diagnostics", "LocalFiles", "SignalDatabase",
                "TestBench", "VehicleSpec", "YAMLText",
            ]
        ),
        tests(
            of: "VehicleDiagnosis",
            [
                "CANFrame", "CANTransport", "Diagnostics", "FirmwareSpecs", "SignalDatabase",
                "TestBench", "VehicleSimulation", "VehicleSpec",
            ]),
        tests(of: "SignalDatabase", ["CANFrame", "LocalFiles", "TestBench"]),
        tests(of: "SignalViews", ["CANFrame", "LocalFiles", "SignalDatabase", "TestBench"]),
        tests(
            of: "StationHealth", ["CANFrame", "LocalFiles", "SocketCAN", "TestBench", "YAMLText"]),
        tests(of: "LocalFiles", ["CANFrame", "TestBench"]),
        tests(of: "LogFile", ["CANFrame", "CanlogFiles", "LocalFiles", "TestBench"]),
        tests(of: "CanlogFiles", ["CANFrame", "LocalFiles", "LogFile", "TestBench"]),
        tests(of: "LogInterchange", ["CANFrame", "CZlib", "LocalFiles", "TestBench"]),
        tests(of: "SocketCAN", ["CANFrame", "LocalFiles", "CLibSocketCAN", "TestBench"]),
        tests(
            of: "LogTools", ["CANFrame", "LogFile", "LogInterchange", "LocalFiles", "TestBench"]),
        tests(of: "Recording", ["CANFrame", "LogFile", "SocketCAN", "LocalFiles", "TestBench"]),
        tests(of: "RecorderControl", ["LocalFiles", "TestBench"]),
        tests(of: "Replaying", ["CANFrame", "SocketCAN", "LocalFiles", "TestBench"]),
        tests(
            of: "CanlogCommands",
            [
                "CANFrame", "LocalFiles", "LogFile", "LogTools", "RecorderControl", "Recording",
                "TestBench",
            ]),
        // What tests share: requirements (bus, peers, data), temporary folders, running programs.
        .target(
            name: "TestBench", dependencies: ["CANFrame", "LocalFiles", "CLinuxCAN", "CTestBench"],
            path: "Tests/TestBench", swiftSettings: house),
        .target(name: "CTestBench", path: "Tests/CTestBench"),
    ],
    swiftLanguageModes: [.v6]
)

// The sanitizers build what their tests need and no more (Tools/test). Replaying is not among it:
// Swift 6.3.1 emits a broken module for it under the thread sanitizer ("invalid bitcast").
if let tests = Context.environment["CANLOG_SANITIZED_TESTS"] {
    var needed = Set(tests.split(separator: ",").map(String.init))
    var count = 0
    while count < needed.count {
        count = needed.count
        for target in package.targets where needed.contains(target.name) {
            for case .byNameItem(let name, _) in target.dependencies { needed.insert(name) }
        }
    }
    package.targets.removeAll { !needed.contains($0.name) }
    package.products.removeAll()
}
