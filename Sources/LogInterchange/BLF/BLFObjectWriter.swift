import CANFrame

/// Writes rows as objects of BLF into memory; knows neither containers nor where bytes go.
///
/// Concrete on purpose: the encoder around it is generic over where its bytes go.
struct BLFObjectWriter: Sendable {
    /// No frame is longer; all sizes are multiples of 4, so that nothing is padded.
    static let longestFrame = 120

    private static let classicSize = 48
    private static let fdSize = 120
    private static let errorSize = 64

    /// What the stamps count from, in nanoseconds since 1970: whole milliseconds.
    let start: Int64
    /// An earlier stamp was not promised.
    let earliest: Timestamp
    private(set) var latest: Timestamp
    private(set) var objects: UInt64 = 0
    /// Error frames of this host's own, which BLF cannot tell.
    private(set) var lostDirections: UInt64 = 0
    var numbering = ChannelNumbering()

    init(from earliest: Timestamp) {
        self.earliest = earliest
        let start = earliest.truncated(to: 1_000_000)
        self.start = start.nanoseconds
        latest = start
    }

    /// Writes the rows from `first` on, as many as find room in `bytes` behind `filled`; gives the
    /// row behind the last one and how many bytes are filled then.
    ///
    /// It stops before a row that is stamped too early.
    mutating func write(
        _ batch: borrowing FrameBatch, from first: Int, to end: Int, into bytes: inout [UInt8],
        at filled: Int
    ) -> (next: Int, filled: Int) {
        let rows = batch.rows
        var span = bytes.mutableSpan
        // Any bytes are good bytes; nothing but numbers is stored.
        var output = unsafe span.mutableBytes
        let limit = output.byteCount - Self.longestFrame
        var position = filled
        var index = first
        while index < end && position <= limit {
            let row = rows[index]
            if row.timestamp < earliest { break }
            if row.timestamp > latest { latest = row.timestamp }
            if row.flags.isFD {
                position = writeFD(row, batch, at: index, into: &output, at: position)
            } else if row.identifier.isError {
                position = writeError(row, into: &output, at: position)
            } else {
                position = writeClassic(row, into: &output, at: position)
            }
            index &+= 1
        }
        objects &+= UInt64(index &- first)
        return (index, position)
    }

    /// A marker as an object of its own, padded.
    mutating func marker(_ text: String, at time: Timestamp, program: String) -> [UInt8] {
        let fields = BLFMarkerText.markerFields(text: text, program: program)
        let size = BLFLayout.objectHeaderSize + fields.count
        var bytes = [UInt8](repeating: 0, count: BLFLayout.objectHeaderSize)
        var span = bytes.mutableSpan
        var output = unsafe span.mutableBytes
        writeHeader(BLFObjectType.globalMarker, size: size, time, into: &output, at: 0)
        objects += 1
        if time > latest { latest = time }
        return bytes + fields + [UInt8](repeating: 0, count: size % 4)
    }

    /// `ObjectHeader` of version 1, stamped in nanoseconds.
    @inline(__always)
    private func writeHeader(
        _ type: UInt32, size: Int, _ time: Timestamp, into bytes: inout MutableRawSpan,
        at position: Int
    ) {
        let base = UInt64(BLFLayout.objectSignature) | UInt64(BLFLayout.objectHeaderSize) &<< 32
        bytes.putField(base | 1 &<< 48, at: position)
        bytes.putField(
            UInt64(UInt32(truncatingIfNeeded: size)) | UInt64(type) &<< 32, at: position &+ 8)
        bytes.putField(UInt64(BLFLayout.oneNanosecond), at: position &+ 16)
        // Not negative, since no stamp is before the start.
        bytes.putField(UInt64(bitPattern: time.nanoseconds &- start), at: position &+ 24)
    }

    /// Channel, flags, DLC and identifier of a message.
    @inline(__always)
    private mutating func messageWord(_ row: FrameRow) -> UInt64 {
        let identifier = row.identifier.rawValue & (BLFLayout.extendedBit | 0x1FFF_FFFF)
        var flags: UInt8 = row.identifier.isRemote ? BLFLayout.remote : 0
        if row.flags.isByThisHost { flags |= BLFLayout.sent }
        return UInt64(numbering.number(of: row.channel)) | UInt64(flags) &<< 16
            | UInt64(row.dlc & 15) &<< 24 | UInt64(identifier) &<< 32
    }

    /// CAN_MESSAGE: the payload at 40.
    @inline(__always)
    private mutating func writeClassic(
        _ row: FrameRow, into bytes: inout MutableRawSpan, at position: Int
    ) -> Int {
        writeHeader(
            BLFObjectType.canMessage, size: Self.classicSize, row.timestamp, into: &bytes,
            at: position)
        bytes.putField(messageWord(row), at: position &+ 32)
        bytes.putField(row.payloadWord, at: position &+ 40)
        return position &+ Self.classicSize
    }

    /// CAN_FD_MESSAGE: FD flags at 45, valid bytes at 46, 64 bytes of payload at 52, 4 reserved.
    ///
    /// Not CAN_FD_MESSAGE_64, whose channel has 8 bits and counts from 1.
    private mutating func writeFD(
        _ row: FrameRow, _ batch: borrowing FrameBatch, at index: Int,
        into bytes: inout MutableRawSpan, at position: Int
    ) -> Int {
        writeHeader(
            BLFObjectType.canFDMessage, size: Self.fdSize, row.timestamp, into: &bytes,
            at: position)
        bytes.putField(messageWord(row), at: position &+ 32)
        for place in stride(from: 40, to: Self.fdSize, by: 8) {
            bytes.putField(UInt64(0), at: position &+ place)
        }
        var flags: UInt8 = 1
        if row.flags.contains(.bitRateSwitch) { flags |= 2 }
        if row.flags.contains(.errorStateIndicator) { flags |= 4 }
        bytes.putField(flags, at: position &+ 45)
        bytes.putField(row.length, at: position &+ 46)
        if row.isShort {
            bytes.putField(row.payloadWord, at: position &+ 52)
        } else {
            let payload = batch.longPayload(at: index)
            for place in payload.indices {
                bytes.putField(payload[place], at: position &+ 52 &+ place)
            }
        }
        return position &+ Self.fdSize
    }

    /// CAN_ERROR_EXT: flags at 36, DLC at 42, identifier at 48, further flags at 52, payload at 56.
    ///
    /// The identifier is the kernel's class and the payload its bytes, as python-can writes them, so
    /// that nothing is lost; the flags say the same in Vector's words.
    private mutating func writeError(
        _ row: FrameRow, into bytes: inout MutableRawSpan, at position: Int
    ) -> Int {
        writeHeader(
            BLFObjectType.canErrorExt, size: Self.errorSize, row.timestamp, into: &bytes,
            at: position)
        let errorClass = row.identifier.number
        let detail = BusError.blfDetail(of: BusError(row))
        let channel = UInt64(numbering.number(of: row.channel))
        bytes.putField(channel | UInt64(detail.flags) &<< 32, at: position &+ 32)
        bytes.putField(UInt64(min(row.length, 8)) &<< 16, at: position &+ 40)
        bytes.putField(UInt64(errorClass) | UInt64(detail.flagsExt) &<< 32, at: position &+ 48)
        bytes.putField(row.payloadWord, at: position &+ 56)
        if row.flags.isByThisHost { lostDirections &+= 1 }
        return position &+ Self.errorSize
    }
}

extension MutableRawSpan {
    @inline(__always)
    fileprivate mutating func putField<Value: BitwiseCopyable>(_ value: Value, at offset: Int) {
        storeBytes(of: value, toByteOffset: offset, as: Value.self)
    }
}
