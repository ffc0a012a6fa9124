// swift-tools-version: 6.2
import PackageDescription

// Fuzz targets are a package of their own: `Tools/fuzz` builds them with libFuzzer, CI without.
let package = Package(
    name: "canlog-fuzz",
    dependencies: [.package(name: "canlog", path: "../..")],
    targets: [
        .executableTarget(
            name: "canlog-fuzz",
            dependencies: [
                "CLibFuzzer", .product(name: "CANTransport", package: "canlog"),
                .product(name: "Diagnostics", package: "canlog"),
                .product(name: "FirmwareSpecs", package: "canlog"),
                .product(name: "LogFile", package: "canlog"),
                .product(name: "LogInterchange", package: "canlog"),
                .product(name: "SignalDatabase", package: "canlog"),
                .product(name: "VehicleDiagnosis", package: "canlog"),
                .product(name: "VehicleSimulation", package: "canlog"),
            ],
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .enableExperimentalFeature("Lifetimes"),
                .strictMemorySafety(),
                .treatAllWarnings(as: .error),
            ]),
        .target(name: "CLibFuzzer"),
    ],
    swiftLanguageModes: [.v6]
)
