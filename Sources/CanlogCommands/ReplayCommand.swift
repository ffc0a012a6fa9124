import ArgumentParser
import CANFrame
import CanlogFiles
import LocalFiles
import LogTools
import Replaying
import SocketCAN

/// `canlog replay`
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Play a log onto CAN interfaces with its original timing.",
        discussion: """
            Each frame is sent at its own moment on the monotonic clock, so lateness never adds up \
            and setting the wall clock changes nothing. A full bus is waited for. Every frame that \
            is not sent is counted and shown. On a terminal, space pauses, s holds for single steps \
            (Enter sends one frame, g plays on), q or Ctrl-C stops.

            Examples:
              canlog replay night.canlog vcan0                     one channel, one interface
              canlog replay night.canlog --map can0=vcan0 --map can1=vcan1
              canlog replay night.canlog vcan0 --speed 2 --skip-gaps 1s --report
              canlog replay tester.log can0 --allow-transmit --wait-for 7E8
                  plays the tester's side of a conversation: each request is sent when the answers \
            before it came (or a second after their time), at the log's distance from them

            Exit status: 0 all sent; 3 some frames were not sent, or an awaited one did not come; \
            2 could not replay.
            """)

    @Argument(
        help: .init("The log, of any format; '-' for standard input.", valueName: "file"),
        completion: .file())
    var file: String

    @Argument(
        help: .init("The interface to send on, for a log of one channel.", valueName: "interface"),
        completion: .shellCommand("ls /sys/class/net"))
    var interface: String?

    @Option(
        help: .init(
            "Send a channel of the log on this interface; may be repeated.",
            valueName: "channel=interface"), transform: ChannelMapping.parse)
    var map: [ChannelMapping] = []

    @OptionGroup(title: "Pace")
    var pace: ReplayPaceOptions

    @OptionGroup(title: "Waiting")
    var waiting: ReplayWaitOptions

    @OptionGroup(title: "Which frames")
    var selection: SelectionOptions

    @OptionGroup(title: "How the log is read")
    var input: LogInputArguments

    @Flag(help: "Send on a real bus: a car may move.")
    var allowTransmit = false

    @Flag(help: "Send the log's error frames too, on virtual interfaces.")
    var sendErrorFrames = false

    @Flag(help: "Tell how punctual the frames were.")
    var report = false

    @Flag(help: "The result as JSON on standard output.")
    var json = false

    func validate() throws {
        guard interface == nil || map.isEmpty else {
            throw ValidationError("give an interface or --map, not both")
        }
        guard Set(map.map(\.channel)).count == map.count else {
            throw ValidationError("--map names a channel twice")
        }
        guard file != "-" || interface != nil || !map.isEmpty else {
            throw ValidationError("a log from a pipe needs an interface or --map")
        }
        guard file != "-" || pace.loop == 1 else {
            throw ValidationError("a log from a pipe cannot be played again: no --loop")
        }
    }

    func run() throws {
        let signals = SignalWaiter()
        let plan = try ReplayPlan(self)
        let control = ReplayControl()
        var terminal = ReplayTerminal()
        if pace.step {
            guard terminal.hasKeys else {
                throw StreamError(place: "--step", cause: "standard input is not a terminal")
            }
            control.stepFromNowOn()
        }
        let replay = try plan.start(control)
        while !control.isFinished {
            // Each wake-up costs the sending thread a microsecond where there is one processor.
            let left = (plan.preview?.duration ?? 0) - control.reached
            let pause = terminal.hasKeys ? 50_000_000 : min(max(left, 20_000_000), 250_000_000)
            if case .signal = signals.wait(.nanoseconds(pause)) { control.stop() }
            terminal.update(control, total: plan.preview?.duration, now: HostClock.monotonic())
        }
        terminal.update(control, total: nil, now: 0)
        terminal.clear()
        let (result, failure) = replay.result()
        try finish(result, failure, plan)
    }

    /// Says that the selection leaves nothing to send, if there is one.
    func refuseEmptySelection() throws(StreamError) {
        guard selection.selection != LogSelection() else { return }
        throw StreamError(
            place: file, cause: "no frame is left by --from, --to, --only, --except and --channel",
            remedy: "canlog info tells which times and IDs the log has")
    }

    private func finish(
        _ result: ReplayReport, _ failure: StreamError?, _ plan: ReplayPlan
    ) throws {
        var result = result
        let hasSent = result.sent + result.notSent + result.awaitedFrames > 0
        if !hasSent, failure == nil, !result.wasStopped { try refuseEmptySelection() }
        if let frames = plan.preview?.frames, pace.loop > 0 {
            let (expected, overflow) = frames.multipliedReportingOverflow(by: UInt64(pace.loop))
            if !overflow { result.account(forAll: expected) }
        }
        let losses = plan.log.losses
        result.isLogIncomplete = losses?.isEmpty == false
        for message in losses?.messages ?? [] { StandardError.say(message) }
        let summary = ReplaySummary(report: result, logLosses: losses?.messages ?? [])
        for refusal in result.refusedMeasures {
            StandardError.say("not permitted, frames may be late: \(refusal)")
        }
        if json {
            StandardOutput.write(summary.json + "\n")
        } else if report {
            StandardOutput.write((summary.lines + summary.details).joined(separator: "\n") + "\n")
        } else {
            for line in summary.lines { StandardError.say(line) }
        }
        if let failure { throw failure }
        if let link = result.lostLink {
            throw StreamError(
                place: link, cause: "the link did not come back within \(waiting.linkTimeout)",
                remedy: "set it up: ip link set \(link) up")
        }
        if !result.isComplete { throw ExitStatus.Early(code: ExitStatus.lossy) }
    }
}

/// `channel=interface` as an argument.
struct ChannelMapping: ExpressibleByArgument {
    var channel: String
    var interface: String

    static let parse = wanted("channel=interface, as can0=vcan0")

    init?(argument: String) {
        let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        (channel, interface) = (String(parts[0]), String(parts[1]))
    }
}
