import CANFrame

/// Writes rows as lines of an ASC log.
struct ASCFormatter: TextLogFormatter {
    static let longestLine = 512

    private var numbering = ChannelNumbering()
    var unheld = UnheldContent()
    private let options: EncodingOptions
    /// The moment of the date line, which has milliseconds.
    private let start: Int64
    private var decimals: Int
    /// Nanoseconds that the last decimal stands for.
    private var step: UInt64
    /// The second of the latest stamp, as it is written, with its point.
    private var second: UInt64 = 0
    private var secondText: DecimalText
    /// ` 1  ` by channel, the count of characters in the high byte.
    private var channelTexts = [UInt64](repeating: 0, count: 256)

    init(_ options: EncodingOptions) {
        self.options = options
        start = options.start.truncated(to: 1_000_000).nanoseconds
        decimals = 6
        step = 1_000
        secondText = Self.text(ofSecond: 0)
        widen(resolution: options.resolution)
    }

    mutating func widen(resolution: Int64) {
        decimals = max(decimals, CandumpTextLayout.decimals(resolution: resolution))
        step = UInt64(CandumpTextLayout.resolution(decimals: decimals))
    }

    mutating func describe(_ event: borrowing BusEvent) {
        numbering.describe(event, &unheld)
    }

    func header() -> [UInt8] {
        let date = ASCDate.text(of: start, options.localClock)
        return Array(
            """
            date \(date)
            base hex  timestamps absolute
            internal events logged
            // version 9.0.0
            // \(options.program)
            Begin Triggerblock \(date)
               0.000000 Start of measurement

            """.utf8)
    }

    var footer: [UInt8] { Array("End TriggerBlock\n".utf8) }

    @inline(__always)
    mutating func format(
        _ batch: borrowing FrameBatch, at index: Int, into text: inout MutableRawSpan,
        at start: Int
    ) throws(StreamError) -> Int {
        let row = batch.rows[index]
        var position = try formatStamp(row.timestamp, into: &text, at: start)
        if row.flags.isFD {
            position = formatFlexible(batch, at: index, into: &text, at: position)
        } else {
            position = formatChannel(row.channel, into: &text, at: position)
            if row.identifier.isError {
                position = formatError(row, into: &text, at: position)
            } else {
                position = formatClassic(row, into: &text, at: position)
            }
        }
        text.put(UInt8(ascii: "\n"), at: position)
        return position &+ 1
    }

    private static func text(ofSecond second: UInt64) -> DecimalText {
        var text = DecimalText(second, width: 4)
        text.append(UInt8(ascii: "."))
        return text
    }

    /// `   0.019968`
    @inline(__always)
    private mutating func formatStamp(
        _ stamp: Timestamp, into text: inout MutableRawSpan, at start: Int
    ) throws(StreamError) -> Int {
        guard stamp.nanoseconds >= self.start else { throw options.tooEarly(stamp) }
        let offset = UInt64(bitPattern: stamp.nanoseconds &- self.start)
        let whole = offset / 1_000_000_000
        let fraction = offset &- whole &* 1_000_000_000
        if whole != second {
            second = whole
            secondText = Self.text(ofSecond: whole)
        }
        text.put(UInt64(truncatingIfNeeded: secondText.characters), at: start)
        text.put(UInt64(truncatingIfNeeded: secondText.characters &>> 64), at: start &+ 8)
        let position = start &+ secondText.count
        let tens = fraction / 10
        text.put(TextWord(decimal: UInt32(truncatingIfNeeded: tens)), at: position)
        text.put(UInt8(ascii: "0") &+ UInt8(fraction &- tens &* 10), at: position &+ 8)
        if step > 1 && fraction % step != 0 { unheld[.stampDigits] += 1 }
        return position &+ decimals
    }

    /// ` 1  `
    @inline(__always)
    private mutating func formatChannel(
        _ channel: UInt8, into text: inout MutableRawSpan, at position: Int
    ) -> Int {
        var characters = channelTexts[Int(channel)]
        if characters == 0 {
            var number = DecimalText(UInt64(numbering.number(of: channel)))
            number.append(UInt8(ascii: " "))
            number.append(UInt8(ascii: " "))
            characters =
                UInt64(truncatingIfNeeded: number.characters) << 8 | UInt64(UInt8(ascii: " "))
                | UInt64(number.count + 1) << 56
            channelTexts[Int(channel)] = characters
        }
        text.put(characters, at: position)
        return position &+ Int(characters &>> 56)
    }

    /// `123x            Rx   d 8 01 02 …`
    @inline(__always)
    private mutating func formatClassic(
        _ row: FrameRow, into text: inout MutableRawSpan, at start: Int
    ) -> Int {
        text.put(MutableRawSpan.blanks, at: start &+ 8)
        _ = formatIdentifier(row.identifier, into: &text, at: start)
        let position = start &+ 16
        let isSent = row.flags.isByThisHost
        var dlc = row.dlc & 15
        let isRemote = row.identifier.isRemote
        if !isRemote && min(8, dlc) != row.length {
            dlc = row.length
            unheld[.dataLengthCode] += 1
        }
        // "Rx   d 8" and "Tx   r 8", all but the last character.
        let words: UInt64 =
            (isSent ? 0x54 : 0x52) | (isRemote ? 0x0020_7220_2020_7800 : 0x0020_6420_2020_7800)
        text.put(words | Self.digit(dlc) &<< 56, at: position)
        if isRemote { return position &+ 8 }
        return text.putSpacedBytes(row.payloadWord, count: Int(row.length), at: position &+ 8)
    }

    @inline(__always)
    private static func digit(_ code: UInt8) -> UInt64 {
        UInt64(code < 10 ? UInt8(ascii: "0") &+ code : UInt8(ascii: "A") &- 10 &+ code)
    }

    /// `18EBFF00x` without zeros before it, and blanks behind it up to eight characters.
    @inline(__always)
    private func formatIdentifier(
        _ identifier: PackedID, into text: inout MutableRawSpan, at position: Int
    ) -> Int {
        let number = identifier.number
        let zeros = min(7, number.leadingZeroBitCount &>> 2)
        let count = 8 &- zeros
        let digits = TextWord(hexadecimalBytes: number.byteSwapped).bits &>> UInt64(8 &* zeros)
        let behind = zeros == 0 ? 0 : MutableRawSpan.blanks &<< UInt64(8 &* count)
        text.put(digits | behind, at: position)
        guard identifier.isExtended else { return position &+ count }
        text.put(UInt8(ascii: "x"), at: position &+ count)
        return position &+ count &+ 1
    }

    /// `ErrorFrame`, with the code of the SJA1000 where the frame tells as much.
    private mutating func formatError(
        _ row: FrameRow, into text: inout MutableRawSpan, at start: Int
    ) -> Int {
        let position = text.putText("ErrorFrame", at: start)
        if row.flags.isByThisHost {
            unheld[.direction] += 1
        }
        if BusError.isBare(row) { return position }
        guard let error = BusError(row), let code = error.errorCodeCapture else {
            unheld[.errorDetail] += 1
            return position
        }
        if !BusError(errorCodeCapture: code).isAll(of: row) { unheld[.errorDetail] += 1 }
        var end = text.putText(" ECC: ", at: position)
        for bit in (0..<8).reversed() {
            text.put(UInt8(ascii: "0") + (code >> UInt8(bit) & 1), at: end)
            end += 1
        }
        return end
    }

    /// ` CANFD   1 Rx        300                                   1 0 d 32 …`
    private mutating func formatFlexible(
        _ batch: borrowing FrameBatch, at index: Int, into text: inout MutableRawSpan,
        at start: Int
    ) -> Int {
        let row = batch.rows[index]
        var position = text.putText(" CANFD ", at: start)
        let number = UInt64(numbering.number(of: row.channel))
        position = text.putDecimal(number, width: 3, at: position)
        let isSent = row.flags.isByThisHost
        position = text.putText(isSent ? " Tx   " : " Rx   ", at: position)
        let digits = 8 - min(7, row.identifier.number.leadingZeroBitCount / 4)
        text.put(MutableRawSpan.blanks, at: position)
        position += max(0, 8 - digits - (row.identifier.isExtended ? 1 : 0))
        position = formatIdentifier(row.identifier, into: &text, at: position)
        // Where the message's name would stand.
        position = text.putText("                                   ", at: position)
        let hasBRS = row.flags.contains(.bitRateSwitch)
        let hasESI = row.flags.contains(.errorStateIndicator)
        position = text.putText(hasBRS ? "1 " : "0 ", at: position)
        position = text.putText(hasESI ? "1 " : "0 ", at: position)
        let code = DataLengthCode.code(for: row.length)
        text.put(UInt8(truncatingIfNeeded: Self.digit(code)) | 0x20, at: position)
        position = text.putText(" ", at: position + 1)
        position = text.putDecimal(UInt64(row.length), width: 2, at: position)
        if row.isShort {
            position = text.putSpacedBytes(
                row.payloadWord, count: Int(row.length), at: position)
        } else {
            position = text.putSpacedBytes(batch.longPayload(at: index), at: position)
        }
        // Duration and count of bits, which we do not know; flags; checksum and bit timings.
        position = text.putText("        0    0     ", at: position)
        let flags: UInt8 = 1 | (hasBRS ? 2 : 0) | (hasESI ? 4 : 0)
        text.put(UInt8(ascii: "0") + flags, at: position)
        return text.putText(
            "000        0        0        0        0        0", at: position + 1)
    }
}

extension ASCDate {
    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `Wed Apr 16 09:21:13.159 am 2014`: the form that CANoe writes and all readers know.
    static func text(of nanoseconds: Int64, _ clock: LocalClock) -> String {
        let whole = Timestamp(nanoseconds: nanoseconds).truncated(to: 1_000_000_000).nanoseconds
        let distance = clock.wall(ofUTC: whole / 1_000_000_000) - whole / 1_000_000_000
        let wall = UTCTime(Timestamp(nanoseconds: nanoseconds &+ distance &* 1_000_000_000))
        let day =
            Timestamp(nanoseconds: whole &+ distance &* 1_000_000_000)
            .truncated(to: 86_400_000_000_000).nanoseconds / 86_400_000_000_000
        let weekday = weekdays[Int((day % 7 + 7) % 7)]
        let hour = wall.secondOfDay / 3600
        let clockHour = hour % 12 == 0 ? 12 : hour % 12
        let minute = wall.secondOfDay / 60 % 60
        let time = "\(padded(clockHour)):\(padded(minute)):\(padded(wall.secondOfDay % 60))"
        let milliseconds = String(1000 + wall.nanosecond / 1_000_000).dropFirst()
        return "\(weekday) \(months[wall.month - 1]) \(padded(wall.day)) \(time).\(milliseconds)"
            + " \(hour < 12 ? "am" : "pm") \(wall.year)"
    }

    private static func padded(_ value: Int) -> String {
        value < 10 ? "0\(value)" : String(value)
    }
}
