import CANFrame

/// Writes rows as SavvyCAN does (framefileio.cpp, `saveNativeCSVFile`); the bytes of a long payload
/// stand all in the line, where SavvyCAN writes the first eight.
struct CSVFormatter: TextLogFormatter {
    static let longestLine = 320

    var unheld = UnheldContent()
    private var numbering = ChannelNumbering()

    mutating func describe(_ event: borrowing BusEvent) {
        numbering.describe(event, &unheld)
    }

    mutating func widen(resolution: Int64) {}

    func header() -> [UInt8] {
        Array("Time Stamp,ID,Extended,Dir,Bus,LEN,D1,D2,D3,D4,D5,D6,D7,D8\n".utf8)
    }

    var footer: [UInt8] { [] }

    @inline(__always)
    mutating func format(
        _ batch: borrowing FrameBatch, at index: Int, into text: inout MutableRawSpan,
        at start: Int
    ) throws(StreamError) -> Int {
        let row = batch.rows[index]
        guard !row.identifier.isError && !row.identifier.isRemote else {
            // A line would be read as a data frame.
            unheld[.frame] += 1
            return start
        }
        if row.flags.isFD {
            let isPlain = row.flags.intersection(.wire) == .flexibleDataRate && row.length > 8
            if !isPlain { unheld[.flexibleFlags] += 1 }
        } else if row.dlc != row.length {
            unheld[.dataLengthCode] += 1
        }
        var position = formatStamp(row.timestamp, into: &text, at: start)
        let digits = TextWord(hexadecimalBytes: row.identifier.number.byteSwapped)
        text.put(UInt8(ascii: ","), at: position)
        text.put(digits, at: position &+ 1)
        // ",true," and ",false,"
        let isExtended = row.identifier.isExtended
        text.put(
            isExtended ? 0x2C65_7572_742C : 0x002C_6573_6C61_662C as UInt64, at: position &+ 9)
        position &+= isExtended ? 15 : 16
        let isSent = row.flags.isByThisHost
        text.put(isSent ? 0x2C_7854 : 0x2C_7852 as UInt32, at: position)
        let bus = numbering.number(of: row.channel) &- 1
        if bus < 10 {
            text.put(UInt16(0x2C30) &+ bus, at: position &+ 3)
            position &+= 5
        } else {
            position = text.putDecimal(UInt64(bus), at: position &+ 3)
            position = text.putText(",", at: position)
        }
        if row.isShort { return formatShort(row, into: &text, at: position) }
        position = text.putDecimal(UInt64(row.length), at: position)
        text.put(UInt8(ascii: ","), at: position)
        position &+= 1
        let payload = batch.longPayload(at: index)
        for index in payload.indices {
            let pair = TextWord(hexadecimalBytes: UInt32(payload[index])).bits & 0xFFFF
            text.put(UInt32(truncatingIfNeeded: pair) | 0x2C_0000, at: position)
            position &+= 3
        }
        text.put(UInt8(ascii: "\n"), at: position)
        return position &+ 1
    }

    /// The length, and eight bytes whatever it is.
    @inline(__always)
    private func formatShort(
        _ row: FrameRow, into text: inout MutableRawSpan, at start: Int
    ) -> Int {
        text.put(0x2C30 &+ UInt16(row.length), at: start)
        for half in 0..<2 {
            let bytes = UInt32(truncatingIfNeeded: row.payloadWord &>> UInt64(32 &* half))
            let digits = TextWord(hexadecimalBytes: bytes).bits
            for index in 0..<4 {
                let pair = UInt32(truncatingIfNeeded: digits &>> UInt64(16 &* index)) & 0xFFFF
                text.put(pair | 0x2C_0000, at: start &+ 2 &+ 12 &* half &+ 3 &* index)
            }
        }
        text.put(UInt8(ascii: "\n"), at: start &+ 26)
        return start &+ 27
    }

    /// Microseconds since 1970.
    @inline(__always)
    private mutating func formatStamp(
        _ stamp: Timestamp, into text: inout MutableRawSpan, at start: Int
    ) -> Int {
        let whole = stamp.truncated(to: 1000)
        if whole != stamp { unheld[.stampDigits] += 1 }
        var position = start
        if whole.nanoseconds < 0 {
            text.put(UInt8(ascii: "-"), at: position)
            position &+= 1
        }
        let microseconds = whole.nanoseconds.magnitude / 1000
        guard microseconds >= 1_000_000_000_000_000, microseconds < 10_000_000_000_000_000 else {
            return text.putDecimal(microseconds, at: position)
        }
        let high = microseconds / 100_000_000
        text.put(TextWord(decimal: UInt32(truncatingIfNeeded: high)), at: position)
        let low = microseconds &- high &* 100_000_000
        text.put(TextWord(decimal: UInt32(truncatingIfNeeded: low)), at: position &+ 8)
        return position &+ 16
    }
}
