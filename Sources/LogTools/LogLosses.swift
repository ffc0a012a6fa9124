public import CANFrame
import CanlogFiles
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
    /// Why a compressed text ends before its end.
    public var textDamage: StreamError?
    /// Bytes behind the end of a `.canlog`, which are not read.
    public var trailingBytes: UInt64 = 0
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
        textDamage = input.textDamage
        trailingBytes = input.summary?.trailingBytes ?? 0
        unknownBlocks = input.summary?.unknownBlocks ?? 0
    }

    /// Whether something that was in the log is not there, or not to be read.
    public var isEmpty: Bool {
        damages.isEmpty && skippedLines == 0 && trailingBytes == 0 && !lacksEnd
    }

    /// Whether the end of the log is missing, with nobody knows how many frames.
    public var lacksEnd: Bool {
        switch state {
        case .journalMissing, .truncated: true
        default: textDamage != nil
        }
    }

    /// One line for each loss and each doubt, for people.
    public var messages: [String] {
        var messages = damages.map { "\(place): \($0)" }
        if let end = state?.missingEnd(of: place) { messages.append("\(end)") }
        if let textDamage { messages.append("\(textDamage); what precedes it was read") }
        if trailingBytes > 0 {
            messages.append(
                "\(place): not read: \(trailingBytes.counting("byte")) behind the log's end, perhaps another log; `tail -c \(trailingBytes)` gives them"
            )
        }
        messages += skipped.map { "\($0); skipped" }
        if skippedLines > UInt64(skipped.count) {
            messages.append(
                "\(place): skipped besides: \((skippedLines - UInt64(skipped.count)).counting("faulty line"))"
            )
        }
        if isLastLineOpen {
            messages.append("\(place): the last line has no line end; its frame may have been cut")
        }
        if unknownBlocks > 0 {
            messages.append(
                "\(place): passed over: \(unknownBlocks.counting("block")) of a later version")
        }
        return messages
    }

    /// What a copy says of a source that was not whole, so that it does not look better.
    func notes(_ words: String, at time: Timestamp) -> FrameBatch {
        var batch = FrameBatch(capacity: 1)
        // A source that is damaged all over is told by its first damages.
        for message in messages.prefix(16) { batch.append(.note(words + message), at: time) }
        if lacksEnd { batch.append(.loss(Loss(cause: .damage, frames: 0)), at: time) }
        return batch
    }
}
