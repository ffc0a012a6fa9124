import CLogKernels

/// The bytes of one record while it is written: memory of a fixed size that is allocated once.
///
/// Rows are written without a check per byte: whoever writes one asks ``JournalPen/hasRoom`` before,
/// and no row or event is longer than the slack behind the mark. Owned by one value, so it may
/// change threads.
@safe
struct JournalScratch: ~Copyable, @unchecked Sendable {
    /// Room in front of the body for the head of a record.
    private static let headRoom = 64
    private static let slack = max(JournalFormat.rowLimit, JournalFormat.eventLimit) + 16

    private let memory: UnsafeMutableRawPointer
    /// Writes into this memory; a loop takes it out and puts it back.
    var pen: JournalPen

    init() {
        let capacity = Self.headRoom + JournalFormat.bodyTarget + Self.slack
        unsafe memory = .allocate(byteCount: capacity, alignment: 16)
        pen = unsafe JournalPen(
            at: memory + Self.headRoom, mark: memory + Self.headRoom + JournalFormat.bodyTarget)
    }

    deinit { unsafe memory.deallocate() }

    /// Bytes of the body so far.
    var bodySize: Int { unsafe pen.end - (memory + Self.headRoom) }

    /// Puts the first `count` (1 to 8) bytes of `word` before the body.
    @inline(__always)
    mutating func prepend(word: UInt64, count: Int) {
        // In the room before the body, here and below.
        unsafe memory.storeBytes(
            of: (word << UInt64(64 - count * 8)).littleEndian, toByteOffset: Self.headRoom - 8,
            as: UInt64.self)
    }

    /// Puts a head of at most 64 bytes before the body.
    mutating func prepend(_ head: [UInt8]) {
        precondition(head.count <= Self.headRoom)
        for index in head.indices {
            unsafe memory.storeBytes(
                of: head[index], toByteOffset: Self.headRoom - head.count + index, as: UInt8.self)
        }
    }

    /// Appends head, body and their CRC mixed with `mixer` to `output`; then both are empty.
    @inline(__always)
    mutating func appendRecord(headSize: Int, mixer: UInt32, to output: inout [UInt8]) {
        // All between the head's beginning and the pen was written, and the slack has room for the
        // CRC.
        let start = unsafe memory.assumingMemoryBound(to: UInt8.self) + (Self.headRoom &- headSize)
        let size = headSize &+ bodySize
        let crc = unsafe canlog_crc32c(0, start, size) ^ mixer
        unsafe pen.end.storeBytes(of: crc.littleEndian, as: UInt32.self)
        unsafe output.append(
            contentsOf: UnsafeBufferPointer(
                start: start, count: size &+ JournalFormat.checksumSize))
        unsafe pen.end = memory + Self.headRoom
    }
}

/// Where the next byte of a record goes. Valid as long as the scratch it was taken from.
@safe
struct JournalPen: BitwiseCopyable, @unchecked Sendable {
    fileprivate var end: UnsafeMutableRawPointer
    private let mark: UnsafeMutableRawPointer

    fileprivate init(at start: UnsafeMutableRawPointer, mark: UnsafeMutableRawPointer) {
        unsafe end = start
        unsafe self.mark = mark
    }

    /// Whether another row or event fits, and should go into this record.
    @inline(__always)
    var hasRoom: Bool { unsafe end < mark }

    /// How many of the rows that have at most 16 bytes should go into this record; at least 1 if it
    /// has room. There is room for a row of any kind behind the mark.
    @inline(__always)
    var roomForCommonRows: Int { unsafe (mark - end + 15) &>> 4 }

    @inline(__always)
    mutating func append(byte: UInt8) {
        // Room for a whole row and more was there before its first byte, here and below.
        unsafe end.storeBytes(of: byte, as: UInt8.self)
        unsafe end += 1
    }

    /// The first `kept` bytes, 0 to 8, of `word`, little-endian.
    @inline(__always)
    mutating func append(word: UInt64, keeping kept: Int = 8) {
        unsafe end.storeBytes(of: word.littleEndian, as: UInt64.self)
        unsafe end += kept
    }

    mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(byte: UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(byte: UInt8(truncatingIfNeeded: rest))
    }

    /// The bytes of `word` that have a flag.
    ///
    /// All eight are stored, each where it belongs if it has one, and overwritten by the next if not:
    /// a loop over those that have would end after a different number for each row, and a wrongly
    /// predicted end costs more than six stores.
    @inline(__always)
    mutating func append(bytesOf word: UInt64, flaggedBy flags: UInt64) {
        let counts = runningCounts(ofFlags: flags)
        let places = counts &- flags
        for shift in stride(from: UInt64(0), to: 64, by: 8) {
            // Places are 0 to 7, within the room of a row.
            unsafe end.storeBytes(
                of: UInt8(truncatingIfNeeded: word &>> shift),
                toByteOffset: Int(UInt8(truncatingIfNeeded: places &>> shift)), as: UInt8.self)
        }
        unsafe end += Int(truncatingIfNeeded: counts &>> 56)
    }

    /// The body of an event, behind its length.
    mutating func append(eventBody bytes: [UInt8]) {
        precondition(
            bytes.count <= JournalFormat.eventBodyLimit, "an event is longer than its limit")
        append(varint: UInt64(bytes.count))
        for byte in bytes { append(byte: byte) }
    }
}
