public import CANFrame

/// The head of a journal segment: to which recording it belongs and where in it.
public struct JournalHead: Hashable, Sendable {
    /// A channel as it is when the segment begins.
    public struct Channel: Hashable, Sendable {
        public var number: UInt8
        public var description: ChannelDescription

        public init(number: UInt8, description: ChannelDescription) {
            self.number = number
            self.description = description
        }
    }

    public var recording: RecordingID
    /// The ordinal of the group whose frames the segment holds, from 0.
    public var ordinal: Int
    /// The number of the segment's first frame.
    public var firstFrameNumber: UInt64
    /// To how many nanoseconds the stamps are exact.
    public var resolution: Int64
    /// The channels that were known when the segment began.
    public var channels: [Channel]

    /// The bytes of the head.
    func encoded() -> [UInt8] {
        var bytes = JournalFormat.magic
        bytes.append(littleEndian: JournalFormat.majorVersion)
        bytes.append(littleEndian: JournalFormat.minorVersion)
        bytes.append(littleEndian: UInt32(0))
        bytes.append(contentsOf: recording.bytes)
        bytes.append(littleEndian: UInt64(ordinal))
        bytes.append(littleEndian: firstFrameNumber)
        bytes.append(littleEndian: resolution)
        bytes.append(varint: UInt64(channels.count))
        for channel in channels {
            bytes.append(channel.number)
            bytes.append(channel.description.cut(toName: JournalFormat.nameLimit))
        }
        bytes.replace(at: 12, littleEndian: UInt32(bytes.count + JournalFormat.checksumSize))
        bytes.append(littleEndian: bytes.span.crc32c)
        return bytes
    }

    /// Reads a head from the beginning of `bytes`; `size` is how many bytes it has.
    static func read(from bytes: Span<UInt8>) throws(LogError) -> (head: JournalHead, size: Int) {
        let fixed = JournalFormat.fixedHeadSize
        guard bytes.count >= fixed else {
            throw .truncated(.journalHead, at: 0, missing: UInt64(fixed - bytes.count))
        }
        guard (0..<8).allSatisfy({ bytes[$0] == JournalFormat.magic[$0] }) else { throw .notALog }
        let version = bytes.uint16(at: 8)
        guard version == JournalFormat.majorVersion else {
            throw .unsupportedVersion(major: version, writtenBy: "a later canlog")
        }
        guard let size = Int(exactly: bytes.uint32(at: 12)),
            size > fixed + JournalFormat.checksumSize, size <= JournalFormat.headLimit
        else { throw .malformed(.journalHead, at: 12, reason: "its length cannot be") }
        guard size <= bytes.count else {
            throw .truncated(.journalHead, at: 0, missing: UInt64(size - bytes.count))
        }
        let end = size - JournalFormat.checksumSize
        let (stored, computed) = (bytes.uint32(at: end), bytes.extracting(0..<end).crc32c)
        guard stored == computed else {
            throw .checksum(.journalHead, at: 0, stored: stored, computed: computed)
        }
        return (try JournalHead(checked: bytes.extracting(0..<end)), size)
    }

    /// Reads the fields of a head whose length and CRC are right.
    private init(checked bytes: Span<UInt8>) throws(LogError) {
        guard let recording = RecordingID((16..<32).map { bytes[$0] }),
            let ordinal = Int(exactly: bytes.uint64(at: 32)),
            bytes.uint64(at: 40) <= UInt64(Int64.max), bytes.int64(at: 48) >= 1
        else { throw .malformed(.journalHead, at: 16, reason: "a field has an impossible value") }
        self.recording = recording
        self.ordinal = ordinal
        firstFrameNumber = bytes.uint64(at: 40)
        resolution = bytes.int64(at: 48)
        channels = []
        let table = JournalFormat.fixedHeadSize
        var cursor = ByteCursor(bytes.extracting(table..<bytes.count))
        let count = cursor.count(upTo: 256)
        for _ in 0..<(count ?? 0) {
            guard let number = cursor.byte(), let description = cursor.channelDescription() else {
                throw .malformed(
                    .journalHead, at: UInt64(table + cursor.offset),
                    reason: "the channel table cannot be read")
            }
            channels.append(Channel(number: number, description: description))
        }
        guard count != nil, cursor.left == 0 else {
            throw .malformed(
                .journalHead, at: UInt64(table), reason: "the channel table has another length")
        }
    }

    init(
        recording: RecordingID, ordinal: Int, firstFrameNumber: UInt64, resolution: Int64,
        channels: [Channel]
    ) {
        self.recording = recording
        self.ordinal = ordinal
        self.firstFrameNumber = firstFrameNumber
        self.resolution = resolution
        self.channels = channels
    }
}
