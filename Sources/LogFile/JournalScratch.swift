import CLogKernels

/// The bytes of one record while it is written: memory of a fixed size that is allocated once.
///
/// Rows are written without a check per byte: whoever writes one asks ``hasRoom`` before, and no row
/// or event is longer than the slack behind the mark. Owned by one value, so it may change threads.
@safe
struct JournalScratch: ~Copyable, @unchecked Sendable {
    /// Room in front of the body for the head of a record.
    private static let headRoom = 64
    private static let slack = max(JournalFormat.rowLimit, JournalFormat.eventLimit) + 16
    private static let capacity = headRoom + JournalFormat.bodyTarget + slack

    private let memory: UnsafeMutableRawPointer
    /// Where the next byte goes.
    private(set) var end = JournalScratch.headRoom

    init() {
        unsafe memory = .allocate(byteCount: Self.capacity, alignment: 16)
    }

    deinit { unsafe memory.deallocate() }

    /// Bytes of the body so far.
    var bodySize: Int { end - Self.headRoom }

    /// Whether another row or event fits, and should go into this record.
    @inline(__always)
    var hasRoom: Bool { end < Self.headRoom + JournalFormat.bodyTarget }

    mutating func removeAll() { end = Self.headRoom }

    @inline(__always)
    mutating func append(byte: UInt8) {
        // Room for a whole row was there before its first byte, here and below.
        unsafe memory.storeBytes(of: byte, toByteOffset: end, as: UInt8.self)
        end &+= 1
    }

    /// The 8 bytes of `word`, little-endian.
    @inline(__always)
    mutating func append(word: UInt64) {
        unsafe memory.storeBytes(of: word.littleEndian, toByteOffset: end, as: UInt64.self)
        end &+= 8
    }

    @inline(__always)
    mutating func append(half: UInt16) {
        unsafe memory.storeBytes(of: half.littleEndian, toByteOffset: end, as: UInt16.self)
        end &+= 2
    }

    mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(byte: UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(byte: UInt8(truncatingIfNeeded: rest))
    }

    /// The bytes of `word` whose bits in `mask` are set. It may write, not keep, 8 bytes.
    @inline(__always)
    mutating func append(bytesOf word: UInt64, in mask: UInt8) {
        var place = end
        var rest = word
        var bits = Int(mask)
        // Storing every byte and stepping on only behind those that count has no branch to miss.
        for _ in 0..<8 {
            unsafe memory.storeBytes(
                of: UInt8(truncatingIfNeeded: rest), toByteOffset: place, as: UInt8.self)
            place &+= bits & 1
            rest &>>= 8
            bits &>>= 1
        }
        end = place
    }

    /// The body of an event, behind its length.
    mutating func append(eventBody bytes: [UInt8]) {
        precondition(
            bytes.count <= JournalFormat.eventBodyLimit, "an event is longer than its limit")
        append(varint: UInt64(bytes.count))
        for byte in bytes { append(byte: byte) }
    }

    /// Appends `head`, the body, and the CRC of what follows the first `skipped` bytes of `head`,
    /// mixed with `mixer`, to `output`.
    func appendRecord(
        head: Span<UInt8>, checkedFrom skipped: Int, mixer: UInt32, to output: inout [UInt8]
    ) {
        precondition(head.count <= Self.headRoom)
        let start = Self.headRoom - head.count
        for index in head.indices {
            unsafe memory.storeBytes(of: head[index], toByteOffset: start + index, as: UInt8.self)
        }
        // The whole record lies between `start` and `end`, all of it written above or before.
        let checked = unsafe UnsafeRawBufferPointer(
            start: memory + start + skipped, count: end - start - skipped)
        let crc = unsafe canlog_crc32c(
            0, checked.baseAddress?.assumingMemoryBound(to: UInt8.self), checked.count)
        unsafe output.append(
            contentsOf: UnsafeRawBufferPointer(start: memory + start, count: end - start))
        output.append(littleEndian: crc ^ mixer)
    }
}
