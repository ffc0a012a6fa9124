/// The body of the record that is being read, in memory that has room behind it.
///
/// No row reads more than ``slack`` bytes beyond its first, so the end is compared once a row, not
/// once a byte; what lies behind the end is zeros or an older record, and is refused then.
@safe
struct JournalBody: ~Copyable, @unchecked Sendable {
    private static let slack = JournalFormat.rowLimit + 16

    private let memory: UnsafeMutableRawPointer
    private(set) var position = 0
    private(set) var end = 0

    init() {
        let size = JournalFormat.bodyLimit + Self.slack
        unsafe memory = .allocate(byteCount: size, alignment: 16)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    }

    deinit { unsafe memory.deallocate() }

    /// Whether all bytes are read, no more and no less.
    var isAtEnd: Bool { position == end }
    /// Whether more was read than there is: the record is malformed.
    @inline(__always)
    var isOverrun: Bool { position > end }

    /// Takes a copy of a record's body.
    mutating func load(_ bytes: Span<UInt8>) {
        precondition(bytes.count <= JournalFormat.bodyLimit)
        // The memory holds the longest body; the span lives for the call.
        unsafe bytes.withUnsafeBytes { source in
            if let start = source.baseAddress {
                unsafe memory.copyMemory(from: start, byteCount: source.count)
            }
        }
        (position, end) = (0, bytes.count)
    }

    /// Holds nothing from here on.
    mutating func removeAll() { (position, end) = (0, 0) }

    @inline(__always)
    mutating func byte() -> UInt8 {
        // A row begins before the end, and the slack holds all of it, here and below.
        let value = unsafe memory.load(fromByteOffset: position, as: UInt8.self)
        position &+= 1
        return value
    }

    @inline(__always)
    mutating func half() -> UInt16 {
        let value = unsafe memory.loadUnaligned(fromByteOffset: position, as: UInt16.self)
        position &+= 2
        return UInt16(littleEndian: value)
    }

    @inline(__always)
    mutating func word() -> UInt64 {
        let value = nextWord
        position &+= 8
        return value
    }

    /// The next 8 bytes, which are not passed.
    @inline(__always)
    var nextWord: UInt64 {
        UInt64(
            littleEndian: unsafe memory.loadUnaligned(
                fromByteOffset: position, as: UInt64.self))
    }

    @inline(__always)
    mutating func skip(_ count: Int) { position &+= count }

    /// At most 10 bytes; bits beyond 64 are lost.
    mutating func varint() -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            let next = byte()
            value |= UInt64(next & 0x7F) &<< shift
            if next < 0x80 { break }
        }
        return value
    }

    /// `word` with the bytes that have a flag replaced by the next ones.
    ///
    /// All eight are loaded, without a branch that depends on the flags, see the writer's
    /// ``JournalPen/append(bytesOf:flaggedBy:)``.
    @inline(__always)
    mutating func bytes(flaggedBy flags: UInt64, of word: UInt64) -> UInt64 {
        let counts = runningCounts(ofFlags: flags)
        let places = counts &- flags
        var given: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 8) {
            // Places are 0 to 7: within the slack, as above.
            let place = position &+ Int(UInt8(truncatingIfNeeded: places &>> shift))
            let byte = unsafe memory.load(fromByteOffset: place, as: UInt8.self)
            given |= UInt64(byte) &<< shift
        }
        position &+= Int(truncatingIfNeeded: counts &>> 56)
        return word ^ ((word ^ given) & wholeBytes(ofFlags: flags))
    }

    /// A copy of the next `size` bytes, or `nil` if there are not so many.
    mutating func take(_ size: UInt64) -> [UInt8]? {
        guard position <= end, size <= UInt64(end - position) else { return nil }
        return (0..<Int(size)).map { _ in byte() }
    }
}
