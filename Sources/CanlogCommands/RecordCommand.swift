import ArgumentParser
import CANFrame
import Glibc
import LocalFiles
import LogFile
import LogTools
import RecorderControl
import Recording
import SocketCAN

/// `canlog record`
struct RecordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Record CAN interfaces into a log until stopped.",
        discussion: """
            Every frame that the kernel hands over is in the log, and every frame that was lost on \
            the way is counted in it. Ctrl-C or SIGTERM ends the recording in order. An interface \
            that is unplugged and comes back is set up again as it was.

            Examples:
              canlog record can0                        into a new file in this folder
              canlog record can0 can1 -o logs/ --vin WVWZZZ1JZXW000001 --attempt 2
              canlog record any --duration 60           all CAN interfaces for a minute
              canlog record                             as /etc/canlog/station.yaml says
              canlog record can0 can1 --bitrate 500k --bitrate can1=250k --listen-only
              canlog record can0 -o logs/ --rotate-every 1h --keep-size 500G
              canlog record can0 -o logs/ --trigger error-frame --trigger-before 30s
              canlog record can0 -o logs/ --vin FZB5P5D2T7R000123 --specs Firmware-Specs
              canlog record can0 -o - --to-format pcapng | wireshark -k -i -

            While it records, 'canlog status', 'next', 'mark' and 'trigger' talk to it.

            With --specs each log carries the specs of its vehicle, and 'canlog diagnose LOG' judges it \
            by these. A VIN that is of no vehicle is refused at the start; that of 'canlog next' never \
            stops the recording: its log has no specs then, and says so.

            With '-o -' the frames go to standard output as they come, in any format, and no log is \
            kept. A reader that is slow loses frames: they are counted and told.

            Exit status: 0 all recorded; 3 frames were lost, or an interface never came; 2 could \
            not record.
            """)

    @Argument(
        help: .init("The interfaces to record, or 'any' for all.", valueName: "interface"),
        completion: .shellCommand("ls /sys/class/net"))
    var interfaces: [String] = []

    @Option(
        help: .init(
            "Take what is not said here from this file: 'interfaces' and long options as keys. "
                + "Without any interface: \(StationFile.standardPath).", valueName: "file"),
        completion: .file(extensions: ["yaml"]))
    var config: String?

    @Option(
        name: .shortAndLong,
        help: .init(
            "The log file, the folder for a new one, or '-' for standard output.",
            valueName: "file|folder"),
        completion: .file())
    var output = "."

    @Option(
        help: .init(
            "The format of what goes to '-o -': \(LogFileFormat.names).", valueName: "format"))
    var toFormat: LogFileFormat?

    @OptionGroup(title: "What is recorded")
    var metadata: MetadataOptions

    @OptionGroup(title: "The specs that the logs carry")
    var specification: SpecificationOptions

    @OptionGroup(title: "How the interfaces are set up; this needs CAP_NET_ADMIN")
    var interfaceSettings: InterfaceSettingsOptions

    @OptionGroup(title: "Which logs")
    var rotation: RotationOptions

    @OptionGroup(title: "Trigger mode")
    var trigger: TriggerOptionGroup

    @Option(
        help: .init(
            "The name of this recorder, for 'canlog status' and others; else that of the file of "
                + "--config, or its interfaces.",
            valueName: "recorder"))
    var name: String?

    @Option(help: .init("Stop after this many seconds.", valueName: "s"))
    var duration: Double?

    @Option(help: .init("Stop after this many frames.", valueName: "n"))
    var count: UInt64?

    @Option(help: .init("Say so when an interface is silent this long; 0: never.", valueName: "s"))
    var silence = 2.0

    @Option(
        help: .init("Resolution of the stored stamps: 1us, 1ns, 100ns, 1ms.", valueName: "t"),
        transform: Resolution.parse)
    var resolution = Resolution(nanoseconds: 1_000)

    @Option(
        name: .customLong("sync"),
        help: .init("Force the log onto the disk this often.", valueName: "ms"))
    var synchronizeMilliseconds = 250

    @OptionGroup(title: "How frames are received")
    var capture: CaptureOptionGroup

    @Flag(help: "Progress and result as JSON lines on standard output.")
    var json = false

    func validate() throws {
        guard !interfaces.isEmpty else {
            throw ValidationError(
                "name at least one interface, for example 'canlog record can0', or write them into "
                    + "\(StationFile.standardPath): 'interfaces: [can0, can1]'")
        }
        guard !interfaces.contains("any") || interfaces.count == 1 else {
            throw ValidationError("'any' stands for all interfaces: name it alone")
        }
        guard !interfaces.contains("") else {
            throw ValidationError("an interface has no name; for example 'canlog record can0'")
        }
        try interfaceSettings.check(against: interfaces)
        try checkLimits()
        if output == "-" { return try checkStream() }
        guard toFormat == nil else {
            throw ValidationError(
                "--to-format is for '-o -': a recording is a .canlog, and 'canlog convert' makes others of it"
            )
        }
        let isFolder = Folder.isFolder(output) || output.hasSuffix("/")
        guard isFolder || output.hasSuffix(LogFormat.suffix) else {
            throw ValidationError(
                "-o wants a folder that exists, or a file whose name ends in .canlog, not '\(output)'"
            )
        }
        guard isFolder || trigger.options == nil else {
            throw ValidationError("trigger mode makes a log for each trigger: -o wants a folder")
        }
    }

    private func checkLimits() throws {
        guard duration.map({ $0 > 0 && $0.isFinite }) ?? true else {
            throw ValidationError("--duration is a number of seconds above 0")
        }
        guard count.map({ $0 > 0 }) ?? true else {
            throw ValidationError("--count is at least 1")
        }
        guard silence >= 0, silence.isFinite else {
            throw ValidationError("--silence is a number of seconds, 0 for never")
        }
        guard (10...60_000).contains(synchronizeMilliseconds) else {
            throw ValidationError("--sync is between 10 and 60000 ms")
        }
    }

    func run() throws {
        if output == "-" { return try stream() }
        ProcessMemory.keepLittle()
        // Before the sockets are open: from then on nothing waits.
        let specs = try specification.recorded()
        let choice = try specs?.first(vin: metadata.vin)
        if let doubt = choice?.doubt { StandardError.say(doubt) }
        let signals = SignalWaiter()
        let service = ServiceNotifier()
        let stop = try StopSignal()
        let keeper = try LinkKeeper(captured, plan: interfaceSettings.plan)
        let prepared = try configuring { () throws(LinkSettingsError) in try keeper.prepare() }
        for word in prepared { StandardError.say("\(word.interface): \(word.text)") }
        let source = try source(stop: stop, keeper: keeper)
        let recorder = try takeName()
        // The name is this recorder's until it has ended.
        defer { withExtendedLifetime(recorder) {} }
        let (recorderName, socketPath) = (recorder?.name, recorder?.socketPath)
        var options = try recordingOptions(recorderName)
        options.metadata.specification = choice?.specification
        options.notes += choice?.doubt.map { [$0] } ?? []
        options.notes += prepared.map { "\($0.interface): \($0.text)" }
        options.metadata.tags += capture.tags(receivedBy: source.receivePath)
        try keeper.start()
        defer { keeper.stop() }
        let session = try RecordingSession(source: source, options: options) {
            stop.raise()
        }
        let server = openControl(session.control, recorderName, specs, at: socketPath)
        service.ready()
        ProcessMemory.giveBackCode()
        var path = ""
        var report = RecordReport(isJSON: json)
        while !session.hasEnded {
            let outcome = signals.wait(
                min(report.interval, service.watchdogInterval ?? .seconds(1)))
            // Before anything is shown: a reader that does not read must not look like a dead recorder.
            if session.isAlive { service.alive() }
            let progress = session.progress()
            if progress.path != path {
                path = progress.path
                service.status(progress.waitsForTrigger ? "waiting for a trigger" : path)
            }
            report.show(session.takeNotices(), progress)
            if case .signal = outcome { break }
        }
        service.stopping()
        server?.close()
        let control = session.control
        let progress = session.finish()
        report.finish(control.takeNotices(), progress)
        for name in absent(progress) {
            StandardError.say("\(name): no such interface appeared, nothing was recorded of it")
        }
        if progress.failure != nil { throw ExitStatus.Early(code: ExitStatus.couldNot) }
        if progress.lost > 0 || progress.closingFailure != nil || !absent(progress).isEmpty {
            throw ExitStatus.Early(code: ExitStatus.lossy)
        }
    }

    /// A name that no other recorder has; without one it records all the same, and cannot be asked.
    private func takeName() throws -> RecorderName? {
        do throws(SystemError) {
            return name == nil
                ? try RecorderName.any(like: wantedName) : try RecorderName(wantedName)
        } catch {
            if error.code == EAGAIN {
                StandardError.say(
                    "a recorder '\(wantedName)' runs already; name this one by --name")
                throw ExitStatus.Early(code: ExitStatus.couldNot)
            }
            StandardError.say("\(error): this recorder cannot be asked or told anything")
            return nil
        }
    }

    /// Lets others ask and tell the recorder.
    private func openControl(
        _ control: RecordingControl, _ name: String?, _ specs: RecordedSpecs?, at path: String?
    ) -> ControlServer? {
        guard let name, let path else { return nil }
        let service = RecorderService(name: name, control: control, specs: specs)
        do throws(SystemError) {
            return try ControlServer(at: path) { service.answer($0) }
        } catch {
            StandardError.say("\(error): this recorder cannot be asked or told anything")
            return nil
        }
    }

    private var wantedName: String {
        name ?? config.map { StationFile.name(of: $0) } ?? interfaces.joined(separator: "+")
    }

    /// The interfaces that were waited for in vain.
    private func absent(_ progress: RecordingProgress) -> [String] {
        if progress.channels.isEmpty { return interfaces }
        return progress.channels.filter { !$0.hasAppeared }.map(\.interface)
    }

    var captured: CaptureInterfaces {
        interfaces.contains("any") ? .all : .named(interfaces)
    }

    func source(
        stop: StopSignal, keeper: LinkKeeper
    ) throws(StreamError) -> CANSource {
        var options = capture.captureOptions
        options.keeper = keeper
        do throws(SocketCANError) {
            return try CANSource(captured, options: options, stop: stop)
        } catch {
            throw error.streamError
        }
    }

    private func recordingOptions(_ recorder: String?) throws -> RecordingOptions {
        var (metadata, doubt) = metadata.metadata(resolution: resolution.nanoseconds)
        metadata.recorder = recorder ?? wantedName
        let isFolder = Folder.isFolder(output) || output.hasSuffix("/")
        let naming = try LogNaming(
            folder: isFolder ? output : output.contains("/") ? Folder.parent(of: output) : "",
            pattern: rotation.names)
        var options = RecordingOptions(naming: naming, metadata: metadata)
        options.path = isFolder ? nil : output
        options.trigger = trigger.options
        rotation.apply(to: &options)
        if let doubt {
            StandardError.say("warning: \(doubt); it is stored as scanned and flagged")
            options.notes.append(doubt)
        }
        options.duration = duration.map { .nanoseconds(Int64(min($0, 1e9) * 1e9)) }
        options.frameLimit = count
        options.silenceLimit = silence > 0 ? .nanoseconds(Int64(min(silence, 1e9) * 1e9)) : nil
        options.synchronizeEvery = .milliseconds(synchronizeMilliseconds)
        return options
    }
}
