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
    /// Bytes of one row at most: control, key, time, and eight masked groups of a payload.
    static let rowLimit = 1 + 8 + 10 + 1 + 8 * 9

    /// A text of more bytes of UTF-8 is cut, and ends with an ellipsis.
    static let textLimit = 16_384
    /// Bytes of an event's body at most.
    static let eventBodyLimit = textLimit + 128
    /// Bytes of an event at most: control, tag, channel, stamp, length and body.
    static let eventLimit = 1 + 1 + 1 + 10 + 3 + eventBodyLimit

    /// What a record's CRC is mixed with, so that a record of another recording, another segment or
    /// another place never counts as one of this.
    static func seed(recording: RecordingID, ordinal: Int) -> UInt32 {
        var bytes = recording.bytes
        bytes.append(littleEndian: UInt64(ordinal))
        return bytes.span.crc32c
    }
}

/// The first byte of a row: which key, how the payload changed, how the time is coded.
enum JournalControl {
    // Bits 6 and 7.
    /// The key that came after the two keys before.
    static let likelyKey: UInt8 = 0x00
    /// The key that came after the key before.
    static let nextKey: UInt8 = 0x40
    /// A key by its number.
    static let numberedKey: UInt8 = 0x80
    /// A key that is new.
    static let newKey: UInt8 = 0xC0
    /// Not a row: an event. A new key has no last mask, so those bits are free for it.
    static let event: UInt8 = 0xD0

    // Bits 4 and 5.
    static let unchanged: UInt8 = 0x00
    static let lastMask: UInt8 = 0x10
    static let olderMask: UInt8 = 0x20
    static let givenMask: UInt8 = 0x30

    // Bits 0 to 3; below 12 they are the high bits of a time of 12 bits.
    static let wideTime: UInt8 = 12
    static let longTime: UInt8 = 13
    static let noTime: UInt8 = 14
    static let exactTime: UInt8 = 15

    /// In the tag of an event: the byte of a channel follows.
    static let channelBit: UInt8 = 0x80
    /// The first number of a key that needs two bytes.
    static let shortKeyLimit = 0xE0
}
