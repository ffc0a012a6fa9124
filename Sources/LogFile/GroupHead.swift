import CANFrame

/// What a group says about itself before its columns: enough to count, to skip and to choose
/// (LogFile.docc, Group head).
struct GroupHead: Equatable {
    /// One kind of row: all of its frames agree in everything but time and payload.
    struct Entry: Equatable {
        var channel: UInt8
        var identifier: PackedID
        var flags: FrameFlags
        var dlc: UInt8
        /// The payload's length in bytes, 0 to 64.
        var length: UInt8
        var count: Int
        /// Where coding 2 has the frames; `nil` for those of the bundle, and in coding 1.
        var segment: Segment?
    }

    /// The bytes of one stream of coding 2.
    struct Segment: Equatable {
        /// The index of the stream, among the streams, whose stamps predict those of this one.
        var leader: Int?
        var size: Int
        var checksum: UInt32
    }

    /// Where a column lies in the body, and how it is stored.
    struct Section: Equatable {
        enum Kind {
            static let keys: UInt8 = 1, times: UInt8 = 2, payloads: UInt8 = 3, events: UInt8 = 4
            static let tables: UInt8 = 5, order: UInt8 = 6, streams: UInt8 = 7
            static let numbers: UInt8 = 8
        }
        enum Compression {
            static let stored: UInt8 = 0, zstandard: UInt8 = 1
        }
        var kind: UInt8
        /// The byte of the value, 0 the lowest, for columns that are cut into planes.
        var plane: UInt8 = 0
        var compression: UInt8 = Compression.stored
        var storedSize: Int
        var size: Int
        var checksum: UInt32
    }

    struct Channel: Equatable {
        var number: UInt8
        /// Whether an event of this group tells of the channel first; else it was known before.
        var isIntroduced = false
        var description: ChannelDescription
    }

    struct EventCount: Equatable {
        /// The kind's number; a reader counts those that it does not know.
        var kind: UInt8
        var count: Int
    }

    struct LossTotal: Equatable {
        var cause: UInt8
        var channel: UInt8?
        var frames: UInt64
    }

    /// How the frames are coded.
    enum Coding {
        /// All as simple columns.
        static let simple: UInt8 = 1
        /// Streams by prediction, and a bundle of simple columns.
        static let streams: UInt8 = 2
    }
    static let fixedSize = 184
    static let sectionSize = 16

    var frameDigest: [UInt8] = []
    var frameDigestBefore: [UInt8] = []
    var eventDigest: [UInt8] = []
    var eventDigestBefore: [UInt8] = []
    var first = Timestamp(nanoseconds: 0)
    var last = Timestamp(nanoseconds: 0)
    var earliest = Timestamp(nanoseconds: 0)
    var latest = Timestamp(nanoseconds: 0)
    /// Differences of stamps are multiples of this many nanoseconds.
    var timeUnit: Int64 = 1
    var coding = Coding.simple
    /// Whether differences of stamps are zigzag coded because some are negative.
    var timesStepBack = false
    /// How coding 2 tells the order of arrival.
    var order = FrameOrder.Mode.sorted
    var sections: [Section] = []
    var channels: [Channel] = []
    var eventCounts: [EventCount] = []
    var losses: [LossTotal] = []
    var directory: [Entry] = []

    var frameCount: Int { directory.reduce(0) { $0 + $1.count } }

    func append(to bytes: inout [UInt8]) {
        for digest in [frameDigest, frameDigestBefore, eventDigest, eventDigestBefore] {
            bytes += digest
        }
        for stamp in [first, last, earliest, latest] {
            bytes.append(littleEndian: stamp.nanoseconds)
        }
        bytes.append(littleEndian: timeUnit)
        bytes += [coding, (timesStepBack ? 1 : 0) | order.rawValue << 1]
        bytes.append(littleEndian: UInt16(sections.count))
        bytes.append(littleEndian: UInt16(channels.count))
        bytes.append(littleEndian: UInt16(eventCounts.count))
        bytes.append(littleEndian: UInt32(losses.count))
        bytes.append(littleEndian: UInt32(directory.count))
        for section in sections {
            bytes += [section.kind, section.plane, section.compression, 0]
            bytes.append(littleEndian: UInt32(section.storedSize))
            bytes.append(littleEndian: UInt32(section.size))
            bytes.append(littleEndian: section.checksum)
        }
        for channel in channels {
            bytes += [channel.number, channel.isIntroduced ? 1 : 0]
            bytes.append(channel.description)
        }
        for count in eventCounts {
            bytes.append(count.kind)
            bytes.append(varint: UInt64(count.count))
        }
        for loss in losses { bytes.append(loss) }
        for entry in directory {
            bytes.append(entry.channel)
            bytes.append(littleEndian: entry.identifier.rawValue)
            bytes += [entry.flags.rawValue, entry.dlc, entry.length]
            bytes.append(varint: UInt64(entry.count))
            guard coding == Coding.streams else { continue }
            bytes.append(varint: UInt64(entry.segment?.size ?? 0))
            if let segment = entry.segment {
                bytes.append(varint: UInt64(segment.leader.map { $0 + 1 } ?? 0))
                bytes.append(littleEndian: segment.checksum)
            }
        }
    }
}

extension [UInt8] {
    mutating func append(_ loss: GroupHead.LossTotal) {
        append(loss.cause)
        append(varint: loss.channel.map { UInt64($0) + 1 } ?? 0)
        append(varint: loss.frames)
    }
}

extension ByteCursor {
    mutating func lossTotal() -> GroupHead.LossTotal? {
        guard let cause = byte(), let channel = count(upTo: 256), let frames = varint() else {
            return nil
        }
        return GroupHead.LossTotal(
            cause: cause, channel: channel == 0 ? nil : UInt8(channel - 1), frames: frames)
    }

    mutating func channel() -> GroupHead.Channel? {
        guard let number = byte(), let bits = byte(), let description = channelDescription()
        else { return nil }
        return GroupHead.Channel(
            number: number, isIntroduced: bits & 1 != 0, description: description)
    }

    mutating func segment(size: Int) -> GroupHead.Segment? {
        guard let leader = count(upTo: LogFormat.groupCapacity), let checksum = uint32() else {
            return nil
        }
        return GroupHead.Segment(
            leader: leader == 0 ? nil : leader - 1, size: size, checksum: checksum)
    }

    mutating func eventCount() -> GroupHead.EventCount? {
        guard let kind = byte(), let count = varint(), count <= UInt64(Int64.max) else {
            return nil
        }
        return GroupHead.EventCount(kind: kind, count: Int(count))
    }
}

extension GroupHead {
    /// Reads a head whose checksum was right; `nil` if it contradicts itself or `block`.
    init?(_ bytes: Span<UInt8>, of block: BlockHeader) {
        guard bytes.count >= Self.fixedSize else { return nil }
        func digest(_ index: Int) -> [UInt8] {
            var digest: [UInt8] = []
            digest.append(bytes.extracting(index * 32..<index * 32 + 32))
            return digest
        }
        frameDigest = digest(0)
        frameDigestBefore = digest(1)
        eventDigest = digest(2)
        eventDigestBefore = digest(3)
        first = Timestamp(nanoseconds: bytes.int64(at: 128))
        last = Timestamp(nanoseconds: bytes.int64(at: 136))
        earliest = Timestamp(nanoseconds: bytes.int64(at: 144))
        latest = Timestamp(nanoseconds: bytes.int64(at: 152))
        timeUnit = bytes.int64(at: 160)
        coding = bytes[168]
        timesStepBack = bytes[169] & 1 != 0
        guard timeUnit >= 1, let order = FrameOrder.Mode(rawValue: bytes[169] >> 1 & 3) else {
            return nil
        }
        self.order = order
        var cursor = ByteCursor(bytes.extracting(Self.fixedSize..<bytes.count))
        guard decodeSections(&cursor, count: Int(bytes.uint16(at: 170)), limit: block.bodySize)
        else { return nil }
        for _ in 0..<bytes.uint16(at: 172) {
            guard let channel = cursor.channel() else { return nil }
            channels.append(channel)
        }
        for _ in 0..<bytes.uint16(at: 174) {
            guard let count = cursor.eventCount() else { return nil }
            eventCounts.append(count)
        }
        for _ in 0..<bytes.uint32(at: 176) {
            guard let loss = cursor.lossTotal() else { return nil }
            losses.append(loss)
        }
        guard decodeDirectory(&cursor, count: bytes.uint32(at: 180), frames: block.frameCount)
        else { return nil }
    }

    private mutating func decodeSections(
        _ cursor: inout ByteCursor, count: Int, limit: UInt32
    ) -> Bool {
        var left = Int(limit)
        for _ in 0..<count {
            guard let kind = cursor.byte(), let plane = cursor.byte(),
                let compression = cursor.byte(), cursor.byte() != nil,
                let storedSize = cursor.uint32(), let size = cursor.uint32(),
                let checksum = cursor.uint32(), Int(storedSize) <= left
            else { return false }
            left -= Int(storedSize)
            sections.append(
                Section(
                    kind: kind, plane: plane, compression: compression,
                    storedSize: Int(storedSize), size: Int(size), checksum: checksum))
        }
        return true
    }

    private mutating func decodeDirectory(
        _ cursor: inout ByteCursor, count: UInt32, frames: UInt32
    ) -> Bool {
        var left = Int(frames)
        for _ in 0..<count {
            guard let channel = cursor.byte(), let identifier = cursor.uint32(),
                let flags = cursor.byte(), let dlc = cursor.byte(), let length = cursor.byte(),
                length <= UInt8(DataLengthCode.maximumLength),
                let count = cursor.count(upTo: left), count > 0
            else { return false }
            left -= count
            var entry = Entry(
                channel: channel, identifier: PackedID(rawValue: identifier),
                flags: FrameFlags(rawValue: flags), dlc: dlc, length: length, count: count)
            if coding == Coding.streams {
                guard let size = cursor.count(upTo: Int(BlockHeader.bodyLimit)) else {
                    return false
                }
                if size > 0 {
                    guard let segment = cursor.segment(size: size) else { return false }
                    entry.segment = segment
                }
            }
            directory.append(entry)
        }
        return left == 0
    }
}
