import ArgumentParser
import CANFrame
import CanlogFiles
import LogTools

/// Which frames of a log are wanted.
struct SelectionOptions: ParsableArguments {
    @Option(
        help: .init(
            "Frames from this time on: 2026-11-22T09:30:00 in UTC, or with a zone as +02:00; "
                + "1700000000.5 in Unix seconds; or +12.5 seconds after the first frame.",
            valueName: "time"), transform: TimeArgument.parse)
    var from: TimeArgument?

    @Option(
        help: .init("Frames up to this time.", valueName: "time"), transform: TimeArgument.parse)
    var to: TimeArgument?

    @Option(
        help: .init(
            "Only frames with these IDs: 123 standard, 00000123 extended, 100-1FF a range, 'error', "
                + "'remote'; several with commas.", valueName: "ids"),
        transform: PatternArgument.parse)
    var only: [PatternArgument] = []

    @Option(
        help: .init("No frames with these IDs.", valueName: "ids"),
        transform: PatternArgument.parse)
    var except: [PatternArgument] = []

    @Option(
        help: .init("Only frames of this interface; may be repeated.", valueName: "interface"))
    var channel: [String] = []

    /// The selection as the tools take it.
    var selection: LogSelection {
        var selection = LogSelection()
        selection.from = from?.bound
        selection.to = to?.bound
        selection.only = only.flatMap(\.patterns)
        selection.except = except.flatMap(\.patterns)
        selection.interfaces = channel
        return selection
    }
}

/// A moment as an argument: a date, Unix seconds, or seconds after the log's first frame.
struct TimeArgument: ExpressibleByArgument {
    var bound: TimeBound

    static let parse = wanted(
        "2026-11-22T09:30:00 (UTC, or with Z or a zone as +02:00), 1700000000.5, or +12.5")

    init?(argument: String) {
        if argument.hasPrefix("+") {
            guard let distance = Self.nanoseconds(argument.dropFirst()) else { return nil }
            bound = .afterStart(distance)
        } else if let nanoseconds = Self.nanoseconds(argument[...]) {
            bound = .absolute(Timestamp(nanoseconds: nanoseconds))
        } else if let moment = UTCTime(argument)?.timestamp {
            bound = .absolute(moment)
        } else {
            return nil
        }
    }

    /// Seconds with at most nine decimals, exactly.
    private static func nanoseconds(_ text: Substring) -> Int64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), isNumber(parts[0]),
            let seconds = Int64(parts[0]), seconds < 9_223_372_036
        else { return nil }
        guard parts.count == 2 else { return seconds * 1_000_000_000 }
        let digits = parts[1] + String(repeating: "0", count: max(0, 9 - parts[1].count))
        guard digits.count == 9, isNumber(digits), let fraction = Int64(digits) else { return nil }
        return seconds * 1_000_000_000 + fraction
    }

    private static func isNumber(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}

/// Identifiers as an argument, as candump prints them; ranges; kinds of frames.
struct PatternArgument: ExpressibleByArgument {
    var patterns: [FrameSelection.Pattern]

    static let parse = wanted(
        "123 (standard, up to 3 digits), 00000123 (extended, 8 digits), 100-1FF, error or remote, with commas between them"
    )

    init?(argument: String) {
        patterns = []
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            guard let pattern = Self.pattern(part) else { return nil }
            patterns.append(pattern)
        }
    }

    private static func pattern(_ text: Substring) -> FrameSelection.Pattern? {
        switch text {
        case "error": return .errorFrames
        case "remote": return .remoteFrames
        default: break
        }
        let bounds = text.split(separator: "-", omittingEmptySubsequences: false)
        guard (1...2).contains(bounds.count), let first = ArbitrationID(candump: bounds[0]),
            let last = ArbitrationID(candump: bounds[bounds.count - 1]),
            first.isExtended == last.isExtended, first.value <= last.value
        else { return nil }
        return .identifiers(first.value...last.value, isExtended: first.isExtended)
    }
}

extension TimeBound {
    /// Whether it is earlier in every log; `false` where that is the log's to say.
    func isBefore(_ other: TimeBound) -> Bool {
        switch (self, other) {
        case (.absolute(let own), .absolute(let their)): own.nanoseconds < their.nanoseconds
        case (.afterStart(let own), .afterStart(let their)): own < their
        default: false
        }
    }
}
