/// The 48 bytes before every block (LogFile.docc, Blocks).
struct BlockHeader: Equatable {
    static let size = 48
    static let magic: UInt32 = 0x4B42_4C43  // "CLBK"
    static let version: UInt8 = 1
    /// A head is read whole, so it has a limit.
    static let headLimit = 4 << 20
    /// What follows a head is at most this long: payloads of a full group, events, and room.
    static let bodyLimit = 48 << 20
    /// Set in the kind of a block that a reader may skip.
    static let ancillaryBit: UInt16 = 0x8000

    enum Kind {
        static let group: UInt16 = 1
        /// Ancillary: the index only repeats what the groups say.
        static let index: UInt16 = 2 | ancillaryBit
        /// Ancillary: frames are read without it.
        static let specification: UInt16 = 3 | ancillaryBit
    }

    var kind: UInt16
    var version: UInt8 = Self.version
    /// CRC-32C of the recording's UUID: blocks of another recording are not taken for this one's.
    var recordingCheck: UInt32
    var headSize: UInt32
    var bodySize: UInt32
    var headChecksum: UInt32
    var frameCount: UInt32 = 0
    var eventCount: UInt32 = 0
    var firstFrameNumber: UInt64 = 0
    /// The ordinal of a group, from 0.
    var ordinal: UInt32 = 0

    var isAncillary: Bool { kind & Self.ancillaryBit != 0 }
    /// The bytes of the whole block.
    var blockSize: UInt64 { UInt64(Self.size) + UInt64(headSize) + UInt64(bodySize) }

    func append(to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(littleEndian: Self.magic)
        bytes.append(littleEndian: kind)
        bytes += [version, 0]
        bytes.append(littleEndian: recordingCheck)
        bytes.append(littleEndian: headSize)
        bytes.append(littleEndian: bodySize)
        bytes.append(littleEndian: headChecksum)
        bytes.append(littleEndian: frameCount)
        bytes.append(littleEndian: eventCount)
        bytes.append(littleEndian: firstFrameNumber)
        bytes.append(littleEndian: ordinal)
        bytes.append(littleEndian: bytes.crc32c(from: start))
    }
}

extension BlockHeader {
    /// Reads a header of at least ``size`` bytes, or `nil` unless it is one, undamaged.
    init?(_ bytes: Span<UInt8>) {
        guard bytes.count >= Self.size, bytes.uint32(at: 0) == Self.magic,
            bytes.uint32(at: 44) == bytes.extracting(0..<44).crc32c
        else { return nil }
        kind = bytes.uint16(at: 4)
        version = bytes[6]
        recordingCheck = bytes.uint32(at: 8)
        headSize = bytes.uint32(at: 12)
        bodySize = bytes.uint32(at: 16)
        headChecksum = bytes.uint32(at: 20)
        frameCount = bytes.uint32(at: 24)
        eventCount = bytes.uint32(at: 28)
        firstFrameNumber = bytes.uint64(at: 32)
        ordinal = bytes.uint32(at: 40)
        guard kind != Kind.group || hasGroupSizes else { return nil }
    }

    /// Whether the sizes are within what a group may have.
    var hasGroupSizes: Bool {
        headSize <= UInt32(Self.headLimit) && bodySize <= UInt32(Self.bodyLimit)
            && frameCount <= UInt32(LogFormat.groupCapacity)
            && eventCount <= UInt32(LogFormat.groupEventCapacity)
            && firstFrameNumber <= UInt64(Int64.max)
    }
}
