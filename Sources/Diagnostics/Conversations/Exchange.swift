public import CANFrame
public import CANTransport

/// One message of an exchange: who sent it, what it says, when, and the frames that show it.
public struct ExchangeMessage: Sendable, Hashable {
    /// Where its frames are.
    public var address: ISOTPAddress
    /// Its bytes, from the service identifier on; fewer than ``length`` where too much was held.
    public var payload: [UInt8]
    /// How many bytes it has.
    public var length: Int
    /// Bus time of its first and last frame, in nanoseconds.
    public var firstTime: Int64
    public var lastTime: Int64
    /// The stamp of its first frame.
    public var timestamp: Timestamp
    /// The numbers of its first and last frame.
    public var firstFrame: UInt64
    public var lastFrame: UInt64
    /// How the transport protocol carried it; `nil` where it did not (J1939).
    public var transport: ISOTPMessage?

    /// The first byte: of a request the service identifier.
    public var service: UInt8? { payload.first }
}

/// What one control unit answered.
public struct ExchangeResponse: Sendable, Hashable {
    /// The final answer; `nil` while only response pending came (7F xx 78), or it broke off.
    public var message: ExchangeMessage?
    /// Where its answers are.
    public var address: ISOTPAddress
    /// How often it asked for more time (7F xx 78).
    public var pendingCount = 0
    /// From the request's end to the beginning of the first answer, with P2.
    public var p2: MeasuredTime?
    /// The one of the times behind a response pending that came closest to P2*.
    public var p2Star: MeasuredTime?
    /// From where the limits of both are.
    public var p2Limit = DiagnosticTiming.Origin.standard
    public var p2StarLimit = DiagnosticTiming.Origin.standard
    /// The code of a negative final answer; in J1939 the control byte of the acknowledgment, which is
    /// a ``J1939Acknowledgment``.
    public var negativeCode: UInt8?
    /// Why a message of several frames did not come whole.
    public var failure: ISOTPFailure.Kind?
    /// The numbers of the first and the last frame of its answers, those of response pending too.
    public var firstFrame: UInt64
    public var lastFrame: UInt64

    /// Takes a time that was measured, with its limit, behind a response pending or not.
    mutating func measure(
        _ time: Int64, _ limit: (time: Int64, origin: DiagnosticTiming.Origin),
        isBehindPending: Bool
    ) {
        let measured = MeasuredTime(time: time, limit: limit.time)
        if isBehindPending {
            p2StarLimit = limit.origin
            p2Star = MeasuredTime.worse(p2Star, measured)
        } else {
            p2Limit = limit.origin
            p2 = measured
        }
    }

    /// How much later than allowed it was.
    public var isLate: Bool { (p2?.isExceeded ?? false) || (p2Star?.isExceeded ?? false) }
}

/// One request with all its answers; or answers of which nobody saw the request.
public struct Exchange: Sendable, Hashable {
    /// What became of it.
    public enum Outcome: String, Sendable, CaseIterable {
        /// All that answered did what was asked.
        case positive
        /// All that answered refused.
        case negative
        /// Some did and some refused.
        case mixed
        /// The request asked for no positive answer, and none came.
        case suppressed
        /// Nobody answered in time.
        case unanswered
        /// Only response pending came, and then nothing within P2*.
        case unfinished
        /// The request or an answer broke off: frames of it are missing.
        case broken
        /// An answer to a request that had ended before without it: see ``Exchange/givenUpRequest``.
        case belated
        /// An answer whose request was not seen.
        case unrequested
        /// What ReadDataByPeriodicIdentifier (2A) had asked for: an answer with or without the service's
        /// byte, or data alone in a frame without the transport protocol (UUDT).
        case periodic
        /// What ResponseOnEvent (86) had asked for.
        case event
        /// A message to all that nobody asks for (J1939 DM1).
        case broadcast
    }

    /// The channel of its frames.
    public var channel: UInt8
    /// What was asked; `nil` of answers whose request was not seen, and of broadcasts.
    public var request: ExchangeMessage?
    /// Where the answers of the one control unit are that was asked; `nil` where all were.
    public var addressee: ISOTPAddress?
    /// One for each control unit that answered, in the order of their first answers.
    public var responses: [ExchangeResponse]
    public var outcome: Outcome
    /// Whether the request went to all.
    public var isFunctional: Bool
    /// Which protocol the message is of.
    public var family = Family.service
    /// How often the same request had been sent before without an answer.
    public var repetitions = 0
    /// In a session other than the default one: how long the tester had been silent, with S3.
    public var s3: MeasuredTime?

    /// Why a request of several frames did not come whole; ``request`` then has the bytes of its first
    /// frame alone.
    public var requestFailure: ISOTPFailure.Kind?

    /// The control unit has answered a session by a number with the highest bit, as ISO 14230-3 (KWP
    /// 2000) has them: that bit of a request's second byte suppresses nothing.
    public var keepsHighBit = false

    /// What a belated answer is to, which is an exchange of its own; of long requests the beginning alone.
    public var givenUpRequest: ExchangeMessage?

    /// Frames are known to be missing from the time in which it was under way.
    public var lacksFrames = false

    /// By which rules its messages are read.
    public enum Family: Sendable, Hashable {
        /// A service identifier comes first: UDS, OBD-II, ISO 14230.
        case service
        /// A diagnostic message of J1939-73, with its parameter group number.
        case j1939(group: UInt32)
    }

    /// The numbers of the first and the last frame that show it.
    public var evidence: ClosedRange<UInt64> {
        var numbers = responses.flatMap { [$0.firstFrame, $0.lastFrame] }
        if let request { numbers += [request.firstFrame, request.lastFrame] }
        let first = numbers.min() ?? 0
        return first...(numbers.max() ?? first)
    }

    /// Bus time at which it began, in nanoseconds.
    public var time: Int64 {
        request?.firstTime ?? responses.first?.message?.firstTime ?? 0
    }

    /// The stamp of its first frame.
    public var timestamp: Timestamp {
        request?.timestamp ?? responses.first?.message?.timestamp ?? Timestamp(nanoseconds: 0)
    }

    /// Whether an answer came later than it was allowed to.
    public var isLate: Bool { responses.contains(where: \.isLate) }
}
