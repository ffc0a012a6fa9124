import CANFrame

/// What a data identifier's data means.
extension FieldReader {
    /// The answers of service 22: an identifier, its data, the next identifier.
    ///
    /// Nothing says how long data are: the table does, or the request, whose last identifier has all
    /// that is left. What is between must be guessed by nobody.
    mutating func readDataRecords() {
        let expected = requestedIdentifiers
        var index = 0
        while left > 0, !hasEnded {
            guard let (identifier, range) = takeIdentifier("dataIdentifier") else { return }
            if let expected, !expected.contains(identifier) {
                offset = range.lowerBound
                return leaveRest(.notRequested(identifier))
            }
            let following = expected.map { Array($0.dropFirst(index + 1)) }
            readData(of: identifier, at: range, following: following)
            index += 1
        }
    }

    /// The data of one identifier, whose two bytes are at `place`.
    private mutating func readData(
        of identifier: UInt16, at place: Range<Int>, following: [UInt16]?
    ) {
        let (name, length) = table.facts(of: identifier)
        note(identifier, name)
        guard let length = dataLength(length, following: following) else {
            if following == nil {
                // One identifier alone is what nearly every answer has.
                readIdentified(identifier, name, place, left)
            } else {
                // No byte is left out: the identifier is part of what is not understood.
                offset = place.lowerBound
                leaveRest(.unknownLength(field: name ?? identifier.hexadecimal))
            }
            return
        }
        readIdentified(identifier, name, place, length)
    }

    /// How many of the bytes that are left belong to an identifier, of which the table says that it has
    /// `length`; `nil` if that is not known.
    private func dataLength(_ length: Int?, following: [UInt16]?) -> Int? {
        if let length {
            // The last, or only, one has what is there: a length that disagrees is not believed.
            if following?.isEmpty == true, left != length { return left }
            guard let next = following?.first, !isAt(offset + length, next) else { return length }
            return lengthShown(by: next) ?? length
        }
        guard let following else { return nil }
        var after = 0
        for next in following {
            guard let length = table.length(of: next) else {
                return following.first.flatMap { lengthShown(by: $0) }
            }
            after += 2 + length
        }
        guard after <= left else { return following.first.flatMap { lengthShown(by: $0) } }
        // That it ends there must be seen: the next identifier stands behind it.
        let end = bytes.count - after
        guard let next = following.first else { return left }
        return isAt(end, next) ? left - after : lengthShown(by: next)
    }

    /// Whether the two bytes of an identifier are at a place.
    private func isAt(_ place: Int, _ identifier: UInt16) -> Bool {
        place <= bytes.count - 2 && UInt16(number(in: place..<place + 2)) == identifier
    }

    /// How long the data are if the next identifier's bytes end them: where these are but once.
    private func lengthShown(by next: UInt16) -> Int? {
        guard left > 2 else { return nil }
        var place: Int?
        for index in offset + 1..<bytes.count - 1 where isAt(index, next) {
            guard place == nil else { return nil }
            place = index
        }
        return place.map { $0 - offset }
    }

    /// A value named for its identifier: a physical one where OBD-II defines it, else text or bytes.
    private mutating func readIdentified(
        _ identifier: UInt16, _ name: String?, _ place: Range<Int>, _ length: Int
    ) {
        subject = identifier
        defer { subject = nil }
        guard length > 0 else {
            add(name ?? DiagnosticField.data, .bytes([]), place)
            return
        }
        if identifier >> 8 == 0xF4, length <= left,
            readParameter(UInt8(identifier & 0xFF), length: length)
        {
            return
        }
        readText(name, length)
    }

    /// The data of an identifier: a few printable bytes are a number by chance, where no standard says
    /// what they are.
    mutating func readText(_ name: String?, _ length: Int) {
        readBytes(name ?? DiagnosticField.data, length, asTextFrom: name == nil ? 4 : 2)
    }

    /// Where a memory is and how much of it, as the byte before says how many bytes that takes.
    mutating func readMemory() {
        guard let format = readNumber("addressAndLengthFormatIdentifier", 1, inHexadecimal: true)
        else { return }
        readNumber("memoryAddress", Int(format & 0xF), inHexadecimal: true)
        readNumber("memorySize", Int(format >> 4))
    }

    /// Service 2C: several addresses and sizes in the one format.
    mutating func readMemoryDefinitions() {
        guard let format = readNumber("addressAndLengthFormatIdentifier", 1, inHexadecimal: true)
        else { return }
        let (address, size) = (Int(format & 0xF), Int(format >> 4))
        guard address > 0 || size > 0 else { return }
        while left > 0, !hasEnded {
            readNumber("memoryAddress", address, inHexadecimal: true)
            readNumber("memorySize", size)
        }
    }

    /// Services 34 and 35: how many bytes a block may have, with service and counter.
    mutating func readBlockLength() {
        guard let format = readNumber("lengthFormatIdentifier", 1, inHexadecimal: true) else {
            return
        }
        readNumber("maxNumberOfBlockLength", Int(format >> 4))
    }

    /// ISO 14229-1 annex B.1: which messages in bits 0 and 1, which subnet in bits 4 to 7.
    mutating func readCommunicationType() {
        guard let range = take(1, for: "communicationType") else { return }
        let value = bytes[range.lowerBound]
        let messages = [
            "reserved", "normalCommunicationMessages", "networkManagementCommunicationMessages",
            "networkManagementAndNormalCommunicationMessages",
        ][Int(value & 3)]
        let subnet =
            switch value >> 4 {
            case 0: "all subnets"
            case 0xF: "the subnet of the request"
            case let number: "subnet \(number)"
            }
        add("communicationType", .named(UInt64(value), "\(messages) on \(subnet)"), range)
    }

    /// Service 24: bytes that say how an identifier's data are to be read, ISO 14229-1 annex C.2.
    mutating func readScaling() {
        while left > 0, !hasEnded {
            guard let range = take(1, for: "scalingByte") else { return }
            let value = bytes[range.lowerBound]
            let (kind, count) = (value >> 4, Int(value & 0xF))
            let name = Self.scalings[Int(kind)]
            add("scalingByte", .named(UInt64(value), "\(name) of \(count) bytes"), range)
            switch kind {
            case 0x2: readBytes("validityMask", count)
            // A formula: its number, then constants of two bytes.
            case 0x9:
                readNumber("formulaIdentifier", 1)
                readBytes("constants", max(0, count - 1))
            case 0xA: readNumber("unitOrFormat", 1)
            case 0xB: readNumber("stateAndConnectionType", 1)
            default: break
            }
        }
    }

    private static let scalings = [
        "unSignedNumeric", "signedNumeric", "bitMappedReportedWithOutMask",
        "bitMappedReportedWithMask", "binaryCodedDecimal", "stateEncodedVariable", "ASCII",
        "signedFloatingPoint", "packet", "formula", "unitOrFormat", "stateAndConnectionType",
        "reserved", "reserved", "reserved", "reserved",
    ]

    /// Service 86: the request that the control unit shall answer when the event occurs.
    mutating func readServiceToRespond() {
        guard let range = take(1, for: "serviceToRespondTo") else { return }
        let byte = bytes[range.lowerBound]
        add(
            "serviceToRespondTo",
            .named(UInt64(byte), DiagnosticService(rawValue: byte).name), range)
        readBytes("serviceToRespondToParameters", left)
    }
}
