/// The signals of a message that protect it: one that counts its frames, one that holds a checksum.
///
/// Attributes of the database say which they are; where there are none, their names do:
/// `AliveCounter`, `MsgCnt`, `CRC`, `Checksum`. The algorithm of a checksum follows from attributes
/// alone: message attributes `ChecksumAlgorithm` (``MessageChecksum/Algorithm``), `ChecksumDataID`
/// (hexadecimal digits; of profile 2 all 16, with spaces between) and `ChecksumDataIDMode`; signal
/// attribute `SignalRole` with `counter`, `checksum` or `none`.
public struct MessageProtection: Sendable, Hashable {
    /// The place of the counter in the message.
    public var counter: Int?
    /// Whether more than a name that other things have too says that it counts frames.
    public var isCounterCertain = false
    /// How many values the counter has; 0 for 2^64.
    public var counterValues: UInt64 = 0
    /// The place of the signal that holds the checksum, whole bytes of the payload.
    public var checksumSignal: Int?
    /// The first of these bytes.
    public var checksumByte = 0
    /// How it is computed; `nil` where the database does not say.
    public var checksum: MessageChecksum?

    /// What `message` of `database` has.
    public init(of message: Message, in database: Database) {
        let algorithm = Self.checksum(of: message, in: database)
        findChecksum(of: message, in: database, width: algorithm?.width)
        if checksumSignal != nil { checksum = algorithm }
        findCounter(of: message, in: database)
    }

    // MARK: Checksum

    private mutating func findChecksum(
        of message: Message, in database: Database, width: Int?
    ) {
        for (place, signal) in message.signals.enumerated() {
            let role = Self.role(of: signal, in: database)
            guard role == "checksum" || (role == nil && Self.isChecksumName(signal.name)),
                let byte = Self.wholeBytes(of: signal, width: width),
                !signal.multiplexing.isSwitched
            else { continue }
            (checksumSignal, checksumByte) = (place, byte)
            return
        }
    }

    /// The first byte of a signal that is one whole byte, or two with the lower first.
    private static func wholeBytes(of signal: Signal, width: Int?) -> Int? {
        guard signal.length == 8 * (width ?? signal.length / 8), (8...16).contains(signal.length)
        else { return nil }
        let isLittle = signal.byteOrder == .littleEndian
        guard signal.length == 8 || (isLittle && signal.length == 16),
            signal.startBit % 8 == (isLittle ? 0 : 7)
        else { return nil }
        return signal.startBit >> 3
    }

    private static func checksum(
        of message: Message, in database: Database
    ) -> MessageChecksum? {
        func text(_ name: String) -> String? {
            database.value(of: name, in: message.attributes, of: .message)?.text
        }
        guard let word = text("ChecksumAlgorithm"),
            let algorithm = MessageChecksum.Algorithm(rawValue: word.lowercased())
        else { return nil }
        var checksum = MessageChecksum(algorithm)
        let digits = (text("ChecksumDataID") ?? "").split { $0 == " " || $0 == "," }
        if algorithm == .e2eProfile2 {
            checksum.dataIDs = digits.compactMap { UInt8($0, radix: 16) }
            // Without its data IDs nothing can be computed.
            guard checksum.dataIDs.count == 16, digits.count == 16 else { return nil }
        } else if let first = digits.first {
            guard let id = UInt16(first, radix: 16) else { return nil }
            checksum.dataID = id
        }
        if let mode = text("ChecksumDataIDMode"), !mode.isEmpty {
            guard let known = MessageChecksum.DataIDMode(rawValue: mode.lowercased()) else {
                return nil
            }
            checksum.dataIDMode = known
        }
        return checksum
    }

    // MARK: Counter

    private mutating func findCounter(of message: Message, in database: Database) {
        for (place, signal) in message.signals.enumerated() {
            let role = Self.role(of: signal, in: database)
            guard role == nil || role == "counter", place != checksumSignal,
                signal.valueType == .unsigned, signal.length <= 64,
                !signal.multiplexing.isMultiplexer
            else { continue }
            if role == nil {
                guard let isCertain = isCounter(signal) else { continue }
                isCounterCertain = isCertain
            } else {
                isCounterCertain = true
            }
            counter = place
            counterValues = values(of: signal)
            return
        }
    }

    private func values(of signal: Signal) -> UInt64 {
        let all: UInt64 = signal.length >= 64 ? 0 : 1 << UInt64(signal.length)
        if let own = checksum?.counterValues, signal.length == 4 { return own }
        // Limits that are narrower than the bits say where it begins again.
        guard signal.factor == 1, signal.offset == 0, signal.minimum == 0, signal.maximum >= 1,
            signal.maximum < 0x1p53, signal.maximum.rounded() == signal.maximum
        else { return all }
        let limited = UInt64(signal.maximum) + 1
        return all == 0 || limited < all ? limited : all
    }

    /// Whether a name says that a signal counts frames, and then whether that is certain.
    private func isCounter(_ signal: Signal) -> Bool? {
        guard (2...16).contains(signal.length), signal.factor == 1, signal.offset == 0,
            signal.labels.count < 3
        else { return nil }
        let words = Self.words(of: signal.name)
        guard let named = words.last(where: { !$0.allSatisfy(\.isNumber) }) else { return nil }
        // "Alive01".
        let last = String(named.reversed().drop(while: \.isNumber).reversed())
        if last == "alive" || Self.counterNames.contains(last) { return true }
        guard Self.counterWords.contains(last) else { return nil }
        if words.contains(where: { Self.frameWords.contains($0) }) { return true }
        // "TripCounter" counts something else.
        guard words.count == 1 else { return nil }
        return signal.length <= 4 || checksumSignal != nil
    }

    private static let counterNames: Set<String> = [
        "alivecounter", "alivecnt", "alivectr", "msgcounter", "msgcnt", "messagecounter",
        "rollingcounter", "livecounter", "livecnt", "sequencecounter", "framecounter",
    ]
    private static let counterWords: Set<String> = ["counter", "cnt", "ctr", "cntr", "count"]
    private static let frameWords: Set<String> = [
        "alive", "live", "msg", "message", "rolling", "roll", "rc", "seq", "sequence", "frame",
        "e2e", "protection",
    ]

    private static func isChecksumName(_ name: String) -> Bool {
        let words = words(of: name)
        return words.contains { checksumWords.contains($0) } || words == ["sum"]
    }

    private static let checksumWords: Set<String> = [
        "crc", "crc8", "crc16", "checksum", "chksum", "chks", "cksum",
    ]

    private static func role(of signal: Signal, in database: Database) -> String? {
        let role = database.value(of: "SignalRole", in: signal.attributes, of: .signal)?.text
        guard let role, !role.isEmpty else { return nil }
        let own = signal.attributes.value(of: "SignalRole") != nil
        // A default of "none" says nothing about signals whose author said nothing.
        return own || role.lowercased() != "none" ? role.lowercased() : nil
    }

    /// `ESC_AliveCounter` in small letters: "esc", "alive", "counter".
    private static func words(of name: String) -> [String] {
        var words: [String] = []
        var previous: Character = "_"
        for character in name {
            if !character.isLetter, !character.isNumber {
                previous = "_"
                continue
            }
            let begins =
                previous == "_" || (character.isUppercase && previous.isLowercase)
            if begins { words.append("") }
            words[words.count - 1] += character.lowercased()
            previous = character
        }
        // "CheckSum", "MsgCRC".
        for index in words.indices.dropLast()
        where (words[index] == "check" || words[index] == "chk") && words[index + 1] == "sum" {
            words.append("checksum")
        }
        return words
    }
}
