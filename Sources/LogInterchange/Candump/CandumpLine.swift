import CANFrame

/// One line of candump's log format, checked and taken apart.
///
/// The format is that of `candump -L` and `canplayer` (can-utils, lib.h `parse_canframe`):
/// `(seconds.decimals) interface frame`, where the frame is `123#DEADBEEF`, with 8 digits if
/// extended or an error frame, `#R5` if remote, `##1DEADBEEF` with CAN FD flags, and `_E` behind
/// 8 bytes if the DLC of a classic frame is above 8; ` R` or ` T` may follow (`candump -x`).
struct CandumpLine {
    /// Lines longer than this are faulty; the longest good one has less than 200 characters.
    static let maximumLength = 1024

    var row = FrameRow(
        timestamp: Timestamp(nanoseconds: 0), identifier: PackedID(rawValue: 0), channel: 0,
        flags: [], length: 0, dlc: 0, payloadWord: 0)
    /// How many digits stand behind the point of the stamp, 1 to 9.
    var decimals = 0
    var interface = InterfaceName(low: 0, high: 0)
    /// Where the interface's name begins.
    var interfaceStart = 0
    /// Where a payload of more than 8 bytes begins in the text; it may have separators.
    var longPayloadStart = 0
    /// Whether the flags digit of a CAN FD frame has the bit `CANFD_FDF`, as on kernels since 6.1.
    var hasFDFBit = false
    /// Behind the line's end.
    var next = 0

    /// Takes the line at `start` apart, which begins with a parenthesis.
    ///
    /// `end` is behind the last character of the text, and ``TextLayout/padding`` more can be read there.
    @inline(__always)
    init(_ text: Span<UInt8>, at start: Int, end: Int) throws(CandumpFault) {
        var cursor = Cursor(text: text, start: start, end: end, position: start)
        try cursor.readStamp(into: &self)
        try cursor.readInterface(into: &self)
        try cursor.readIdentifier(into: &self)
        try cursor.readContent(into: &self)
        try cursor.readEnd(into: &self)
    }
}

/// A place in the text while a line is read.
private struct Cursor: ~Escapable {
    let text: Span<UInt8>
    let start: Int
    let end: Int
    var position: Int

    @_lifetime(copy text)
    init(text: Span<UInt8>, start: Int, end: Int, position: Int) {
        self.text = text
        self.start = start
        self.end = end
        self.position = position
    }

    @inline(__always)
    var character: UInt8 { text[position] }

    func fault(_ kind: CandumpFault.Kind, ahead: Int = 0) -> CandumpFault {
        CandumpFault(kind, column: min(position &+ ahead, end) &- start &+ 1)
    }

    /// `(1700000000.123456) `
    @inline(__always)
    mutating func readStamp(into line: inout CandumpLine) throws(CandumpFault) {
        guard character == UInt8(ascii: "(") else { throw fault(.noStamp) }
        position &+= 1
        var (seconds, count) = text.word(at: position).decimal
        guard count > 0 else { throw fault(.noStamp) }
        position &+= count
        if count == 8 {
            let (rest, more) = text.word(at: position).decimal
            // Sixteen digits at most, which 64 bits hold.
            for _ in 0..<more { seconds &*= 10 }
            seconds &+= rest
            position &+= more
        }
        guard character == UInt8(ascii: ".") else { throw fault(.stampWithoutDecimals) }
        position &+= 1
        var (decimals, digits) = text.word(at: position).decimal
        guard digits > 0 else { throw fault(.stampWithoutDecimals) }
        if digits == 8 {
            let (rest, more) = text.word(at: position &+ 8).decimal
            guard more <= 1 else { throw fault(.tooManyDecimals, ahead: 9) }
            if more == 1 { decimals = decimals &* 10 &+ rest }
            digits &+= more
        }
        position &+= digits
        for _ in digits..<9 { decimals &*= 10 }
        guard seconds < 9_223_372_036 else { throw fault(.stampTooLarge) }
        line.row.timestamp = Timestamp(
            nanoseconds: Int64(seconds) &* 1_000_000_000 &+ Int64(decimals))
        line.decimals = digits
        guard character == UInt8(ascii: ")"), text[position &+ 1] == UInt8(ascii: " ") else {
            throw fault(.stampNotClosed)
        }
        position &+= 2
    }

    @inline(__always)
    mutating func readInterface(into line: inout CandumpLine) throws(CandumpFault) {
        while character == UInt8(ascii: " ") && position < end { position &+= 1 }
        line.interfaceStart = position
        let first = text.word(at: position)
        let count = first.countBeforeBlank
        line.interface.low = first.prefix(count)
        line.interface.high = 0
        if count == 8 {
            let second = text.word(at: position &+ 8)
            let more = second.countBeforeBlank
            line.interface.high = second.prefix(more)
            position &+= more
        }
        position &+= count
        guard position < end, position > line.interfaceStart else {
            throw fault(.noInterface)
        }
        guard character == UInt8(ascii: " ") else {
            if character == UInt8(ascii: "\n") { throw fault(.noIdentifier) }
            guard character < UInt8(ascii: " ") else { throw fault(.interfaceTooLong) }
            throw fault(.interfaceUnprintable, ahead: line.interfaceStart &- position)
        }
        while character == UInt8(ascii: " ") && position < end { position &+= 1 }
    }

    @inline(__always)
    mutating func readIdentifier(into line: inout CandumpLine) throws(CandumpFault) {
        let word = text.word(at: position)
        let count = word.hexadecimalCount
        let delimiter = text[position &+ count]
        guard delimiter == UInt8(ascii: "#") else { throw fault(.noIdentifier, ahead: count) }
        let number = word.hexadecimalNumber(count: max(1, count))
        if count == 3 {
            guard number <= 0x7FF else { throw fault(.standardIdentifierTooLarge) }
            line.row.identifier = PackedID(rawValue: number)
        } else if count == 8 {
            // Bit 29 is CAN_ERR_FLAG; the flag of the extended format is not written.
            guard number <= 0x3FFF_FFFF else { throw fault(.extendedIdentifierTooLarge) }
            let isError = number & 0x2000_0000 != 0
            line.row.identifier = PackedID(rawValue: isError ? number : number | 0x8000_0000)
        } else {
            throw fault(count == 5 ? .extendedLength : .noIdentifier, ahead: count)
        }
        position &+= count &+ 1
    }

    /// What stands behind the `#`: payload, `R`, or `#` with CAN FD flags and payload.
    @inline(__always)
    mutating func readContent(into line: inout CandumpLine) throws(CandumpFault) {
        let first = text.word(at: position)
        let count = first.hexadecimalCount
        line.row.flags = []
        if count == 8 {
            let second = text.word(at: position &+ 8)
            let more = second.hexadecimalCount
            line.row.payloadWord =
                first.hexadecimalBytes(count: 8) | second.hexadecimalBytes(count: more) &<< 32
            return try endClassicPayload(digits: 8 &+ more, into: &line)
        }
        switch text[position &+ count] {
        case UInt8(ascii: "#") where count == 0:
            try readFlexible(into: &line)
        case UInt8(ascii: "R") where count == 0, UInt8(ascii: "r") where count == 0:
            try readRemote(into: &line)
        case UInt8(ascii: "."):
            try readSeparated(limit: 8, into: &line)
        default:
            line.row.payloadWord = first.hexadecimalBytes(count: count)
            try endClassicPayload(digits: count, into: &line)
        }
    }

    /// Behind the digits of a classic payload without separators.
    @inline(__always)
    private mutating func endClassicPayload(
        digits: Int, into line: inout CandumpLine
    ) throws(CandumpFault) {
        if text[position &+ digits] == UInt8(ascii: ".") {
            return try readSeparated(limit: 8, into: &line)
        }
        guard digits & 1 == 0 else { throw fault(.oddPayload, ahead: digits) }
        line.row.length = UInt8(truncatingIfNeeded: digits &>> 1)
        line.row.dlc = line.row.length
        position &+= digits
        if digits == 16 {
            if character == UInt8(ascii: "_") { try readDLCSuffix(into: &line) }
            if isHexadecimal(character) { throw fault(.payloadTooLong) }
        }
    }

    /// Bytes that may stand apart with points, one at a time.
    private mutating func readSeparated(
        limit: Int, into line: inout CandumpLine
    ) throws(CandumpFault) {
        line.longPayloadStart = position
        var count = 0
        var word: UInt64 = 0
        while position < end {
            if count > 0 && character == UInt8(ascii: ".") { position &+= 1 }
            let digits = min(2, text.word(at: position).hexadecimalCount)
            if digits == 0 { break }
            guard digits == 2 else { throw fault(.oddPayload, ahead: 1) }
            guard count < limit else { throw fault(.payloadTooLong) }
            if count < 8 {
                let byte = text.word(at: position).hexadecimalBytes(count: 2)
                word |= byte &<< UInt64(8 &* count)
            }
            count &+= 1
            position &+= 2
        }
        line.row.payloadWord = count <= 8 ? word : 0
        line.row.length = UInt8(truncatingIfNeeded: count)
        line.row.dlc = DataLengthCode.code(for: line.row.length)
        if limit == 8 && count == 8 && character == UInt8(ascii: "_") {
            try readDLCSuffix(into: &line)
        }
    }

    private mutating func readFlexible(into line: inout CandumpLine) throws(CandumpFault) {
        guard !line.row.identifier.isError else { throw fault(.errorFrameFormat) }
        position &+= 1
        let word = text.word(at: position)
        guard word.hexadecimalCount > 0 else { throw fault(.noFlags) }
        let flags = UInt8(truncatingIfNeeded: word.hexadecimalNumber(count: 1))
        guard flags <= FrameFlags.wire.rawValue else { throw fault(.flagsUnknown) }
        line.hasFDFBit = flags & FrameFlags.flexibleDataRate.rawValue != 0
        line.row.flags = FrameFlags(rawValue: flags).union(.flexibleDataRate)
        position &+= 1
        if character == UInt8(ascii: ".") { position &+= 1 }
        try readSeparated(limit: DataLengthCode.maximumLength, into: &line)
    }

    private mutating func readRemote(into line: inout CandumpLine) throws(CandumpFault) {
        guard !line.row.identifier.isError else { throw fault(.errorFrameFormat) }
        line.row.identifier.rawValue |= 0x4000_0000
        line.row.length = 0
        line.row.dlc = 0
        line.row.payloadWord = 0
        position &+= 1
        let word = text.word(at: position)
        guard word.hexadecimalCount > 0 else { return }
        let length = UInt8(truncatingIfNeeded: word.hexadecimalNumber(count: 1))
        guard length <= 8 else { throw fault(.remoteLength) }
        line.row.dlc = length
        position &+= 1
        if length == 8 && character == UInt8(ascii: "_") { try readDLCSuffix(into: &line) }
    }

    /// `_9` to `_F`: `len8_dlc` of linux/can.h.
    private mutating func readDLCSuffix(into line: inout CandumpLine) throws(CandumpFault) {
        position &+= 1
        let word = text.word(at: position)
        let code = word.hexadecimalCount > 0 ? word.hexadecimalNumber(count: 1) : 0
        guard code > 8 else { throw fault(.dlcSuffix) }
        line.row.dlc = UInt8(truncatingIfNeeded: code)
        position &+= 1
    }

    @inline(__always)
    mutating func readEnd(into line: inout CandumpLine) throws(CandumpFault) {
        if character == UInt8(ascii: "\n") && position < end {
            line.next = position &+ 1
        } else {
            try readSlowEnd(into: &line)
        }
    }

    /// Blanks, the direction of `candump -x`, a carriage return; or the end of the text.
    private mutating func readSlowEnd(into line: inout CandumpLine) throws(CandumpFault) {
        skipBlanks()
        if position < end && position > start {
            let isSeparate = text[position &- 1] == UInt8(ascii: " ")
            if isSeparate && character == UInt8(ascii: "R") {
                line.row.flags.origin = .received
                position &+= 1
            } else if isSeparate && character == UInt8(ascii: "T") {
                // MSG_DONTROUTE: some program of this host, perhaps candump's own socket.
                line.row.flags.origin = .thisHost
                position &+= 1
            }
        }
        skipBlanks()
        if position >= end {
            line.next = end
        } else if character == UInt8(ascii: "\n") {
            line.next = position &+ 1
        } else {
            throw fault(.textAfterFrame)
        }
    }

    private mutating func skipBlanks() {
        while position < end,
            character == UInt8(ascii: " ") || character == UInt8(ascii: "\t")
                || character == UInt8(ascii: "\r")
        {
            position &+= 1
        }
    }

    @inline(__always)
    private func isHexadecimal(_ character: UInt8) -> Bool {
        TextWord(bits: UInt64(character)).hexadecimalCount > 0
    }
}
