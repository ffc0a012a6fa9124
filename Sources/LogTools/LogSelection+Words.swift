import CANFrame
import CanlogFiles

extension LogSelection {
    /// The selection in the words of the command, with times as dates: what a log that was cut
    /// says of itself.
    func words(start: Timestamp?, without removed: String) -> String {
        let selection = resolved(start: start ?? Timestamp(nanoseconds: 0))
        var words: [String] = []
        if let from = selection.from { words.append("--from " + from.date) }
        if let to = selection.to { words.append("--to " + to.date) }
        if !only.isEmpty { words.append("--only " + Self.words(only)) }
        if !except.isEmpty { words.append("--except " + Self.words(except)) }
        words += interfaces.map { "--channel " + $0 }
        if !removed.isEmpty { words.append("--without " + removed) }
        return words.isEmpty ? "everything" : words.joined(separator: " ")
    }

    private static func words(_ patterns: [FrameSelection.Pattern]) -> String {
        patterns.map { pattern in
            switch pattern {
            case .errorFrames: "error"
            case .remoteFrames: "remote"
            case .identifiers(let range, let isExtended):
                range.count == 1
                    ? hexadecimal(range.lowerBound, isExtended)
                    : hexadecimal(range.lowerBound, isExtended) + "-"
                        + hexadecimal(range.upperBound, isExtended)
            }
        }.joined(separator: ",")
    }

    private static func hexadecimal(_ number: UInt32, _ isExtended: Bool) -> String {
        let digits = String(number, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, (isExtended ? 8 : 3) - digits.count)) + digits
    }
}

extension Timestamp {
    /// As `--from` takes it, to the nanosecond where that is needed.
    fileprivate var date: String {
        UTCTime(self).text(fractionDigits: nanoseconds.isMultiple(of: 1_000) ? 6 : 9)
    }
}
