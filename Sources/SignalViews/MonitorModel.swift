public import CANFrame
import SignalDatabase

/// What a monitor knows: all that came in batches, by identifier, with the values in it.
///
/// It has no clock and prints nothing. A copy is a picture of the moment.
public struct MonitorModel: Sendable {
    /// Identifiers that are shown at most; the frames of further ones are counted.
    public static let maximumStreams = 8_192

    public private(set) var traffic: TrafficCounter
    /// The databases by which signals are shown.
    public let databases: BoundDatabases?
    /// One for each of the streams of ``traffic``.
    private(set) var streams: [MonitoredStream] = []
    private var values: [SignalValue]

    public init(databases: BoundDatabases? = nil, rates: [GivenRate] = []) {
        var options = TrafficCounter.Options()
        options.rates = rates
        options.maximumStreams = Self.maximumStreams
        traffic = TrafficCounter(options, expectations: databases?.expectations)
        self.databases = databases
        let most = databases?.databases.flatMap { $0.database.messages.map(\.signals.count) }.max()
        values = Array(repeating: .unknown, count: most ?? 0)
    }

    /// Takes what is in `batch` from `place` on up to bus time `limit`, and moves `place` on; true if
    /// that was all.
    public mutating func take(
        _ batch: borrowing FrameBatch, from place: inout BatchPlace, until limit: Int64 = .max
    ) -> Bool {
        let first = place.row
        let isAll = traffic.take(batch, from: &place, until: limit)
        while streams.count < traffic.streams.count { add(traffic.streams[streams.count]) }
        for offset in traffic.rowStreams.indices {
            let stream = Int(traffic.rowStreams[offset])
            guard stream >= 0 else { continue }
            let row = batch.rows[first + offset]
            let time = traffic.rowTimes[offset]
            let differs = streams[stream].take(
                row, longPayload: batch.longPayload(at: first + offset), at: time)
            if differs { decode(stream, at: time) }
        }
        return isAll
    }

    /// Takes a whole batch.
    public mutating func take(_ batch: borrowing FrameBatch) {
        var place = BatchPlace()
        _ = take(batch, from: &place)
    }

    /// Tells how late it is in bus time, where nothing comes that would tell it.
    public mutating func advance(to time: Int64) {
        traffic.advance(to: time)
    }

    /// The same on the monotonic clock that the source's clock ties are of.
    public mutating func advance(toMonotonic time: Int64) {
        traffic.advance(toMonotonic: time)
    }

    /// The message of a stream, if its database has one.
    func message(of stream: StreamTraffic) -> Message? {
        guard let database = stream.expectation.database, let message = stream.expectation.message
        else { return nil }
        return databases?.databases[database].database.messages[message]
    }

    private mutating func add(_ stream: StreamTraffic) {
        let message = message(of: stream)
        var words = [traffic.channel(stream.channel)?.interface ?? "", "\(stream.identifier)"]
        if let message {
            words += [message.name, message.longName]
            words += message.signals.map(\.longName)
        }
        streams.append(
            MonitoredStream(
                searchText: words.joined(separator: "\n").lowercased(),
                signals: message?.signals.count ?? 0))
    }

    private mutating func decode(_ stream: Int, at time: Int64) {
        let expectation = traffic.streams[stream].expectation
        guard let database = expectation.database, let message = expectation.message,
            let plan = databases?.databases[database].plan
        else { return }
        Self.decode(plan, message, into: &values, &streams[stream], at: time)
    }

    private static func decode(
        _ plan: DecodePlan, _ message: Int, into values: inout [SignalValue],
        _ stream: inout MonitoredStream, at time: Int64
    ) {
        let payload = stream.payload
        decode(payload.span.extracting(first: Int(stream.length)), plan, message, &values)
        stream.take(values.span.extracting(first: stream.signals.count), at: time)
    }

    private static func decode(
        _ payload: Span<UInt8>, _ plan: DecodePlan, _ message: Int, _ values: inout [SignalValue]
    ) {
        var places = values.mutableSpan
        plan.decode(payload, ofMessage: message, into: &places)
    }
}

extension BoundDatabases {
    /// What the database of an interface says of an identifier.
    var expectations: TrafficCounter.Expectations {
        { interface, identifier in
            var expectation = StreamExpectation()
            guard let index = self.index(forInterface: interface) else { return expectation }
            expectation.database = index
            let bound = self.databases[index]
            guard let place = bound.plan.messageIndex(of: identifier) else { return expectation }
            let message = bound.database.messages[place]
            expectation.message = place
            let cycle = min(message.cycleTimeMilliseconds ?? 0, Message.maximumCycleTime)
            expectation.cycle = Int64((cycle * 1e6).rounded())
            // What a transport protocol carries has another length in each of its frames.
            if message.length <= 64 { expectation.length = message.length }
            return expectation
        }
    }
}
