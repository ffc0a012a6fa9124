/// The times that diagnostic answers have to keep, in nanoseconds of bus time; ISO 14229-2 7.2.
public struct DiagnosticTiming: Sendable, Hashable {
    /// From a request's end to the beginning of its answer (P2server_max).
    public var p2: Int64
    /// From a response pending (7F xx 78) to the beginning of the next answer (P2*server_max).
    public var p2Star: Int64
    /// How long a session other than the default one lasts without a request (S3server).
    public var s3: Int64

    /// The defaults of ISO 14229-2: 50 ms, 5 s, 5 s.
    public init(
        p2: Int64 = 50_000_000, p2Star: Int64 = 5_000_000_000, s3: Int64 = 5_000_000_000
    ) {
        self.p2 = p2
        self.p2Star = p2Star
        self.s3 = s3
    }

    /// Who says so.
    public enum Origin: UInt8, Sendable, CaseIterable {
        /// Nobody: the standard's defaults.
        case standard
        /// Whoever started the analysis.
        case given
        /// The control unit, in its answer to DiagnosticSessionControl.
        case told
    }
}

/// Limits that are given instead of the standard's and of what control units tell; each of its own.
public struct GivenTiming: Sendable, Hashable {
    public var p2: Int64?
    public var p2Star: Int64?
    public var s3: Int64?

    /// Nanoseconds; `nil` gives none.
    public init(p2: Int64? = nil, p2Star: Int64? = nil, s3: Int64? = nil) {
        (self.p2, self.p2Star, self.s3) = (p2, p2Star, s3)
    }

    /// The limit of an answer, behind a response pending or not, and who says so.
    func limit(
        _ told: DiagnosticTiming?, isPending: Bool
    ) -> (time: Int64, origin: DiagnosticTiming.Origin) {
        if let given = isPending ? p2Star : p2 { return (given, .given) }
        let timing = told ?? DiagnosticTiming()
        return (isPending ? timing.p2Star : timing.p2, told == nil ? .standard : .told)
    }
}

/// A time that was measured, with the limit that it was to keep; nanoseconds.
public struct MeasuredTime: Sendable, Hashable {
    public var time: Int64
    public var limit: Int64

    public init(time: Int64, limit: Int64) {
        self.time = time
        self.limit = limit
    }

    /// What was left of the limit; negative if it was not kept.
    public var margin: Int64 { limit &- time }
    public var isExceeded: Bool { time > limit }

    /// Which of two came closer to its limit, or went further beyond it.
    static func worse(_ first: MeasuredTime?, _ second: MeasuredTime) -> MeasuredTime {
        guard let first else { return second }
        return second.margin < first.margin ? second : first
    }
}
