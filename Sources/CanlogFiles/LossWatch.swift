import CANFrame
import LocalFiles
import LogFile

/// Notes what of a log could not be read, and throws it once: nobody takes a part for the whole.
struct LossWatch {
    private let place: String
    private var frames: UInt64 = 0
    private var hasLost = false
    private var isTold: Bool

    /// `isAccepted`: whoever reads asks for the damages himself.
    init(place: String, isAccepted: Bool) {
        self.place = place
        isTold = isAccepted
    }

    /// Notes the losses that stand among the frames of a batch.
    mutating func note(_ batch: borrowing FrameBatch) {
        for index in batch.events.indices {
            guard case .loss(let loss) = batch.events[index].kind, loss.cause == .damage else {
                continue
            }
            hasLost = true
            frames += min(loss.frames, .max - frames)
        }
    }

    /// Throws what was noted so far, once: reading ended before the log did.
    mutating func check() throws(StreamError) {
        guard hasLost, !isTold else { return }
        isTold = true
        throw StreamError(
            place: place,
            cause: "\(frames.counting("frame")) could not be read: the log is damaged",
            remedy: Self.remedy)
    }

    /// Throws what a log lacks that was read to its end, once.
    mutating func check(end reader: borrowing LogReader<ReadableFile>) throws(StreamError) {
        guard !isTold else { return }
        isTold = true
        if let damage = reader.damages.first {
            let others = reader.damages.count - 1
            throw StreamError(
                place: place,
                cause: "\(damage)" + (others > 0 ? ", and \(others) more of the kind" : ""),
                remedy: Self.remedy)
        }
        if let end = reader.state.missingEnd(of: place) { throw end }
        let trailing = reader.summary.trailingBytes
        if trailing > 0 {
            throw StreamError(
                place: place,
                cause: "\(trailing.counting("byte")) behind the log's end, perhaps another log",
                remedy: Self.remedy)
        }
        isTold = false
        try check()
    }

    private static let remedy =
        "all else was read; `canlog verify` names each damage; acceptsDamage: true reads without this"
}
