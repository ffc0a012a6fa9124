import CANFrame

/// Turns the lines of a CSV log of SavvyCAN or a GVRET device into frames.
///
/// Source: SavvyCAN, framefileio.cpp (`loadNativeCSVFile`).
struct CSVParser: LineGrammar {
    private var channels = NumberedChannels()
    private var payload = PayloadBuffer()
    var lines: UInt64 = 0
    private(set) var latest = Timestamp(nanoseconds: 0)
    var otherLines: UInt64 = 0
    var isLastLineOpen = false
    var resolution: Int64 { 1000 }

    @inline(__always)
    mutating func readLine(
        _ cursor: inout LineCursor, into batch: inout FrameBatch
    ) throws(LineFault) -> TextLine {
        cursor.skipByteOrderMark()
        cursor.skipBlanks()
        if cursor.isAtEnd || cursor.starts(with: "time stamp") { return .layout }
        var row = FrameRow(
            timestamp: try takeStamp(&cursor), identifier: PackedID(rawValue: 0), channel: 0,
            flags: [], length: 0, dlc: 0, payloadWord: 0)
        try skipComma(&cursor, else: .stamp)
        row.identifier = try takeIdentifier(&cursor)
        row.flags.origin = try takeOrigin(&cursor)
        let (bus, digits) = cursor.takeDecimal()
        guard (1...7).contains(digits) else { throw cursor.fault(.channel) }
        try skipComma(&cursor, else: .channel)
        let (length, lengthDigits) = cursor.takeDecimal()
        guard (1...2).contains(lengthDigits), length <= 64 else { throw cursor.fault(.length) }
        row.length = UInt8(truncatingIfNeeded: length)
        row.dlc = DataLengthCode.code(for: row.length)
        if row.length > 8 { row.flags.insert(.flexibleDataRate) }
        try readPayload(&cursor, length: Int(length))
        row.payloadWord = payload.word
        guard
            let channel = channels.channel(
                UInt32(truncatingIfNeeded: bus) &+ 1, at: row.timestamp, in: &batch)
        else { throw cursor.fault(.tooManyChannels) }
        row.channel = channel
        latest = row.timestamp
        if row.isShort {
            batch.append(row)
        } else {
            batch.append(row, payload: payload.long.span)
        }
        return .frame
    }

    @inline(__always)
    private func skipComma(
        _ cursor: inout LineCursor, else cause: LineFault.Cause
    ) throws(LineFault) {
        cursor.skipBlanks()
        guard cursor.character == UInt8(ascii: ",") else { throw cursor.fault(cause) }
        cursor.position &+= 1
        cursor.skipBlanks()
    }

    /// Microseconds, which SavvyCAN may write with a sign.
    @inline(__always)
    private func takeStamp(_ cursor: inout LineCursor) throws(LineFault) -> Timestamp {
        let isNegative = cursor.character == UInt8(ascii: "-")
        if isNegative { cursor.position &+= 1 }
        let (value, digits) = cursor.takeDecimal()
        guard digits > 0 else { throw cursor.fault(.stamp) }
        guard value <= 9_223_372_036_854_775 else { throw LineFault(.stampTooLarge, column: 1) }
        let nanoseconds = Int64(bitPattern: value) &* 1000
        return Timestamp(nanoseconds: isNegative ? 0 &- nanoseconds : nanoseconds)
    }

    /// `000005EB,false,`, `5eb,0,`; an identifier above 7FF is extended whatever stands behind it.
    @inline(__always)
    private func takeIdentifier(_ cursor: inout LineCursor) throws(LineFault) -> PackedID {
        if cursor.character == UInt8(ascii: "0") && cursor.text[cursor.position &+ 1] | 0x20 == 0x78
        {
            cursor.position &+= 2
        }
        let word = cursor.word
        let count = word.hexadecimalCount
        guard count > 0 else { throw cursor.fault(.identifier) }
        let number = word.hexadecimalNumber(count: count)
        guard number <= 0x1FFF_FFFF else { throw cursor.fault(.identifierTooLarge) }
        cursor.position &+= count
        try skipComma(&cursor, else: .identifier)
        var isExtended = number > 0x7FF
        let letters = cursor.word.bits | 0x2020_2020_2020_2020
        if letters & 0xFF_FFFF_FFFF == 0x65_736C_6166 {  // "false"
            cursor.position &+= 5
        } else if letters & 0xFFFF_FFFF == 0x6575_7274 {  // "true"
            cursor.position &+= 4
            isExtended = true
        } else if cursor.character == UInt8(ascii: "0") {
            cursor.position &+= 1
        } else if cursor.character == UInt8(ascii: "1") {
            cursor.position &+= 1
            isExtended = true
        } else {
            throw cursor.fault(.extended)
        }
        try skipComma(&cursor, else: .extended)
        return PackedID(rawValue: number | (isExtended ? 0x8000_0000 : 0))
    }

    /// `Rx,`, `Tx,`; nothing in logs of GVRET devices and of SavvyCAN's first version.
    @inline(__always)
    private func takeOrigin(_ cursor: inout LineCursor) throws(LineFault) -> FrameOrigin {
        if cursor.character &- UInt8(ascii: "0") < 10 { return .unknown }
        let origin: FrameOrigin
        switch UInt16(truncatingIfNeeded: cursor.word.bits) | 0x2020 {
        case 0x7872: origin = .received  // "rx"
        case 0x7874: origin = .thisHost  // "tx"
        default: throw cursor.fault(.direction)
        }
        cursor.position &+= 2
        try skipComma(&cursor, else: .direction)
        return origin
    }

    /// `,E8,45,…`: a comma before each byte, and behind them what SavvyCAN fills up with.
    @inline(__always)
    private mutating func readPayload(
        _ cursor: inout LineCursor, length: Int
    ) throws(LineFault) {
        payload.word = 0
        let start = cursor.position &+ 1
        if length == 8, cursor.character == UInt8(ascii: ","), cursor.end &- start >= 23,
            let first = cursor.text.word(at: start).hexadecimalBytes(count: 3, separator: 0x2C),
            let second = cursor.text.word(at: start &+ 9)
                .hexadecimalBytes(count: 3, separator: 0x2C),
            let third = cursor.text.word(at: start &+ 18)
                .hexadecimalBytes(count: 2, separator: 0x2C),
            cursor.text[start &+ 8] == 0x2C, cursor.text[start &+ 17] == 0x2C
        {
            payload.word = first | second &<< 24 | third &<< 48
            cursor.position = start &+ 23
        } else {
            try readBytes(&cursor, length: length)
        }
        guard isFieldEnd(cursor) else { throw cursor.fault(.payload) }
    }

    private mutating func readBytes(
        _ cursor: inout LineCursor, length: Int
    ) throws(LineFault) {
        payload.long.removeAll(keepingCapacity: true)
        for index in 0..<length {
            try skipComma(&cursor, else: .payload)
            let word = cursor.word
            let digits = word.hexadecimalCount
            guard (1...2).contains(digits) else { throw cursor.fault(.payload) }
            let byte = UInt8(truncatingIfNeeded: word.hexadecimalNumber(count: digits))
            cursor.position += digits
            if length > 8 {
                payload.long.append(byte)
            } else {
                payload.word |= UInt64(byte) << UInt64(8 * index)
            }
        }
        if length == 0 { cursor.skipBlanks() }
    }

    @inline(__always)
    private func isFieldEnd(_ cursor: LineCursor) -> Bool {
        cursor.character == UInt8(ascii: ",") || cursor.isBoundary(cursor.position)
    }
}
