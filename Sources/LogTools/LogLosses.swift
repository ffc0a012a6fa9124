import CANFrame
import CanlogFiles
public import LogFile
public import LogInterchange

/// What a log lacks, as far as it is known when it has been read or opened.
public struct LogLosses: Sendable, Hashable {
    /// Stretches of a `.canlog` that cannot be read.
    public var damages: [LogDamage] = []
    /// How a `.canlog` ends; `nil` for other formats.
    public var state: LogState?
    /// What of a log of another format was not read.
    public var gaps = ReadingGaps()
    /// Bytes behind the end of a `.canlog`, which are not read.
    public var trailingBytes: UInt64 = 0
    /// Blocks that this version does not know.
    public var unknownBlocks: UInt64 = 0
    private let place: String
    /// What a log of this format is made of.
    private let pieces: String

    /// What is known of `input` by now.
    public init(of input: borrowing LogInput) {
        place = input.place
        damages = input.damages
        state = input.state
        gaps = input.gaps
        pieces = input.format.piece
        trailingBytes = input.summary?.trailingBytes ?? 0
        unknownBlocks = input.summary?.unknownBlocks ?? 0
    }

    /// Whether something that was in the log is not there, or not to be read.
    public var isEmpty: Bool {
        damages.isEmpty && gaps.skipped == 0 && trailingBytes == 0 && !lacksEnd
    }

    /// Whether the end of the log is missing, with nobody knows how many frames.
    public var lacksEnd: Bool {
        switch state {
        case .journalMissing, .truncated: true
        default: gaps.damage != nil
        }
    }

    /// One line for each loss and each doubt, for people.
    public var messages: [String] {
        var messages = damages.map { "\(place): \($0)" }
        if let end = state?.missingEnd(of: place) { messages.append("\(end)") }
        if let damage = gaps.damage { messages.append("\(damage); what precedes it was read") }
        if trailingBytes > 0 {
            messages.append(
                "\(place): not read: \(trailingBytes.counting("byte")) behind the log's end, perhaps another log; `tail -c \(trailingBytes)` gives them"
            )
        }
        messages += gaps.firstSkipped.map { "\($0); skipped" }
        let others = gaps.skipped - UInt64(gaps.firstSkipped.count)
        if others > 0 {
            messages.append("\(place): skipped besides: \(others.counting("faulty " + pieces))")
        }
        if gaps.isLastLineOpen {
            messages.append("\(place): the last line has no line end; its frame may have been cut")
        }
        if gaps.otherContent > 0 {
            messages.append(
                "\(place): passed over: \(gaps.otherContent.counting(pieces)) of other kinds than frames of CAN"
            )
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
