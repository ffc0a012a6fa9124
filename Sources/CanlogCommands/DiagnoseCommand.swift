import ArgumentParser
import CANFrame
import CanlogFiles
import Diagnostics
import FirmwareSpecs
import LocalFiles
import LogFile
import LogTools
import VehicleDiagnosis
import VehicleSpec

/// `canlog diagnose`
struct DiagnoseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diagnose",
        abstract: "Say what is wrong with a vehicle: green or red, and why.",
        discussion: """
            What control units there are and what they are, every conversation, trouble codes and \
            their lives, the health of the buses, and the rules of the specs: judged by the specs of \
            the vehicle. The first line is PASS, FAIL or NOT MEASURED, and why; what a listener could \
            not see is never a pass. It only listens: nothing is ever sent.

            A log that carries its specs ('canlog record --specs') is judged by these, unless others are \
            given. The vehicle is named, or found by its VIN: given, stored in the log, or told by a control \
            unit. Interfaces are buses of the spec by --bus, by their names, or by what they carry.

            Examples:
              canlog diagnose night.canlog
              canlog diagnose night.canlog --specs Firmware-Specs --vin XBL5PA1KX00000421
              canlog diagnose drive.log --vehicle belora-5/petrol-1.2t --bus PT=can0 --html car.html
              canlog diagnose can0 --vin XBL5PA1KX00000421 -o logs/     until Ctrl-C, recorded meanwhile
              canlog diagnose night.canlog --json | jq 'select(.type == "finding")'

            Exit status: 0 pass; 1 fail; 3 not measured, or the log is not whole; 2 could not.
            """)

    @Argument(
        help: .init(
            "A log of any format, '-'; or the interfaces, which are recorded meanwhile.",
            valueName: "log|interface"), completion: .file())
    var sources: [String]

    @Option(
        help: .init(
            "The folder of the specs; else those that the log carries, else 'Firmware-Specs' here.",
            valueName: "folder"), completion: .directory)
    var specs: String?

    @Option(
        help: .init(
            "The vehicle, and its variant where there are several, as belora-5/petrol-1.2t.",
            valueName: "vehicle"))
    var vehicle: String?

    @Option(help: .init("The vehicle's identification number, as scanned.", valueName: "vin"))
    var vin: String?

    @Option(
        help: .init(
            "The interface of a bus of the specs; may be repeated.", valueName: "bus=interface"),
        transform: ChannelMapping.parse)
    var bus: [ChannelMapping] = []

    @Option(
        help: .init(
            "Judge what may leave the line as of this day, YYYY-MM-DD; else the day of the log.",
            valueName: "date"), transform: DateArgument.parse)
    var date: DateArgument?

    @Flag(help: "Print JSON: an object in a line for all that is found, the verdict last.")
    var json = false

    @Option(
        help: .init("Write the report as a page to read and print.", valueName: "file.html"),
        completion: .file(extensions: ["html"]))
    var html: String?

    @Flag(help: "Replace the page if it exists already.")
    var force = false

    @OptionGroup(title: "Interfaces, and the log of them")
    var live: DiagnoseLiveOptions

    @OptionGroup(title: "Which frames of a log")
    var selection: SelectionOptions

    @OptionGroup(title: "How a log is read")
    var input: LogInputArguments

    func validate() throws {
        guard Set(bus.map(\.channel)).count == bus.count else {
            throw ValidationError("--bus names a bus twice")
        }
        guard !sources.isEmpty else { throw ValidationError("name a log or an interface") }
        guard sources.count == 1 || !sources.contains(where: FrameFeed.isLog) else {
            throw ValidationError("one log at a time, and without interfaces")
        }
    }

    /// The log, where it is no interface that is named.
    var source: String { sources[0] }

    func run() throws {
        if !FrameFeed.isLog(source) { return try runLive() }
        // What cannot be judged is told before the log is read.
        let carried = try carriedSpecification()
        let own = try carried.flatMap { try ownSpec($0) }
        let all = try own == nil ? SpecsFolder.vehicles(in: specs) : []
        let look = try VehicleLook(at: source, options: input.options(selection))
        let chosen =
            try own
            ?? SpecsFolder.variant(
                named: vehicle, vin: vin ?? look.vin, among: all, in: specs
            ).asCarried()
        if let carried, !isByOwnSpecs(carried), chosen.sha256 != carried.sha256 {
            StandardError.say(
                "judged by \(chosen.name) of \(specs ?? SpecsFolder.standard) (sha256 "
                    + "\(chosen.sha256.prefix(8))…); the log carries \(carried.label)")
        }
        try check(bus, of: chosen)
        let options = Diagnosis.Options(
            date: try date?.date ?? look.day(), vin: vin ?? look.storedVIN,
            interfaces: try look.interfaces(of: chosen, given: bus))
        try judge(try FrameFeed.log(source, options: input.options(selection)), chosen, options)
    }

    /// What the log says of its specs.
    private func carriedSpecification() throws -> LogMetadata.Specification? {
        guard source != "-" else { return nil }
        // Two steps: the chain of both is miscompiled (Swift 6.3.1).
        let log = try LogInput(path: source, options: input.options(selection))
        let metadata = log.metadata
        return metadata?.specification
    }

    /// Whether nobody asks for others than the log carries.
    private func isByOwnSpecs(_ carried: LogMetadata.Specification) -> Bool {
        specs == nil && vehicle == nil && carried.isCarried
    }

    private func ownSpec(_ carried: LogMetadata.Specification) throws -> VehicleSpec? {
        guard isByOwnSpecs(carried) else { return nil }
        let spec = try VehicleSpec(carried, in: source)
        StandardError.say("judged by the specs in the log: \(carried.label)")
        return spec
    }

    func check(_ mappings: [ChannelMapping], of spec: VehicleSpec) throws(StreamError) {
        let names = spec.buses.map(\.name)
        for mapping in mappings where !names.contains(mapping.channel) {
            throw StreamError(
                place: "--bus \(mapping.channel)=\(mapping.interface)",
                cause: "\(spec.name) has no such bus",
                remedy: "its buses: \(names.joined(separator: ", "))")
        }
    }

    private func judge(
        _ feed: consuming FrameFeed, _ spec: VehicleSpec, _ options: Diagnosis.Options
    ) throws {
        var feed = feed
        var writer = DiagnosisWriter(
            Diagnosis(spec, options: options, start: feed.start, resolution: feed.resolution),
            form: json ? .json : .text, keepsExchanges: html != nil)
        var batch = FrameBatch(capacity: 4_096)
        var bar = ProgressBar()
        while try feed.read(into: &batch) {
            let text = writer.take(batch)
            if json { StandardOutput.write(text) }
            bar.show(feed.fraction, frames: writer.frames)
        }
        bar.clear()
        let rest = writer.finish()
        if json { StandardOutput.write(rest) }
        StandardOutput.write(writer.ending(isColoured: StandardOutput.isColoured))
        if let html { try write(writer.page(source: source), to: html) }
        let losses = feed.losses()
        for message in losses?.messages ?? [] { StandardError.say(message) }
        try Self.end(with: writer.report().verdict.outcome, isWhole: losses?.isEmpty != false)
    }

    /// Green and red as a status; what is not whole is never green.
    static func end(with outcome: VerdictOutcome, isWhole: Bool) throws(ExitStatus.Early) {
        switch outcome {
        case .fail: throw ExitStatus.Early(code: ExitStatus.negative)
        case .notMeasured: throw ExitStatus.Early(code: ExitStatus.lossy)
        case .pass: if !isWhole { throw ExitStatus.Early(code: ExitStatus.lossy) }
        }
    }

    func write(_ page: String, to path: String) throws {
        var file = try ResultFile(path: path, replacing: force, permissions: 0o666)
        let bytes = Array(page.utf8)
        try file.append(bytes.span)
        try file.complete()
    }
}
