import CANFrame

/// What service 19 says of trouble codes.
extension FieldReader {
    mutating func readFormat() {
        guard let range = take(1, for: "DTCFormatIdentifier") else { return }
        let value = bytes[range.lowerBound]
        let format = TroubleCodeFormat(rawValue: value)
        self.format = format ?? .iso15031
        add(
            "DTCFormatIdentifier",
            format.map { .named(UInt64(value), $0.name) } ?? .number(UInt64(value)), range)
    }

    /// Service 14: which codes are to be cleared.
    mutating func readGroupOfCodes() {
        guard let range = take(3, for: "groupOfDTC") else { return }
        let value = UInt32(number(in: range))
        let name = MessageLayout.groupsOfCodes[value]
        add(
            "groupOfDTC",
            name.map { .named(UInt64(value), $0) } ?? .code(TroubleCode(threeBytes: value)), range)
    }

    @discardableResult
    mutating func readTroubleCode(_ parts: [FieldRule.TroubleCodePart]) -> Bool {
        let length = parts.reduce(0) { $0 + ($1 == .code ? 3 : 1) }
        guard let range = take(length, for: "DTCRecord") else { return false }
        guard troubleCodes.count < DiagnosticMessage.maximumTroubleCodes else {
            offset = range.lowerBound
            leaveRest(.tooMany)
            return false
        }
        var place = range.lowerBound
        var code = ReportedTroubleCode(code: TroubleCode(threeBytes: 0), range: range)
        code.format = format
        for part in parts {
            let byte = bytes[place]
            switch part {
            case .severity: code.severity = TroubleCodeSeverity(rawValue: byte)
            case .functionalUnit: code.functionalUnit = byte
            case .code:
                code.code = TroubleCode(threeBytes: UInt32(number(in: place..<place + 3)))
                place += 2
            case .status: code.status = TroubleCodeStatus(rawValue: byte)
            case .snapshotRecord: code.snapshotRecord = byte
            case .counter: code.faultDetectionCounter = Int8(bitPattern: byte)
            }
            place += 1
        }
        troubleCodes.append(code)
        return true
    }

    /// Reports 04 and 18: a record's number, how many identifiers it has, and these with their data.
    mutating func readSnapshots() {
        while left > 0, !hasEnded { readSnapshotRecord("DTCSnapshotRecordNumber") }
    }

    /// Report 05: a record's number, the code that it was stored for, and its data.
    mutating func readStoredData() {
        while left > 0, !hasEnded {
            readNumber("DTCStoredDataRecordNumber", 1)
            guard left > 0 else { return }
            guard readTroubleCode([.code, .status]) else { return }
            readSnapshotData()
        }
    }

    private mutating func readSnapshotRecord(_ name: String) {
        readNumber(name, 1)
        readSnapshotData()
    }

    private mutating func readSnapshotData() {
        guard let count = readNumber("DTCSnapshotRecordNumberOfIdentifiers", 1) else { return }
        // Zero says that the number is not known (of more than 255 identifiers, too).
        for index in 0..<max(1, Int(count)) {
            guard let (identifier, _) = takeIdentifier("dataIdentifier") else { return }
            let (name, length) = table.facts(of: identifier)
            note(identifier, name)
            subject = identifier
            defer { subject = nil }
            if let length {
                readText(name, length)
            } else if count == 1, index == 0, isAboutOneRecord {
                readBytes(name ?? DiagnosticField.data, left)
            } else {
                return leaveRest(.unknownLength(field: name ?? identifier.hexadecimal))
            }
        }
    }

    /// Whether the request asked for one record by its number: `FF` is all of them, `FE` all of OBD.
    private var isAboutOneRecord: Bool {
        requestedRecord.map { $0 < 0xFE } ?? false
    }

    /// Reports 06, 10 and 19: records with a number and data whose length the vehicle alone knows.
    mutating func readExtendedData() {
        while left > 0, !hasEnded {
            guard let number = readNumber("DTCExtDataRecordNumber", 1) else { return }
            let name = "DTCExtDataRecord" + UInt8(number).hexadecimal
            if let length = table.extendedRecordLengths[UInt8(number)] {
                readBytes(name, length)
            } else if isAboutOneRecord {
                readBytes(name, left)
            } else {
                return leaveRest(left > 0 ? .unknownLength(field: name) : nil)
            }
        }
    }

    /// Report 16: one kind of record of many codes.
    mutating func readExtendedDataByNumber() {
        let number = fields.last.flatMap(\.number) ?? 0
        let length = table.extendedRecordLengths[UInt8(number)]
        while left > 0, !hasEnded {
            guard readTroubleCode([.code, .status]) else { return }
            guard let length else {
                return leaveRest(
                    .unknownLength(field: "DTCExtDataRecord" + UInt8(number).hexadecimal))
            }
            readBytes("DTCExtDataRecord" + UInt8(number).hexadecimal, length)
        }
    }
}
