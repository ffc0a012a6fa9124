import CANFrame

/// What writer and reader of a journal know of one key: a channel, identifier, flags, length and DLC.
struct JournalSlot: BitwiseCopyable {
    /// All of a row but its time and payload, see ``FrameRow/journalKey``.
    var key: UInt64
    /// The payload of its last row, if it has at most 8 bytes.
    var word: UInt64 = 0
    /// 0xFF in each byte that a payload in a word has; 0 if it has more.
    let valid: UInt64
    /// The key that came after this one last.
    var next: UInt16 = 0
    /// The place of its last payload among the long ones, or -1.
    var long: Int16 = -1
    /// Which bytes changed last.
    var mask: UInt8 = 0
    /// Whether its rows are for the fast loops: short payloads, and a number of one byte.
    fileprivate(set) var isCommon = false

    @inline(__always)
    init(key: UInt64) {
        self.key = key
        let length = UInt8(truncatingIfNeeded: key >> 48)
        valid = length > 8 ? 0 : FrameRow.maskedWord(.max, length: length)
    }

    /// Whether its payloads have at most 8 bytes.
    @inline(__always)
    var isShort: Bool { UInt8(truncatingIfNeeded: key &>> 48) <= 8 }

    /// What no frame has: a length of 255 bytes.
    static let none = JournalSlot(key: .max)
}

/// The keys that are in use, numbered from 1: the same in writer and reader.
struct JournalKeys: ~Copyable {
    /// By number; a key is a frame, and a restart comes after 8,192. Number 0 is no key.
    private var slots = JournalTable<8_193, JournalSlot>(repeating: .none)
    /// How many keys are in use.
    private(set) var count = 0

    /// Forgets all.
    mutating func reset() {
        slots[0] = .none
        count = 0
    }

    /// Whether a key has this number.
    @inline(__always)
    func contains(_ number: Int) -> Bool { UInt(bitPattern: number &- 1) < UInt(count) }

    /// The state of the key `number`; of no key, with ``JournalSlot/next``, for 0.
    subscript(number: Int) -> JournalSlot {
        @inline(__always) get { slots[number] }
        @inline(__always) _modify { yield &slots[number] }
    }

    /// Takes a new key into use, under the number ``count``; there is room if that is below the
    /// restart interval.
    mutating func add(_ slot: JournalSlot) {
        count += 1
        slots[count] = slot
        slots[count].isCommon = slot.isShort && count < JournalRowHead.shortKeyLimit
    }
}

/// The last payloads of more than 8 bytes, for the first keys that have such.
struct JournalPayloads: ~Copyable {
    /// Further keys are coded as if their last payload were zeros.
    static let limit = 256

    private var bytes: [UInt8] = []
    private var count = 0

    mutating func reset() { count = 0 }

    /// A place for the payload of a new key of `length` bytes, or -1.
    mutating func place(forLength length: Int) -> Int16 {
        guard length > 8, count < Self.limit else { return -1 }
        let start = count * DataLengthCode.maximumLength
        let end = start + DataLengthCode.maximumLength
        if bytes.count < end {
            bytes.append(contentsOf: repeatElement(0, count: end - bytes.count))
        } else {
            for index in start..<end { bytes[index] = 0 }
        }
        count += 1
        return Int16(count - 1)
    }

    /// The group of 8 bytes of the payload in `place`; zeros where there is none.
    func word(of group: Int, at place: Int16) -> UInt64 {
        guard place >= 0 else { return 0 }
        let start = Int(place) * DataLengthCode.maximumLength
        return bytes.span.word(at: start + group * 8, count: 8)
    }

    /// Keeps a payload of at most 64 bytes in `place`, if there is one.
    mutating func store(_ payload: Span<UInt8>, at place: Int16) {
        guard place >= 0 else { return }
        let start = Int(place) * DataLengthCode.maximumLength
        for index in payload.indices { bytes[start + index] = payload[index] }
    }
}

extension FrameRow {
    /// Identifier, channel, flags, length and DLC in 64 bits, from low to high.
    @inline(__always)
    var journalKey: UInt64 {
        UInt64(identifier.rawValue) | UInt64(channel) << 32 | UInt64(flags.rawValue) << 40
            | UInt64(length) << 48 | UInt64(dlc) << 56
    }

    /// The row of a key.
    @inline(__always)
    init(journalKey key: UInt64, timestamp: Timestamp, payloadWord: UInt64) {
        self.init(
            timestamp: timestamp, identifier: PackedID(rawValue: UInt32(truncatingIfNeeded: key)),
            channel: UInt8(truncatingIfNeeded: key >> 32),
            flags: FrameFlags(rawValue: UInt8(truncatingIfNeeded: key >> 40)),
            length: UInt8(truncatingIfNeeded: key >> 48), dlc: UInt8(truncatingIfNeeded: key >> 56),
            payloadWord: payloadWord)
    }
}

// Eight bytes at once in one word, none carrying into the next; a flag is the low bit of a byte.

private let lowBits: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
private let ones: UInt64 = 0x0101_0101_0101_0101

/// A flag for each byte that is not zero.
@inline(__always)
func nonzeroFlags(_ word: UInt64) -> UInt64 {
    ((((word & lowBits) &+ lowBits) | word) &>> 7) & ones
}

/// The flags as bits of a byte, that of the first byte in the low bit.
@inline(__always)
func mask(ofFlags flags: UInt64) -> UInt8 {
    UInt8(truncatingIfNeeded: (flags &* 0x0102_0408_1020_4080) &>> 56)
}

/// The flags that a mask has as bits: the opposite of ``mask(ofFlags:)``.
@inline(__always)
func flags(ofMask mask: UInt8) -> UInt64 {
    nonzeroFlags((UInt64(mask) &* ones) & 0x8040_2010_0804_0201)
}

/// In each byte the number of flags in it and all bytes before; in the last one that of all.
@inline(__always)
func runningCounts(ofFlags flags: UInt64) -> UInt64 { flags &* ones }

/// 0xFF in each byte that has a flag.
@inline(__always)
func wholeBytes(ofFlags flags: UInt64) -> UInt64 { flags &* 0xFF }
