import CANFrame

/// One group in the index: what its block header and its head say, and where they are.
struct IndexEntry: Equatable {
    static let size = 80

    var offset: UInt64
    var header: BlockHeader
    var first: Timestamp
    var last: Timestamp
    var earliest: Timestamp
    var latest: Timestamp

    /// The bytes of the whole group.
    var bytes: Range<UInt64> { offset..<offset + header.blockSize }
    /// Where the head begins.
    var headOffset: UInt64 { offset + UInt64(BlockHeader.size) }
    /// Where the sections begin.
    var bodyOffset: UInt64 { headOffset + UInt64(header.headSize) }

    func append(to bytes: inout [UInt8]) {
        bytes.append(littleEndian: offset)
        bytes.append(littleEndian: header.headSize)
        bytes.append(littleEndian: header.bodySize)
        bytes.append(littleEndian: header.headChecksum)
        bytes.append(littleEndian: header.frameCount)
        bytes.append(littleEndian: header.eventCount)
        bytes.append(littleEndian: header.ordinal)
        bytes.append(littleEndian: header.firstFrameNumber)
        for stamp in [first, last, earliest, latest] {
            bytes.append(littleEndian: stamp.nanoseconds)
        }
        bytes.append(littleEndian: UInt64(0))
    }

    init(
        offset: UInt64, header: BlockHeader, first: Timestamp, last: Timestamp,
        earliest: Timestamp, latest: Timestamp
    ) {
        self.offset = offset
        self.header = header
        self.first = first
        self.last = last
        self.earliest = earliest
        self.latest = latest
    }

    /// A group whose head is still to be read: its times are not known.
    init(unread header: BlockHeader, at offset: UInt64) {
        self.init(
            offset: offset, header: header, first: Timestamp(nanoseconds: 0),
            last: Timestamp(nanoseconds: 0), earliest: Timestamp(nanoseconds: .min),
            latest: Timestamp(nanoseconds: .max))
    }

    /// Reads an entry of a file whose blocks carry `recordingCheck`.
    init(_ bytes: Span<UInt8>, recordingCheck: UInt32) {
        offset = bytes.uint64(at: 0)
        header = BlockHeader(
            kind: BlockHeader.Kind.group, recordingCheck: recordingCheck,
            headSize: bytes.uint32(at: 8), bodySize: bytes.uint32(at: 12),
            headChecksum: bytes.uint32(at: 16), frameCount: bytes.uint32(at: 20),
            eventCount: bytes.uint32(at: 24), firstFrameNumber: bytes.uint64(at: 32),
            ordinal: bytes.uint32(at: 28))
        first = Timestamp(nanoseconds: bytes.int64(at: 40))
        last = Timestamp(nanoseconds: bytes.int64(at: 48))
        earliest = Timestamp(nanoseconds: bytes.int64(at: 56))
        latest = Timestamp(nanoseconds: bytes.int64(at: 64))
    }
}

/// The last 32 bytes of a closed log: where the index is (LogFile.docc, Footer).
struct LogFooter: Equatable {
    static let size = 32
    static let magic: UInt32 = 0x5446_4C43  // "CLFT"

    var recordingCheck: UInt32
    var indexOffset: UInt64
    /// The size of the file, this footer included.
    var fileSize: UInt64
    var indexSize: UInt32

    func append(to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(littleEndian: Self.magic)
        bytes.append(littleEndian: recordingCheck)
        bytes.append(littleEndian: indexOffset)
        bytes.append(littleEndian: fileSize)
        bytes.append(littleEndian: indexSize)
        bytes.append(littleEndian: bytes.crc32c(from: start))
    }
}

extension LogFooter {
    /// Reads a footer, or `nil` unless these 32 bytes are one, undamaged.
    init?(_ bytes: Span<UInt8>) {
        guard bytes.count == Self.size, bytes.uint32(at: 0) == Self.magic,
            bytes.uint32(at: 28) == bytes.extracting(0..<28).crc32c
        else { return nil }
        recordingCheck = bytes.uint32(at: 4)
        indexOffset = bytes.uint64(at: 8)
        fileSize = bytes.uint64(at: 16)
        indexSize = bytes.uint32(at: 24)
        guard indexOffset >= UInt64(LogHeader.leastSize), fileSize <= UInt64(Int64.max),
            indexOffset <= fileSize - min(fileSize, UInt64(indexSize))
        else { return nil }
    }
}

/// The index: a cache of what the groups say (LogFile.docc, Index).
struct LogIndex {
    var entries: [IndexEntry] = []
    /// A second copy of the header's metadata.
    var metadata: LogMetadata?
    /// Counts over the whole log; absent when there are too many identifiers.
    var totals: ContentTotals?

    /// Reads the block `bytes`, which stands at `offset` of the file.
    init(_ bytes: Span<UInt8>, at offset: UInt64, check: UInt32) throws(LogError) {
        guard let header = BlockHeader(bytes), header.kind == BlockHeader.Kind.index,
            header.recordingCheck == check, header.blockSize == UInt64(bytes.count),
            header.version == BlockHeader.version, header.headSize >= 8, header.bodySize >= 9
        else { throw .malformed(.index, at: offset, reason: "no index stands there") }
        let head = bytes.extracting(BlockHeader.size..<BlockHeader.size + Int(header.headSize))
        let computed = head.crc32c
        guard computed == header.headChecksum else {
            throw .checksum(
                .index, at: offset, stored: header.headChecksum, computed: computed)
        }
        let body = bytes.extracting(BlockHeader.size + head.count..<bytes.count)
        let content = body.extracting(0..<body.count - 4)
        let (stored, sum) = (body.uint32(at: body.count - 4), content.crc32c)
        guard stored == sum else {
            throw .checksum(.index, at: offset, stored: stored, computed: sum)
        }
        guard takeEntries(head, limit: offset, check: check), takeTotals(content) else {
            throw .malformed(.index, at: offset, reason: "its fields contradict each other")
        }
    }

    private mutating func takeEntries(_ head: Span<UInt8>, limit: UInt64, check: UInt32) -> Bool {
        let count = head.uint32(at: 0)
        guard UInt64(count) * UInt64(IndexEntry.size) == UInt64(head.count - 8) else {
            return false
        }
        var end = UInt64(LogHeader.leastSize)
        for index in 0..<Int(count) {
            let start = 8 + index * IndexEntry.size
            let entry = IndexEntry(
                head.extracting(start..<start + IndexEntry.size), recordingCheck: check)
            guard entry.offset >= end, entry.offset <= limit,
                entry.header.blockSize <= limit - entry.offset, entry.header.hasGroupSizes
            else { return false }
            end = entry.offset + entry.header.blockSize
            entries.append(entry)
        }
        return true
    }

    private mutating func takeTotals(_ body: Span<UInt8>) -> Bool {
        var cursor = ByteCursor(body)
        guard let size = cursor.uint32(), let header = cursor.take(Int(size)),
            let isCounted = cursor.byte()
        else { return false }
        metadata = try? LogMetadata(decodingHeader: header)
        guard isCounted & 1 != 0 else { return true }
        totals = ContentTotals(&cursor)
        return totals != nil
    }
}
