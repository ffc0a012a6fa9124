/// How an answer is told to belong to a request.
enum AnswerMatch: Sendable, Hashable {
    case positive
    case negative(UInt8)
    /// To another request, or to none.
    case unrelated

    static let negativeResponse: UInt8 = 0x7F
    static let pending: UInt8 = 0x78
    static let busyRepeat: UInt8 = 0x21

    init(_ answer: [UInt8], to request: [UInt8]) {
        guard answer.count > 0, let service = request.first else {
            self = .unrelated
            return
        }
        if answer[0] == Self.negativeResponse {
            self = answer.count > 2 && answer[1] == service ? .negative(answer[2]) : .unrelated
            return
        }
        guard answer[0] == service | 0x40 else {
            self = .unrelated
            return
        }
        // A late answer to the request before must not be taken for the one to this.
        let echo = min(Self.echoed(service), request.count - 1)
        for place in 0..<echo {
            let isSubFunction = place == 0 && Self.hasSubFunction(service)
            let expected = isSubFunction ? request[1] & 0x7F : request[place + 1]
            guard place + 1 < answer.count else {
                self = .unrelated
                return
            }
            let came = isSubFunction ? answer[1] & 0x7F : answer[place + 1]
            if came != expected {
                self = .unrelated
                return
            }
        }
        self = .positive
    }

    /// How many bytes of the request the answer repeats (ISO 14229-1, each service's response).
    private static func echoed(_ service: UInt8) -> Int {
        switch service {
        case 0x10, 0x11, 0x19, 0x27, 0x28, 0x29, 0x3E, 0x83, 0x85, 0x87, 0x01, 0x02, 0x06, 0x09: 1
        // Definition type, event, mode of operation, format of address and length, block counter.
        case 0x2C, 0x86, 0x38, 0x3D, 0x36: 1
        case 0x22, 0x24, 0x2E, 0x2F: 2
        case 0x31: 3
        default: 0
        }
    }

    static func hasSubFunction(_ service: UInt8) -> Bool {
        switch service {
        case 0x10, 0x11, 0x19, 0x27, 0x28, 0x29, 0x2C, 0x31, 0x3E, 0x83, 0x85, 0x86, 0x87: true
        default: false
        }
    }

    /// Whether `request` asks for no answer when all is well.
    static func suppressesAnswer(_ request: [UInt8]) -> Bool {
        request.count > 1 && hasSubFunction(request[0]) && request[1] & 0x80 != 0
    }
}
