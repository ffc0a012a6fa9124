import CANFrame

/// Lines of an ASC log that are no classic frames of a numbered channel.
extension ASCParser {
    /// Headers, comments and blank lines.
    mutating func readLayout(_ cursor: inout LineCursor) throws(LineFault) -> TextLine {
        cursor.skipByteOrderMark()
        if cursor.isAtEnd || cursor.starts(with: "//") { return .layout }
        if cursor.skip("date") {
            guard let date = ASCDate(&cursor) else { throw cursor.fault(.date) }
            clock.begin(measurement: date)
        } else if cursor.skip("base") {
            readBase(&cursor)
        } else if cursor.skip("begin") {
            guard cursor.skip("triggerblock"), !cursor.isAtEnd else { return .layout }
            guard let date = ASCDate(&cursor) else { throw cursor.fault(.date) }
            clock.begin(block: date)
        } else if !cursor.isToken("end"), !cursor.isToken("internal"), !cursor.isToken("no") {
            return try readWithoutStamp(&cursor)
        }
        return .layout
    }

    /// `hex  timestamps absolute`
    private mutating func readBase(_ cursor: inout LineCursor) {
        base = cursor.isToken("dec") ? .decimal : .hexadecimal
        cursor.skipToken()
        if cursor.skip("timestamps") { clock.isRelative = cursor.isToken("relative") }
    }

    /// A line that should be a frame has a direction and what kind of frame it is.
    func readWithoutStamp(_ cursor: inout LineCursor) throws(LineFault) -> TextLine {
        var ahead = cursor
        while !ahead.isAtEnd {
            var isFrame = ahead.isToken("errorframe")
            if takeOrigin(&ahead) != nil {
                isFrame = ahead.isToken("d") || ahead.isToken("r")
            } else {
                ahead.skipToken()
            }
            if isFrame { throw LineFault(.stamp, column: 1) }
        }
        return .other
    }

    /// A stamp without a channel's number: CAN FD, a channel with a name, or another event.
    mutating func readWithoutNumber(
        _ cursor: inout LineCursor, at time: Timestamp, into batch: inout FrameBatch
    ) throws(LineFault) -> TextLine {
        if cursor.starts(with: "start of measurement") { return .layout }
        if cursor.isToken("canxl") { throw cursor.fault(.xl) }
        if cursor.skip("canfd") {
            return try readFlexible(&cursor, at: time, into: &batch) ? .frame : .other
        }
        var ahead = cursor
        ahead.skipToken()
        if !ahead.isToken("errorframe") {
            ahead.skipToken()
            guard takeOrigin(&ahead) != nil, ahead.isToken("d") || ahead.isToken("r") else {
                return .other
            }
        }
        let number = try takeNamedChannel(&cursor, at: time, into: &batch)
        return try readClassic(&cursor, at: time, channel: number, into: &batch) ? .frame : .other
    }

    /// A channel's name instead of its number, of at most 16 characters.
    private mutating func takeNamedChannel(
        _ cursor: inout LineCursor, at time: Timestamp, into batch: inout FrameBatch
    ) throws(LineFault) -> UInt32 {
        let length = cursor.tokenLength
        guard (1...16).contains(length) else { throw cursor.fault(.channel) }
        let low = cursor.word.prefix(min(8, length))
        let high = length > 8 ? cursor.text.word(at: cursor.position + 8).prefix(length - 8) : 0
        let name = InterfaceName(low: low, high: high)
        let isKnown = names.channel(of: name)
        guard isKnown != nil || name.text != nil else { throw cursor.fault(.channel) }
        guard let index = isKnown ?? names.add(name) else { throw cursor.fault(.tooManyChannels) }
        // Above all numbers that are written.
        let number = 0x4000_0000 | UInt32(index)
        if isKnown == nil {
            guard channels.channel(number, named: name.text, at: time, in: &batch) != nil else {
                throw cursor.fault(.tooManyChannels)
            }
        }
        cursor.skipToken()
        return number
    }

    /// `1 Rx 300 Name 1 0 d 32 bytes… duration bits flags …`, behind `CANFD`.
    private mutating func readFlexible(
        _ cursor: inout LineCursor, at time: Timestamp, into batch: inout FrameBatch
    ) throws(LineFault) -> Bool {
        let place = cursor.position
        let (value, digits) = cursor.word.decimal
        let number: UInt32
        if digits > 0 && digits < 8 && cursor.isBoundary(place + digits) {
            number = UInt32(value)
            cursor.skipToken()
        } else {
            number = try takeNamedChannel(&cursor, at: time, into: &batch)
        }
        guard let origin = takeOrigin(&cursor) else {
            return try refuseDirection(&cursor)
        }
        var row = FrameRow(
            timestamp: time, identifier: PackedID(rawValue: 0), channel: 0, flags: [], length: 0,
            dlc: 0, payloadWord: 0)
        row.flags.origin = origin
        if cursor.isToken("errorframe") {
            return try readErrorFrame(&cursor, row: &row, channel: number, into: &batch)
        }
        guard let identifier = takeIdentifier(&cursor) else { throw cursor.fault(.identifier) }
        row.identifier = identifier
        // A symbolic name may stand here.
        if !cursor.isToken("0") && !cursor.isToken("1") { cursor.skipToken() }
        if try takeBit(&cursor) { row.flags.insert(.bitRateSwitch) }
        if try takeBit(&cursor) { row.flags.insert(.errorStateIndicator) }
        guard let dlc = takeCode(&cursor) else { throw cursor.fault(.dataLengthCode) }
        let (length, lengthDigits) = cursor.word.decimal
        guard (1...2).contains(lengthDigits), length <= 64,
            cursor.isBoundary(cursor.position + lengthDigits)
        else { throw cursor.fault(.length) }
        cursor.skipToken()
        row.dlc = dlc
        try cursor.readPayload(Int(length), base: base, into: &payload)
        row.length = UInt8(length)
        row.payloadWord = payload.word
        try readFlags(&cursor, into: &row)
        try append(&row, channel: number, column: place, to: &batch, cursor)
        return true
    }

    /// Other events of a CAN FD channel have no direction, nor has what was not sent yet.
    private func refuseDirection(_ cursor: inout LineCursor) throws(LineFault) -> Bool {
        if cursor.isToken("txrq") { return false }
        let fault = cursor.fault(.direction)
        cursor.skipToken()
        if takeIdentifier(&cursor) != nil, !cursor.isAtEnd { throw fault }
        return false
    }

    private func takeBit(_ cursor: inout LineCursor) throws(LineFault) -> Bool {
        if cursor.skip("0") { return false }
        guard cursor.skip("1") else { throw cursor.fault(.flags) }
        return true
    }

    /// Duration, count of bits, and the flags, which tell whether the frame on the CAN FD channel
    /// was a CAN FD frame (bit 12, `EDL`) or a remote frame (bit 4).
    private func readFlags(
        _ cursor: inout LineCursor, into row: inout FrameRow
    ) throws(LineFault) {
        let place = cursor.position
        cursor.skipBlanks()
        cursor.skipToken()
        cursor.skipToken()
        let word = cursor.word
        let digits = word.hexadecimalCount
        let isWhole = digits > 0 && cursor.isBoundary(cursor.position + digits)
        // Of a line that was cut off the flags may be a part.
        let isOpen = cursor.text[cursor.end] != UInt8(ascii: "\n")
        if isOpen && cursor.position + digits >= cursor.end { throw cursor.fault(.unfinished) }
        let isRemote: Bool
        var isFD = true
        if isWhole {
            let flags = word.hexadecimalNumber(count: digits)
            isFD = flags & 0x1000 != 0
            isRemote = !isFD && flags & 0x10 != 0
        } else {
            isRemote = row.length == 0 && row.dlc > 0
            if isRemote { isFD = false }
        }
        if isFD {
            row.flags.insert(.flexibleDataRate)
        } else {
            row.flags.subtract([.bitRateSwitch, .errorStateIndicator])
        }
        if isRemote { row.identifier.rawValue |= 0x4000_0000 }
        let isGood: Bool
        if isRemote {
            isGood = row.length == 0
        } else if isFD {
            // SocketCAN passes on lengths that no code stands for.
            isGood = row.dlc == DataLengthCode.code(for: row.length)
        } else {
            isGood = row.length == min(8, row.dlc)
        }
        guard isGood else {
            throw LineFault(.lengths, column: place - cursor.start + 1)
        }
    }

    /// `ErrorFrame`, with the SJA1000's code as `ECC: 10100010`, or a CAN core's as
    /// `Flags = 0xe CodeExt = 0x20a2 …`, or with CAN FD as `… c7 31ca Arb. 556 …`.
    mutating func readErrorFrame(
        _ cursor: inout LineCursor, row: inout FrameRow, channel number: UInt32,
        into batch: inout FrameBatch
    ) throws(LineFault) -> Bool {
        let place = cursor.position
        cursor.skipToken()
        if row.flags.origin == .unknown { row.flags.origin = .received }
        row.setError(takeErrorCode(&cursor))
        try append(&row, channel: number, column: place, to: &batch, cursor)
        return true
    }

    private func takeErrorCode(_ cursor: inout LineCursor) -> BusError? {
        if cursor.skip("ecc:") {
            guard cursor.tokenLength == 8 else { return nil }
            var code: UInt8 = 0
            for index in cursor.position..<cursor.position + 8 {
                let digit = cursor.text[index] &- UInt8(ascii: "0")
                guard digit < 2 else { return nil }
                code = code << 1 | digit
            }
            return BusError(errorCodeCapture: code)
        }
        var previous: UInt32?
        while !cursor.isAtEnd {
            if cursor.skip("codeext") {
                guard cursor.skip("="), cursor.starts(with: "0x") else { return nil }
                cursor.position += 2
                return hexadecimalToken(cursor).flatMap { $0 == 0 ? nil : BusError(coreCode: $0) }
            }
            if let previous, cursor.isToken("arb.") || cursor.isToken("data") {
                return BusError(coreCode: previous)
            }
            previous = hexadecimalToken(cursor)
            cursor.skipToken()
        }
        return nil
    }

    private func hexadecimalToken(_ cursor: LineCursor) -> UInt32? {
        let digits = cursor.word.hexadecimalCount
        guard digits > 0, cursor.isBoundary(cursor.position + digits) else { return nil }
        return cursor.word.hexadecimalNumber(count: digits)
    }

    /// The number of a frame whose identifier stands there as a symbol: `ID = 418119424x` behind it.
    func symbolicIdentifier(
        _ cursor: LineCursor, place: Int
    ) throws(LineFault) -> PackedID {
        let fault = LineFault(.identifier, column: place - cursor.start + 1)
        var ahead = cursor
        ahead.position = place
        let count = ahead.word.hexadecimalCount
        let end = place + count
        if count == 8 && (ahead.isBoundary(end) || ahead.text[end] | 0x20 == UInt8(ascii: "x")) {
            throw LineFault(.identifierTooLarge, column: fault.column)
        }
        while !ahead.isAtEnd {
            if ahead.skip("id"), ahead.skip("=") {
                let (number, digits) = ahead.takeDecimal()
                let isExtended = ahead.character == UInt8(ascii: "x")
                guard digits > 0, number <= (isExtended ? 0x1FFF_FFFF : 0x7FF) else { throw fault }
                return PackedID(rawValue: UInt32(number) | (isExtended ? 0x8000_0000 : 0))
            }
            ahead.skipToken()
        }
        throw fault
    }
}

extension LineCursor {
    /// UTF-8's mark at the start of a file.
    mutating func skipByteOrderMark() {
        if position == start, end - start >= 3, word.prefix(3) == 0xBF_BBEF { position += 3 }
    }
}
