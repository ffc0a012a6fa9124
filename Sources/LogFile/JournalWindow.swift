import CANFrame

/// The bytes of a segment that are in memory.
///
/// Without the type of the file, unlike ``JournalWindow``: what is done for each record must not ask
/// for the layout of a generic type each time.
struct JournalHeldBytes: ~Copyable {
    var memory: [UInt8] = []
    /// Where in the segment they begin.
    var start: UInt64 = 0
    var count = 0

    /// What memory holds from `offset` on.
    @_lifetime(borrow self)
    borrowing func bytes(at offset: UInt64) -> Span<UInt8> {
        guard offset >= start, offset - start <= UInt64(count) else {
            return memory.span.extracting(0..<0)
        }
        return memory.span.extracting(Int(offset - start)..<count)
    }
}

/// The stretch of a segment that is being looked at, in memory of a fixed size.
struct JournalWindow<File: ByteSource & ~Copyable>: ~Copyable {
    /// Bytes that are read at once; no record or head is longer than half of it.
    private static var capacity: Int { 262_144 }

    private let file: File
    /// How many bytes the file had when it was opened; what is appended later is not looked at.
    let byteCount: UInt64
    private(set) var held = JournalHeldBytes()

    init(file: consuming File) {
        byteCount = file.byteCount
        self.file = file
        held.memory = Array(repeating: 0, count: Int(min(byteCount, UInt64(Self.capacity))))
    }

    /// Makes ``bytes(at:)`` hold at least `needed` bytes, or all that the file has there.
    mutating func fill(at offset: UInt64, needed: Int) throws(StreamError) {
        precondition(needed <= Self.capacity && offset <= byteCount)
        let wanted = min(UInt64(needed), byteCount - offset)
        if UInt64(held.bytes(at: offset).count) >= wanted { return }
        let limit = Int(min(UInt64(Self.capacity), byteCount - offset))
        var buffer = held.memory
        held.memory = []
        (held.start, held.count) = (offset, 0)
        defer { held.memory = buffer }
        var failure: StreamError?
        // The output span covers the array, and says how much of it was filled.
        held.count = unsafe buffer.withUnsafeMutableBytes { raw in
            let part = unsafe UnsafeMutableRawBufferPointer(rebasing: raw[0..<limit])
            var output = unsafe OutputRawSpan(buffer: part, initializedCount: 0)
            do throws(StreamError) {
                try file.read(at: offset, into: &output)
            } catch {
                failure = error
            }
            return unsafe output.finalize(for: part)
        }
        if let failure { throw failure }
    }

    /// What memory holds from `offset` on.
    @_lifetime(borrow self)
    borrowing func bytes(at offset: UInt64) -> Span<UInt8> {
        held.bytes(at: offset)
    }
}
