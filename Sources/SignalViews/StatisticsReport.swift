public import CANFrame
public import LogTools
public import SignalDatabase

/// What a log's timing is, against what the database says of it.
public struct StatisticsReport: Sendable {
    /// What became of a message's cycle time.
    public enum Verdict: String, Sendable, Hashable {
        case ok
        /// Its period is longer than the cycle time, or it was silent for three of them.
        case late
        case tooFast = "too fast"
        /// In the database with a cycle time, and not in the log.
        case missing
        /// In the log, and not in the database; neither parts of longer messages of J1939 nor requests
        /// (remote frames) for its messages.
        case unknown
    }

    /// A stretch in which an identifier did not come: between two frames, before its first or behind its
    /// last one.
    public struct Silence: Sendable, Hashable {
        /// Nanoseconds of bus time after the log's first frame or event.
        public var began: Int64
        /// In nanoseconds.
        public var length: Int64
    }

    /// The frames of one identifier on one channel.
    public struct Row: Sendable {
        public let interface: String
        public let traffic: StreamTraffic
        public let message: Message?
        /// `nil` without a database, and where it has no cycle time.
        public let verdict: Verdict?
        /// The longest one.
        public let silence: Silence
    }

    /// A message that no frame carried.
    public struct AbsentMessage: Sendable {
        /// The path of its database.
        public let database: String
        public let message: Message
    }

    public let place: String
    public let frames: UInt64
    /// Nanoseconds of bus time from the first frame or event to the last.
    public let duration: Int64
    public let firstStamp: Timestamp?
    /// By number.
    public let channels: [ChannelTraffic]
    /// By channel and identifier.
    public let rows: [Row]
    /// In the order of the databases.
    public let absent: [AbsentMessage]
    public let traffic: TrafficCounter
    public let hasDatabase: Bool
    /// What the log lacks.
    public let losses: LogLosses

    /// Whether what the database promises was not kept, or something came that is not in it, or nothing
    /// came at all.
    public var hasFindings: Bool {
        rows.isEmpty || rows.contains { $0.verdict == .late || $0.verdict == .unknown }
            || absent.contains { $0.message.cycleTimeMilliseconds != nil }
    }
}

/// Reads a log once and makes a ``StatisticsReport`` of it, in bounded memory.
public struct LogStatistics: ~Copyable {
    /// How it judges.
    public struct Options: Sendable {
        /// How far a period may be from the cycle time, as a part of it.
        public var tolerance = 0.1
        /// Bit rates where the log does not tell them.
        public var rates: [GivenRate] = []
        /// Which frames of the log are looked at; messages of others are not missed.
        public var selection = FrameSelection()

        public init() {}
    }

    private var input: LogInput
    private var traffic: TrafficCounter
    private let databases: BoundDatabases?
    private let options: Options
    private var batch = FrameBatch(capacity: 16_384)

    public init(
        of input: consuming LogInput, databases: BoundDatabases?, options: Options = Options()
    ) {
        self.input = input
        self.databases = databases
        self.options = options
        var counting = TrafficCounter.Options()
        counting.keepsDistributions = true
        counting.rates = options.rates
        traffic = TrafficCounter(counting, expectations: databases?.expectations)
    }

    /// Reads some of the log; false at its end.
    public mutating func step() throws(StreamError) -> Bool {
        guard try input.read(into: &batch, waiting: .seconds(1)) != .ended else { return false }
        traffic.take(batch)
        return true
    }

    /// How much of the log was read, 0 to 1; `nil` where nobody knows.
    public var fraction: Double? { input.fraction }
    public var frames: UInt64 { traffic.frames }

    /// The report of what was read.
    public consuming func finish() -> StatisticsReport {
        traffic.finish()
        let judge = TimingJudge(traffic, databases, options)
        return StatisticsReport(
            place: input.place, frames: traffic.frames,
            duration: (traffic.now ?? 0) &- (traffic.origin ?? 0), firstStamp: traffic.firstStamp,
            channels: traffic.channels.sorted { $0.number < $1.number }, rows: judge.rows,
            absent: judge.absent, traffic: traffic, hasDatabase: databases != nil,
            losses: LogLosses(of: input))
    }
}
