import CANFrame

/// The data of a group or of a channel, of which one stretch is held: up to 256 KiB of a plain block,
/// or a compressed block as a whole.
struct MDFDataWindow: Sendable {
    /// What reading on gave.
    enum Progress {
        /// More bytes are held.
        case bytes
        /// So many bytes are damaged and left out; behind them it goes on.
        case hole(UInt64, StreamError)
        case end
    }

    /// Eight bytes more than are used, so that a field's word can be read anywhere.
    static let slack = 8

    private var list: MDFDataList
    private let blocks: MDFBlockReader
    private let stretch: Int
    /// Of a plain block, what is not read yet.
    private var plain: (offset: UInt64, left: UInt64) = (0, 0)
    private var scratch: [UInt8] = []
    /// `bytes[start..<end]` is held.
    private(set) var bytes: [UInt8] = []
    private(set) var start = 0
    private(set) var end = 0
    /// Where among all the data `bytes[start]` is.
    private(set) var position: UInt64 = 0

    init(_ list: MDFDataList, _ blocks: MDFBlockReader, stretch: Int) {
        self.list = list
        self.blocks = blocks
        self.stretch = stretch
    }

    var count: Int { end - start }
    /// Why the data ended too early, once it has.
    var cut: StreamError? { list.cut }

    /// Gives up the first `taken` bytes.
    mutating func take(_ taken: Int) {
        start += taken
        position += UInt64(taken)
    }

    /// Holds more bytes behind those that are held.
    mutating func readOn<Source: ByteSource & ~Copyable>(
        from source: borrowing Source
    ) throws(MDFError) -> Progress {
        moveToFront()
        if plain.left == 0 {
            switch try list.next(in: source) {
            case nil: return .end
            case .plain(let offset, let size): plain = (offset, size)
            case .compressed(let block): return try inflate(block, from: source)
            }
        }
        let wanted = Int(min(UInt64(stretch), plain.left))
        makeRoom(for: wanted)
        let place = end
        let count = try Self.read(wanted, at: plain.offset, to: place, of: &bytes, from: source)
        guard count > 0 else {
            plain.left = 0
            return .end
        }
        end += count
        plain = (plain.offset + UInt64(count), plain.left - UInt64(count))
        return .bytes
    }

    private mutating func moveToFront() {
        guard start > 0 else { return }
        for index in start..<end { bytes[index - start] = bytes[index] }
        (start, end) = (0, end - start)
    }

    private mutating func makeRoom(for count: Int) {
        let wanted = end + count + Self.slack
        if bytes.count < wanted {
            bytes += [UInt8](repeating: 0, count: wanted - bytes.count)
        }
    }

    private mutating func inflate<Source: ByteSource & ~Copyable>(
        _ block: MDFCompressedBlock, from source: borrowing Source
    ) throws(MDFError) -> Progress {
        var stored = [UInt8](repeating: 0, count: block.dataSize)
        let read = try Self.read(block.dataSize, at: block.dataOffset, to: 0, of: &stored, from: source)
        if scratch.count < block.originalSize {
            scratch = [UInt8](repeating: 0, count: block.originalSize)
        }
        // The decompressor takes the whole array as its limit.
        if scratch.count > block.originalSize {
            scratch.removeLast(scratch.count - block.originalSize)
        }
        let (count, isWhole) = Deflate.decompress(
            stored.span.extracting(0..<read), into: &scratch)
        // Of columns that end early, no record is whole.
        let usable = isWhole && count == block.originalSize || block.columns == 0 ? count : 0
        makeRoom(for: usable)
        let place = end
        MDFTransposition.restore(
            scratch, count: usable, columns: block.columns, into: &bytes, from: place)
        end += usable
        guard usable < block.originalSize else { return .bytes }
        return .hole(
            UInt64(block.originalSize - usable),
            StreamError(
                place: "\(blocks.place), DZ block at byte \(block.offset)",
                cause:
                    "only \(count) of its \(block.originalSize) bytes could be decompressed"))
    }

    /// The bytes that a hole stood for are passed over; those before it were taken.
    mutating func pass(_ hole: UInt64) {
        take(count)
        position += hole
    }

    private static func read<Source: ByteSource & ~Copyable>(
        _ count: Int, at offset: UInt64, to end: Int, of bytes: inout [UInt8],
        from source: borrowing Source
    ) throws(MDFError) -> Int {
        var failure: StreamError?
        var span = bytes.mutableSpan
        // The memory is initialised already and outlives the call.
        let filled = unsafe span.withUnsafeMutableBytes { memory in
            let room = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[end..<end + count])
            var output = unsafe OutputRawSpan(buffer: room, initializedCount: 0)
            do throws(StreamError) {
                try source.read(at: offset, into: &output)
            } catch {
                failure = error
            }
            return unsafe output.finalize(for: room)
        }
        if let failure { throw .unreadable(failure) }
        return filled
    }
}
