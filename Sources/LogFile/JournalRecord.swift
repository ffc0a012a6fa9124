/// How a record lies in the bytes of a segment: what its head says, before anything is believed.
struct JournalRecord: Equatable {
    /// What only a restart record says.
    struct Restart: Equatable {
        var firstFrameNumber: UInt64
        /// The stamp from which the first times count.
        var base: Int64
        /// The unit of times in nanoseconds.
        var unit: Int64
    }

    /// Where the CRC begins to count.
    var checkedFrom: Int
    /// Bytes before the body.
    var headSize: Int
    var bodySize: Int
    /// How many frames it says it has.
    var frames: Int
    var restart: Restart?

    /// Bytes from the record's beginning to its end.
    var size: Int { headSize + bodySize + JournalFormat.checksumSize }

    /// Reads the head at the beginning of `bytes`; `nil` if it is none, or is cut off. The CRC of a
    /// restart record's fields is checked here, so that its length can be believed.
    init?(at bytes: Span<UInt8>, seed: UInt32) {
        guard bytes.count > 0, bytes[0] != 0 else { return nil }
        if bytes[0] == JournalFormat.sync[0] {
            self.init(restartAt: bytes, seed: seed)
        } else {
            self.init(plainAt: bytes)
        }
    }

    private init?(plainAt bytes: Span<UInt8>) {
        var place = 1
        bodySize = Int(bytes[0])
        if bodySize > JournalFormat.shortLengthLimit {
            guard bytes[0] == JournalFormat.wideLength, bytes.count >= 3 else { return nil }
            bodySize = Int(bytes.uint16(at: 1))
            guard bodySize > JournalFormat.shortLengthLimit else { return nil }
            place = 3
        }
        guard bytes.count > place else { return nil }
        frames = Int(bytes[place])
        place += 1
        if frames >= 0x80 {
            guard bytes.count > place, bytes[place] > 0, bytes[place] < 0x80 else { return nil }
            frames = frames & 0x7F | Int(bytes[place]) << 7
            place += 1
        }
        // No row is shorter than its control byte.
        guard frames <= JournalFormat.restartInterval, frames <= bodySize else { return nil }
        (checkedFrom, headSize) = (0, place)
    }

    private init?(restartAt bytes: Span<UInt8>, seed: UInt32) {
        let sync = JournalFormat.sync
        guard bytes.count >= JournalFormat.restartHeadSize,
            sync.indices.allSatisfy({ bytes[$0] == sync[$0] })
        else { return nil }
        let fields = bytes.extracting(sync.count + 4..<JournalFormat.restartHeadSize)
        guard fields.crc32c ^ seed == bytes.uint32(at: sync.count),
            let bodySize = Int(exactly: fields.uint32(at: 0)), bodySize > 0,
            bodySize <= JournalFormat.bodyLimit,
            let frames = Int(exactly: fields.uint32(at: 4)),
            frames <= JournalFormat.restartInterval, frames <= bodySize,
            fields.uint64(at: 8) <= UInt64(Int64.max), fields.int64(at: 24) >= 1
        else { return nil }
        (checkedFrom, headSize) = (sync.count, JournalFormat.restartHeadSize)
        (self.bodySize, self.frames) = (bodySize, frames)
        restart = Restart(
            firstFrameNumber: fields.uint64(at: 8), base: fields.int64(at: 16),
            unit: fields.int64(at: 24))
    }

    /// The low half of the number of the first frame with which the stored CRC is right; `bytes`
    /// begin with the record and hold all of it.
    func frameNumberByChecksum(in bytes: Span<UInt8>, seed: UInt32) -> UInt32 {
        let end = headSize + bodySize
        return bytes.uint32(at: end) ^ bytes.extracting(checkedFrom..<end).crc32c ^ seed
    }

    /// Whether the CRC is right for a record whose first frame would have the number `expected`. A
    /// restart record knows its own number, which must not be smaller.
    func isIntact(in bytes: Span<UInt8>, seed: UInt32, expected: UInt64) -> Bool {
        guard size <= bytes.count else { return false }
        if let restart, restart.firstFrameNumber < expected { return false }
        let number = restart?.firstFrameNumber ?? expected
        return frameNumberByChecksum(in: bytes, seed: seed) == UInt32(truncatingIfNeeded: number)
    }
}
