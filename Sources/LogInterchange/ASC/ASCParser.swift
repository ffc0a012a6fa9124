import CANFrame

/// Turns the lines of an ASC log into frames.
///
/// Sources: CAN, Log and Trigger ASC Logging Format (Vector), python-can's asc.py, can-utils'
/// asc2log.c.
struct ASCParser: LineGrammar {
    var clock: ASCClock
    var base = NumberBase.hexadecimal
    var channels = NumberedChannels()
    var names = InterfaceTable()
    var payload = PayloadBuffer()
    /// The most decimals of any stamp so far; 0 before the first frame.
    private var decimals = 0
    var lines: UInt64 = 0
    var otherLines: UInt64 = 0
    private(set) var latest = Timestamp(nanoseconds: 0)
    var isLastLineOpen = false

    init(localClock: LocalClock) {
        clock = ASCClock(localClock: localClock)
    }

    var resolution: Int64 {
        let most = max(decimals, clock.decimals)
        return decimals == 0 ? 1000 : CandumpTextLayout.resolution(decimals: most)
    }

    @inline(__always)
    mutating func readLine(
        _ cursor: inout LineCursor, into batch: inout FrameBatch
    ) throws(LineFault) -> TextLine {
        cursor.skipBlanks()
        let first = cursor.character &- UInt8(ascii: "0")
        guard first < 10 && cursor.position < cursor.end else { return try readLayout(&cursor) }
        let (seconds, _) = cursor.takeDecimal()
        guard cursor.character == UInt8(ascii: ".") else { return try readWithoutStamp(&cursor) }
        cursor.position &+= 1
        let (billionths, digits) = try cursor.takeFraction()
        guard digits > 0, cursor.isBoundary(cursor.position) else { throw cursor.fault(.stamp) }
        guard seconds < 9_223_372_036,
            let time = clock.time(of: Int64(seconds) &* 1_000_000_000 &+ Int64(billionths))
        else { throw LineFault(.stampTooLarge, column: 1) }
        if digits > decimals { decimals = digits }
        cursor.skipBlanks()

        let (number, count) = cursor.word.decimal
        guard count > 0 && count < 8 && cursor.isBoundary(cursor.position &+ count) else {
            return try readWithoutNumber(&cursor, at: time, into: &batch)
        }
        cursor.position &+= count
        cursor.skipBlanks()
        let isFrame = try readClassic(
            &cursor, at: time, channel: UInt32(truncatingIfNeeded: number), into: &batch)
        return isFrame ? .frame : .other
    }

    /// What stands behind the channel: `123x Rx d 8 …`, `123 Tx r 4`, `ErrorFrame`.
    @inline(__always)
    mutating func readClassic(
        _ cursor: inout LineCursor, at time: Timestamp, channel number: UInt32,
        into batch: inout FrameBatch
    ) throws(LineFault) -> Bool {
        let place = cursor.position
        var row = FrameRow(
            timestamp: time, identifier: PackedID(rawValue: 0), channel: 0, flags: [], length: 0,
            dlc: 0, payloadWord: 0)
        let identifier = takeIdentifier(&cursor)
        if identifier == nil, cursor.isToken("errorframe") {
            return try readErrorFrame(&cursor, row: &row, channel: number, into: &batch)
        }
        guard let kind = try takeDirection(&cursor, isKnown: identifier != nil, into: &row) else {
            return false
        }
        if let identifier {
            row.identifier = identifier
        } else {
            row.identifier = try symbolicIdentifier(cursor, place: place)
        }
        if kind == UInt8(ascii: "r") {
            row.identifier.rawValue |= 0x4000_0000
            // Before version 8.5 without a DLC.
            if !cursor.isAtEnd, let dlc = takeCode(&cursor) { row.dlc = dlc }
        } else {
            guard let dlc = takeCode(&cursor) else { throw cursor.fault(.dataLengthCode) }
            row.dlc = dlc
            row.length = min(8, dlc)
            try cursor.readPayload(Int(row.length), base: base, into: &payload)
            row.payloadWord = payload.word
        }
        try checkRest(&cursor)
        try append(&row, channel: number, column: place, to: &batch, cursor)
        return true
    }

    /// `291`, `123`, `18EBFF00x`; `nil` and the position as it was if it is anything else.
    @inline(__always)
    func takeIdentifier(_ cursor: inout LineCursor) -> PackedID? {
        let number: UInt64
        let count: Int
        if base == .hexadecimal {
            let word = cursor.word
            count = word.hexadecimalCount
            guard count > 0 else { return nil }
            number = UInt64(word.hexadecimalNumber(count: count))
        } else {
            let start = cursor.position
            (number, count) = cursor.takeDecimal()
            cursor.position = start
            guard count > 0 else { return nil }
        }
        var next = cursor.position &+ count
        let isExtended = cursor.text[next] | 0x20 == UInt8(ascii: "x")
        if isExtended { next &+= 1 }
        guard cursor.isBoundary(next), number <= 0x1FFF_FFFF else { return nil }
        cursor.position = next
        cursor.skipBlanks()
        // SavvyCAN writes extended identifiers without x.
        let bit: UInt32 = isExtended || number > 0x7FF ? 0x8000_0000 : 0
        return PackedID(rawValue: UInt32(truncatingIfNeeded: number) | bit)
    }

    /// `Rx d` or `Tx r`: gives the letter behind the direction, or `nil` if the line is no frame.
    @inline(__always)
    private func takeDirection(
        _ cursor: inout LineCursor, isKnown: Bool, into row: inout FrameRow
    ) throws(LineFault) -> UInt8? {
        if !isKnown {
            // A symbol, or another event: the direction tells.
            let place = cursor.position
            cursor.skipToken()
            guard cursor.isToken("rx") || cursor.isToken("tx") else {
                cursor.position = place
                return nil
            }
        }
        if let origin = takeOrigin(&cursor) {
            row.flags.origin = origin
        } else if cursor.isToken("txrq") {
            // A request to send, which is no frame yet.
            return nil
        } else {
            let column = cursor.position
            cursor.skipToken()
            guard cursor.isToken("d") || cursor.isToken("r") else { return nil }
            throw LineFault(.direction, column: column - cursor.start + 1)
        }
        let kind = cursor.character | 0x20
        guard kind == UInt8(ascii: "d") || kind == UInt8(ascii: "r"),
            cursor.isBoundary(cursor.position &+ 1)
        else {
            if isKnown { throw cursor.fault(.kind) }
            return nil
        }
        cursor.position &+= 1
        cursor.skipBlanks()
        return kind
    }

    /// Passes over `Rx` or `Tx`; `nil` if it is neither.
    @inline(__always)
    func takeOrigin(_ cursor: inout LineCursor) -> FrameOrigin? {
        guard cursor.isBoundary(cursor.position &+ 2) else { return nil }
        let origin: FrameOrigin
        switch UInt16(truncatingIfNeeded: cursor.word.bits) | 0x2020 {
        case 0x7872: origin = .received  // "rx"
        case 0x7874: origin = .thisHost  // "tx"
        default: return nil
        }
        cursor.position &+= 2
        cursor.skipBlanks()
        return origin
    }

    /// A data length code: one hexadecimal digit, or two decimal ones; `nil` if it is none.
    @inline(__always)
    func takeCode(_ cursor: inout LineCursor) -> UInt8? {
        let word = cursor.word
        if word.hexadecimalCount == 1 && cursor.isBoundary(cursor.position &+ 1) {
            cursor.position &+= 1
            cursor.skipBlanks()
            return UInt8(truncatingIfNeeded: word.hexadecimalNumber(count: 1))
        }
        let (value, count) = word.decimal
        guard base == .decimal, count == 2, value < 16, cursor.isBoundary(cursor.position + 2)
        else { return nil }
        cursor.position += 2
        cursor.skipBlanks()
        return UInt8(value)
    }

    /// Names and lengths may follow a frame, but no further number.
    @inline(__always)
    func checkRest(_ cursor: inout LineCursor) throws(LineFault) {
        cursor.skipBlanks()
        guard cursor.position < cursor.end else { return }
        if cursor.character &- UInt8(ascii: "0") < 10 { throw cursor.fault(.textAfterFrame) }
    }

    @inline(__always)
    mutating func append(
        _ row: inout FrameRow, channel number: UInt32, column place: Int,
        to batch: inout FrameBatch, _ cursor: LineCursor
    ) throws(LineFault) {
        guard let channel = channels.channel(number, at: row.timestamp, in: &batch) else {
            throw LineFault(.tooManyChannels, column: place - cursor.start + 1)
        }
        row.channel = channel
        latest = row.timestamp
        if row.isShort {
            batch.append(row)
        } else {
            batch.append(row, payload: payload.long.span)
        }
    }
}
