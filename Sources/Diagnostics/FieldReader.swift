import CANFrame

/// Reads the bytes of one message from the front, and keeps what they say.
///
/// Each reading takes what is there: where bytes are missing, those that are left become a raw field
/// with a remark, and whatever is asked after that finds nothing.
struct FieldReader {
    let bytes: [UInt8]
    let isResponse: Bool
    let request: DiagnosticMessage?
    let table: DataIdentifierTable
    var offset = 0
    var fields: [DiagnosticField] = []
    var troubleCodes: [ReportedTroubleCode] = []
    var remarks: [DiagnosticRemark] = []
    var identifiers: [UInt16] = []
    var identifierNames: [String?] = []
    var format = TroubleCodeFormat.iso15031

    init(
        _ bytes: [UInt8], isResponse: Bool, request: DiagnosticMessage?,
        identifiers table: DataIdentifierTable
    ) {
        self.bytes = bytes
        self.isResponse = isResponse
        self.request = request
        self.table = table
    }

    /// Bytes that are not read yet.
    var left: Int { bytes.count - offset }
    var peek: UInt8? { left > 0 ? bytes[offset] : nil }
    /// Something was missing, or there was too much.
    private(set) var hasEnded = false

    /// Leaves all that was not read as bytes.
    mutating func leaveRest(_ remark: DiagnosticRemark?) {
        if let remark, !hasEnded { remarks.append(remark) }
        if left > 0 {
            fields.append(
                DiagnosticField(
                    name: DiagnosticField.raw, value: .bytes(Array(bytes[offset...])),
                    range: offset..<bytes.count))
        }
        offset = bytes.count
        hasEnded = true
    }

    /// What is left at the end of all rules is more than the service has.
    mutating func finish() {
        if left > 0 { leaveRest(remarks.isEmpty ? .surplus(offset..<bytes.count) : nil) }
    }

    /// Takes the next bytes; `nil`, and all that is left becomes raw, where there are fewer.
    mutating func take(_ count: Int, for name: String) -> Range<Int>? {
        guard !hasEnded else { return nil }
        guard left >= count else {
            leaveRest(.tooShort(field: name, missing: count - left))
            return nil
        }
        defer { offset += count }
        return offset..<offset + count
    }

    mutating func add(
        _ name: String, _ value: DiagnosticField.Value, unit: String = "", _ range: Range<Int>
    ) {
        guard fields.count < DiagnosticMessage.maximumFields else {
            if !hasEnded {
                offset = range.lowerBound
                leaveRest(.tooMany)
            }
            return
        }
        fields.append(DiagnosticField(name: name, value: value, unit: unit, range: range))
    }

    /// The unsigned number of up to 8 bytes, the highest first.
    func number(in range: Range<Int>) -> UInt64 {
        bytes[range].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// A number of `count` bytes; of more than 8 the bytes.
    @discardableResult
    mutating func readNumber(_ name: String, _ count: Int) -> UInt64? {
        guard let range = take(count, for: name) else { return nil }
        guard count <= 8 else {
            add(name, .bytes(Array(bytes[range])), range)
            return nil
        }
        let value = number(in: range)
        add(name, .number(value), range)
        return value
    }

    /// `count` bytes as they are, or as text where they are printable ASCII and that is wanted.
    mutating func readBytes(_ name: String, _ count: Int, asText: Bool = false) {
        guard count > 0, let range = take(count, for: name) else { return }
        let data = bytes[range]
        let text = asText ? Self.text(of: data) : nil
        add(name, text.map { .text($0) } ?? .bytes(Array(data)), range)
    }

    /// Printable ASCII without what fills a field up (zeroes, FF, spaces at the end; zeroes before);
    /// `nil` for bytes that are no text.
    static func text(of data: ArraySlice<UInt8>) -> String? {
        var data = data
        while let last = data.last, last == 0 || last == 0xFF || last == 0x20 { data.removeLast() }
        while data.first == 0 { data.removeFirst() }
        guard !data.isEmpty, data.allSatisfy({ 0x20..<0x7F ~= $0 }) else { return nil }
        return String(decoding: data, as: UTF8.self)
    }

    mutating func readNegativeResponse(to service: DiagnosticService) {
        if let range = take(1, for: "requestServiceId") {
            add("requestServiceId", .named(UInt64(bytes[range.lowerBound]), service.name), range)
        }
        if let range = take(1, for: "responseCode") {
            let code = NegativeResponseCode(rawValue: bytes[range.lowerBound])
            add("responseCode", .named(UInt64(code.rawValue), code.name), range)
        }
    }
}
