import ArgumentParser
import CANFrame
import LocalFiles
import LogFile
import LogInterchange
import LogTools

/// `canlog convert`
struct ConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Convert a log from one format to another.",
        discussion: """
            The formats: \(LogFileFormat.names); read by content, written as the name says. The new \
            file appears under its name when it is complete and on the disk. Stamps keep their \
            digits: candump text comes back from a .canlog byte for byte. Text and captures are \
            compressed by zstd if their name ends in .zst. What is missing in the source stands in a \
            new .canlog as notes and losses; what another format cannot hold is told in one line.

            Examples:
              canlog convert night.log night.canlog
              canlog convert night.log.zst night.canlog --vin WVWZZZ1JZXW000001
              canlog convert drive.log car.canlog --specs Firmware-Specs --vehicle belora-5/petrol-1.2t
              canlog convert night.canlog night.log.zst
              canlog convert night.canlog night.pcapng --strict
              candump -L can0 | canlog convert - bench.canlog
              canlog convert night.canlog - --to-format candump | canplayer vcan0=can0

            Exit status: 0 all converted; 3 something of the source is missing, or the new format does \
            not know frames of it; 2 could not convert.
            """)

    @Argument(
        help: .init(
            "The log, of any format, perhaps .zst; '-' for standard input.",
            valueName: "in"), completion: .file())
    var source: String

    @Argument(
        help: .init("The new log; '-' for standard output.", valueName: "out"),
        completion: .file())
    var target: String

    @Option(
        help: .init(
            "The format of the new log, where its name does not tell: \(LogFileFormat.names).",
            valueName: "format"))
    var toFormat: LogFileFormat?

    @Option(
        help: .init(
            "Round the stamps down to multiples of this: 1us, 100ns, 1ms; default: keep them.",
            valueName: "t"), transform: Resolution.parse)
    var resolution: Resolution?

    @Flag(
        name: [.customShort("x"), .long],
        help: """
            Write R or T behind each frame of a text, as candump -x does; default: where another \
            tool's log tells.
            """)
    var direction = false

    @Flag(help: "Write nothing if the new format cannot hold all there is.")
    var strict = false

    @Flag(help: "Replace the new log if it exists.")
    var force = false

    @OptionGroup(title: "How the log is read")
    var input: LogInputArguments

    @OptionGroup(title: "What a new .canlog says of itself (replaces what the source says)")
    var metadata: MetadataOptions

    @OptionGroup(title: "The specs that a new .canlog carries (replaces those of the source)")
    var specification: SpecificationOptions

    func run() throws {
        let format = try format()
        try NewLog.check(target, force: force, sources: source == "-" ? [] : [source])
        let log = try LogInput(path: source, options: input.options())
        var options = LogConversion.Options(
            format: format, metadata: .imported(from: source, metadata))
        options.metadata.specification = try specification(
            vin: metadata.vin ?? log.metadata?.vin)
        options.resolution = resolution?.nanoseconds
        options.showsDirection = direction ? true : nil
        options.isReplacing = force
        options.isStrict = strict
        options.start = try LogConversion.start(of: source, input.options(), for: format)
        var conversion = try LogConversion(of: log, to: target, options: options)
        var bar = ProgressBar()
        while try conversion.step() { bar.show(conversion.fraction, frames: conversion.frames) }
        bar.clear()
        let losses = try conversion.finish()
        let unheld = conversion.unheld
        if !unheld.isEmpty {
            let place = target == "-" ? "standard output" : target
            let isRemedied = format == .candump && unheld[.direction] > 0
            StandardError.say(
                "\(place): \(format.rawValue) has no place for \(unheld)"
                    + (isRemedied ? "; --direction keeps who sent a frame" : ""))
        }
        try losses.report()
        if unheld[.frame] > 0 { throw ExitStatus.Early(code: ExitStatus.lossy) }
    }

    /// The specs of the vehicle, whose VIN control units may have told too.
    private func specification(vin: String?) throws -> LogMetadata.Specification? {
        guard let folder = specification.specs else { return nil }
        let all = try SpecsFolder.vehicles(in: folder)
        var vin = vin
        if vin == nil, specification.vehicle == nil {
            vin = try VehicleLook(at: source, options: input.options()).vin
        }
        return try SpecsFolder.variant(
            named: specification.vehicle, vin: vin, among: all, in: folder
        ).carried()
    }

    private func format() throws -> LogFileFormat {
        guard let format = toFormat ?? LogFileFormat(suffixOf: target) else {
            throw ValidationError(
                "the name '\(target)' does not tell the format of the new log; give --to-format")
        }
        if direction && format != .candump {
            throw ValidationError("--direction is for text of candump, not for \(format.rawValue)")
        }
        if !format.isCompressible && target.hasSuffix(".zst") {
            throw ValidationError(
                "a .\(format.rawValue) is compressed already: give it a name without .zst, not '\(target)'"
            )
        }
        if format != .canlog && (metadata.isGiven || specification.specs != nil) {
            throw ValidationError(
                "\(format.rawValue) has no place for --vin, --station, --specs and the like: write a .canlog, or leave them out"
            )
        }
        return format
    }
}

extension LogMetadata {
    /// What a log says of itself that is made from the file `source` now.
    static func imported(from source: String, _ options: MetadataOptions? = nil) -> LogMetadata {
        let (known, doubt) = options?.metadata(resolution: 1_000) ?? (nil, nil)
        if let doubt {
            StandardError.say("warning: \(doubt); it is stored as given and flagged")
        }
        let imported = imported(from: source, by: "canlog " + CanlogVersion.current)
        guard var metadata = known else { return imported }
        // It was not this machine that recorded.
        metadata.host = nil
        metadata.source = imported.source
        return metadata
    }
}
