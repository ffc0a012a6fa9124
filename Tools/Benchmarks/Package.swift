// swift-tools-version: 6.2
import PackageDescription

let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

// Benchmarks are a package of their own, so that nobody who builds canlog builds them.
let package = Package(
    name: "canlog-benchmarks",
    dependencies: [.package(name: "canlog", path: "../..")],
    targets: [
        .executableTarget(
            name: "canlog-benchmarks",
            dependencies: [
                .product(name: "CANTransport", package: "canlog"),
                .product(name: "Diagnostics", package: "canlog"),
                .product(name: "FirmwareSpecs", package: "canlog"),
                .product(name: "LogFile", package: "canlog"),
                .product(name: "LogInterchange", package: "canlog"),
                .product(name: "Recording", package: "canlog"),
                .product(name: "SignalDatabase", package: "canlog"),
                .product(name: "SocketCAN", package: "canlog"),
                .product(name: "VehicleDiagnosis", package: "canlog"),
                .product(name: "VehicleSimulation", package: "canlog"),
            ],
            swiftSettings: house),
        // Depends on nothing: built in seconds, runs in the bench VM as it is.
        .executableTarget(name: "traffic-sender", swiftSettings: house),
    ],
    swiftLanguageModes: [.v6]
)
