import CANFrame

/// The bytes of messages under way, in chunks, so that memory is bounded by what came and not by
/// what was announced; and the bytes of the message that came whole last.
struct ISOTPStore: ~Copyable, Sendable {
    /// The bytes of one message: a list of chunks.
    struct Chain: Sendable {
        var first: Int32 = -1
        var last: Int32 = -1
        /// How many bytes are in it.
        var count = 0
    }

    /// A message of normal length has one; more are linked.
    static let chunkSize = 256
    private var bytes: [UInt8] = []
    /// The chunk behind each chunk of a message, or behind each free one.
    private var following: [Int32] = []
    private var free: Int32 = -1
    private let maximumChunks: Int
    private var whole: [UInt8] = []

    /// Holds `maximumBytes` under way, rounded up to chunks.
    init(maximumBytes: Int) {
        maximumChunks = min(
            max(1, (maximumBytes + Self.chunkSize - 1) / Self.chunkSize), Int(Int32.max))
    }

    /// The message that was gathered last.
    var message: Span<UInt8> {
        @_lifetime(borrow self) borrowing get { whole.span }
    }

    /// Adds `count` bytes of a frame, from `start` in its payload; false if there is no room.
    mutating func append(
        _ row: FrameRow, _ longPayload: Span<UInt8>, from start: Int, count: Int,
        to chain: inout Chain
    ) -> Bool {
        var done = 0
        while done < count {
            let used = chain.count % Self.chunkSize
            if used == 0, !extend(&chain) { return false }
            let part = min(count - done, Self.chunkSize - used)
            let place = Int(chain.last) * Self.chunkSize + used
            if row.isShort {
                var word = row.payloadWord >> (UInt64(start + done) * 8)
                for index in 0..<part {
                    bytes[place + index] = UInt8(truncatingIfNeeded: word)
                    word >>= 8
                }
            } else {
                for index in 0..<part { bytes[place + index] = longPayload[start + done + index] }
            }
            done += part
            chain.count += part
        }
        return true
    }

    /// Links one more chunk to `chain`, all of whose bytes are used.
    private mutating func extend(_ chain: inout Chain) -> Bool {
        var chunk = free
        if chunk >= 0 {
            free = following[Int(chunk)]
        } else {
            guard following.count < maximumChunks else { return false }
            chunk = Int32(following.count)
            following.append(-1)
            bytes.append(contentsOf: repeatElement(0, count: Self.chunkSize))
        }
        following[Int(chunk)] = -1
        if chain.last >= 0 { following[Int(chain.last)] = chunk } else { chain.first = chunk }
        chain.last = chunk
        return true
    }

    /// Gives the bytes of `chain` back; it is empty then.
    mutating func release(_ chain: inout Chain) {
        if chain.last >= 0 {
            following[Int(chain.last)] = free
            free = chain.first
        }
        chain = Chain()
    }

    /// Makes `chain` the ``message`` and gives its chunks back.
    mutating func gather(_ chain: inout Chain) {
        whole.removeAll(keepingCapacity: whole.capacity <= Self.keptCapacity)
        whole.reserveCapacity(chain.count)
        var chunk = chain.first
        var left = chain.count
        while left > 0 {
            let start = Int(chunk) * Self.chunkSize
            let part = min(left, Self.chunkSize)
            whole.append(contentsOf: bytes[start..<start + part])
            left -= part
            chunk = following[Int(chunk)]
        }
        release(&chain)
    }

    /// Makes the bytes of one frame the ``message``.
    mutating func gather(
        _ row: FrameRow, _ longPayload: Span<UInt8>, from start: Int, count: Int
    ) {
        whole.removeAll(keepingCapacity: whole.capacity <= Self.keptCapacity)
        for index in start..<start + count {
            whole.append(
                row.isShort
                    ? UInt8(truncatingIfNeeded: row.payloadWord >> (UInt64(index) * 8))
                    : longPayload[index])
        }
    }

    /// Forgets the ``message``.
    mutating func forget() { whole.removeAll(keepingCapacity: true) }

    /// A long message's memory is given back by the next message.
    private static let keptCapacity = 65_536
}
