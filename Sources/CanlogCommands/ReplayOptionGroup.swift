import ArgumentParser
import CANFrame
import Replaying

/// How `canlog replay` paces frames.
struct ReplayPaceOptions: ParsableArguments {
    @Option(
        help: .init(
            "Play this many times as fast, or 'max' for as fast as the bus takes it.",
            valueName: "factor|max"), transform: ReplaySpeed.parse)
    var speed = ReplaySpeed(pace: .factor(1))

    @Option(help: .init("Play the log this often; 0: until stopped.", valueName: "n"))
    var loop = 1

    @Option(
        help: .init("Shorten gaps of the log that are longer to this.", valueName: "time"),
        transform: TimeSpan.parse)
    var skipGaps: TimeSpan?

    @Flag(help: "Send one frame at a time, for each Enter (needs a terminal).")
    var step = false

    @Option(
        help: .init(
            "Watch the clock this long before each frame instead of sleeping: more punctual, costs "
                + "processor time.", valueName: "time"), transform: TimeSpan.parse)
    var spin = TimeSpan(nanoseconds: 0)

    @Flag(
        inversion: .prefixedNo,
        help: "Ask for real-time scheduling, locked memory and sharp timers.")
    var realTime = true

    func validate() throws {
        guard (0...1_000_000_000).contains(loop) else {
            throw ValidationError("--loop is a number of passes, 0 for no end")
        }
        guard spin.nanoseconds <= 10_000_000 else {
            throw ValidationError("--spin is at most 10ms")
        }
    }
}

/// What `canlog replay` waits for.
struct ReplayWaitOptions: ParsableArguments {
    @Option(
        help: .init(
            "Frames with this ID are the other side's: they are not sent, and the frame after them "
                + "waits until as many came from the bus. May be repeated.",
            valueName: "id"), transform: AwaitedID.parse)
    var waitFor: [AwaitedID] = []

    @Option(
        help: .init(
            "Go on this long after the time at which an awaited frame came in the log, and count "
                + "it as late.", valueName: "time"), transform: TimeSpan.parse)
    var waitTimeout = TimeSpan(nanoseconds: 1_000_000_000)

    @Option(
        help: .init("Wait this long for an interface that is down or gone.", valueName: "time"),
        transform: TimeSpan.parse)
    var linkTimeout = TimeSpan(nanoseconds: 10_000_000_000)
}

/// A speed factor as an argument, or `max`.
struct ReplaySpeed: ExpressibleByArgument, CustomStringConvertible {
    var pace: ReplayPace

    init(pace: ReplayPace) {
        self.pace = pace
    }

    init?(argument: String) {
        if argument == "max" {
            pace = .unlimited
            return
        }
        let digits = argument.hasSuffix("x") ? argument.dropLast() : argument[...]
        guard let factor = Double(digits), (0.0001...10_000).contains(factor) else { return nil }
        pace = .factor(factor)
    }

    static let parse = wanted("a factor between 0.0001 and 10000, or max")

    var description: String {
        switch pace {
        case .unlimited: "max"
        case .factor(let factor): factor == 1 ? "1" : "\(factor)"
        }
    }
}

/// An identifier as candump prints it: up to 3 hexadecimal digits standard, 8 extended.
struct AwaitedID: ExpressibleByArgument {
    var identifier: ArbitrationID

    static let parse = wanted("123 (standard, up to 3 digits) or 00000123 (extended, 8 digits)")

    init?(argument: String) {
        guard let identifier = ArbitrationID(candump: argument) else { return nil }
        self.identifier = identifier
    }
}
