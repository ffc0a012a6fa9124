import CANFrame

/// What writer and reader of a journal know of one key: a channel, identifier, flags, length and DLC.
struct JournalSlot: BitwiseCopyable {
    /// All of a row but its time and payload, see ``FrameRow/journalKey``.
    var key: UInt64
    /// The payload of its last row, if it has at most 8 bytes.
    var word: UInt64 = 0
    /// By how much each byte of it changed last.
    var change: UInt64 = 0
    /// By how much each byte is expected to change: as last, if it changed so twice, else not.
    var step: UInt64 = 0
    /// Which bytes differed from what was expected, the last two patterns.
    var mask: UInt8 = 0
    var olderMask: UInt8 = 0
    /// The key that came after this one last.
    var next: UInt16 = 0
    /// The place of its last payload among the long ones, or -1.
    var long: Int16 = -1

    @inline(__always)
    init(key: UInt64) { self.key = key }

    /// The payload that is expected next.
    @inline(__always)
    var expectedWord: UInt64 { addBytes(word, step) }

    /// Takes note that the payload came that was expected: the same as ``note(_:)``, cheaper. Where
    /// a byte was expected to change it did, as before; where not, it did not.
    @inline(__always)
    mutating func noteExpected(_ newWord: UInt64) {
        change = step
        word = newWord
    }

    /// Takes note of the payload that came.
    @inline(__always)
    mutating func note(_ newWord: UInt64) {
        let newChange = subtractBytes(newWord, word)
        step = newChange & ~nonzeroBytes(newChange ^ change)
        change = newChange
        word = newWord
    }

    @inline(__always)
    mutating func note(mask newMask: UInt8) {
        olderMask = mask
        mask = newMask
    }
}

/// The keys that are in use, their state, and which comes after which: the same in writer and reader.
struct JournalKeys: ~Copyable {
    /// By the number of a key. A key is a frame, and a restart comes after as many as fit.
    private var slots = JournalTable(
        repeating: JournalSlot(key: 0), count: JournalFormat.restartInterval)
    /// How many keys are in use.
    private(set) var count = 0
    /// The key that came after two keys, by a hash of both.
    private var likely = JournalTable<UInt16>(repeating: 0, count: 4_096)

    /// Forgets all.
    mutating func reset() {
        likely.reset(to: 0)
        count = 0
    }

    /// The state of a key; `number` is less than ``count``.
    subscript(number: Int) -> JournalSlot {
        @inline(__always) get { slots[number] }
        @inline(__always) _modify { yield &slots[number] }
    }

    /// The key that came after the last two keys of `trail`.
    @inline(__always)
    func likelyNumber(after trail: JournalTrail) -> Int { Int(likely[trail.context]) }

    /// The key that came after the last key of `trail`.
    @inline(__always)
    func nextNumber(after trail: JournalTrail) -> Int { Int(slots[trail.last].next) }

    /// Takes a new key into use; there is room if ``count`` is below the restart interval.
    mutating func add(_ slot: JournalSlot) {
        slots[count] = slot
        count += 1
    }

    /// Takes note of the key that came after `trail`, and puts it there.
    @inline(__always)
    mutating func note(_ number: Int, after trail: inout JournalTrail) {
        let name = UInt16(truncatingIfNeeded: number)
        likely[trail.context] = name
        slots[trail.last].next = name
        trail.append(number)
    }
}

/// The last two keys.
///
/// A value of its own, because the loops hold it in registers: what lies in memory is written and
/// read again at each row, and the rows wait for it.
struct JournalTrail: BitwiseCopyable {
    private(set) var last = 0
    private var beforeLast = 0
    /// A hash of both.
    private(set) var context = 0

    @inline(__always)
    mutating func append(_ number: Int) {
        (beforeLast, last) = (last, number)
        context = (last &* 0x9E5 &+ beforeLast &* 0x1F35) & 4_095
    }
}

/// The last payloads of more than 8 bytes, for the first keys that have such.
struct JournalPayloads: ~Copyable {
    /// Further keys are coded as if their last payload were zeros.
    static let limit = 256

    var bytes: [UInt8] = []
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

// Eight bytes at once in one word, none carrying into the next.

private let lowBits: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
private let highBits: UInt64 = 0x8080_8080_8080_8080

@inline(__always)
func addBytes(_ left: UInt64, _ right: UInt64) -> UInt64 {
    ((left & lowBits) &+ (right & lowBits)) ^ ((left ^ right) & highBits)
}

@inline(__always)
func subtractBytes(_ left: UInt64, _ right: UInt64) -> UInt64 {
    ((left | highBits) &- (right & lowBits)) ^ ((left ^ ~right) & highBits)
}

/// The high bit of each byte that is not zero.
@inline(__always)
private func nonzeroFlags(_ word: UInt64) -> UInt64 {
    (((word & lowBits) &+ lowBits) | word) & highBits
}

/// 0xFF in each byte that is not zero.
@inline(__always)
func nonzeroBytes(_ word: UInt64) -> UInt64 {
    let flags = nonzeroFlags(word)
    return (flags &- (flags &>> 7)) | flags
}

/// A bit for each byte that is not zero, the first byte in the low bit.
@inline(__always)
func nonzeroMask(_ word: UInt64) -> UInt8 {
    UInt8(truncatingIfNeeded: ((nonzeroFlags(word) &>> 7) &* 0x0102_0408_1020_4080) &>> 56)
}
