import CANFrame

/// Reads the bytes of one message from the front, and keeps what they say.
///
/// Each reading takes what is there: where bytes are missing, those that are left become a raw field
/// with a remark, and whatever is asked after that finds nothing.
///
/// Noncopyable, so that what it has read is handed over and not copied.
struct FieldReader: ~Copyable {
    let bytes: [UInt8]
    let isResponse: Bool
    /// The data identifiers that the request asked for; `nil` where it is not known or another service's.
    let requestedIdentifiers: [UInt16]?
    /// The number of the one record that the request asked for (service 19), which may stand for all.
    let requestedRecord: Double?
    let table: DataIdentifierTable
    var offset = 0
    private(set) var content = DiagnosticContent()
    /// The identifier whose data are being read.
    var subject: UInt16?
    var format = TroubleCodeFormat.iso15031

    init(
        _ bytes: [UInt8], isResponse: Bool, request: DiagnosticMessage?,
        identifiers table: DataIdentifierTable
    ) {
        self.bytes = bytes
        self.isResponse = isResponse
        self.table = table
        requestedIdentifiers = request?.service.rawValue == 0x22 ? request?.identifiers : nil
        requestedRecord =
            request?.service.rawValue == 0x19
            ? request?.fields.first { $0.name.hasSuffix("RecordNumber") }?.number : nil
    }

    var fields: [DiagnosticField] {
        get { content.fields }
        _modify { yield &content.fields }
    }
    var troubleCodes: [ReportedTroubleCode] {
        get { content.troubleCodes }
        _modify { yield &content.troubleCodes }
    }
    var remarks: [DiagnosticRemark] {
        get { content.remarks }
        _modify { yield &content.remarks }
    }
    var identifiers: [NamedIdentifier] {
        get { content.identifiers }
        _modify { yield &content.identifiers }
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

    /// All that was read; what is left at the end of all rules is more than the service has.
    consuming func finish() -> DiagnosticContent {
        if left > 0 { leaveRest(remarks.isEmpty ? .surplus(offset..<bytes.count) : nil) }
        return content
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
        fields.append(
            DiagnosticField(
                name: name, identifier: subject, value: value, unit: unit, range: range))
    }

    /// The unsigned number of up to 8 bytes, the highest first.
    func number(in range: Range<Int>) -> UInt64 {
        bytes[range].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// A number of `count` bytes; of more than 8 the bytes.
    @discardableResult
    mutating func readNumber(
        _ name: String, _ count: Int, inHexadecimal: Bool = false
    ) -> UInt64? {
        guard let range = take(count, for: name) else { return nil }
        guard count <= 8 else {
            add(name, .bytes(Array(bytes[range])), range)
            return nil
        }
        let value = number(in: range)
        add(
            name, inHexadecimal ? .hexadecimal(value, digits: 2 * count) : .number(value), range)
        return value
    }

    /// `count` bytes as they are, or as text where they are so many letters of printable ASCII.
    mutating func readBytes(_ name: String, _ count: Int, asTextFrom letters: Int = .max) {
        guard count > 0, let range = take(count, for: name) else { return }
        if let text = text(in: range, from: letters) {
            add(name, .text(text), range)
        } else {
            add(name, .bytes(Array(bytes[range])), range)
        }
    }

    /// Printable ASCII without what fills a field up (zeroes, FF, spaces at the end; zeroes before);
    /// `nil` for bytes that are no text, or fewer letters than `least`.
    private func text(in range: Range<Int>, from least: Int) -> String? {
        guard range.count >= least else { return nil }
        var (start, end) = (range.lowerBound, range.upperBound)
        while end > start, Self.fillsUp(bytes[end - 1]) { end -= 1 }
        while start < end, bytes[start] == 0 { start += 1 }
        guard end - start >= least else { return nil }
        for index in start..<end where !(0x20..<0x7F ~= bytes[index]) { return nil }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    private static func fillsUp(_ byte: UInt8) -> Bool { byte == 0 || byte == 0xFF || byte == 0x20 }

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

/// What the bytes of a message say.
struct DiagnosticContent: Sendable, Hashable {
    var fields: [DiagnosticField] = []
    var troubleCodes: [ReportedTroubleCode] = []
    var remarks: [DiagnosticRemark] = []
    var identifiers: [NamedIdentifier] = []
}

/// An identifier of a message, with its name if it has one.
struct NamedIdentifier: Sendable, Hashable {
    var number: UInt16
    var name: String?
}
