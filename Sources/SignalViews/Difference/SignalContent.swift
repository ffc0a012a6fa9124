import CANFrame
import LogTools
import SignalDatabase

/// What values the signals of a log had.
struct SignalContent: Sendable {
    /// A signal of an identifier on an interface: a message of J1939 may have several senders.
    struct Key: Hashable, Sendable {
        var interface: String
        var identifier: PackedID
        var message: String
        var signal: String
    }

    /// The values of one signal.
    struct Values: Sendable {
        /// More distinct values than this are told as a range.
        static let mostDistinct = 32

        let signal: Signal
        private(set) var least = Double.infinity
        private(set) var greatest = -Double.infinity
        /// Physical values by raw bits; empty once there were too many.
        private(set) var distinct: [UInt64: Double] = [:]
        private(set) var isRange = false
        private var latest: UInt64?

        init(_ signal: Signal) {
            self.signal = signal
        }

        mutating func add(_ value: SignalValue) {
            guard value.state.isPresent, value.physical.isFinite, value.rawBits != latest else {
                return
            }
            latest = value.rawBits
            least = min(least, value.physical)
            greatest = max(greatest, value.physical)
            guard !isRange else { return }
            distinct[value.rawBits] = value.physical
            if distinct.count > Self.mostDistinct {
                isRange = true
                distinct = [:]
            }
        }
    }

    private(set) var values: [Key: Values] = [:]

    /// Decodes all signals of the log at `path`.
    init(
        path: String, databases: BoundDatabases, reading: LogInputOptions,
        progress: (Double?) -> Void
    ) throws(StreamError) {
        let input = try LogInput(path: path, options: reading)
        var reader = SignalReader(input, databases: databases, selection: .everything)
        var batch = SignalBatch()
        var gathered: [[Values]] = []
        while try reader.read(into: &batch) {
            for index in gathered.count..<reader.streams.count {
                let stream = reader.streams[index]
                let message = databases.databases[stream.database].database.messages[stream.message]
                gathered.append(
                    stream.places.map { Values(message.signals[$0]) })
            }
            Self.take(batch, reader.streams, &gathered)
            progress(reader.fraction)
        }
        for (stream, signals) in zip(reader.streams, gathered) {
            let message = databases.databases[stream.database].database.messages[stream.message]
            for found in signals {
                let key = Key(
                    interface: stream.interface, identifier: stream.identifier,
                    message: message.longName,
                    signal: found.signal.longName)
                values[key] = found
            }
        }
    }

    private static func take(
        _ batch: borrowing SignalBatch, _ streams: [SignalStream], _ gathered: inout [[Values]]
    ) {
        for index in batch.rows.indices {
            let row = batch.rows[index]
            let values = batch.values(of: row, count: streams[row.stream].places.count)
            for place in values.indices { gathered[row.stream][place].add(values[place]) }
        }
    }
}
