public import CANFrame

/// Writes a whole log without a journal: for conversions, where the source can be read again.
///
/// It cuts the groups itself. Frames are numbered from 0, or as their batches say where those leave
/// numbers out: so a frame that is cited by recording and number is the same one in a part of its
/// log, in a copy of a damaged one and among those of other recorders.
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
        var numbers = NumberCursor()
    }

    /// Far below what the format allows, so that the frames behind it have numbers too.
    private static let numberLimit: UInt64 = 1 << 62

    var assembler: LogAssembler
    private(set) var group = FrameBatch(capacity: LogFormat.groupCapacity)
    private(set) var output: [UInt8] = []
    private var highest = Timestamp(nanoseconds: .min)
    /// Whether each recorder numbers its own frames, and the places in the log are numbers of none.
    private let isMerged: Bool
    private var recorders = RecorderTable()
    /// The number that the next frame of each recorder has, if none is left out.
    private var nextNumbers = [UInt64](repeating: 0, count: RecorderTable.size)

    init(metadata: LogMetadata, state: LogHeader.State) throws(LogError) {
        assembler = try LogAssembler(
            metadata: metadata, state: state, effort: .standard, isCompact: true)
        isMerged = !metadata.sources.isEmpty
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
                if case .channel(let description) = event.kind, let channel = event.channel {
                    recorders[channel] = description.recorder
                }
                position.event += 1
            }
            guard position.row < batch.count else { return false }
            let stamp = batch.rows[position.row].timestamp
            if group.isFull { return true }
            if group.count > 0, LogFormat.endsGroup(before: stamp, highest: highest) { return true }
            number(batch, at: &position)
            group.append(frameAt: position.row, of: batch)
            highest = max(highest, stamp)
            position.row += 1
        }
    }

    /// Numbers the next row as `batch` does; a number that steps back, or that no recorder can
    /// reach, is not believed.
    @inline(__always)
    private mutating func number(_ batch: borrowing FrameBatch, at position: inout Position) {
        let told = position.numbers.number(of: position.row, in: batch)
        let recorder =
            isMerged ? RecorderTable.key(recorders[batch.rows[position.row].channel]) : 0
        let next = nextNumbers[recorder]
        let number = told > next && told <= Self.numberLimit ? told : next
        nextNumbers[recorder] = number + 1
        if group.count == 0 || number != group.nextFrameNumber {
            group.numberNext(as: number, place: isMerged ? group.firstFrameNumber : nil)
        }
    }

    /// Encodes the group into ``output`` and starts the next one.
    mutating func close() throws(LogError) {
        try assembler.encode(group, into: &output)
        let next = isMerged ? group.firstFrameNumber + UInt64(group.count) : nextNumbers[0]
        group.removeAll()
        group.firstFrameNumber = next
        highest = Timestamp(nanoseconds: .min)
    }
}
