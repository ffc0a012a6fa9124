import CANFrame
import CANTransport

/// What is known of one control unit while its traffic goes by.
struct ControlUnit: Sendable {
    let channel: UInt8
    /// Where its answers are.
    let address: ISOTPAddress
    /// Where a tester asks it alone, if that is known.
    var request: ISOTPAddress?
    /// The times that it told of the session it is in (DiagnosticSessionControl).
    var told: DiagnosticTiming?
    /// The session that it is in; 1 is the default session.
    var session: UInt8 = 1
    /// Its sessions have the highest bit in their numbers (ISO 14230-3).
    var keepsHighBit = false
    /// When a tester last asked it something, or it answered.
    var lastActivity: Int64?
    /// An answer of several frames that is coming in.
    var incoming: Incoming?
    /// The periodic data identifiers that it was asked to send (2A), and all that it ever was.
    var periodic: Set<UInt8> = []
    var everPeriodic: Set<UInt8> = []
    /// The first bytes of answers that it was asked to send on events (86).
    var events: Set<UInt8> = []

    /// An answer of several frames under way.
    struct Incoming: Sendable {
        /// The request that it answers, if one waits for it.
        var serial: UInt64?
        var firstTime: Int64
        var firstFrame: UInt64
        var lastTime: Int64
        var lastFrame: UInt64
    }

    /// Takes note of what a positive answer says about what comes.
    mutating func note(request: [UInt8]?, answer: [UInt8]) {
        guard let service = answer.first else { return }
        switch service {
        case 0x50: noteSession(answer)
        case 0x51: enter(session: 1)
        case 0x6A: notePeriodic(request)
        case 0xC6: noteEvent(answer, request)
        default: break
        }
    }

    /// In a session whose times it has not told.
    mutating func enter(session: UInt8) {
        self.session = session
        told = nil
    }

    /// ISO 14229-1 9.2.2.4: P2server_max in milliseconds, P2*server_max in tens of them.
    private mutating func noteSession(_ answer: [UInt8]) {
        guard answer.count >= 2 else { return }
        enter(session: answer[1] & 0x7F)
        guard answer.count == 6 else { return }
        let p2 = Int64(answer[2]) << 8 | Int64(answer[3])
        let p2Star = Int64(answer[4]) << 8 | Int64(answer[5])
        guard p2 > 0, p2Star > 0 else { return }
        told = DiagnosticTiming(p2: p2 * 1_000_000, p2Star: p2Star * 10_000_000)
    }

    /// ISO 14229-1 10.5: modes 1 to 3 begin, 4 (stopSending) ends some or all.
    private mutating func notePeriodic(_ request: [UInt8]?) {
        guard let request, request.count >= 2 else { return }
        let identifiers = request.dropFirst(2)
        switch request[1] {
        case 1...3:
            periodic.formUnion(identifiers)
            everPeriodic.formUnion(identifiers)
        case 4 where identifiers.isEmpty: periodic.removeAll()
        case 4: periodic.subtract(identifiers)
        default: break
        }
    }

    /// ISO 14229-1 9.10: the service that an event starts stands behind the event's window and record.
    private mutating func noteEvent(_ answer: [UInt8], _ request: [UInt8]?) {
        guard let request, request.count >= 2 else { return }
        switch request[1] & 0x3F {
        case 0x00, 0x06: events.removeAll()
        case 0x01, 0x02: noteEvent(request, recordLength: 1)
        case 0x03: noteEvent(request, recordLength: 2)
        case 0x07: noteEvent(request, recordLength: 10)
        default: break
        }
    }

    private mutating func noteEvent(_ request: [UInt8], recordLength: Int) {
        let place = 3 + recordLength
        guard request.count > place else { return }
        events.insert(request[place] | 0x40)
    }
}

/// By what a control unit knows that a request to all is meant for it too; the same of both as
/// ``CANTransport/ISOTPAddress/hears(functional:)`` has it.
struct FunctionalKey: Hashable, Sendable {
    private var channel: UInt8
    private var isExtended: Bool
    private var hasAddressByte: Bool
    /// The tester's address, where identifiers hold it.
    private var tester: UInt8?

    /// Of a request to all.
    init(request address: ISOTPAddress, _ channel: UInt8) {
        self.init(address, channel, tester: address.source)
    }

    /// Of a control unit that answers at `address`.
    init(answersAt address: ISOTPAddress, _ channel: UInt8) {
        self.init(address, channel, tester: address.source == nil ? nil : address.target)
    }

    private init(_ address: ISOTPAddress, _ channel: UInt8, tester: UInt8?) {
        self.channel = channel
        isExtended = address.identifier.isExtended
        hasAddressByte = address.addressByte != nil
        self.tester = tester
    }
}

extension ISOTPAddress {
    /// Whether a request to all at `functional` can be meant for who answers here too.
    func hears(functional: ISOTPAddress) -> Bool {
        guard functional.identifier.isExtended == identifier.isExtended,
            (functional.addressByte == nil) == (addressByte == nil)
        else { return false }
        guard let tester = functional.source else { return source == nil }
        return target == tester
    }
}
