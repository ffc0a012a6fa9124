import CANFrame

/// Gives the rows and events of the journal segments behind the last group, as far as they are
/// wanted.
struct JournalReading<File: ByteSource & ~Copyable>: ~Copyable {
    /// The segments that were there when the log was opened and are not read yet, ascending.
    private var ordinals: [Int]
    private var decoder: JournalDecoder<File>?
    private var scratch: FrameBatch?
    private var hasHeadToTell = false
    /// Rows of the scratch batch that were passed on or left out, and events.
    private var position = GroupCutter.Position()
    private let recording: RecordingID
    private let place: String
    private var nextFrameNumber: UInt64
    /// The ordinal behind the last group or segment.
    private var expectedOrdinal: Int

    init(_ layout: LogLayout, place: String, ordinals: [Int]) {
        recording = layout.metadata.recording
        nextFrameNumber = layout.nextFrameNumber
        expectedOrdinal = Int(layout.nextOrdinal)
        self.ordinals = ordinals
        self.place = place
    }

    var isOpen: Bool { decoder != nil }
    /// The segment that is read, or will be.
    var nextOrdinal: Int? { ordinals.first }

    /// A segment is not there any more.
    mutating func skip(_ ordinal: Int) {
        ordinals.removeAll { $0 == ordinal }
    }

    /// Groups were found behind those that were known: what is in them is not read again.
    mutating func pass(groupsBefore ordinal: UInt32, frame number: UInt64) {
        ordinals.removeAll { $0 < Int(ordinal) }
        expectedOrdinal = max(expectedOrdinal, Int(ordinal))
        nextFrameNumber = max(nextFrameNumber, number)
    }

    /// Starts a segment; false if it is not there any more.
    mutating func begin(
        _ ordinal: Int, of journal: JournalFolder<File>
    ) throws(StreamError) -> Bool {
        guard let file = try journal.open(ordinal) else { return false }
        let place = JournalPlace(
            recording: recording, ordinal: ordinal,
            firstFrameNumber: ordinal == expectedOrdinal ? nextFrameNumber : nil, place: place)
        let decoder = try place.open(file)
        var batch = FrameBatch(capacity: 4_096)
        if let missing = decoder.missingFrames(
            after: nextFrameNumber, expecting: expectedOrdinal)
        {
            let counted = expectedOrdinal > 0 ? missing : 0
            batch.append(
                .loss(Loss(cause: .damage, frames: counted)), at: Timestamp(nanoseconds: 0))
        }
        self.decoder = consume decoder
        scratch = consume batch
        position = GroupCutter.Position()
        hasHeadToTell = true
        expectedOrdinal = ordinal + 1
        return true
    }

    /// Appends what comes next and is wanted to the emptied `batch`; false at the segment's end.
    mutating func read(
        into batch: inout FrameBatch, selection: inout SelectionState
    ) throws(StreamError) -> Bool {
        guard var decoder = decoder.take(), var source = scratch.take() else { return false }
        while batch.isEmpty {
            if position.row >= source.count, position.event >= source.events.count {
                source.removeAll()
                position = GroupCutter.Position()
                guard try decoder.read(into: &source) else {
                    nextFrameNumber = decoder.nextFrameNumber
                    ordinals.removeFirst()
                    return false
                }
                if hasHeadToTell {
                    hasHeadToTell = false
                    let time = source.firstStamp ?? Timestamp(nanoseconds: 0)
                    for channel in decoder.head?.channels ?? [] {
                        if let event = selection.introduction(
                            of: channel.number, channel.description, at: time)
                        {
                            batch.append(event.kind, at: event.timestamp, channel: event.channel)
                        }
                    }
                }
            }
            selection.copy(from: source, at: &position, to: &batch)
        }
        self.decoder = consume decoder
        scratch = consume source
        return true
    }
}

extension FrameBatch {
    /// The stamp of the first row, else of the first event.
    var firstStamp: Timestamp? {
        if count > 0 { return rows[0].timestamp }
        return events.isEmpty ? nil : events[0].timestamp
    }
}

extension SelectionState {
    /// Appends what is wanted of `source` from `position` on to `batch`, until it is full.
    mutating func copy(
        from source: borrowing FrameBatch, at position: inout GroupCutter.Position,
        to batch: inout FrameBatch
    ) {
        let events = source.events
        while true {
            while position.event < events.count,
                events[position.event].rowIndex <= position.row || position.row == source.count
            {
                let event = events[position.event]
                if wants(event) {
                    batch.append(event.kind, at: event.timestamp, channel: event.channel)
                }
                position.event += 1
            }
            guard position.row < source.count, !batch.isFull else { return }
            let row = source.rows[position.row]
            let stamp = row.timestamp.nanoseconds
            if stamp >= earliest, stamp <= latest, wants(row.identifier, on: row.channel) {
                let number = source.firstFrameNumber + UInt64(position.row)
                if batch.count == 0 || number != batch.nextFrameNumber {
                    batch.numberNext(as: number)
                }
                batch.append(frameAt: position.row, of: source)
            }
            position.row += 1
        }
    }
}
