import CANFrame
import CANTransport

/// Finds out from the traffic alone which identifiers talk to one another as tester and control unit.
///
/// A pair is believed on strong evidence only: what looks like a request of a known service, and soon
/// behind it, at another identifier, the answer to just that request, while all that these two
/// identifiers ever carried looks like ISO 15765-2. Where several requests wait for the same answer
/// nothing is learned from it, unless the numbers of the identifiers decide.
struct AddressLearner: Sendable {
    /// Who asks whom.
    struct Pair: Sendable, Equatable {
        var channel: UInt8
        var request: PackedID
        var response: PackedID
        /// When the request came by which it was found.
        var since: Int64
        /// Found by flow control alone: a tester's address beside a functional one.
        var isByFlowControl = false
    }

    private struct Request: Sendable {
        var channel: UInt8
        var identifier: PackedID
        var head: MessageHead
        var time: Int64
        var isLong: Bool
        /// It stands for requests to all: anyone may answer.
        var isFunctional: Bool
    }

    private struct FirstFrame: Sendable {
        var channel: UInt8
        var identifier: PackedID
        var time: Int64
    }

    private(set) var memory = CandidateFrames()
    private var requests: [Request] = []
    private var firstFrames: [FirstFrame] = []
    /// How often which distance lies between the identifiers of a pair that was learned.
    private var distances: [Int64: Int] = [:]
    /// Answers that several requests waited for, and nothing decided between them.
    private(set) var ambiguousAnswers: UInt64 = 0

    private static let maximumRequests = 64
    /// An answer within twice P2's default and some counts as evidence; behind a request of several
    /// frames, which takes its time, within two seconds.
    private static let window: Int64 = 250_000_000
    private static let longWindow: Int64 = 2_000_000_000
    /// The SID and one byte more that the answer repeats, or a negative response to just this SID.
    private static let neededStrength = 2

    // MARK: Identifiers without a role

    /// Takes a frame of an identifier that has no role; the pair that it makes certain.
    mutating func take(
        _ row: FrameRow, longPayload: Span<UInt8>, number: UInt64, at time: Int64,
        _ trust: inout CandidateTrust
    ) -> Pair? {
        guard
            let glance = trust.take(
                FrameGlance(row, longPayload: longPayload), needsEvenPadding: false)
        else { return nil }
        memory.add(row, longPayload, number: number, at: time)
        guard let head = glance.head else {
            return pairByFlowControl(glance, row, at: time)
        }
        guard glance.isEvenlyPadded else { return nil }
        if head.isRequest {
            note(
                head, row, at: time, isLong: glance.frame.isFirst, isFunctional: false)
            return nil
        }
        return pair(answeredBy: head, row, at: time)
    }

    /// Notes a request of an identifier whose role is known: to all, or one whose answers came from
    /// one control unit so far.
    mutating func note(
        _ head: MessageHead, _ row: FrameRow, at time: Int64, isLong: Bool, isFunctional: Bool
    ) {
        if requests.count == Self.maximumRequests { requests.removeFirst() }
        requests.append(
            Request(
                channel: row.channel, identifier: row.identifier, head: head, time: time,
                isLong: isLong, isFunctional: isFunctional))
    }

    /// Notes the first frame of an answer whose receiver is not known yet: its flow control tells it.
    mutating func noteFirstFrame(_ row: FrameRow, at time: Int64) {
        if firstFrames.count == 16 { firstFrames.removeFirst() }
        firstFrames.append(
            FirstFrame(channel: row.channel, identifier: row.identifier, time: time))
    }

    /// Keeps in mind how far apart the identifiers of a pair are.
    mutating func noteDistance(_ request: PackedID, _ response: PackedID) {
        guard distances.count < 64 else { return }
        distances[Self.distance(request, response), default: 0] += 1
    }

    private static func distance(_ request: PackedID, _ response: PackedID) -> Int64 {
        Int64(response.number) - Int64(request.number)
    }

    // MARK: Evidence

    /// The pair that an answer makes certain: one request, and only one, waits for just it.
    mutating func pair(
        answeredBy head: MessageHead, _ row: FrameRow, at time: Int64
    ) -> Pair? {
        requests.removeAll { time &- $0.time > Self.longWindow }
        let matching = requests.filter { request in
            let age = time &- request.time
            return request.channel == row.channel && request.identifier != row.identifier
                && request.identifier.isExtended == row.identifier.isExtended
                && age >= 0 && age <= (request.isLong ? Self.longWindow : Self.window)
                && request.head.strength(of: head) >= Self.neededStrength
        }
        guard let request = decide(matching, row.identifier) else { return nil }
        return Pair(
            channel: row.channel, request: request.identifier, response: row.identifier,
            since: request.time)
    }

    /// The one request that an answer is to: by the usual distance of identifiers, else the only one.
    private mutating func decide(_ matching: [Request], _ response: PackedID) -> Request? {
        guard let latest = matching.last else { return nil }
        if matching.allSatisfy({ $0.identifier == latest.identifier }) { return latest }
        let physical = matching.filter { !$0.isFunctional }
        let usual = distances.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
        for distance in [usual, 8].compactMap({ $0 }) {
            if let request = physical.last(where: {
                Self.distance($0.identifier, response) == distance
            }) {
                return request
            }
        }
        if physical.isEmpty { return latest }
        ambiguousAnswers += 1
        return nil
    }

    /// The flow control behind the first frame of a known control unit comes from its tester.
    private mutating func pairByFlowControl(
        _ glance: FrameGlance, _ row: FrameRow, at time: Int64
    ) -> Pair? {
        guard case .flowControl = glance.frame, glance.isEvenlyPadded else { return nil }
        firstFrames.removeAll { time &- $0.time > Self.window }
        let waiting = firstFrames.filter {
            $0.channel == row.channel && $0.identifier != row.identifier
                && $0.identifier.isExtended == row.identifier.isExtended
        }
        let usual = waiting.filter { Self.distance(row.identifier, $0.identifier) == 8 }
        guard let first = usual.last ?? (waiting.count == 1 ? waiting.last : nil) else {
            return nil
        }
        return Pair(
            channel: row.channel, request: row.identifier, response: first.identifier,
            since: first.time, isByFlowControl: true)
    }
}

extension ISOTPFrame {
    /// Whether a message of several frames begins with it.
    var isFirst: Bool {
        if case .first = self { true } else { false }
    }
}

extension Array where Element == UInt8 {
    /// The bytes of a span.
    init(copying bytes: Span<UInt8>) {
        self.init()
        reserveCapacity(bytes.count)
        for index in bytes.indices { append(bytes[index]) }
    }
}
