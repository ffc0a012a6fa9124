import CANFrame

/// The constants of a journal segment, version 1; `LogFile.docc/Journal.md` defines them.
enum JournalFormat {
    /// The first 8 bytes of a segment, made as those of a log.
    static let magic: [UInt8] = [0x89, 0x43, 0x4C, 0x4A, 0x4E, 0x0D, 0x0A, 0x1A]
    static let majorVersion: UInt16 = 1
    static let minorVersion: UInt16 = 0
    /// Bytes of a segment's head before the channel table.
    static let fixedHeadSize = 56
    /// Bytes of a segment's head at most: 256 channels with names of 400 bytes fit.
    static let headLimit = 131_072

    /// A name of an interface in the head is cut behind this many bytes; Linux has up to 15.
    static let nameLimit = 400

    /// The first 8 bytes of a restart record. No other record begins with 0xFF.
    static let sync: [UInt8] = [0xFF, 0x43, 0x4C, 0x4A, 0x52, 0x53, 0x54, 0x9E]
    /// Sync word, CRC of the fields, and the fields of a restart record.
    static let restartHeadSize = 44
    /// The CRC behind each record's body.
    static let checksumSize = 4
    /// A record's length up to this is its first byte; ``wideLength`` and 2 bytes are longer ones.
    static let shortLengthLimit = 0xEF
    static let wideLength: UInt8 = 0xF0
    /// Bytes of a record's body at most.
    static let bodyLimit = 65_535
    /// Bytes of a record at most.
    static let recordLimit = restartHeadSize + bodyLimit + checksumSize
    /// A writer ends a record whose body has reached this.
    static let bodyTarget = 24_576
    /// Frames from one restart record to the next at most; also the keys that can be in use.
    static let restartInterval = 8_192
    /// Bytes of one row at most: head, key, time, and eight masked groups of a payload.
    static let rowLimit = 2 + 9 + 10 + 1 + 8 * 9

    /// A text of more bytes of UTF-8 is cut, and ends with an ellipsis.
    static let textLimit = 16_384
    /// Bytes of an event's body at most.
    static let eventBodyLimit = textLimit + 128
    /// Bytes of an event at most: head, tag, channel, stamp, length and body.
    static let eventLimit = 2 + 1 + 1 + 10 + 3 + eventBodyLimit

    /// What a record's CRC is mixed with, so that a record of another recording, another segment or
    /// another place never counts as one of this.
    static func seed(recording: RecordingID, ordinal: Int) -> UInt32 {
        var bytes = recording.bytes
        bytes.append(littleEndian: UInt64(ordinal))
        return bytes.span.crc32c
    }
}

/// The first two bytes of a row: the time, whether the key is told, whether the mask is.
enum JournalRowHead {
    /// Bits 0 to 13 are the time; below this it is the distance in units.
    static let wideTime: UInt64 = 0x3F00
    /// Up to here the low byte is bits 16 to 23 of the distance, and 16 bits follow.
    static let lastWideTime: UInt64 = 0x3FFD
    /// Not a row: an event. Bits 14 and 15 are zero.
    static let event: UInt64 = 0x3FFE
    /// The distance follows in nanoseconds.
    static let exactTime: UInt64 = 0x3FFF
    static let timeBits: UInt64 = 0x3FFF
    /// The key is told, not the one that came last after the key before.
    static let keyBit: UInt64 = 1 << 14
    /// The mask is told, not the last one of the key.
    static let maskBit: UInt64 = 1 << 15

    /// The first number of a key that needs two bytes.
    static let shortKeyLimit = 0xDF
    /// In the place of a key's number: the key follows, its number is the next one.
    static let newKey: UInt8 = 0xFF
    /// In the tag of an event: the byte of a channel follows.
    static let channelBit: UInt8 = 0x80
}
