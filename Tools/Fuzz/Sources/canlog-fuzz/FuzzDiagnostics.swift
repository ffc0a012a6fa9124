import Diagnostics

/// Diagnostic messages: the first byte says how long the request is that stands behind it, what is left
/// is the answer to it. Nothing may be left unsaid, and the fast readers say the same.
func fuzzDiagnostics(_ input: [UInt8]) {
    guard let length = input.first else { return }
    let request = Array(input.dropFirst().prefix(Int(length & 0x3F)))
    let answer = Array(input.dropFirst(1 + request.count))
    var table = DataIdentifierTable.standard
    if length & 0x80 != 0 {
        table[0x010A] = DataIdentifierTable.Entry(name: "known", length: Int(length & 0x0F))
        table.extendedRecordLengths[0x01] = Int(length & 0x07)
    }
    let asked = DiagnosticMessage(request, isResponse: false, identifiers: table)
    check(asked)
    let answered = DiagnosticMessage(
        answer, isResponse: true, request: length & 0x40 == 0 ? asked : nil, identifiers: table)
    check(answered)
    compare(answered, answer)

    for kind in J1939Diagnostic.Kind.allCases {
        let message = J1939Diagnostic(group: kind.group, payload: answer.span)
        precondition((message?.codes.count ?? 0) * 4 <= answer.count)
        for code in message?.codes ?? [] { _ = code.description + code.failureModeName }
    }
}

private func check(_ message: DiagnosticMessage) {
    let payload = message.payload
    for range in message.fields.map(\.range) + message.troubleCodes.map(\.range) {
        precondition(range.lowerBound >= 0 && range.upperBound <= payload.count)
    }
    for field in message.fields { _ = field.description }
    for code in message.troubleCodes {
        _ = code.description
        let text = code.code.description
        precondition(TroubleCode(text) == code.code, "a code does not come back from its text")
    }
    _ = message.summary
    for remark in message.remarks { _ = remark.description }
    precondition(payload.isEmpty == (message.remarks == [.empty]))
}

private func compare(_ message: DiagnosticMessage, _ payload: [UInt8]) {
    if let records = TroubleCodeRecords(payload.span) {
        precondition(records.count == message.troubleCodes.count)
        for index in 0..<records.count {
            let record = records[index]
            precondition(record.code == message.troubleCodes[index].code)
            precondition(record.status == message.troubleCodes[index].status)
        }
    }
    if let answer = DataIdentifierAnswer(payload.span) {
        precondition(answer.data.count == payload.count - 3)
    }
}
