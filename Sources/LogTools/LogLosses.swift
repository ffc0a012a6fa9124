public import CANFrame
public import LogFile

/// What a log lacks, as far as it is known when it has been read or opened.
public struct LogLosses: Sendable, Hashable {
    /// Stretches of a `.canlog` that cannot be read.
    public var damages: [LogDamage] = []
    /// How a `.canlog` ends; `nil` for text.
    public var state: LogState?
    /// Faulty lines of text that were skipped.
    public var skippedLines: UInt64 = 0
    /// The first of them, with place and cause.
    public var skipped: [StreamError] = []
    /// The last line of a text has no line end, so that it may have been cut.
    public var isLastLineOpen = false
    /// Blocks that this version does not know.
    public var unknownBlocks: UInt64 = 0
    private let place: String

    /// What is known of `input` by now.
    public init(of input: borrowing LogInput) {
        place = input.place
        damages = input.damages
        state = input.state
        skippedLines = input.skippedLines
        skipped = input.skipped
        isLastLineOpen = input.isLastLineOpen
        unknownBlocks = input.summary?.unknownBlocks ?? 0
    }

    /// Whether something that was in the log is not there, or not to be read.
    public var isEmpty: Bool {
        guard damages.isEmpty && skippedLines == 0 else { return false }
        switch state {
        case .journalMissing, .truncated: return false
        default: return true
        }
    }

    /// One line for each loss and each doubt, for people.
    public var messages: [String] {
        var messages = damages.map { "\(place): \($0)" }
        switch state {
        case .journalMissing(let from):
            let since = from.map { " after " + UTCTime($0).text(fractionDigits: 6) } ?? ""
            messages.append(
                "\(place): the recording was not closed and its journal is not there: frames\(since) are missing; copy \(place).journal-* beside it"
            )
        case .truncated: messages.append("\(place): the file was cut off: its end is missing")
        default: break
        }
        messages += skipped.map { "\($0); skipped" }
        if skippedLines > UInt64(skipped.count) {
            messages.append(
                "\(place): \(skippedLines - UInt64(skipped.count)) more faulty lines were skipped")
        }
        if isLastLineOpen {
            messages.append("\(place): the last line has no line end; its frame may have been cut")
        }
        if unknownBlocks > 0 {
            messages.append(
                "\(place): \(unknownBlocks) blocks of a later version were passed over")
        }
        return messages
    }
}
