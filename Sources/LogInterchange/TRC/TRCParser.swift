import CANFrame

/// Turns the lines of a TRC log into frames.
///
/// Source: PEAK CAN TRC File Format (PEAK-System), versions 1.0 to 2.1.
struct TRCParser: LineGrammar {
    /// What kind of frame a line is.
    private enum Kind {
        case data
        case flexible(FrameFlags)
        case remote
        case error
        /// No frame on the bus: a status, counters, an event.
        case other
    }

    /// A line while it is read.
    private struct Fields {
        var row = FrameRow(
            timestamp: Timestamp(nanoseconds: 0), identifier: PackedID(rawValue: 0), channel: 0,
            flags: [], length: 0, dlc: 0, payloadWord: 0)
        var kind = Kind.data
        var bus: UInt32 = 1
        var length: UInt64 = 0
        /// Whether the length is a data length code.
        var isCode = true
        /// A J1939 message, which can be longer than a frame.
        var hasDestination = false
    }

    private var header: TRCHeader
    private var channels = NumberedChannels()
    private var payload = PayloadBuffer()
    /// The most decimals of a millisecond in any stamp.
    private var decimals = 3
    var lines: UInt64 = 0
    var otherLines: UInt64 = 0
    private(set) var latest = Timestamp(nanoseconds: 0)
    var isLastLineOpen = false

    init(localClock: LocalClock) {
        header = TRCHeader(localClock: localClock)
    }

    var resolution: Int64 { CandumpTextLayout.resolution(decimals: 3 + decimals) }

    @inline(__always)
    mutating func readLine(
        _ cursor: inout LineCursor, into batch: inout FrameBatch
    ) throws(LineFault) -> TextLine {
        cursor.skipBlanks()
        if cursor.isAtEnd { return .layout }
        if cursor.character == UInt8(ascii: ";") {
            try header.read(&cursor)
            return .layout
        }
        var fields = Fields()
        for index in header.columns.indices {
            try read(header.columns[index], &cursor, into: &fields)
            if case .other = fields.kind { return .other }
        }
        cursor.skipBlanks()
        guard cursor.isAtEnd else { throw cursor.fault(.textAfterFrame) }
        guard let channel = channels.channel(fields.bus, at: fields.row.timestamp, in: &batch)
        else { throw LineFault(.tooManyChannels, column: 1) }
        fields.row.channel = channel
        latest = fields.row.timestamp
        if fields.row.isShort {
            batch.append(fields.row)
        } else {
            batch.append(fields.row, payload: payload.long.span)
        }
        return .frame
    }

    @inline(__always)
    private mutating func read(
        _ column: UInt8, _ cursor: inout LineCursor, into fields: inout Fields
    ) throws(LineFault) {
        switch column {
        case UInt8(ascii: "N"): try readNumber(&cursor)
        case UInt8(ascii: "O"): try readOffset(&cursor, into: &fields)
        case UInt8(ascii: "T"): try readType(&cursor, into: &fields)
        case UInt8(ascii: "B"): try readBus(&cursor, into: &fields)
        case UInt8(ascii: "I"): try readIdentifier(&cursor, into: &fields)
        case UInt8(ascii: "d"): try readDirection(&cursor, into: &fields)
        case UInt8(ascii: "R"):
            fields.hasDestination = !cursor.isToken("-")
            cursor.skipToken()
        case UInt8(ascii: "l"), UInt8(ascii: "L"):
            // Version 2.0 has neither an identifier nor a length in lines of errors.
            if case .error = fields.kind, header.version == 20 { return }
            let digits: Int
            (fields.length, digits) = cursor.takeDecimal()
            guard digits > 0, cursor.isBoundary(cursor.position) else {
                throw cursor.fault(.length)
            }
            fields.isCode = column == UInt8(ascii: "L")
            cursor.skipBlanks()
        case UInt8(ascii: "D"): try readData(&cursor, into: &fields)
        default: cursor.skipToken()
        }
    }

    /// `12`, or `12)` in version 1.
    @inline(__always)
    private func readNumber(_ cursor: inout LineCursor) throws(LineFault) {
        let (_, digits) = cursor.takeDecimal()
        if cursor.character == UInt8(ascii: ")") { cursor.position &+= 1 }
        guard digits > 0, cursor.isBoundary(cursor.position) else { throw cursor.fault(.number) }
        cursor.skipBlanks()
    }

    /// Milliseconds with a point, or a comma, before their fraction.
    @inline(__always)
    private mutating func readOffset(
        _ cursor: inout LineCursor, into fields: inout Fields
    ) throws(LineFault) {
        let isNegative = cursor.character == UInt8(ascii: "-")
        if isNegative { cursor.position &+= 1 }
        let (milliseconds, count) = cursor.takeDecimal()
        guard count > 0 else { throw cursor.fault(.stamp) }
        var offset = Int64(bitPattern: milliseconds) &* 1_000_000
        if cursor.character == UInt8(ascii: ".") || cursor.character == UInt8(ascii: ",") {
            cursor.position &+= 1
            let (billionths, digits) = try cursor.takeFraction()
            guard digits <= 6 else { throw cursor.fault(.stampTooFine) }
            if digits > decimals { decimals = digits }
            offset &+= Int64(billionths / 1_000)
        }
        guard cursor.isBoundary(cursor.position) else { throw cursor.fault(.stamp) }
        let (stamp, isBeyond) = header.start.addingReportingOverflow(
            isNegative ? 0 &- offset : offset)
        guard milliseconds < 9_223_372_036_854, !isBeyond else {
            throw LineFault(.stampTooLarge, column: 1)
        }
        fields.row.timestamp = Timestamp(nanoseconds: stamp)
        cursor.skipBlanks()
    }

    /// `DT`, `FB`, …; before version 2.0 the direction, or `Warng`, `Error`.
    @inline(__always)
    private func readType(
        _ cursor: inout LineCursor, into fields: inout Fields
    ) throws(LineFault) {
        guard cursor.isBoundary(cursor.position &+ 2) else {
            guard header.version < 20 else { throw cursor.fault(.kind) }
            if cursor.skip("warng") {
                fields.kind = .other
            } else if cursor.skip("error") {
                fields.kind = .error
            } else {
                throw cursor.fault(.kind)
            }
            return
        }
        switch UInt16(truncatingIfNeeded: cursor.word.bits) {
        case 0x5444: fields.kind = .data  // DT
        case 0x4446: fields.kind = .flexible([])  // FD
        case 0x4246: fields.kind = .flexible(.bitRateSwitch)  // FB
        case 0x4546: fields.kind = .flexible(.errorStateIndicator)  // FE
        case 0x4942:  // BI
            fields.kind = .flexible([.bitRateSwitch, .errorStateIndicator])
        case 0x5252: fields.kind = .remote  // RR
        case 0x5245: fields.kind = .error  // ER
        // ST status, EC counters, EV event; of version 3.0 PE protocol exception, OF overload
        // frame, EN error notification.
        case 0x5453, 0x4345, 0x5645, 0x4550, 0x464F, 0x4E45: fields.kind = .other
        case 0x4C58: throw cursor.fault(.xl)  // XL
        case 0x7852 where header.version < 20: fields.row.flags.origin = .received  // Rx
        case 0x7854 where header.version < 20: fields.row.flags.origin = .thisHost  // Tx
        default: throw cursor.fault(.kind)
        }
        cursor.position &+= 2
        cursor.skipBlanks()
    }

    @inline(__always)
    private func readBus(
        _ cursor: inout LineCursor, into fields: inout Fields
    ) throws(LineFault) {
        let (bus, digits) = cursor.word.decimal
        guard (1...7).contains(digits), cursor.isBoundary(cursor.position &+ digits) else {
            throw cursor.fault(.channel)
        }
        fields.bus = UInt32(truncatingIfNeeded: bus)
        cursor.position &+= digits
        cursor.skipBlanks()
    }

    /// Four digits if standard, eight if extended.
    @inline(__always)
    private func readIdentifier(
        _ cursor: inout LineCursor, into fields: inout Fields
    ) throws(LineFault) {
        if case .error = fields.kind, header.version >= 20 {
            _ = cursor.skip("-")
            return
        }
        let word = cursor.word
        let count = word.hexadecimalCount
        guard count > 0, cursor.isBoundary(cursor.position &+ count) else {
            throw cursor.fault(.identifier)
        }
        let number = word.hexadecimalNumber(count: count)
        if count > 4 {
            if number == 0xFFFF_FFFF && header.version == 10 {
                fields.kind = .other
                return
            }
            guard number <= 0x1FFF_FFFF else { throw cursor.fault(.identifierTooLarge) }
            fields.row.identifier = PackedID(rawValue: number | 0x8000_0000)
        } else {
            guard number <= 0x7FF else { throw cursor.fault(.standardTooLarge) }
            fields.row.identifier = PackedID(rawValue: number)
        }
        cursor.position &+= count
        cursor.skipBlanks()
    }

    @inline(__always)
    private func readDirection(
        _ cursor: inout LineCursor, into fields: inout Fields
    ) throws(LineFault) {
        guard cursor.isBoundary(cursor.position &+ 2) else { throw cursor.fault(.direction) }
        switch UInt16(truncatingIfNeeded: cursor.word.bits) {
        case 0x7852: fields.row.flags.origin = .received
        case 0x7854: fields.row.flags.origin = .thisHost
        default: throw cursor.fault(.direction)
        }
        cursor.position &+= 2
        cursor.skipBlanks()
    }

    @inline(__always)
    private mutating func readData(
        _ cursor: inout LineCursor, into fields: inout Fields
    ) throws(LineFault) {
        if header.version < 20 {
            if cursor.skip("rtr") { fields.kind = .remote }
            if header.version == 10, cursor.skip("error") { fields.kind = .error }
        }
        switch fields.kind {
        case .data:
            if fields.hasDestination && fields.length > 8 {
                fields.kind = .other
                return
            }
            guard fields.length <= (fields.isCode ? 15 : 8) else { throw cursor.fault(.length) }
            fields.row.dlc = UInt8(truncatingIfNeeded: fields.length)
            fields.row.length = min(8, fields.row.dlc)
        case .flexible(let flags):
            guard fields.length <= (fields.isCode ? 15 : 64) else { throw cursor.fault(.length) }
            let length = UInt8(truncatingIfNeeded: fields.length)
            let isCode = fields.isCode
            fields.row.length = isCode ? DataLengthCode.length(of: length, isFD: true) : length
            fields.row.dlc = isCode ? length : DataLengthCode.code(for: length)
            fields.row.flags.formUnion(flags.union(.flexibleDataRate))
        case .remote:
            guard fields.length <= 15 else { throw cursor.fault(.length) }
            fields.row.dlc = UInt8(truncatingIfNeeded: fields.length)
            fields.row.identifier.rawValue |= 0x4000_0000
            return
        case .error: return try readError(&cursor, into: &fields)
        case .other: return
        }
        try cursor.readPayload(Int(fields.row.length), base: .hexadecimal, into: &payload)
        fields.row.payloadWord = payload.word
    }

    /// Type, direction, place in the frame, counters for receiving and sending; the type is the
    /// identifier before version 2.0.
    private mutating func readError(
        _ cursor: inout LineCursor, into fields: inout Fields
    ) throws(LineFault) {
        let isEarly = header.version < 20
        try cursor.readPayload(isEarly ? 4 : 5, base: .hexadecimal, into: &payload)
        var bytes = payload.word
        if isEarly { bytes = bytes << 8 | UInt64(fields.row.identifier.number & 0xFF) }
        fields.row.setError(BusError(trc: bytes))
        if fields.row.flags.origin == .unknown { fields.row.flags.origin = .received }
    }
}
