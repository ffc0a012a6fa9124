import CANFrame

/// What stands between a signal's name and its colon.
struct MultiplexMark {
    var isMultiplexer = false
    var value: UInt64?
    /// `m` without a number, which real files have where others write `M`.
    var isBare = false
}

extension DBCReader {
    /// `BO_ number name: length transmitter`
    mutating func readMessage(_ scanner: inout DBCScanner, at start: Int) throws(DBCFault) {
        hasMessage = false
        _ = scanner.peek()
        let place = scanner.position
        let number = UInt32(try scanner.unsigned("number of a message", atMost: Int(UInt32.max)))
        let range = try scanner.name("name of a message")
        _ = scanner.peek()
        let colon = scanner.position
        let hasColon = scanner.take(":")
        let length = try scanner.unsigned("length of a message", atMost: Self.maximumMessageLength)
        if !hasColon {
            diagnostics.add(
                DBCFault(colon, "there is no ':' behind the message's name"), .repaired,
                "it is read as if there were")
        }
        let name = scanner.text(range)
        let message = Message(
            number: number, identifier: identifier(of: number, name: name, at: place), name: name,
            longName: name, length: length, transmitters: scanner.nodeNames(),
            line: diagnostics.line(of: start))
        if let first = index.addMessage(number) { noteSame(number, as: first, message, at: place) }
        database.messages.append(message)
        marks.append([])
        hasMessage = true
    }

    private mutating func noteSame(
        _ number: UInt32, as first: Int, _ message: Message, at place: Int
    ) {
        let other = database.messages[first]
        diagnostics.add(
            DBCFault(
                place,
                "the message \(message.name) has the number \(number) of \(other.name) in line "
                    + "\(other.line)"),
            .noted, "both are kept; frames are decoded by the first")
    }

    /// The identifier that a number of a `BO_` line stands for.
    private mutating func identifier(
        of number: UInt32, name: String, at place: Int
    ) -> ArbitrationID? {
        if name == "VECTOR__INDEPENDENT_SIG_MSG" { return nil }
        if let standard = ArbitrationID(standard: number) { return standard }
        let value = number & 0x1FFF_FFFF
        if number & 0xE000_0000 != 0x8000_0000 {
            let cause =
                number == value
                ? "the number \(number) has more than 11 bits and not bit 31 of an extended one"
                : "the number \(number) has bits that no identifier has"
            diagnostics.add(
                DBCFault(place, cause), .repaired,
                "the message has the extended identifier \(PackedID(rawValue: value | 1 << 31))")
        }
        return ArbitrationID(extended: value)
    }

    /// `SG_ name [M|m3|m3M] : start|length@order sign (factor,offset) [min|max] "unit" receivers`
    mutating func readSignal(_ scanner: inout DBCScanner, at start: Int) throws(DBCFault) {
        guard hasMessage, let message = database.messages.indices.last else {
            throw DBCFault(start, "the signal stands under no message that was read")
        }
        let range = try scanner.name("name of a signal")
        let mark = try readMark(&scanner)
        try scanner.expect(":", "behind the signal's name")
        let layout = try readLayout(&scanner)
        try scanner.expect("(", "before the factor")
        let factor = try finiteNumber(&scanner, "factor")
        try scanner.expect(",", "behind the factor")
        let offset = try finiteNumber(&scanner, "offset")
        try scanner.expect(")", "behind the offset")
        let name = scanner.text(range)
        var signal = Signal(
            name: name, longName: name, startBit: layout.start, length: layout.length,
            byteOrder: layout.order, valueType: layout.type,
            factor: factor, offset: offset, minimum: 0, maximum: 0, unit: "", receivers: [],
            line: diagnostics.line(of: start))
        readTail(&scanner, into: &signal)
        if signal.neededLength > database.messages[message].length {
            noteMisfit(signal, of: message, at: start)
        }
        if let first = index.signals.first(range, in: bytes, scope: message),
            database.messages[message].identifier != nil
        {
            diagnostics.add(
                DBCFault(
                    range.lowerBound,
                    "the message \(database.messages[message].name) has a signal \(name) in line "
                        + "\(database.messages[message].signals[first].line) already"),
                .noted, "both are kept")
        }
        index.signals.insert(
            range, in: bytes, scope: message, value: database.messages[message].signals.count)
        database.messages[message].signals.append(signal)
        marks[message].append(mark)
    }

    private mutating func noteMisfit(_ signal: Signal, of message: Int, at place: Int) {
        // The signals of no message lie anywhere.
        guard database.messages[message].identifier != nil else { return }
        let length = database.messages[message].length
        diagnostics.add(
            DBCFault(
                place,
                "the signal \(signal.name) needs \(signal.neededLength) bytes, "
                    + "its message \(database.messages[message].name) has \(length)"),
            .noted, "it is invalid in frames of that length")
    }

    /// Limits, unit and receivers, which decoding does without: a fault costs only them.
    private mutating func readTail(_ scanner: inout DBCScanner, into signal: inout Signal) {
        do throws(DBCFault) {
            do throws(DBCFault) {
                (signal.minimum, signal.maximum) = try readLimits(&scanner)
            } catch {
                // The unit's quote tells where it goes on.
                scanner.skip(to: "\"")
                guard scanner.peek() != nil else { throw error }
                diagnostics.add(error, .lost, "the limits are left out, the signal is kept")
            }
            signal.unit = try scanner.string("unit")
            signal.receivers = scanner.nodeNames()
            if scanner.peek() != nil, !scanner.beginsStatement() {
                throw scanner.fault("this is no receiver")
            }
        } catch {
            diagnostics.add(error, .lost, "the rest of the line is left out, the signal is kept")
        }
    }

    private func readMark(_ scanner: inout DBCScanner) throws(DBCFault) -> MultiplexMark {
        var mark = MultiplexMark()
        guard let range = scanner.word() else { return mark }
        var text = bytes[range]
        if text.last == UInt8(ascii: "M") {
            mark.isMultiplexer = true
            text.removeLast()
        }
        guard !text.isEmpty else { return mark }
        guard text.removeFirst() == UInt8(ascii: "m"), text.allSatisfy(\.isDigit) else {
            throw DBCFault(range.lowerBound, "'\(scanner.text(range))' marks no multiplexing")
        }
        guard !text.isEmpty else {
            mark.isBare = true
            return mark
        }
        mark.value = UInt64(String(decoding: text, as: UTF8.self))
        guard mark.value != nil else {
            throw DBCFault(range.lowerBound, "the multiplexer's value is beyond 64 bits")
        }
        return mark
    }

    private typealias Layout = (
        start: Int, length: Int, order: Signal.ByteOrder, type: Signal.ValueType
    )

    /// `start|length@order sign`
    private mutating func readLayout(_ scanner: inout DBCScanner) throws(DBCFault) -> Layout {
        let maximum = Self.maximumMessageLength * 8
        let start = try scanner.unsigned("start bit", atMost: maximum - 1)
        try scanner.expect("|", "behind the start bit")
        let place = scanner.position
        let length = try scanner.unsigned("length of a signal", atMost: maximum)
        guard length > 0 else { throw DBCFault(place, "the signal has no bits") }
        try scanner.expect("@", "behind the signal's length")
        let order = scanner.peek()
        let orderPlace = scanner.position
        guard scanner.take("0") || scanner.take("1") || scanner.take("2") || scanner.take("3")
        else {
            throw scanner.fault("the byte order is neither 0 nor 1")
        }
        let isSigned = scanner.take("-")
        if !isSigned { try scanner.expect("+", "or '-' behind the byte order") }
        switch (order, length) {
        case (UInt8(ascii: "0"), _):
            return (start, length, .bigEndian, isSigned ? .signed : .unsigned)
        case (UInt8(ascii: "1"), _):
            return (start, length, .littleEndian, isSigned ? .signed : .unsigned)
        case (UInt8(ascii: "2"), 32), (UInt8(ascii: "3"), 64):
            let type = length == 32 ? Signal.ValueType.float : .double
            diagnostics.add(
                DBCFault(orderPlace, "the byte order is neither 0 nor 1"), .repaired,
                "the signal is a little-endian \(type), as SavvyCAN means it")
            return (start, length, .littleEndian, type)
        default: throw DBCFault(orderPlace, "the byte order is neither 0 nor 1")
        }
    }

    private func finiteNumber(
        _ scanner: inout DBCScanner, _ what: StaticString
    ) throws(DBCFault) -> Double {
        _ = scanner.peek()
        let place = scanner.position
        let value = try scanner.number(what)
        guard value.isFinite else { throw DBCFault(place, "the \(what) is beyond a double") }
        return value
    }
}
