import CANFrame
import LogFile

/// One of the logs that are merged.
///
/// A class, since an array holds no noncopyable values.
final class MergeSource {
    let place: String
    let metadata: LogMetadata
    let summary: LogSummary
    let frameDigest: [UInt8]?
    /// Added to its stamps to find the order.
    let offset: Int64
    /// The channel numbers and names that it gets.
    var plan = MergePlan.Source()
    private var cursor: MergeCursor

    init(path: String, offset: Int64, program: String) throws(StreamError) {
        var options = LogInputOptions()
        options.importer = program
        let input = try LogInput(path: path, options: options)
        guard let metadata = input.metadata, let summary = input.summary else {
            throw StreamError(place: input.place, cause: "it is no recording")
        }
        let digest = try input.frameDigest()
        place = input.place
        self.metadata = metadata
        self.summary = summary
        self.offset = offset
        frameDigest = digest
        cursor = MergeCursor(input, offset: offset)
    }

    var frames: UInt64 { summary.frames }
    var losses: LogLosses { cursor.losses }
    /// Whose frames are in it.
    var recordings: [RecordingID] {
        metadata.sources.isEmpty
            ? [metadata.recording] : metadata.sources.map(\.metadata.recording)
    }

    /// The moment of what comes next, for the order; `nil` when there is nothing more.
    func key() throws(StreamError) -> Int64? { try cursor.key() }

    /// Moves what comes up to the moment `limit` to the end of `merged`, until that is full.
    func take(upTo limit: Int64, into merged: inout FrameBatch) throws(StreamError) {
        try cursor.take(upTo: limit, into: &merged, plan)
    }
}

/// How far one of the logs has been taken.
private struct MergeCursor: ~Copyable {
    private var input: LogInput
    private let offset: Int64
    private var batch = FrameBatch(capacity: 8_192)
    private var row = 0
    private var event = 0
    private var numbers = NumberCursor()
    private var isEnded = false
    private var hasToldOfNumbers = false

    init(_ input: consuming LogInput, offset: Int64) {
        self.input = input
        self.offset = offset
    }

    var losses: LogLosses { LogLosses(of: input) }

    /// The moment of what comes next, for the order; `nil` when there is nothing more.
    ///
    /// An event waits with the frame behind it, if that is stamped before it.
    mutating func key() throws(StreamError) -> Int64? {
        guard try fill() else { return nil }
        return keyOfNext
    }

    private var keyOfNext: Int64 {
        let stamp = row < batch.count ? batch.rows[row].timestamp.nanoseconds : .max
        guard isEventNext else { return stamp &+ offset }
        return min(stamp, batch.events[event].timestamp.nanoseconds) &+ offset
    }

    private var isEventNext: Bool {
        event < batch.events.count
            && (batch.events[event].rowIndex <= row || row == batch.count)
    }

    /// Reads on where all frames were taken, so that events at the end of a batch know the frame
    /// behind them.
    private mutating func fill() throws(StreamError) -> Bool {
        while needsMore {
            let rest = (event..<batch.events.count).map { batch.events[$0] }
            isEnded = try input.read(into: &batch, waiting: .zero) == .ended
            batch.prepend(rest)
            (row, event, numbers) = (0, 0, NumberCursor())
            if !batch.isNumbered, batch.count > 0 { tellOfNumbers() }
        }
        return row < batch.count || event < batch.events.count
    }

    private var needsMore: Bool {
        row == batch.count && !isEnded && batch.events.count - event < Self.eventLimit
    }

    /// A bus may be idle for hours.
    private static let eventLimit = 4_096

    private mutating func tellOfNumbers() {
        guard !hasToldOfNumbers else { return }
        hasToldOfNumbers = true
        let note =
            "\(input.place) is damaged here, so that numbers of its frames that follow are guessed"
        batch.insert(
            BusEvent(
                rowIndex: 0, timestamp: batch.rows[0].timestamp, channel: nil, kind: .note(note)))
    }

    /// Moves what comes up to the moment `limit` to the end of `merged`, until that is full.
    mutating func take(
        upTo limit: Int64, into merged: inout FrameBatch, _ plan: MergePlan.Source
    ) throws(StreamError) {
        while !merged.isFull, merged.events.count < merged.capacity {
            // At the end of a batch events wait for the frame behind them.
            guard !needsMore, row < batch.count || event < batch.events.count,
                keyOfNext <= limit
            else { return }
            if isEventNext {
                try append(batch.events[event], to: &merged, plan)
                event += 1
                continue
            }
            merged.numberNext(as: numbers.number(of: row, in: batch))
            let channel = plan.channels[Int(batch.rows[row].channel)]
            guard let channel else { throw unknownChannel(batch.rows[row].channel) }
            merged.append(frameAt: row, of: batch)
            var rows = merged.mutableRows
            rows[rows.count - 1].channel = channel
            row += 1
        }
    }

    private func append(
        _ event: BusEvent, to merged: inout FrameBatch, _ plan: MergePlan.Source
    ) throws(StreamError) {
        guard let number = event.channel else {
            merged.append(event.kind, at: event.timestamp, channel: plan.recorder)
            return
        }
        guard let channel = plan.channels[Int(number)] else { throw unknownChannel(number) }
        var kind = event.kind
        if case .channel(let description) = kind {
            kind = .channel(plan.renamed(description, of: channel))
        }
        merged.append(kind, at: event.timestamp, channel: channel)
    }

    private func unknownChannel(_ number: UInt8) -> StreamError {
        StreamError(
            place: input.place,
            cause: "it has something of channel \(number), which it does not describe",
            remedy: "`canlog verify` says whether it is damaged")
    }
}
