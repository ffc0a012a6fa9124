public import CANFrame
public import LogTools
import SignalDatabase

/// How two logs differ, as an engineer would ask.
public struct LogDifference: Sendable {
    /// What an identifier of both logs has otherwise.
    public enum Change: Sendable {
        /// The mean period in nanoseconds.
        case period(first: Double, second: Double)
        case lengths(first: String, second: String)
        case formats(first: String, second: String)
        /// A byte of the payload, counted from 0.
        case byte(index: Int, first: ByteSet, second: ByteSet)
        /// A signal; texts of its values or its range.
        case signal(name: String, first: String, second: String)
    }

    /// An identifier of both logs that changed.
    public struct Stream: Sendable {
        public var key: StreamKey
        /// The database's name of the message.
        public var message: String?
        public var changes: [Change]
    }

    /// An identifier that is in one log only.
    public struct Single: Sendable {
        public var key: StreamKey
        public var frames: UInt64
        public var message: String?
    }

    /// What is to be compared, and how closely.
    public struct Options: Sendable {
        /// How far a period may be from the other, as a part of it.
        public var tolerance = 0.1
        /// How far stamps of the same frames may be apart, beside a constant offset, in nanoseconds.
        public var apart: Int64 = 1_000_000
        public var reading = LogInputOptions()

        public init() {}
    }

    /// Periods of fewer intervals are not compared.
    static let leastIntervals: UInt64 = 5

    public let places: (first: String, second: String)
    public let frames: (first: UInt64, second: UInt64)
    /// Interfaces of the second log that stand for others of the first, since there are as many.
    public let partners: [(first: String, second: String)]
    public private(set) var only: (first: [Single], second: [Single]) = ([], [])
    public private(set) var streams: [Stream] = []
    public private(set) var errorFrames: (first: UInt64, second: UInt64)
    public let order: FrameOrder
    public let isApart: Bool
    public let losses: [LogLosses]

    /// Compares the logs at both paths, which are files, in bounded memory.
    public init(
        _ first: String, _ second: String, databases: BoundDatabases?, options: Options,
        progress: (Double?, UInt64) -> Void
    ) throws(StreamError) {
        let (left, leftLosses) = try Self.content(of: first, options, progress)
        var (right, rightLosses) = try Self.content(of: second, options, progress)
        let pairs = Self.partners(left.interfaces, right.interfaces)
        let partner = Dictionary(pairs.map { ($0.first, $0.second) }) { one, _ in one }
        right.rename(Dictionary(pairs.map { ($0.second, $0.first) }) { one, _ in one })
        order = try FrameOrder.compare(first, second, options.reading, partner: partner) {
            progress($0, left.frames)
        }
        isApart = order.apart > options.apart
        places = (left.place, right.place)
        frames = (left.frames, right.frames)
        partners = pairs.filter { $0.first != $0.second }
        errorFrames = (
            left.errorFrames.values.reduce(0, +), right.errorFrames.values.reduce(0, +)
        )
        losses = [leftLosses, rightLosses]
        // The same frames in the same order have the same payloads.
        let isSameOrder = order.departure == nil
        var signals: SignalComparison?
        if let databases, !isSameOrder {
            signals = try SignalComparison(
                first, second, databases, options.reading, partner: partner
            ) { progress($0, left.frames) }
        }
        let names = MessageNames(databases)
        compare(left, right, isSameOrder, signals, names, options)
    }

    private static func content(
        of path: String, _ options: Options, _ progress: (Double?, UInt64) -> Void
    ) throws(StreamError) -> (LogContent, LogLosses) {
        var log = try ComparedLog(path: path, options: options.reading)
        while try log.step() { progress(log.fraction, log.traffic.frames) }
        return (log.content(), log.losses)
    }

    /// Interfaces of the same name belong together; of the others the first to the first, where there
    /// are as many.
    static func partners(
        _ first: [String], _ second: [String]
    ) -> [(first: String, second: String)] {
        let shared = Set(first).intersection(second)
        var pairs = first.filter(shared.contains).map { (first: $0, second: $0) }
        let (left, right) = (
            first.filter { !shared.contains($0) }, second.filter { !shared.contains($0) }
        )
        if left.count == right.count {
            for (one, other) in zip(left, right) { pairs.append((one, other)) }
        }
        return pairs
    }

    private mutating func compare(
        _ left: LogContent, _ right: LogContent, _ isSameOrder: Bool,
        _ signals: SignalComparison?, _ names: MessageNames, _ options: Options
    ) {
        only.first = Self.singles(left, right, names)
        only.second = Self.singles(right, left, names)
        for key in left.streams.keys.sorted() {
            guard let one = left.streams[key], let other = right.streams[key] else { continue }
            var changes = Self.periods(one, other, options)
            if !isSameOrder {
                changes += Self.shapes(one.payload, other.payload)
                if let decoded = signals?.changes[key] {
                    changes += decoded
                } else if signals?.isDecoded(key) != true {
                    changes += Self.bytes(one.payload, other.payload)
                }
            }
            if !changes.isEmpty {
                streams.append(Stream(key: key, message: names.name(of: key), changes: changes))
            }
        }
    }

    private static func singles(
        _ log: LogContent, _ other: LogContent, _ names: MessageNames
    ) -> [Single] {
        log.streams.keys.filter { other.streams[$0] == nil }.sorted().map { key in
            Single(key: key, frames: log.streams[key]?.frames ?? 0, message: names.name(of: key))
        }
    }

    private static func periods(
        _ one: LogContent.Stream, _ other: LogContent.Stream, _ options: Options
    ) -> [Change] {
        guard let first = one.period, let second = other.period, first > 0,
            min(one.intervals, other.intervals) >= leastIntervals,
            (second - first).magnitude > options.tolerance * first
        else { return [] }
        return [.period(first: first, second: second)]
    }

    private static func shapes(_ one: PayloadContent, _ other: PayloadContent) -> [Change] {
        var changes: [Change] = []
        if one.lengths != other.lengths {
            changes.append(.lengths(first: one.lengths, second: other.lengths))
        }
        if one.formats != other.formats {
            changes.append(.formats(first: one.formats, second: other.formats))
        }
        return changes
    }

    private static func bytes(_ one: PayloadContent, _ other: PayloadContent) -> [Change] {
        (0..<min(one.bytes.count, other.bytes.count)).compactMap { index in
            let (first, second) = (one.bytes[index], other.bytes[index])
            return first == second ? nil : .byte(index: index, first: first, second: second)
        }
    }

    /// Whether both hold the same frames in the same order at the same times, but for a constant
    /// offset.
    public var isEmpty: Bool {
        order.departure == nil && !isApart && only.first.isEmpty && only.second.isEmpty
            && streams.isEmpty
    }
}

extension LogContent {
    /// Calls interfaces by the names of the other log.
    mutating func rename(_ names: [String: String]) {
        interfaces = interfaces.map { names[$0] ?? $0 }
        var renamed: [StreamKey: Stream] = [:]
        for (key, stream) in streams {
            var key = key
            key.interface = names[key.interface] ?? key.interface
            renamed[key] = stream
        }
        streams = renamed
    }
}

/// The names of messages in the databases.
struct MessageNames {
    private let databases: BoundDatabases?

    init(_ databases: BoundDatabases?) {
        self.databases = databases
    }

    func name(of key: StreamKey) -> String? {
        guard let databases, key.identifier.rawValue & 0x6000_0000 == 0,
            let index = databases.index(forInterface: key.interface)
        else { return nil }
        let bound = databases.databases[index]
        return bound.plan.messageIndex(of: key.identifier).map {
            bound.database.messages[$0].longName
        }
    }
}
