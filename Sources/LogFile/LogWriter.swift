public import CANFrame

/// Writes a whole log without a journal: for conversions, where the source can be read again.
///
/// It cuts the groups itself. Frames are numbered from 0, or as their batches say where those leave
/// numbers out: so a frame that is cited by recording and number is the same one in a copy of a
/// damaged log.
public struct LogWriter<File: ByteSink & ~Copyable>: FrameSink, ~Copyable {
    private var file: File
    private var groups: GroupCutter
    private let place: String

    /// Writes the header of a log to an empty `file`, which messages call `place`.
    public init(
        file: consuming File, metadata: LogMetadata, place: String
    ) throws(StreamError) {
        var file = file
        let state: LogHeader.State = file.canOverwrite ? .recording : .streamed
        let groups = try LogError.streaming(at: place) { () throws(LogError) in
            try GroupCutter(metadata: metadata, state: state)
        }
        let header = groups.assembler.header
        try file.append(header.span)
        self.file = file
        self.groups = groups
        self.place = place
    }

    public mutating func write(_ batch: borrowing FrameBatch) throws(StreamError) {
        var position = GroupCutter.Position()
        while groups.take(from: batch, at: &position) { try writeGroup() }
    }

    private mutating func writeGroup() throws(StreamError) {
        do throws(LogError) { try groups.close() } catch {
            throw error.streamError(place: place)
        }
        let block = groups.output
        try file.append(block.span)
    }

    /// Writes the last group, the index and the footer, and says in the header that this is all.
    public mutating func finish() throws(StreamError) {
        if !groups.group.isEmpty { try writeGroup() }
        let (tail, closedState) = groups.assembler.finish()
        try file.append(tail.span)
        if file.canOverwrite {
            try file.overwrite(closedState.bytes.span, at: closedState.offset)
        }
    }

    /// The file, after ``finish()``.
    public consuming func intoFile() -> File { file }
}

/// Collects rows and events until a group is full, and encodes it.
///
/// Not generic, so that the work per frame is compiled once and well.
struct GroupCutter: ~Copyable {
    /// How far a batch has been taken.
    struct Position {
        var row = 0
        var event = 0
    }

    /// Far below what the format allows, so that the frames behind it have numbers too.
    private static let numberLimit: UInt64 = 1 << 62

    var assembler: LogAssembler
    private(set) var group = FrameBatch(capacity: LogFormat.groupCapacity)
    private(set) var output: [UInt8] = []
    private var highest = Timestamp(nanoseconds: .min)

    init(metadata: LogMetadata, state: LogHeader.State) throws(LogError) {
        assembler = try LogAssembler(
            metadata: metadata, state: state, effort: .standard, isCompact: true)
    }

    /// Takes from `batch` until the group must be closed (true) or the batch ends (false).
    mutating func take(from batch: borrowing FrameBatch, at position: inout Position) -> Bool {
        let events = batch.events
        while true {
            while position.event < events.count,
                events[position.event].rowIndex <= position.row || position.row == batch.count
            {
                if group.events.count >= LogFormat.groupEventCapacity { return true }
                let event = events[position.event]
                group.append(event.kind, at: event.timestamp, channel: event.channel)
                position.event += 1
            }
            guard position.row < batch.count else { return false }
            let stamp = batch.rows[position.row].timestamp
            if group.isFull { return true }
            if group.count > 0, LogFormat.endsGroup(before: stamp, highest: highest) { return true }
            // Within a batch none are left out.
            if position.row == 0, let number = jumpedNumber(of: batch) {
                if group.count > 0 { return true }
                group.firstFrameNumber = number
            }
            group.append(frameAt: position.row, of: batch)
            highest = max(highest, stamp)
            position.row += 1
        }
    }

    /// The number of the first row, if numbers before it are left out; one that steps back, or that
    /// no recorder can reach, is not believed.
    private func jumpedNumber(of batch: borrowing FrameBatch) -> UInt64? {
        let number = batch.firstFrameNumber
        let next = group.firstFrameNumber + UInt64(group.count)
        return number > next && number <= Self.numberLimit ? number : nil
    }

    /// Encodes the group into ``output`` and starts the next one.
    mutating func close() throws(LogError) {
        try assembler.encode(group, into: &output)
        let next = group.firstFrameNumber + UInt64(group.count)
        group.removeAll()
        group.firstFrameNumber = next
        highest = Timestamp(nanoseconds: .min)
    }
}
