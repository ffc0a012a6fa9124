import ArgumentParser
import CANFrame
import LogTools

/// Which frames of a log are wanted.
struct SelectionOptions: ParsableArguments {
    @Option(
        help: .init(
            "Frames from this time on: 2026-11-22T09:30:00Z, 1700000000.5 in Unix seconds, or +12.5 "
                + "seconds after the first frame.", valueName: "time"))
    var from: TimeArgument?

    @Option(help: .init("Frames up to this time.", valueName: "time"))
    var to: TimeArgument?

    @Option(
        help: .init(
            "Only frames with these IDs: 123 standard, 00000123 extended, 100-1FF a range, 'error', "
                + "'remote'; several with commas.", valueName: "ids"))
    var only: [PatternArgument] = []

    @Option(help: .init("No frames with these IDs.", valueName: "ids"))
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
        guard (1...2).contains(bounds.count), let first = identifier(bounds[0]),
            let last = identifier(bounds[bounds.count - 1]),
            first.isExtended == last.isExtended, first.value <= last.value
        else { return nil }
        return .identifiers(first.value...last.value, isExtended: first.isExtended)
    }

    /// Up to 3 hexadecimal digits are a standard, 8 an extended identifier.
    private static func identifier(_ text: Substring) -> ArbitrationID? {
        guard text.first?.isHexDigit == true, let value = UInt32(text, radix: 16) else {
            return nil
        }
        switch text.count {
        case 1...3: return ArbitrationID(standard: value)
        case 8: return ArbitrationID(extended: value)
        default: return nil
        }
    }
}
