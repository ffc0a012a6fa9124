public import CANFrame
import LocalFiles
public import LogFile

/// Gives the frames of a log one after another.
///
/// ```swift
/// var frames = try log.frames()
/// while let frame = try frames.next() { print(frame.timestamp, frame.identifier) }
/// ```
public struct FrameCursor: ~Copyable {
    private var reader: LogReader<ReadableFile>
    private var batch: FrameBatch
    private var nextRow = 0
    private var nextEvent = 0
    private var hasEnded = false
    private var names: [UInt8: String] = [:]
    private var losses: LossWatch

    init(_ reader: consuming LogReader<ReadableFile>, losses: LossWatch) {
        self.reader = reader
        batch = FrameBatch(capacity: 4_096)
        self.losses = losses
    }

    /// What could not be read so far.
    public var damages: [LogDamage] { reader.damages }

    /// The next frame that is wanted; `nil` behind the last one.
    ///
    /// It throws where the log cannot be read further; and behind the last frame, once, if
    /// something of the log could not be read and that was not accepted.
    public mutating func next() throws(StreamError) -> LoggedFrame? {
        while nextRow >= batch.count {
            guard !hasEnded else { return nil }
            noteChannels(before: .max)
            nextRow = 0
            nextEvent = 0
            if try reader.read(into: &batch, waiting: .zero) == .ended {
                hasEnded = true
                batch.removeAll()
                try losses.check(end: reader)
                return nil
            }
            losses.note(batch)
        }
        noteChannels(before: nextRow)
        let frame = batch.frame(at: nextRow)
        let number = batch.isNumbered ? batch.frameNumber(at: nextRow) : nil
        nextRow += 1
        let name = names[frame.channel] ?? "channel \(frame.channel)"
        return LoggedFrame(number: number, interface: name, frame: frame)
    }

    /// Throws what was lost among the frames so far: for who ends before the log does.
    mutating func checkLosses() throws(StreamError) { try losses.check() }

    private mutating func noteChannels(before row: Int) {
        while nextEvent < batch.events.count, batch.events[nextEvent].rowIndex <= row {
            let event = batch.events[nextEvent]
            if case .channel(let description) = event.kind, let channel = event.channel {
                names[channel] = description.interface
            }
            nextEvent += 1
        }
    }
}

/// The frames of a log for a `for` loop; once.
///
/// A loop cannot throw where the log is damaged: ``CANLog/read(_:acceptsDamage:_:)``, which lends
/// these frames, does so behind it.
public final class LoggedFrames: Sequence, IteratorProtocol {
    private var cursor: FrameCursor
    private var failure: StreamError?

    init(_ cursor: consuming FrameCursor) {
        self.cursor = cursor
    }

    public func next() -> LoggedFrame? {
        guard failure == nil else { return nil }
        do throws(StreamError) { return try cursor.next() } catch {
            failure = error
            return nil
        }
    }

    /// What could not be read so far.
    public var damages: [LogDamage] { cursor.damages }

    /// Throws why the loop ended early, or what it did not see.
    func check() throws(StreamError) {
        if let failure { throw failure }
        try cursor.checkLosses()
    }
}
