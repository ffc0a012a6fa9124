import CANFrame
import CANTransport
import SignalDatabase

/// What decodes the frames of one interface of a log.
struct ChannelDecoder: ~Copyable {
    private var decoder: LiveDecoder
    private var transport = J1939Transport()
    /// Whether the database has messages of J1939, which may be longer than a frame.
    private let isJ1939: Bool
    /// The reader's stream of each of the decoder's; `none` where nothing of it is wanted.
    private var streams: [Int] = []

    static let none = -1
    /// It is not known yet whether something of the stream is wanted.
    static let unknown = -2

    init(_ bound: BoundDatabase) {
        decoder = LiveDecoder(bound.plan)
        isJ1939 = bound.isJ1939
    }

    /// Streams beyond the maximum, which are not decoded.
    var refusedStreams: Int { decoder.refusedStreams }

    var transportFailures: J1939FailureCounts { transport.failureCounts }

    /// Decodes a frame: the decoder's stream; `nil` if the database has no such message.
    @inline(__always)
    mutating func decode(_ row: FrameRow, longPayload: Span<UInt8>) -> Int? {
        let stream = decoder.decode(row, longPayload: longPayload)
        if let stream, stream >= streams.count { makeRoom(for: stream) }
        return stream
    }

    /// Whether a frame belongs to a longer message.
    @inline(__always)
    func isPart(_ row: FrameRow) -> Bool {
        isJ1939 && J1939Transport.carries(row.identifier)
    }

    /// Takes a frame that belongs to a longer message: the stream and identifier of the one that it
    /// completed.
    mutating func reassemble(
        _ row: FrameRow, at time: Int64
    ) -> (stream: Int, identifier: PackedID)? {
        guard transport.take(row, at: time), let message = transport.message else { return nil }
        let identifier = message.identifier
        guard let stream = Self.decode(transport, identifier, by: &decoder) else { return nil }
        if stream >= streams.count { makeRoom(for: stream) }
        return (stream, identifier)
    }

    /// Both are arguments, so that one is read while the other changes.
    private static func decode(
        _ transport: borrowing J1939Transport, _ identifier: PackedID,
        by decoder: inout LiveDecoder
    ) -> Int? {
        let payload = transport.payload
        return decoder.decode(payload, of: identifier)
    }

    /// Says that there are no more frames.
    mutating func finish(at time: Timestamp) { transport.finish(at: time) }

    @inline(never)
    private mutating func makeRoom(for stream: Int) {
        streams += repeatElement(Self.unknown, count: stream + 1 - streams.count)
    }

    /// The reader's stream of one of the decoder's.
    @inline(__always)
    func stream(of stream: Int) -> Int { streams[stream] }

    mutating func setStream(of stream: Int, to known: Int) { streams[stream] = known }

    func messageStream(_ stream: Int) -> MessageStream { decoder.streams[stream] }

    /// Appends the wanted values of a stream that was just decoded; false, and nothing is appended,
    /// if the frame carries none of them.
    @inline(__always)
    func append(_ stream: Int, _ places: [Int], to batch: inout SignalBatch) -> Bool {
        let first = batch.storedValues.count
        let values = decoder.values(of: stream)
        var isCarried = false
        for place in places {
            let value = values[place]
            isCarried = isCarried || value.state != .absent
            batch.storedValues.append(value)
        }
        guard isCarried else {
            batch.storedValues.removeLast(places.count)
            return false
        }
        for _ in places { batch.storedChanges.append(false) }
        let changed = decoder.changedSignals
        for index in changed.indices {
            let place = Int(changed[index])
            if places.count == values.count {
                batch.storedChanges[first + place] = true
            } else if let wanted = places.firstIndex(of: place) {
                batch.storedChanges[first + wanted] = true
            }
        }
        return true
    }
}

/// A channel with its decoder, which is found by the channel's number.
final class DecodedChannel {
    let interface: String
    /// The database among those that are bound.
    let database: Int
    var decoder: ChannelDecoder

    init(interface: String, database index: Int, of databases: BoundDatabases) {
        self.interface = interface
        database = index
        decoder = ChannelDecoder(databases.databases[index])
    }
}
