import CANFrame

/// Writes rows as lines of candump's log format into memory; knows no file.
///
/// Concrete on purpose: the writer around it is generic over where the text goes.
struct CandumpTextFormatter {
    /// No line is longer: stamp 24, interface 24, identifier 10, flags 1, payload 128, end 4; and
    /// words are stored whole.
    static let longestLine = 256

    /// The text between the stamp's last digit and the identifier, `) can0 `, in three words.
    private struct InterfaceText {
        var words: InlineArray<3, UInt64> = [0, 0, 0]
        var count = 0

        /// Takes the first 21 characters of `name`, which is what canplayer reads.
        init(_ name: String) {
            let text = Array(") ".utf8) + name.utf8.prefix(21).map(Self.printable) + [0x20]
            for (index, character) in text.enumerated() {
                words[index / 8] |= UInt64(character) << UInt64(8 * (index % 8))
            }
            count = text.count
        }

        /// A blank or a control character in a name would make another line of the text.
        private static func printable(_ character: UInt8) -> UInt8 {
            character > 0x20 && character < 0x7F ? character : UInt8(ascii: "_")
        }
    }

    var style: CandumpTextStyle
    private var interfaces: [InterfaceText]
    /// The second of the latest stamp and its ten digits.
    private var second: UInt64 = 0
    private var secondHigh = TextWord(decimal: 0)
    private var secondLow = UInt16(0x3030)

    init(style: CandumpTextStyle) {
        self.style = style
        interfaces = (0..<256).map { InterfaceText("can\($0)") }
    }

    /// Writes the lines of the rows from `first` on, as many as find room in `text`; gives the row
    /// behind the last one and how many characters it made.
    ///
    /// The events among these rows are noted; those behind the batch's last row are not. Rows from
    /// `end` on are left for later.
    mutating func format(
        _ batch: borrowing FrameBatch, from first: Int, to end: Int = .max,
        into text: inout [UInt8]
    ) -> (next: Int, count: Int) {
        let rows = batch.rows
        var span = text.mutableSpan
        // Any bytes are good characters; nothing but bytes is stored.
        var output = unsafe span.mutableBytes
        let limit = output.byteCount - Self.longestLine
        var events = EventCursor(batch, from: first)
        var position = 0
        var index = first
        let end = min(rows.count, end)
        while index < end && position <= limit {
            if index == events.nextRow { noteEvents(of: batch, before: index, &events) }
            let stop = min(end, events.nextRow)
            while index < stop && position <= limit {
                position = format(batch, at: index, into: &output, at: position)
                index &+= 1
            }
        }
        return (index, position)
    }

    /// Takes note of the events behind a batch's last row.
    mutating func noteLastEvents(of batch: borrowing FrameBatch) {
        var events = EventCursor(batch, from: batch.count)
        noteEvents(of: batch, before: batch.count, &events)
    }

    private mutating func noteEvents(
        of batch: borrowing FrameBatch, before row: Int, _ cursor: inout EventCursor
    ) {
        while cursor.index < batch.events.count && batch.events[cursor.index].rowIndex <= row {
            note(batch.events[cursor.index])
            cursor.index += 1
        }
        cursor.find(in: batch)
    }

    /// Takes note of what a channel's number stands for.
    private mutating func note(_ event: borrowing BusEvent) {
        guard case .channel(let description) = event.kind, let channel = event.channel else {
            return
        }
        interfaces[Int(channel)] = InterfaceText(description.interface)
    }

    /// Writes the line of the row at `index` at `start` of `text`, which has room for
    /// ``longestLine``; gives the place behind it.
    @inline(__always)
    private mutating func format(
        _ batch: borrowing FrameBatch, at index: Int, into text: inout MutableRawSpan,
        at start: Int
    ) -> Int {
        let row = batch.rows[index]
        var position = format(row.timestamp, into: &text, at: start)
        let interface = interfaces[Int(row.channel)]
        text.put(interface.words[0], at: position)
        text.put(interface.words[1], at: position &+ 8)
        text.put(interface.words[2], at: position &+ 16)
        position &+= interface.count
        position = format(row.identifier, into: &text, at: position)
        if row.identifier.isRemote {
            position = formatRemote(row, into: &text, at: position)
        } else {
            if row.flags.isFD { position = format(row.flags, into: &text, at: position) }
            if row.isShort {
                position = formatShort(row, into: &text, at: position)
            } else {
                let payload = batch.longPayload(at: index)
                for index in payload.indices {
                    text.put(TextWord(hexadecimalBytes: UInt32(payload[index])), at: position)
                    position &+= 2
                }
            }
        }
        if style.showsDirection { position = formatOrigin(row.flags, into: &text, at: position) }
        text.put(UInt8(ascii: "\n"), at: position)
        return position &+ 1
    }

    /// At most 8 bytes, and the DLC of a classic frame above 8.
    @inline(__always)
    private func formatShort(
        _ row: FrameRow, into text: inout MutableRawSpan, at position: Int
    ) -> Int {
        let (low, high) = (row.payloadWord, row.payloadWord &>> 32)
        text.put(TextWord(hexadecimalBytes: UInt32(truncatingIfNeeded: low)), at: position)
        text.put(TextWord(hexadecimalBytes: UInt32(truncatingIfNeeded: high)), at: position &+ 8)
        let end = position &+ 2 &* Int(row.length)
        guard row.dlc > 8 && row.length == 8 && !row.flags.isFD else { return end }
        return formatSuffix(row.dlc, into: &text, at: end)
    }

    /// `(1700000000.123456`, without the parenthesis that closes it.
    @inline(__always)
    private mutating func format(
        _ timestamp: Timestamp, into text: inout MutableRawSpan, at start: Int
    ) -> Int {
        var position = start
        text.put(UInt8(ascii: "("), at: position)
        position &+= 1
        if timestamp.nanoseconds < 0 {
            // Before 1970 only in a made or damaged log; readers of text refuse the sign.
            text.put(UInt8(ascii: "-"), at: position)
            position &+= 1
        }
        let whole = timestamp.nanoseconds.magnitude
        let seconds = whole / 1_000_000_000
        let fraction = whole &- seconds &* 1_000_000_000
        if seconds != second {
            second = seconds
            secondHigh = TextWord(decimal: UInt32(truncatingIfNeeded: seconds / 100))
            let pair = UInt16(truncatingIfNeeded: seconds % 100)
            secondLow = (0x30 &+ pair / 10) | (0x30 &+ pair % 10) &<< 8
        }
        text.put(secondHigh, at: position)
        text.put(secondLow, at: position &+ 8)
        text.put(UInt8(ascii: "."), at: position &+ 10)
        position &+= 11
        return formatFraction(fraction, into: &text, at: position)
    }

    @inline(__always)
    private func formatFraction(
        _ fraction: UInt64, into text: inout MutableRawSpan, at position: Int
    ) -> Int {
        let tens = UInt32(truncatingIfNeeded: fraction / 10)
        // Eight digits of the fraction; those beyond the decimals are overwritten.
        text.put(TextWord(decimal: tens), at: position)
        if style.decimals == 9 {
            let last = UInt8(truncatingIfNeeded: fraction % 10)
            text.put(UInt8(ascii: "0") &+ last, at: position &+ 8)
        }
        return position &+ style.decimals
    }

    @inline(__always)
    private func format(
        _ identifier: PackedID, into text: inout MutableRawSpan, at position: Int
    ) -> Int {
        var number = identifier.number
        if identifier.isError { number |= 0x2000_0000 }
        var digits = TextWord(hexadecimalBytes: number.byteSwapped)
        let isShort = !identifier.isExtended && !identifier.isError
        if isShort { digits.bits &>>= 40 }
        let count = isShort ? 3 : 8
        text.put(digits, at: position)
        text.put(UInt8(ascii: "#"), at: position &+ count)
        return position &+ count &+ 1
    }

    /// `R`, and the length unless it is 0.
    private func formatRemote(
        _ row: FrameRow, into text: inout MutableRawSpan, at start: Int
    ) -> Int {
        var position = start
        text.put(UInt8(ascii: "R"), at: position)
        position += 1
        guard row.dlc > 0 else { return position }
        text.put(UInt8(ascii: "0") &+ min(row.dlc, 8), at: position)
        position += 1
        return row.dlc > 8 ? formatSuffix(row.dlc, into: &text, at: position) : position
    }

    /// `#` and the flags digit of a CAN FD frame.
    private func format(
        _ flags: FrameFlags, into text: inout MutableRawSpan, at position: Int
    ) -> Int {
        var digit = flags.intersection(.wire)
        if !style.writesFDFBit { digit.remove(.flexibleDataRate) }
        text.put(UInt8(ascii: "#"), at: position)
        text.put(UInt8(ascii: "0") &+ digit.rawValue, at: position &+ 1)
        return position &+ 2
    }

    /// `_9` to `_F`.
    private func formatSuffix(
        _ dlc: UInt8, into text: inout MutableRawSpan, at position: Int
    ) -> Int {
        let digit = dlc & 15
        text.put(UInt8(ascii: "_"), at: position)
        text.put(
            digit < 10 ? UInt8(ascii: "0") &+ digit : UInt8(ascii: "A") &+ digit &- 10,
            at: position &+ 1)
        return position &+ 2
    }

    /// ` R` or ` T` as `candump -x` does; nothing if the log does not know.
    private func formatOrigin(
        _ flags: FrameFlags, into text: inout MutableRawSpan, at position: Int
    ) -> Int {
        let letter: UInt8
        switch flags.origin {
        case .unknown: return position
        case .received: letter = UInt8(ascii: "R")
        case .thisHost, .thisProcess: letter = UInt8(ascii: "T")
        }
        text.put(UInt8(ascii: " "), at: position)
        text.put(letter, at: position &+ 1)
        return position &+ 2
    }
}

/// The next event of a batch while its rows are gone through.
private struct EventCursor {
    var index = 0
    /// The row before which the next event came; beyond all rows if there is none.
    var nextRow = Int.max

    /// Stands at the first event before `row` or a later one.
    init(_ batch: borrowing FrameBatch, from row: Int) {
        let events = batch.events
        while index < events.count && events[index].rowIndex < row { index += 1 }
        find(in: batch)
    }

    mutating func find(in batch: borrowing FrameBatch) {
        nextRow = index < batch.events.count ? batch.events[index].rowIndex : .max
    }
}
