import ArgumentParser
import CANFrame
import LocalFiles
import LogFile
import Recording
import SocketCAN
import Synchronization
import VehicleDiagnosis
import VehicleSpec

/// How interfaces are recorded while they are judged.
struct DiagnoseLiveOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: .init("The log file, or the folder for a new one.", valueName: "file|folder"),
        completion: .file())
    var output = "."

    @Option(help: .init("End after this time.", valueName: "time"), transform: TimeSpan.parse)
    var duration: TimeSpan?

    @Flag(help: "Start even if an interface is not there yet, and wait for it.")
    var wait = false
}

extension DiagnoseCommand {
    /// Judges interfaces by exactly what is recorded of them: the log judged again says the same.
    func runLive() throws {
        let all = try SpecsFolder.vehicles(in: specs)
        let spec = try SpecsFolder.variant(named: vehicle, vin: vin, among: all, in: specs)
            .asCarried()
        let judge = LiveJudge(
            DiagnosisWriter(
                Diagnosis(
                    spec,
                    options: Diagnosis.Options(
                        date: date?.date ?? .today, vin: vin,
                        interfaces: try liveInterfaces(of: spec)),
                    resolution: 1_000), form: json ? .json : .text, keepsExchanges: html != nil))
        let signals = SignalWaiter()
        let stop = try StopSignal()
        let session = try RecordingSession(
            source: try source(stop), options: try recording(judge, spec)
        ) { stop.raise() }
        while !session.hasEnded {
            let outcome = signals.wait(.milliseconds(10))
            tell(judge.takeText())
            if case .signal = outcome { break }
        }
        let progress = session.finish()
        tell(judge.finish())
        StandardOutput.write(judge.ending(isColoured: StandardOutput.isColoured))
        StandardError.say(
            "\(progress.path): \(progress.frames.counting("frame")), \(progress.lost) lost")
        if let html { try write(judge.page(source: progress.path), to: html) }
        if let failure = progress.failure ?? progress.closingFailure {
            StandardError.say("\(failure); what was recorded is in \(progress.path)")
            throw ExitStatus.Early(code: ExitStatus.couldNot)
        }
        try Self.end(with: judge.outcome, isWhole: progress.lost == 0)
    }

    /// Findings as they open: for who watches, or records for who reads them.
    private func tell(_ text: String) {
        guard !text.isEmpty else { return }
        if json { StandardOutput.write(text) } else { StandardError.write(text) }
    }

    /// By what is given, by equal names, or since there is one of both.
    private func liveInterfaces(of spec: VehicleSpec) throws(StreamError) -> [String: String] {
        try check(bus, of: spec)
        var interfaces = Dictionary(
            uniqueKeysWithValues: bus.map { ($0.channel, $0.interface) })
        for bus in spec.buses where interfaces[bus.name] == nil {
            interfaces[bus.name] = sources.first { $0.lowercased() == bus.name.lowercased() }
        }
        if interfaces.isEmpty, sources.count == 1, spec.buses.count == 1 {
            interfaces[spec.buses[0].name] = sources[0]
        }
        guard let unknown = sources.first(where: { !interfaces.values.contains($0) }) else {
            return interfaces
        }
        throw StreamError(
            place: unknown, cause: "which bus of \(spec.name) it is nobody says",
            remedy: "say it: --bus \(spec.buses.first?.name ?? "PT")=\(unknown)")
    }

    private func source(_ stop: StopSignal) throws(StreamError) -> CANSource {
        var options = CaptureOptions()
        options.waitsForAbsent = live.wait
        // From a frame to its finding's line it is 50 ms at most.
        options.coalescing = .milliseconds(10)
        do throws(SocketCANError) {
            return try CANSource(.named(sources), options: options, stop: stop)
        } catch {
            throw error.streamError
        }
    }

    private func recording(_ judge: LiveJudge, _ spec: VehicleSpec) throws -> RecordingOptions {
        var described = try MetadataOptions.parse([])
        described.vin = vin
        var (metadata, doubt) = described.metadata(resolution: 1_000)
        metadata.specification = try spec.carried()
        let isFolder = Folder.isFolder(live.output) || live.output.hasSuffix("/")
        let naming = try LogNaming(
            folder: isFolder
                ? live.output : live.output.contains("/") ? Folder.parent(of: live.output) : "")
        var options = RecordingOptions(naming: naming, metadata: metadata)
        options.path = isFolder ? nil : live.output
        options.metadata.recorder = "canlog diagnose \(sources.joined(separator: "+"))"
        if let doubt { options.notes.append(doubt) }
        options.duration = live.duration.map { .nanoseconds($0.nanoseconds) }
        options.observer = { judge.take($0) }
        return options
    }
}

/// A diagnosis that the recorder's thread feeds and the command's thread asks.
private final class LiveJudge: Sendable {
    private struct State: ~Copyable {
        var writer: DiagnosisWriter
        var text = ""
    }

    private let state: Mutex<State>

    init(_ writer: consuming sending DiagnosisWriter) {
        state = Mutex(State(writer: writer))
    }

    func take(_ batch: borrowing FrameBatch) {
        state.withLock { $0.text += $0.writer.take(batch) }
    }

    /// What was found since this was asked last.
    func takeText() -> String {
        state.withLock { state in
            let text = state.text
            state.text = ""
            return text
        }
    }

    func finish() -> String { state.withLock { $0.text + $0.writer.finish() } }

    func ending(isColoured: Bool) -> String {
        state.withLock { $0.writer.ending(isColoured: isColoured) }
    }

    func page(source: String) -> String { state.withLock { $0.writer.page(source: source) } }

    var outcome: VerdictOutcome { state.withLock { $0.writer.report().verdict.outcome } }
}
