import CANFrame
import CANTransport
import Diagnostics
import VehicleSpec

/// What was seen of the control unit that fills one slot.
struct ControlUnitWatch: Sendable {
    let slot: Slot
    /// What it answered to the identifiers by which it is told; `nil` is a refusal.
    private(set) var identification: [UInt16: [UInt8]?] = [:]
    private(set) var selection = Selection.absent
    /// The last values of all identifiers that it answered, by number.
    private(set) var values: [UInt16: IdentifiedValue] = [:]
    /// Where it answered, once it did.
    private(set) var address: ISOTPAddress?
    /// Requests to it alone that nobody answered.
    private(set) var unanswered: UInt64 = 0
    private(set) var exchanges: UInt64 = 0
    private(set) var slowestP2: MeasuredTime?
    /// When its trouble codes were last read.
    private(set) var codesRead: Int64?
    /// The evidence of what it was asked first in vain, and of what it answered first.
    private(set) var unansweredEvidence: ClosedRange<UInt64>?
    private(set) var firstAnswer: ClosedRange<UInt64>?

    init(_ slot: Slot) {
        self.slot = slot
        wanted = slot.identificationIdentifiers
        common = Self.table(of: slot.commonIdentifiers)
        identificationLengths = Self.lengths(of: slot)
    }

    /// The identifiers that tell the alternatives apart.
    private let wanted: [UInt16]
    private let common: DataIdentifierTable
    /// How many bytes the identifiers have on which all alternatives agree.
    private let identificationLengths: [UInt16: Int]

    var hasAnswered: Bool { address != nil }

    /// By what its messages are decoded now.
    var spec: ControlUnitSpec? { selection.controlUnit }

    /// Whether nothing that is still to come could change what it is.
    var isSettled: Bool {
        if case .match = selection { return true }
        return !wanted.isEmpty && wanted.allSatisfy { identification[$0] != nil }
    }

    var state: ControlUnitState {
        switch selection {
        case .match: .match
        case _ where !hasAnswered: unanswered > 0 ? .absent : .notAsked
        case _ where !isSettled: .notAsked
        case .unknownFirmware: .unknownFirmware
        case .ambiguous: .ambiguous
        case .unknownPart, .absent: .unknownPart
        }
    }

    /// Names and lengths of its identifiers as far as it is known which ones it has.
    var identifiers: DataIdentifierTable { spec?.dataIdentifierTable ?? common }

    func identifier(_ number: UInt16) -> DataIdentifierSpec? {
        spec.map { $0.identifier(number) }
            ?? slot.commonIdentifiers.first { $0.number == number }
    }

    func identifier(named name: String) -> DataIdentifierSpec? {
        spec.map { $0.identifier(named: name) }
            ?? slot.commonIdentifiers.first { $0.name == name }
    }

    // MARK: What it said

    mutating func noteUnanswered(_ exchange: Exchange) {
        unanswered += 1
        if unansweredEvidence == nil { unansweredEvidence = exchange.evidence }
    }

    /// Takes an answer of its to `request`; true if it is settled by this what it is.
    mutating func note(
        _ response: ExchangeResponse, to request: ExchangeMessage?, of exchange: Exchange
    ) -> Bool {
        let wasSettled = isSettled
        exchanges += 1
        address = response.address
        if firstAnswer == nil {
            firstAnswer =
                response.firstFrame...max(response.firstFrame, response.lastFrame)
        }
        if let p2 = response.p2, p2.time > slowestP2?.time ?? -1 { slowestP2 = p2 }
        if let message = response.message, message.length == message.payload.count {
            if let code = response.negativeCode {
                if Self.finalRefusals.contains(code) { noteRefusal(of: request) }
            } else {
                noteValues(message, request, exchange)
                if Self.listsTroubleCodes(message.payload) { codesRead = message.lastTime }
            }
        }
        return isSettled && !wasSettled
    }

    /// ISO 14229-1 Table A.1: service or sub-function not supported, incorrect length, out of range,
    /// security access denied, not supported in the active session. After others, as busyRepeatRequest
    /// (21) and conditionsNotCorrect (22), the same question may be answered.
    private static let finalRefusals: Set<UInt8> = [0x11, 0x12, 0x13, 0x31, 0x33, 0x7E, 0x7F]

    /// A refused question for one identifier: it has none.
    private mutating func noteRefusal(of request: ExchangeMessage?) {
        guard let payload = request?.payload, payload.count == 3, payload[0] == 0x22 else { return }
        let number = UInt16(payload[1]) << 8 | UInt16(payload[2])
        guard wanted.contains(number), identification[number] == nil else { return }
        identification[number] = .some(nil)
        selection = slot.select(identification)
    }

    private mutating func noteValues(
        _ message: ExchangeMessage, _ request: ExchangeMessage?, _ exchange: Exchange
    ) {
        for (number, range) in records(of: message.payload, asked: request?.payload)
        where wanted.contains(number) {
            let bytes = Array(message.payload[range])
            guard identification[number] != .some(.some(bytes)) else { continue }
            identification[number] = bytes
            selection = slot.select(identification)
        }
        for value in named(message, request) { values[value.number] = value }
    }

    /// The values in an answer to 22, by the names that are known now.
    func named(_ message: ExchangeMessage, _ request: ExchangeMessage?) -> [IdentifiedValue] {
        let first = min(request?.firstFrame ?? message.firstFrame, message.firstFrame)
        return records(of: message.payload, asked: request?.payload).map { number, range in
            let bytes = Array(message.payload[range])
            let known = identifier(number)
            return IdentifiedValue(
                number: number, name: known?.name ?? "",
                text: known.map { Self.text($0, bytes) } ?? bytes.map(\.hexadecimal).joined(),
                bytes: bytes, time: message.lastTime, evidence: first...message.lastFrame)
        }
    }

    /// Where the data of each identifier is in an answer to 22: as far as lengths are known, and the
    /// last identifier that was asked for has the rest.
    private func records(
        of payload: [UInt8], asked request: [UInt8]?
    ) -> [(number: UInt16, data: Range<Int>)] {
        guard payload.first == 0x62 else { return [] }
        let asked = request.map { $0.first == 0x22 ? ($0.count - 1) / 2 : 0 } ?? 1
        var records: [(number: UInt16, data: Range<Int>)] = []
        var offset = 1
        while records.count < max(1, asked), payload.count - offset >= 2 {
            let number = UInt16(payload[offset]) << 8 | UInt16(payload[offset + 1])
            let start = offset + 2
            let isLast = records.count + 1 >= asked
            guard let length = isLast ? payload.count - start : length(of: number),
                length <= payload.count - start
            else { break }
            records.append((number, start..<start + length))
            offset = start + length
        }
        return records
    }

    private func length(of number: UInt16) -> Int? {
        identifiers.length(of: number) ?? identificationLengths[number]
    }

    private static func lengths(of slot: Slot) -> [UInt16: Int] {
        var lengths: [UInt16: Set<Int?>] = [:]
        for unit in slot.alternatives {
            for identifier in unit.identifiers {
                lengths[identifier.number, default: []].insert(identifier.encoding.length)
            }
        }
        return lengths.compactMapValues { $0.count == 1 ? $0.first ?? nil : nil }
    }

    private static func table(of identifiers: [DataIdentifierSpec]) -> DataIdentifierTable {
        var table = DataIdentifierTable()
        for identifier in identifiers {
            table[identifier.number] = DataIdentifierTable.Entry(
                name: identifier.name, length: identifier.encoding.length)
        }
        return table
    }

    static func text(_ identifier: DataIdentifierSpec, _ bytes: [UInt8]) -> String {
        identifier.decode(bytes.span).map { "\($0)" }.joined(separator: ", ")
    }

    /// Whether an answer has all the trouble codes that are stored: report 02 of service 19 with
    /// a status of those, or OBD-II's list.
    private static func listsTroubleCodes(_ payload: [UInt8]) -> Bool {
        switch payload.first {
        case 0x43: true
        case 0x59: payload.count >= 2 && [0x02, 0x0A, 0x0F, 0x13, 0x15].contains(payload[1])
        default: false
        }
    }
}
