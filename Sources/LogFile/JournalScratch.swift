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

    /// Appends `head`, the body, and the CRC of what follows the first `skipped` bytes of `head`,
    /// mixed with `mixer`, to `output`; then the body is empty.
    mutating func appendRecord(
        head: Span<UInt8>, checkedFrom skipped: Int, mixer: UInt32, to output: inout [UInt8]
    ) {
        precondition(head.count <= Self.headRoom && skipped <= head.count)
        let start = Self.headRoom - head.count
        for index in head.indices {
            unsafe memory.storeBytes(of: head[index], toByteOffset: start + index, as: UInt8.self)
        }
        // The whole record lies between `first` and the pen, all of it written above or before,
        // and the slack has room for the CRC.
        let first = unsafe memory.assumingMemoryBound(to: UInt8.self) + start
        let size = head.count + bodySize
        let crc = unsafe canlog_crc32c(0, first + skipped, size - skipped) ^ mixer
        unsafe memory.storeBytes(
            of: crc.littleEndian, toByteOffset: start + size, as: UInt32.self)
        unsafe output.append(
            contentsOf: UnsafeBufferPointer(start: first, count: size + JournalFormat.checksumSize))
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

    /// The bytes of `word` whose bits in `mask` are set.
    @inline(__always)
    mutating func append(bytesOf word: UInt64, in mask: UInt8) {
        var bits = UInt32(mask)
        while bits != 0 {
            let shift = UInt64(truncatingIfNeeded: bits.trailingZeroBitCount) &* 8
            append(byte: UInt8(truncatingIfNeeded: word &>> shift))
            bits &= bits &- 1
        }
    }

    /// The body of an event, behind its length.
    mutating func append(eventBody bytes: [UInt8]) {
        precondition(
            bytes.count <= JournalFormat.eventBodyLimit, "an event is longer than its limit")
        append(varint: UInt64(bytes.count))
        for byte in bytes { append(byte: byte) }
    }
}
