import CANFrame

/// Memory for compressed blocks, shared by all that read them.
struct MDFInflater: Sendable {
    private var stored: [UInt8] = []
    private var scratch: [UInt8] = []
    /// The bytes of the latest block.
    private(set) var content: [UInt8] = []
    /// How many bytes of the file the blocks have that all groups named so far.
    private var named: UInt64 = 0

    /// Notes that a group names a block. Two groups may share one, as payloads do; where all blocks
    /// together are larger than twice the file, time would have no bound.
    mutating func note(
        _ block: MDFCompressedBlock, ofFile size: UInt64, place: String
    ) throws(MDFError) {
        named.add(upToLimit: UInt64(block.dataSize))
        guard named / 2 > size else { return }
        throw .damaged(
            StreamError(
                place: "\(place), DZ block at byte \(block.offset)",
                cause: "groups name the same compressed blocks again and again"))
    }

    /// Decompresses a block into ``content``; gives how many bytes there are, and how many could be
    /// decompressed. Of columns that end early, no record is whole.
    mutating func inflate<Source: ByteSource & ~Copyable>(
        _ block: MDFCompressedBlock, from source: borrowing Source
    ) throws(MDFError) -> (usable: Int, decompressed: Int) {
        Self.resize(&stored, to: block.dataSize)
        let read = try MDFInflater.read(
            block.dataSize, at: block.dataOffset, to: 0, of: &stored, from: source)
        Self.resize(&scratch, to: block.originalSize)
        guard block.originalSize > 0 else { return (0, 0) }
        let (count, isWhole) = Self.decompress(stored, read, into: &scratch)
        guard block.columns > 0 else {
            swap(&content, &scratch)
            return (count, count)
        }
        guard isWhole && count == block.originalSize else { return (0, count) }
        Self.resize(&content, to: count)
        MDFTransposition.restore(scratch, count: count, columns: block.columns, into: &content)
        return (count, count)
    }

    /// Exchanges ``content`` for other memory.
    mutating func exchange(_ bytes: inout [UInt8]) { swap(&content, &bytes) }

    /// The decompressor takes the whole of `output` as its limit.
    private static func decompress(
        _ stored: [UInt8], _ count: Int, into output: inout [UInt8]
    ) -> (count: Int, isWhole: Bool) {
        Deflate.decompress(stored.span.extracting(0..<count), into: &output)
    }

    /// Makes an array have `count` bytes; new ones are zero.
    static func resize(_ bytes: inout [UInt8], to count: Int) {
        if bytes.count > count {
            bytes.removeLast(bytes.count - count)
        } else {
            bytes.append(addingCapacity: count - bytes.count) { span in
                while !span.isFull { span.append(0) }
            }
        }
    }

    static func read<Source: ByteSource & ~Copyable>(
        _ count: Int, at offset: UInt64, to place: Int, of bytes: inout [UInt8],
        from source: borrowing Source
    ) throws(MDFError) -> Int {
        var failure: StreamError?
        var span = bytes.mutableSpan
        // The memory is initialised already and outlives the call.
        let filled = unsafe span.withUnsafeMutableBytes { memory in
            let room = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[place..<place + count])
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

/// How much of the data of one group or channel may be held.
struct MDFMemoryLimits: Sendable {
    /// All windows together hold no more than about 256 MiB, and each the rest of one record.
    private static let total = 256 << 20
    /// So many windows have 64 KiB each; less is too little for blocks that are decompressed again
    /// for each part.
    static let greatestWindows = 4096

    /// A compressed block may be decompressed so many times.
    static let greatestParts = 64

    /// Of a plain block.
    let stretch: Int
    /// Of a compressed block; a larger one is decompressed again for each part of it.
    let inflated: Int
    /// Frames that are decoded at once.
    let frames: Int

    init(windows: Int) {
        let share = Self.total / max(windows, 1)
        stretch = min(256 << 10, share)
        inflated = min(Int(MDFCompressedBlock.greatestSize), share)
        frames = min(1024, share / 256)
    }
}

/// The data of a group or of a channel, of which one stretch is held.
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
    private static let slack = 8

    private var list: MDFDataList
    private let place: String
    private let limits: MDFMemoryLimits
    /// Of a plain block, what is not read yet.
    private var plain: (offset: UInt64, left: UInt64) = (0, 0)
    /// A compressed block of which bytes from `next` on are not taken yet.
    private var partial: (block: MDFCompressedBlock, next: Int)?
    /// `bytes[start..<end]` is held.
    private(set) var bytes: [UInt8] = []
    private(set) var start = 0
    private(set) var end = 0
    /// Where among all the data `bytes[start]` is.
    private(set) var position: UInt64 = 0

    init(_ list: MDFDataList, place: String, _ limits: MDFMemoryLimits) {
        self.list = list
        self.place = place
        self.limits = limits
    }

    var count: Int { end - start }
    /// Why the data ended too early, once it has.
    var cut: StreamError? { list.cut }

    /// Gives up the first `taken` bytes.
    mutating func take(_ taken: Int) {
        start += taken
        position += UInt64(taken)
    }

    /// Gives up all bytes, and passes over as many more as a hole has.
    mutating func pass(_ hole: UInt64) {
        take(count)
        position += hole
    }

    /// Holds more bytes behind those that are held.
    mutating func readOn<Source: ByteSource & ~Copyable>(
        from source: borrowing Source, _ inflater: inout MDFInflater
    ) throws(MDFError) -> Progress {
        moveToFront()
        if let (block, next) = partial { return try append(block, next, from: source, &inflater) }
        if plain.left == 0 {
            switch try list.next(in: source) {
            case nil: return .end
            case .plain(let offset, let size): plain = (offset, size)
            case .compressed(let block):
                try check(block, from: source, &inflater)
                return try append(block, 0, from: source, &inflater)
            }
        }
        let wanted = Int(min(UInt64(limits.stretch), plain.left))
        makeRoom(for: wanted)
        let place = end
        let count = try MDFInflater.read(
            wanted, at: plain.offset, to: place, of: &bytes, from: source)
        guard count > 0 else {
            plain.left = 0
            return .end
        }
        end += count
        plain = (plain.offset + UInt64(count), plain.left - UInt64(count))
        return .bytes
    }

    private func check<Source: ByteSource & ~Copyable>(
        _ block: MDFCompressedBlock, from source: borrowing Source, _ inflater: inout MDFInflater
    ) throws(MDFError) {
        try inflater.note(block, ofFile: source.byteCount, place: place)
        let parts = block.originalSize / limits.inflated
        guard parts > MDFMemoryLimits.greatestParts else { return }
        throw .damaged(
            StreamError(
                place: "\(place), DZ block at byte \(block.offset)",
                cause:
                    "beside so many groups its \(block.originalSize) bytes would be decompressed \(parts) times"
            ))
    }

    private mutating func moveToFront() {
        guard start > 0 else { return }
        for index in start..<end { bytes[index - start] = bytes[index] }
        (start, end) = (0, end - start)
    }

    private mutating func makeRoom(for count: Int) {
        let wanted = end + count + Self.slack
        if bytes.count < wanted { MDFInflater.resize(&bytes, to: wanted) }
    }

    /// Appends bytes of a compressed block from `next` on, as many as may be held.
    private mutating func append<Source: ByteSource & ~Copyable>(
        _ block: MDFCompressedBlock, _ next: Int, from source: borrowing Source,
        _ inflater: inout MDFInflater
    ) throws(MDFError) -> Progress {
        let (usable, decompressed) = try inflater.inflate(block, from: source)
        let last = min(usable, next + limits.inflated)
        partial = last < usable ? (block, last) : nil
        // Not the memory that a much larger block of another group left.
        let isOwnSize = inflater.content.capacity <= limits.inflated
        if next == 0 && last == usable && end == 0 && isOwnSize {
            inflater.exchange(&bytes)
            MDFInflater.resize(&bytes, to: usable + Self.slack)
        } else {
            makeRoom(for: last - next)
            for index in next..<last { bytes[end + index - next] = inflater.content[index] }
        }
        end += last - next
        guard partial == nil && usable < block.originalSize else { return .bytes }
        return .hole(
            UInt64(block.originalSize - usable),
            StreamError(
                place: "\(place), DZ block at byte \(block.offset)",
                cause:
                    "only \(decompressed) of its \(block.originalSize) bytes could be decompressed"
            ))
    }
}
