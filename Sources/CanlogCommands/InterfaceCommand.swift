import ArgumentParser
import CANFrame
import SocketCAN

/// `canlog interface`
struct InterfaceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "interface",
        abstract: "Show CAN interfaces, set them up with bit rate and modes, set them down.",
        subcommands: [
            InterfaceListCommand.self, InterfaceShowCommand.self, InterfaceUpCommand.self,
            InterfaceDownCommand.self,
        ])
}

/// `canlog interface list`
struct InterfaceListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the CAN interfaces with state, bit rate and counters.",
        discussion: "Exit status: 0 listed, even if there is none; 2 could not ask the kernel.")

    @Flag(help: "A JSON array of objects as 'canlog interface show --json' prints them.")
    var json = false

    func run() throws {
        let reports = try configuring { () throws(LinkSettingsError) in
            try LinkConfigurator.all()
        }.map { InterfaceReport(of: $0) }
        if json {
            StandardOutput.write(JSONValue.array(reports.map(\.json)).text + "\n")
        } else if reports.isEmpty {
            StandardError.say(
                "there is no CAN interface; plug one in, or make one by 'ip link add vcan0 type vcan'"
            )
        } else {
            StandardOutput.write(InterfaceReport.table(reports))
        }
    }
}

/// `canlog interface show`
struct InterfaceShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Tell everything about an interface: bit timing, modes, counters, driver.",
        discussion: """
            Examples:
              canlog interface show can0
              canlog interface show can0 --json | jq .state

            Exit status: 0 told; 2 there is no such CAN interface.
            """)

    @Argument(help: "The interface.", completion: .shellCommand("ls /sys/class/net"))
    var name: String

    @Flag(help: "One JSON object.")
    var json = false

    func run() throws {
        let report = InterfaceReport(
            of: try configuring { () throws(LinkSettingsError) in
                let link = try LinkConfigurator.find(name)
                guard link.isCAN else { throw .notCAN(name) }
                return link
            })
        StandardOutput.write(json ? report.json.text + "\n" : report.text)
    }
}

/// `canlog interface up`
struct InterfaceUpCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Set an interface up; settings that are not given stay as they are.",
        discussion: """
            What the controller cannot do is refused before anything is changed. An interface that is \
            up with these settings is left alone; with others it is set down and up. This needs the \
            capability CAP_NET_ADMIN.

            Examples:
              canlog interface up can0 --bitrate 500k
              canlog interface up can1 --bitrate 500k --listen-only --restart-ms 100
              canlog interface up can2 --bitrate 500k --data-bitrate 2M

            Exit status: 0 it is up; 2 it could not be set up.
            """)

    @Argument(help: "The interface.", completion: .shellCommand("ls /sys/class/net"))
    var name: String

    @OptionGroup(title: "Bit timing and modes")
    var options: InterfaceUpOptions

    @Flag(help: "How it is now, as a JSON object.")
    var json = false

    func run() throws {
        let (outcome, link) = try configuring { () throws(LinkSettingsError) in
            try LinkConfigurator.setUp(name, options.settings)
        }
        if json {
            StandardOutput.write(InterfaceReport(of: link).json.text + "\n")
        } else {
            let state = LinkSettings(asOn: link).summary
            StandardOutput.write(
                "\(name): \(outcome.words)\(state.isEmpty ? "" : ": \(state)")\n")
        }
    }
}

/// `canlog interface down`
struct InterfaceDownCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down", abstract: "Set an interface down.",
        discussion: "Exit status: 0 it is down; 2 it could not be set down.")

    @Argument(help: "The interface.", completion: .shellCommand("ls /sys/class/net"))
    var name: String

    @Flag(help: "How it is now, as a JSON object.")
    var json = false

    func run() throws {
        let (wasUp, link) = try configuring { () throws(LinkSettingsError) in
            (try LinkConfigurator.setDown(name), try LinkConfigurator.find(name))
        }
        StandardOutput.write(
            json
                ? InterfaceReport(of: link).json.text + "\n"
                : "\(name): \(wasUp ? "set down" : "was down already")\n")
    }
}

/// What `canlog interface up` may set.
struct InterfaceUpOptions: ParsableArguments {
    @Option(
        help: .init("The bit rate: 500000, 500k.", valueName: "bit/s"),
        transform: BitRate.wanted(BitRate.form))
    var bitrate: BitRate?

    @Option(
        help: .init("Where a bit is sampled: 0.875.", valueName: "part"),
        transform: SamplePoint.wanted(SamplePoint.form))
    var samplePoint: SamplePoint?

    @Option(
        help: .init("The bit rate of CAN FD payloads; turns CAN FD on.", valueName: "bit/s"),
        transform: BitRate.wanted(BitRate.form))
    var dataBitrate: BitRate?

    @Option(
        help: .init("Where a bit of a CAN FD payload is sampled.", valueName: "part"),
        transform: SamplePoint.wanted(SamplePoint.form))
    var dataSamplePoint: SamplePoint?

    @Flag(inversion: .prefixedNo, help: "Send nothing, not even acknowledgements.")
    var listenOnly: Bool?

    @Flag(inversion: .prefixedNo, help: "CAN FD frames.")
    var fd: Bool?

    @Option(
        help: .init(
            "Restart the controller this long after a bus-off; 0: never.", valueName: "ms"))
    var restartMs: UInt32?

    @Flag(inversion: .prefixedNo, help: "Report each bus error as an error frame.")
    var berrReporting: Bool?

    @Flag(inversion: .prefixedNo, help: "Do not send a frame again that nobody acknowledged.")
    var oneShot: Bool?

    @Flag(inversion: .prefixedNo, help: "Receive what is sent, without the bus.")
    var loopback: Bool?

    @Flag(inversion: .prefixedNo, help: "Sample each bit three times.")
    var tripleSampling: Bool?

    var settings: LinkSettings {
        var settings = LinkSettings()
        settings.bitRate = bitrate?.bitsPerSecond
        settings.samplePoint = samplePoint?.thousandths
        settings.dataBitRate = dataBitrate?.bitsPerSecond
        settings.dataSamplePoint = dataSamplePoint?.thousandths
        settings.restartDelay = restartMs
        let modes: [(Bool?, ControllerModes)] = [
            (listenOnly, .listenOnly), (fd, .flexibleDataRate), (berrReporting, .busErrorReporting),
            (oneShot, .oneShot), (loopback, .loopback), (tripleSampling, .tripleSampling),
        ]
        for case (let isOn?, let mode) in modes { settings.set(mode, isOn) }
        return settings
    }
}

extension LinkConfigurator.Outcome {
    /// What was done, for people.
    var words: String {
        switch self {
        case .wasUp: "was up so already"
        case .setUp: "set up"
        case .setDownAndUp: "set down and up again"
        }
    }
}

/// Turns the errors of interfaces into those that commands print.
func configuring<Result>(
    _ body: () throws(LinkSettingsError) -> Result
) throws(StreamError) -> Result {
    do throws(LinkSettingsError) { return try body() } catch { throw error.streamError }
}
