import CANFrame

/// The messages of SAE J1979, modes 01 to 0A.
extension FieldReader {
    mutating func readOBD(_ mode: UInt8) {
        switch (mode, isResponse) {
        case (0x01, false): readRequested { OBDParameter[$0]?.name }
        case (0x01, true): while left > 0, !hasEnded { readCurrentData() }
        case (0x02, _): while left > 0, !hasEnded { readFreezeFrame() }
        case (0x03, true), (0x07, true), (0x0A, true): readTwoByteCodes()
        case (0x06, false): readRequested { OBDNames.monitor($0) }
        case (0x06, true): while left > 0, !hasEnded { readMonitor() }
        case (0x05, _), (0x08, _):
            readNumber("testIdentifier", 1)
            readBytes("data", left)
        case (0x09, false): readRequested { OBDInformationType[$0]?.name }
        case (0x09, true): while left > 0, !hasEnded { readInformation() }
        default: break
        }
    }

    /// The numbers that a request asks for, one byte each.
    private mutating func readRequested(_ name: (UInt8) -> String?) {
        while left > 0, !hasEnded { _ = takeParameter(name) }
    }

    private mutating func takeParameter(_ name: (UInt8) -> String?) -> UInt8? {
        guard let range = take(1, for: "identifier") else { return nil }
        let number = bytes[range.lowerBound]
        let name = name(number)
        note(UInt16(number), name)
        add(
            "identifier",
            .named(UInt64(number), number.hexadecimal + (name.map { " " + $0 } ?? "")), range)
        return number
    }

    private mutating func readCurrentData() {
        guard let number = takeParameter({ OBDParameter[$0]?.name }) else { return }
        readParameterData(number)
    }

    private mutating func readFreezeFrame() {
        guard let number = takeParameter({ OBDParameter[$0]?.name }) else { return }
        readNumber("frameNumber", 1)
        if isResponse { readParameterData(number) }
    }

    private mutating func readParameterData(_ number: UInt8) {
        guard let parameter = OBDParameter[number] else {
            return leaveRest(.unknownLength(field: "parameter " + number.hexadecimal))
        }
        guard left >= parameter.length else {
            return leaveRest(
                .tooShort(field: parameter.name, missing: parameter.length - left))
        }
        readParameter(number, length: parameter.length)
    }

    /// The values of a parameter; `false`, with nothing read, for one of another length or without a
    /// known meaning.
    @discardableResult
    mutating func readParameter(_ number: UInt8, length: Int) -> Bool {
        guard let parameter = OBDParameter[number], parameter.length == length else { return false }
        guard let range = take(length, for: parameter.name) else { return true }
        var isSupported = UInt8.max
        if parameter.hasSupportByte {
            isSupported = bytes[range.lowerBound]
            add("supportedValues", .number(UInt64(isSupported)), range.prefix(1))
        }
        for (index, part) in parameter.parts.enumerated() {
            read(
                part, of: parameter, in: range, isSupported: isSupported >> UInt8(index) & 1 == 1)
        }
        let rest = range.dropFirst(parameter.parts.isEmpty ? 0 : parameter.understoodLength)
        if !rest.isEmpty {
            add(
                parameter.parts.isEmpty ? parameter.name : "reserved", .bytes(Array(bytes[rest])),
                rest)
        }
        return true
    }

    private mutating func read(
        _ part: OBDParameter.Part, of parameter: OBDParameter, in range: Range<Int>,
        isSupported: Bool
    ) {
        switch part {
        case .linear(
            let name, let from, let count, let factor, let offset, let unit, let decimals,
            let signed):
            let place = range.lowerBound + from..<range.lowerBound + from + count
            guard isSupported else {
                add(name, .text("not supported"), place)
                return
            }
            let raw = number(in: place)
            let shift = UInt64(64 - 8 * count)
            let value = signed ? Double(Int64(bitPattern: raw << shift) >> shift) : Double(raw)
            add(name, .quantity(value * factor + offset, decimals: decimals), unit: unit, place)
        case .named(let name, let from, let names):
            let place = range.lowerBound + from..<range.lowerBound + from + 1
            let value = bytes[place.lowerBound]
            add(
                name, names[value].map { .named(UInt64(value), $0) } ?? .number(UInt64(value)),
                place)
        case .flags(let name, let from, let names):
            let place = range.lowerBound + from..<range.lowerBound + from + 1
            let value = bytes[place.lowerBound]
            let set = names.indices.filter { value >> UInt8($0) & 1 == 1 }.map { names[$0] }
            add(name, .flags(UInt64(value), set), place)
        case .supported: addSupported(after: parameter.number, in: range)
        case .readiness: addReadiness(in: range)
        case .troubleCode: addTwoByteCode(in: range)
        }
    }

    /// The highest bit of the first byte is the next number.
    private mutating func addSupported(after number: UInt8, in range: Range<Int>) {
        let bits = self.number(in: range)
        let numbers = (1...32).filter { bits >> UInt64(32 - $0) & 1 == 1 }
            .compactMap { UInt8(exactly: Int(number) + $0)?.hexadecimal }
        add("supported", .flags(bits, numbers), range)
    }

    private mutating func addReadiness(in range: Range<Int>) {
        let readiness = OBDReadiness(
            bytes[range.lowerBound], bytes[range.lowerBound + 1], bytes[range.lowerBound + 2],
            bytes[range.lowerBound + 3])
        let first = range.lowerBound..<range.lowerBound + 1
        add(
            "malfunctionIndicatorLamp",
            .named(readiness.isLampOn ? 1 : 0, readiness.isLampOn ? "on" : "off"), first)
        add("troubleCodeCount", .number(UInt64(readiness.troubleCodeCount)), first)
        add(
            "ignition",
            .named(
                readiness.isCompressionIgnition ? 1 : 0,
                readiness.isCompressionIgnition ? "compression" : "spark"),
            range.lowerBound + 1..<range.lowerBound + 2)
        for monitor in readiness.monitors {
            add(
                "monitor " + monitor.name,
                .named(monitor.isComplete ? 1 : 0, monitor.isComplete ? "complete" : "incomplete"),
                range.lowerBound + 1..<range.upperBound)
        }
    }

    /// Modes 03, 07 and 0A: on CAN a number of codes and then two bytes each; older links have no
    /// number, and fill up with zeroes.
    private mutating func readTwoByteCodes() {
        guard left > 0 else { return }
        if left % 2 == 1 {
            let count = readNumber("troubleCodeCount", 1) ?? 0
            while left > 0, !hasEnded {
                // What is behind the codes is filling, or there are fewer codes than it says.
                guard troubleCodes.count < Int(count) else { return }
                readTwoByteCode(keepsZero: true)
            }
            if troubleCodes.count < Int(count) {
                leaveRest(
                    .tooShort(field: "DTCRecord", missing: 2 * (Int(count) - troubleCodes.count)))
            }
        } else {
            while left > 0, !hasEnded { readTwoByteCode(keepsZero: false) }
        }
    }

    private mutating func readTwoByteCode(keepsZero: Bool) {
        guard let range = take(2, for: "DTCRecord") else { return }
        guard keepsZero || number(in: range) != 0 else {
            add("padding", .bytes([0, 0]), range)
            return
        }
        guard troubleCodes.count < DiagnosticMessage.maximumTroubleCodes else {
            offset = range.lowerBound
            return leaveRest(.tooMany)
        }
        addTwoByteCode(in: range)
    }

    private mutating func addTwoByteCode(in range: Range<Int>) {
        let code = TroubleCode(twoBytes: UInt16(number(in: range)))
        troubleCodes.append(ReportedTroubleCode(code: code, range: range))
    }

    /// Mode 06: results of tests with their limits, nine bytes each.
    private mutating func readMonitor() {
        guard let monitor = takeParameter({ OBDNames.monitor($0) }) else { return }
        if monitor % 0x20 == 0 {
            if let range = take(4, for: "supported") { addSupported(after: monitor, in: range) }
            return
        }
        guard let test = take(1, for: "testIdentifier") else { return }
        let testNumber = bytes[test.lowerBound]
        add(
            "testIdentifier",
            OBDNames.tests[testNumber].map { .named(UInt64(testNumber), $0) }
                ?? .number(UInt64(testNumber)), test)
        guard let scale = readNumber("unitAndScaling", 1), let values = take(6, for: "testResult")
        else { return }
        let scaling = OBDScaling[UInt8(scale)]
        for (index, name) in ["testValue", "minimumLimit", "maximumLimit"].enumerated() {
            let place = values.lowerBound + 2 * index..<values.lowerBound + 2 * index + 2
            let raw = UInt16(number(in: place))
            add(
                name,
                scaling.map { .quantity($0.value(raw), decimals: 4) } ?? .number(UInt64(raw)),
                unit: scaling?.unit ?? "", place)
        }
    }

    /// Mode 09: on CAN a number of items and the items.
    private mutating func readInformation() {
        guard let number = takeParameter({ OBDInformationType[$0]?.name }) else { return }
        if number % 0x20 == 0 {
            if let range = take(4, for: "supported") { addSupported(after: number, in: range) }
        } else if OBDInformationType.isMessageCount(number) {
            readNumber("messageCount", 1)
        } else if let type = OBDInformationType[number] {
            guard let count = readNumber("numberOfItems", 1) else { return }
            for _ in 0..<count where !hasEnded {
                if type.isText || type.itemLength > 2 {
                    readBytes(type.name, type.itemLength, asTextFrom: type.isText ? 1 : .max)
                } else {
                    readNumber(type.name, type.itemLength)
                }
            }
        } else {
            leaveRest(.unknownLength(field: "information type " + number.hexadecimal))
        }
    }
}
