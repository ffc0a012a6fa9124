import CANFrame

/// Turns stretches of candump's log format into frames; knows no file.
struct CandumpTextParser: TextLogGrammar {
    private var interfaces = InterfaceTable()
    /// The most decimals of any stamp so far; 0 before the first frame.
    private var decimals = 0
    var resolution: Int64 {
        decimals == 0 ? 1000 : CandumpTextLayout.resolution(decimals: decimals)
    }
    /// Whether the first CAN FD frame had `CANFD_FDF` in its flags digit; `nil` without one.
    private(set) var hasFDFBit: Bool?
    /// Lines so far, with blank ones and comments.
    var lines: UInt64 = 0
    private(set) var latest = Timestamp(nanoseconds: 0)
    /// The last line had no line end, so that it may have been cut.
    private(set) var isLastLineOpen = false
    private var longPayload: [UInt8]

    init() {
        longPayload = []
        longPayload.reserveCapacity(DataLengthCode.maximumLength)
    }

    /// Appends the frames of the lines in `text[start..<end]` until `batch` is full, a line is
    /// faulty, or the last is not whole, which counts as an end only if the text ends here.
    mutating func parse(
        _ text: Span<UInt8>, from start: Int, end: Int, isLast: Bool,
        into batch: inout FrameBatch
    ) -> TextProgress<CandumpFault> {
        var position = start
        while position < end && !batch.isFull {
            if text[position] != UInt8(ascii: "(") {
                guard let next = skipEmptyLine(text, at: position, end: end) else {
                    return faulty(
                        CandumpFault(.noStamp, column: 1), text, at: position, end: end,
                        isLast: isLast)
                }
                if next == end && !isLast { break }
                lines &+= 1
                position = next
                continue
            }
            do throws(CandumpFault) {
                var line = try CandumpLine(text, at: position, end: end)
                if line.next == end && text[end &- 1] != UInt8(ascii: "\n") {
                    // More of it may come: read the rest first.
                    guard isLast else { break }
                    isLastLineOpen = true
                }
                try append(&line, of: text, lineStart: position, to: &batch)
                lines &+= 1
                position = line.next
            } catch {
                return faulty(error, text, at: position, end: end, isLast: isLast)
            }
        }
        return TextProgress(used: position, fault: nil)
    }

    static let lineTooLong = CandumpFault(.lineTooLong, column: CandumpLine.maximumLength + 1)

    @inline(__always)
    private mutating func append(
        _ line: inout CandumpLine, of text: Span<UInt8>, lineStart: Int, to batch: inout FrameBatch
    ) throws(CandumpFault) {
        if let channel = interfaces.channel(of: line.interface) {
            line.row.channel = channel
        } else {
            line.row.channel = try addInterface(of: line, lineStart: lineStart, to: &batch)
        }
        if line.decimals > decimals { decimals = line.decimals }
        latest = line.row.timestamp
        if line.row.flags.isFD && hasFDFBit == nil { hasFDFBit = line.hasFDFBit }
        if line.row.isShort {
            batch.append(line.row)
        } else {
            appendLong(line, of: text, to: &batch)
        }
    }

    private mutating func appendLong(
        _ line: CandumpLine, of text: Span<UInt8>, to batch: inout FrameBatch
    ) {
        longPayload.removeAll(keepingCapacity: true)
        var position = line.longPayloadStart
        while longPayload.count < Int(line.row.length) {
            if text[position] == UInt8(ascii: ".") { position += 1 }
            let byte = text.word(at: position).hexadecimalBytes(count: 2)
            longPayload.append(UInt8(truncatingIfNeeded: byte))
            position += 2
        }
        batch.append(line.row, payload: longPayload.span)
    }

    private mutating func addInterface(
        of line: CandumpLine, lineStart: Int, to batch: inout FrameBatch
    ) throws(CandumpFault) -> UInt8 {
        let column = line.interfaceStart - lineStart + 1
        guard let name = line.interface.text else {
            throw CandumpFault(.interfaceUnprintable, column: column)
        }
        guard let channel = interfaces.add(line.interface) else {
            throw CandumpFault(.tooManyInterfaces, column: column)
        }
        batch.append(
            .channel(ChannelDescription(interface: name)), at: line.row.timestamp, channel: channel)
        return channel
    }

    /// Where the next line begins if this one is blank or a comment, else `nil`.
    private func skipEmptyLine(_ text: Span<UInt8>, at start: Int, end: Int) -> Int? {
        var position = start
        while position < end {
            switch text[position] {
            case UInt8(ascii: "\n"): return position + 1
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): position += 1
            case UInt8(ascii: "#"), UInt8(ascii: ";"):
                return TextLayout.nextLine(text, after: position, end: end)
            default: return nil
            }
        }
        return end
    }

    /// A fault is one only if the line is whole; else the rest has to be read first.
    private func faulty(
        _ fault: CandumpFault, _ text: Span<UInt8>, at start: Int, end: Int, isLast: Bool
    ) -> TextProgress<CandumpFault> {
        let next = TextLayout.nextLine(
            text, after: start, end: min(end, start + CandumpLine.maximumLength))
        let isWhole = next > start && text[next - 1] == UInt8(ascii: "\n")
        if isWhole || isLast && next == end { return TextProgress(used: start, fault: fault) }
        if next - start >= CandumpLine.maximumLength {
            return TextProgress(used: start, fault: Self.lineTooLong)
        }
        return TextProgress(used: start, fault: nil)
    }
}
