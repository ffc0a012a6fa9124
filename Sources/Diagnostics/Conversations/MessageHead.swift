import CANFrame

/// The beginning of a message, by which requests and answers are matched.
struct MessageHead: Sendable, Hashable {
    /// The first bytes, the first in the low bits.
    var bytes: UInt64
    /// How many of them are the message's, 6 at most.
    var count: Int
    /// How long the whole message is.
    var length: Int

    /// The message of `length` bytes that begins at `start` of a frame.
    init(_ row: FrameRow, _ longPayload: Span<UInt8>, from start: Int, length: Int) {
        (bytes, count) = (0, min(6, length, Int(row.length) - start))
        self.length = length
        for index in (0..<count).reversed() {
            bytes = bytes << 8 | UInt64(row.byte(at: start + index, longPayload))
        }
    }

    /// The message of `length` bytes of which `payload` is at least the beginning.
    init(_ payload: Span<UInt8>, length: Int) {
        (bytes, count) = (0, min(6, payload.count))
        self.length = length
        for index in (0..<count).reversed() { bytes = bytes << 8 | UInt64(payload[index]) }
    }

    subscript(index: Int) -> UInt8 { UInt8(truncatingIfNeeded: bytes >> UInt64(8 * index)) }

    /// The first byte: of a request its service identifier.
    var service: UInt8 { self[0] }

    /// Whether it can be a request of a service that a standard has.
    var isRequest: Bool {
        ServiceShape.of(service).map { $0.lengths.contains(length) } ?? false
    }

    /// Whether it is a negative response: 7F, a service, a code, ISO 14229-1 8.7.2.
    var isNegative: Bool { count >= 3 && self[0] == 0x7F }

    /// Whether it says that the answer comes later: 7F, a service, 78.
    var isPending: Bool { isNegative && self[2] == 0x78 }

    /// Whether it is beyond doubt an answer: a negative one, or a positive one to such a request.
    var isAnswer: Bool {
        if isNegative { return length == 3 && self[2] != 0 && ServiceShape.of(self[1]) != nil }
        guard count > 0, self[0] & 0x40 != 0, let shape = ServiceShape.of(self[0] & ~0x40) else {
            return false
        }
        return length > shape.echo || (self[0] == 0x7E && length == 1)
    }

    /// Whether the request asks for no positive answer: `suppressPosRspMsgIndicationBit`.
    var suppressesPositiveAnswer: Bool {
        count >= 2
            && DiagnosticService(rawValue: service).suppressesPositiveResponse(by: self[1])
    }

    private var hasSubFunction: Bool { DiagnosticService(rawValue: service).hasSubFunction }

    /// The service that an answer answers.
    var answeredService: UInt8 { self[0] == 0x7F ? self[1] : self[0] & ~0x40 }

    /// How well `answer` answers this request: the number of bytes that show it, 0 if it does not.
    func strength(of answer: MessageHead) -> Int {
        guard answer.count > 0, answer.answeredService == service else { return 0 }
        if answer[0] == 0x7F { return answer.isNegative ? 3 : 0 }
        guard answer[0] == service | 0x40 else { return 0 }
        let echo = min(ServiceShape.of(service)?.echo ?? 0, count - 1, answer.count - 1)
        for index in 0..<max(0, echo) {
            let mask: UInt8 = index == 0 && hasSubFunction ? 0x7F : 0xFF
            // An OBD-II answer may begin with any of the parameters that were asked for.
            if service == 0x01 {
                guard (1..<count).contains(where: { self[$0] == answer[1] }) else { return 0 }
            } else if (self[index + 1] ^ answer[index + 1]) & mask != 0 {
                return 0
            }
        }
        return 1 + max(0, echo)
    }
}
