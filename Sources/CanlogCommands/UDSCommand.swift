import ArgumentParser
import CANFrame
import CANTransport
import DiagnosticClient
import LocalFiles
import LogFile
import SocketCAN

/// `canlog uds`
struct UDSCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uds",
        abstract:
            "Ask control units by UDS (ISO 14229-1): data, trouble codes, sessions, routines.",
        discussion: """
            Steps, one behind the other with a comma of its own between them:
              read F190 [F187 …]           read data by identifier
              write F190 HEX | text WORDS  write data by identifier
              dtc [read [MASK]]            trouble codes and their status; all bits by default
              dtc count [MASK] | supported | permanent | snapshot CODE | extended CODE
              dtc clear [CODE]             clear trouble codes; all groups by default
              session default|programming|extended|safety|03
              security 01                  unlock by a seed and its key (27)
              routine start|stop|result E010 [HEX]
              reset hard|key|soft|01
              tester-present
              wait 500ms                   nothing, as behind a reset
              raw 22F190                   any request

            All control units are asked at the same time, each its steps one behind the other; the \
            rest of its steps is left out when one fails. While its session is not the default one \
            it hears TesterPresent every two seconds. In the end, also after Ctrl-C, it is told to end \
            what only goes on because it was asked for: control that 2F took is returned (2F … 00), \
            and the default session begins. Ctrl-C also stops routines that were started and gives \
            up what is under way at once; without Ctrl-C a routine is left to 'routine stop', or to \
            the control unit when its session ends. --hold keeps all that for a time, or until Ctrl-C. An answer 78 restarts P2*, an answer 21 is asked again. P2 \
            is measured by the kernel's stamps, from the end of the request to the beginning of the \
            answer, and is late if it is more than the control unit named for its session, or 50 ms \
            (P2*: 5 s).

            Keys are made by a program of yours, --key-command: the shell runs it with the control \
            unit's name and the level as its last words; the seed is a line of its standard input in \
            hexadecimal, the key of its output. It has five seconds; others are asked meanwhile. A \
            seed of zeroes says that nothing is locked.

            Examples:
              canlog uds vcan0 --ecu 7E0:7E8 read F190
              canlog uds vcan0 --ecu ECM=7E0:7E8 --ecu TCU=7E1:7E9 --json dtc
              canlog uds can0 --allow-transmit --ecu 18DA10F1 session extended , routine start FF00
              canlog uds can0 --allow-transmit --functional 7DF read F190
              canlog uds can0 --allow-transmit --ecu 7E0:7E8 --hold 10s raw 2FF0030301
              canlog uds vcan0 --ecu 7E0:7E8 --log visit.canlog dtc , read F190
              canlog uds vcan0 --ecu ECM=7E0:7E8 --key-command ./key.py session extended , \
            security 01 , write F190 text WVWZZZ1KZ6W000001 , reset soft , wait 500ms , read F190

            Exit status: 0 all answered positively; 1 a control unit refused (negative response); \
            3 one did not answer, or not whole, or did not end what it was asked to end, or there \
            was no key, or Ctrl-C ended it before --hold; 2 could not ask.
            """)

    @Argument(
        help: .init("The interface to send on.", valueName: "interface"),
        completion: .shellCommand("ls /sys/class/net"))
    var interface: String

    @Argument(help: .init("The steps.", valueName: "step"))
    var words: [String]

    @Option(
        help: .init(
            "A control unit: request and response, as 7E0:7E8, ECM=7E0:7E8, 18DA10F1 or "
                + "6F1/12:612/F1 with address bytes; may be repeated.", valueName: "addresses"),
        transform: UDSUnit.parse)
    var ecu: [UDSUnit] = []

    @Option(
        help: .init(
            "Ask all control units by one frame to this identifier; without --ecu those that "
                + "answer at 7E8 to 7EF.", valueName: "id"))
    var functional: String?

    @Option(help: .init("What write writes, as text, in place of its bytes.", valueName: "text"))
    var text: String?

    @Option(
        help: .init(
            "The program that makes keys out of seeds, for the step security.",
            valueName: "command"))
    var keyCommand: String?

    @OptionGroup(title: "Time")
    var time: UDSTimeOptions

    @OptionGroup(title: "Transport (ISO 15765-2)")
    var transport: UDSTransportOptions

    @Flag(help: "Go on with a control unit's steps when one fails.")
    var keepGoing = false

    @Flag(help: "Send on a real bus: a car may move.")
    var allowTransmit = false

    @Option(
        help: .init(
            "Record all frames of the interface meanwhile, these included, into a new log.",
            valueName: "file"),
        completion: .file(extensions: ["canlog"]))
    var log: String?

    @OptionGroup(title: "What that log says of itself")
    var metadata: MetadataOptions

    @Flag(help: "The result as JSON on standard output.")
    var json = false

    func validate() throws {
        let steps = try UDSStep.steps(words, text: text)
        guard functional != nil || !ecu.isEmpty else {
            throw ValidationError("whom to ask? give --ecu 7E0:7E8, or --functional 7DF")
        }
        guard functional.map({ UDSUnit.address($0) != nil }) ?? true else {
            throw ValidationError("--functional wants an identifier, as 7DF or 18DB33F1")
        }
        for (place, unit) in ecu.enumerated() {
            guard !ecu[..<place].contains(where: { $0.response == unit.response }) else {
                throw ValidationError(
                    "two control units answer at the same address, \(unit.response)")
            }
        }
        try validateKeys(of: steps)
        guard Set(ecu.map(\.name)).count == ecu.count else {
            throw ValidationError("two control units have the same name; give each its own")
        }
        guard log?.hasSuffix(LogFormat.suffix) ?? !metadata.isGiven else {
            throw ValidationError(
                log == nil
                    ? "there is no log to say this of itself; give --log"
                    : "--log wants a name that ends in \(LogFormat.suffix)")
        }
        if let all = functional.flatMap({ UDSUnit.address($0) }) {
            guard !ecu.isEmpty || !all.identifier.isExtended else {
                throw ValidationError(
                    "nobody would be heard at 7E8 to 7EF of those that \(all) asks; give --ecu, as "
                        + "--ecu 18DA10F1")
            }
            // An address byte leaves room for one byte less.
            guard
                steps.compactMap(\.request).allSatisfy({
                    ISOTPConnection.singleFrame(
                        $0.span, to: all, options: transport.options) != nil
                })
            else { throw ValidationError("what is asked of all must fit a single frame") }
        }
    }

    private func validateKeys(of steps: [UDSStep]) throws {
        let unlocks = steps.contains {
            if case .unlock = $0 { return true }
            return false
        }
        guard unlocks == (keyCommand != nil) else {
            throw ValidationError(
                unlocks
                    ? "security needs the program that makes keys out of seeds; give --key-command"
                    : "--key-command goes with the step security")
        }
        guard !unlocks || functional == nil else {
            throw ValidationError(
                "a seed is one control unit's; security goes without --functional")
        }
    }

    func run() throws {
        let signals = SignalWaiter()
        let links = try LinkMonitor().table
        let link = try links.link(toSendOn: interface, isPermitted: allowTransmit)
        guard !transport.isFD || link.mtu >= 72 else {
            throw StreamError(
                place: interface, cause: "takes no CAN FD frames (mtu 16)",
                remedy: "leave out --fd")
        }
        _ = RealTime.sharpenTimers()
        let units = ecu.isEmpty ? UDSUnit.legislated : ecu
        let client = DiagnosticClient(patience: time.patience, transport: transport.options)
        for unit in units { client.add(request: unit.request, response: unit.response) }
        var identifiers = units.flatMap { [$0.request.identifier, $0.response.identifier] }
        let all = functional.flatMap { UDSUnit.address($0) }
        if let all { identifiers.append(all.identifier) }
        let keys = try keyCommand.map { try UDSKeyProgram($0) }
        let runner = try UDSRunner(
            interface: interface, identifiers: Set(identifiers).map { ArbitrationID($0) },
            signals: signals, bell: keys?.descriptor)
        let recording = try log.map(record)
        // Also when the conversation fails.
        defer { recording?.finish() }
        let report = UDSReport(
            units: units, areNamed: !ecu.isEmpty, functional: all, interface: interface)
        try UDSConversation(
            self, report: report, client: client, functional: all, keys: keys, log: recording
        ).hold(by: runner)
    }

    private func record(into path: String) throws -> UDSLog {
        let (metadata, doubt) = metadata.metadata(resolution: 1_000)
        return try UDSLog(path, on: interface, metadata: metadata, doubt: doubt)
    }
}

/// How long `canlog uds` waits.
struct UDSTimeOptions: ParsableArguments {
    @Option(
        name: [.customLong("timeout"), .customLong("p2")],
        help: .init(
            "How long the beginning of an answer is waited for, or as long as the control unit says; "
                + "1s by default.", valueName: "time"),
        transform: TimeSpan.parse)
    var p2 = TimeSpan(nanoseconds: 1_000_000_000)

    @Option(
        name: .customLong("p2-star"),
        help: .init("The same behind an answer 78; 5s by default.", valueName: "time"),
        transform: TimeSpan.parse)
    var p2Star = TimeSpan(nanoseconds: 5_000_000_000)

    @Option(
        help: .init("How long answers 78 may go on in all; 60s by default.", valueName: "time"),
        transform: TimeSpan.parse)
    var pendingLimit = TimeSpan(nanoseconds: 60_000_000_000)

    @Option(help: .init("Do all steps this often.", valueName: "n"))
    var `repeat` = 1

    @Option(
        help: .init(
            "Keep the session this long behind the last step, by TesterPresent; Ctrl-C ends it.",
            valueName: "time"
        ), transform: TimeSpan.parse)
    var hold = TimeSpan(nanoseconds: 0)

    func validate() throws {
        guard (1...1_000_000).contains(`repeat`) else {
            throw ValidationError("--repeat wants a number from 1 to 1000000")
        }
        guard p2.nanoseconds > 0, p2Star.nanoseconds > 0 else {
            throw ValidationError("--timeout and --p2-star want more than no time")
        }
    }

    var patience: TesterPatience {
        var patience = TesterPatience()
        patience.p2 = p2.nanoseconds
        patience.p2Star = p2Star.nanoseconds
        patience.pendingLimit = pendingLimit.nanoseconds
        return patience
    }
}

/// How the messages of `canlog uds` go into frames.
struct UDSTransportOptions: ParsableArguments {
    @Flag(name: .customLong("fd"), help: "Send CAN FD frames, of up to 64 bytes.")
    var isFD = false

    @Flag(name: .customLong("brs"), help: "Their payload at the data bit rate.")
    var bitRateSwitch = false

    @Option(
        help: .init("What fills frames to 8 bytes, in hexadecimal, or none.", valueName: "byte"))
    var padding = "CC"

    @Option(
        help: .init(
            "STmin that control units are given, 0 to 127ms or 100us to 900us.", valueName: "time"),
        transform: TimeSpan.parse)
    var stMin = TimeSpan(nanoseconds: 0)

    @Option(help: .init("Block size that they are given; 0 is all.", valueName: "n"))
    var blockSize: UInt8 = 0

    func validate() throws {
        guard padding == "none" || paddingByte != nil else {
            throw ValidationError("--padding wants a byte as CC, or none")
        }
        guard !bitRateSwitch || isFD else { throw ValidationError("--brs goes with --fd") }
        guard stMin.nanoseconds <= 127_000_000 else {
            throw ValidationError("--st-min is at most 127ms")
        }
    }

    private var paddingByte: UInt8? {
        let bytes = try? UDSRequest.hexadecimal(padding, "the padding")
        return bytes?.count == 1 ? bytes?.first : nil
    }

    var options: ISOTPConnection.Options {
        var options = ISOTPConnection.Options()
        options.isFD = isFD
        options.bitRateSwitch = bitRateSwitch
        options.maximumDataLength = isFD ? 64 : 8
        options.padding = paddingByte
        options.separationTime = ISOTPSeparationTime(atLeast: stMin.nanoseconds)
        options.blockSize = blockSize
        options.awaitsConfirmation = true
        return options
    }
}
