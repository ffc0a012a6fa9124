public import CANFrame

/// Turns groups into the bytes of a log, and keeps what its index and its digests need.
///
/// It writes nothing: the caller appends ``header``, then each group, then the tail of
/// ``finish()``, and overwrites the state record last, when all else is on the disk.
public struct LogAssembler: ~Copyable {
    /// The bytes that a log begins with, in the state `recording`: the header, and the spec if the
    /// log carries one.
    public let header: [UInt8]
    private let headerSize: Int
    /// The size of the header and the groups so far: where the next group begins.
    public private(set) var byteCount: UInt64

    private let metadata: LogMetadata
    private let recordingCheck: UInt32
    private var encoder: GroupEncoder
    private var digest: ContentDigest
    var lastFrameDigest: [UInt8]
    var lastEventDigest: [UInt8]
    private var entries: [IndexEntry] = []
    var totals = ContentTotals()
    private var headBytes: [UInt8] = []

    /// Starts a log; with `isCompact` its header is as small as the metadata allows, which is not
    /// for a log that is being recorded (LogFile.docc, The header). Throws
    /// ``LogError/metadataTooLong(bytes:limit:)``.
    public init(
        metadata: LogMetadata, effort: CodingEffort = .standard, isCompact: Bool = false
    ) throws(LogError) {
        try self.init(
            metadata: metadata, state: .recording, effort: effort, isCompact: isCompact)
    }

    init(
        metadata: LogMetadata, state: LogHeader.State, effort: CodingEffort, isCompact: Bool
    ) throws(LogError) {
        var header = try LogHeader(metadata: metadata, state: state).encoded(isCompact: isCompact)
        let headerSize = header.count
        let check = metadata.recording.bytes.span.crc32c
        header += SpecificationBlock.encoded(metadata.specification, recordingCheck: check)
        var digest = try ContentDigest()
        let start = try digest.start(of: metadata.recording)
        encoder = try GroupEncoder(effort: effort)
        self.digest = digest
        self.header = header
        self.headerSize = headerSize
        lastFrameDigest = start
        lastEventDigest = start
        self.metadata = metadata
        recordingCheck = check
        byteCount = UInt64(header.count)
    }

    /// Replaces `output` by the block of a group, to be appended to the file.
    ///
    /// A group has at most ``LogFormat/groupCapacity`` frames and
    /// ``LogFormat/groupEventCapacity`` events, else ``LogError/groupTooLarge(frames:events:)``;
    /// its `firstFrameNumber` is the caller's.
    public mutating func encode(
        _ group: borrowing FrameBatch, into output: inout [UInt8]
    ) throws(LogError) {
        let events = group.events
        guard group.count <= LogFormat.groupCapacity,
            events.count <= LogFormat.groupEventCapacity
        else { throw .groupTooLarge(frames: group.count, events: events.count) }
        var head = GroupHead()
        var counted = ContentTotals()
        for index in events.indices { counted.add(events[index]) }
        counted.describe(in: &head, known: totals.channels)
        encoder.encode(group, head: &head)
        head.frameDigestBefore = lastFrameDigest
        head.eventDigestBefore = lastEventDigest
        head.frameDigest = try digest.frames(of: group, after: lastFrameDigest)
        head.eventDigest = try digest.events(of: group, after: lastEventDigest)
        headBytes.removeAll(keepingCapacity: true)
        head.append(to: &headBytes)
        guard headBytes.count <= BlockHeader.headLimit,
            encoder.body.count <= BlockHeader.bodyLimit
        else { throw .groupTooLarge(frames: group.count, events: events.count) }
        lastFrameDigest = head.frameDigest
        lastEventDigest = head.eventDigest
        let header = BlockHeader(
            kind: BlockHeader.Kind.group, recordingCheck: recordingCheck,
            headSize: UInt32(headBytes.count), bodySize: UInt32(encoder.body.count),
            headChecksum: headBytes.span.crc32c, frameCount: UInt32(group.count),
            eventCount: UInt32(events.count), firstFrameNumber: group.firstFrameNumber,
            ordinal: UInt32(truncatingIfNeeded: entries.count))
        output.removeAll(keepingCapacity: true)
        header.append(to: &output)
        output += headBytes
        output += encoder.body
        note(head, header: header, channels: counted.channels)
    }

    /// Gives back the memory that ``encode(_:into:)`` keeps for the next group: for a recorder, to
    /// which that comes seconds later.
    public mutating func releaseBuffers() { encoder.releaseBuffers() }

    /// Keeps what the index repeats.
    private mutating func note(
        _ head: GroupHead, header: BlockHeader, channels: [UInt8: ChannelDescription]
    ) {
        entries.append(
            IndexEntry(
                offset: byteCount, header: header, first: head.first, last: head.last,
                earliest: head.earliest, latest: head.latest))
        byteCount += header.blockSize
        if totals.streams.count <= ContentTotals.streamLimit { totals.add(head) }
        totals.channels.merge(channels) { $1 }
    }

    /// What is appended after the last group, and what is overwritten when that is on the disk.
    public mutating func finish() -> (tail: [UInt8], closedState: (offset: UInt64, bytes: [UInt8]))
    {
        var head: [UInt8] = []
        head.append(littleEndian: UInt32(entries.count))
        head.append(littleEndian: UInt32(0))
        for entry in entries { entry.append(to: &head) }
        var body: [UInt8] = []
        let used = LogHeader.fixedSize + metadata.encodedFields().count
        body.append(littleEndian: UInt32(used))
        body += header[..<used]
        // The head of a single group says the same.
        let isCounted =
            entries.count != 1 && totals.streams.count <= ContentTotals.streamLimit
        body.append(isCounted ? 1 : 0)
        if isCounted { totals.append(to: &body) }
        body.append(littleEndian: body.crc32c(from: 0))
        let block = BlockHeader(
            kind: BlockHeader.Kind.index, recordingCheck: recordingCheck,
            headSize: UInt32(head.count), bodySize: UInt32(body.count),
            headChecksum: head.crc32c(from: 0), ordinal: UInt32(truncatingIfNeeded: entries.count))
        var tail: [UInt8] = []
        block.append(to: &tail)
        tail += head
        tail += body
        let size = byteCount + UInt64(tail.count) + UInt64(LogFooter.size)
        let footer = LogFooter(
            recordingCheck: recordingCheck, indexOffset: byteCount, fileSize: size,
            indexSize: UInt32(tail.count))
        footer.append(to: &tail)
        return (tail, LogHeader.closedState(size: headerSize, finalSize: size))
    }
}
