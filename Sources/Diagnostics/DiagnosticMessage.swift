import CANFrame

/// One message of a tester or of a control unit, understood as far as the standards go.
///
/// Reading never fails: what is not understood is a field named `raw`, with a remark that says why.
public struct DiagnosticMessage: Sendable, Hashable {
    /// All bytes, the service identifier first.
    public let payload: [UInt8]
    /// The service as its request begins, whoever speaks; 0 in an empty message.
    public let service: DiagnosticService
    /// Whether a control unit sent it.
    public let isResponse: Bool
    /// Why the control unit refused, or that it will answer later; `nil` in a positive response.
    public private(set) var negative: NegativeResponseCode?
    /// The sub-function without the bit that suppresses the positive response.
    public private(set) var subFunction: UInt8?
    /// `suppressPosRspMsgIndicationBit`: the request asks not to be answered when all is well.
    public private(set) var suppressesPositiveResponse = false
    /// Data and routine identifiers that are asked for or answered, in the order of the message; of
    /// OBD-II the parameters (PID), monitors (MID) or information types.
    public var identifiers: [UInt16] { content.identifiers.map(\.number) }
    public var fields: [DiagnosticField] { content.fields }
    public var troubleCodes: [ReportedTroubleCode] { content.troubleCodes }
    /// What kept the message from being understood as a whole; empty in most.
    public var remarks: [DiagnosticRemark] { content.remarks }
    private var content = DiagnosticContent()

    /// The most values of one message that are held each as its own.
    static let maximumFields = 4_096
    static let maximumTroubleCodes = 65_536

    /// Reads a message.
    ///
    /// - Parameters:
    ///   - isResponse: Whether a control unit sent it.
    ///   - request: The request that it answers: it says which identifiers are to be expected.
    ///   - identifiers: Names and lengths of data identifiers.
    ///   - keepsHighBit: Whether the highest bit of the second byte is known to suppress nothing, as in
    ///     ISO 14230-3.
    public init(
        _ payload: Span<UInt8>, isResponse: Bool, request: DiagnosticMessage? = nil,
        identifiers table: DataIdentifierTable = .standard, keepsHighBit: Bool = false
    ) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(payload.count)
        for index in payload.indices { bytes.append(payload[index]) }
        self.init(
            bytes, isResponse: isResponse, request: request, identifiers: table,
            keepsHighBit: keepsHighBit)
    }

    /// Reads a message out of an array.
    public init(
        _ payload: [UInt8], isResponse: Bool, request: DiagnosticMessage? = nil,
        identifiers table: DataIdentifierTable = .standard, keepsHighBit: Bool = false
    ) {
        self.payload = payload
        self.isResponse = isResponse
        var reader = FieldReader(
            payload, isResponse: isResponse, request: request, identifiers: table)
        guard let first = payload.first else {
            service = DiagnosticService(rawValue: 0)
            content.remarks = [.empty]
            return
        }
        reader.offset = 1
        if isResponse, first == DiagnosticService.negativeResponse {
            service = DiagnosticService(rawValue: payload.count > 1 ? payload[1] : 0)
            reader.readNegativeResponse(to: service)
            if payload.count > 2 { negative = NegativeResponseCode(rawValue: payload[2]) }
        } else if isResponse, first & 0x40 == 0 {
            service = DiagnosticService(rawValue: first)
            reader.remarks.append(.notAResponse)
        } else {
            service = DiagnosticService(rawValue: isResponse ? first & ~0x40 : first)
            readBody(&reader, keepsHighBit: keepsHighBit)
        }
        content = reader.finish()
    }

    private mutating func readBody(_ reader: inout FieldReader, keepsHighBit: Bool) {
        if service.hasSubFunction {
            guard let byte = reader.peek else {
                reader.remarks.append(.tooShort(field: "subFunction", missing: 1))
                return
            }
            reader.offset += 1
            // A response repeats the sub-function without the bit, which is then a bit of its own.
            suppressesPositiveResponse =
                !isResponse && !keepsHighBit && service.suppressesPositiveResponse(by: byte)
            subFunction = suppressesPositiveResponse ? byte & 0x7F : byte
        }
        guard service.protocolName != .unknown else {
            reader.remarks.append(.unknownService(service.rawValue))
            return
        }
        if service.protocolName == .obd {
            reader.readOBD(service.rawValue)
        } else if service.protocolName == .kwp {
            reader.read([.rest("data")])
        } else if let rules = MessageLayout.rules(
            service: service.rawValue, subFunction: subFunction, isResponse: isResponse)
        {
            reader.read(rules)
        } else if let subFunction {
            reader.remarks.append(.unknownSubFunction(subFunction))
        }
    }

    public var protocolName: DiagnosticProtocol { service.protocolName }

    /// Whether the control unit says that it will answer later.
    public var isPending: Bool { negative == .responsePending }

    /// The message in one line: the service, its sub-function, identifiers and their names; of a
    /// negative response why. Text of the vehicle's is not in it.
    public var summary: String {
        var words = [service.name]
        if let negative {
            words.append(negative.description)
            return words.joined(separator: " ")
        }
        if let subFunction { words.append(service.name(ofSubFunction: subFunction)) }
        for identifier in content.identifiers.prefix(8) {
            let digits =
                protocolName == .obd
                ? UInt8(truncatingIfNeeded: identifier.number).hexadecimal
                : identifier.number.hexadecimal
            words.append(identifier.name.map { "\(digits) \($0)" } ?? digits)
        }
        let more = content.identifiers.count - 8
        if more > 0 { words.append("and \(more) more") }
        if !troubleCodes.isEmpty {
            words.append(UInt64(troubleCodes.count).counting("trouble code"))
        }
        return words.joined(separator: " ")
    }

    /// Whether it is a list of trouble codes, by their status or all, that has none.
    public var listsNoTroubleCodes: Bool {
        let lists: [UInt8] = [0x02, 0x0A, 0x15]
        return isResponse && negative == nil && service.rawValue == 0x19
            && lists.contains(subFunction ?? 0) && troubleCodes.isEmpty && remarks.isEmpty
    }

    /// The first field of this name.
    public func field(_ name: String) -> DiagnosticField? { fields.first { $0.name == name } }

    /// What is said of a data identifier first.
    public func field(of identifier: UInt16) -> DiagnosticField? {
        fields.first { $0.identifier == identifier }
    }
}
