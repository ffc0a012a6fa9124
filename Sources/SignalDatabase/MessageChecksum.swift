/// How the checksum of a message is computed: what a simulated sender writes and a check compares.
///
/// The profiles are those of AUTOSAR's E2E protocol (FO PRS E2EProtocol). Their layout is for the
/// database to say: where checksum and counter lie, and, with data IDs of 12 bits, the nibble.
public struct MessageChecksum: Sendable, Hashable {
    public enum Algorithm: String, Sendable, CaseIterable {
        /// CRC-8 SAE J1850: polynomial 1D, starts with FF, inverted at the end.
        case crc8J1850 = "crc8-sae-j1850"
        /// CRC-8 of AUTOSAR: polynomial 2F, starts with FF, inverted at the end.
        case crc8H2F = "crc8-8h2f"
        /// AUTOSAR E2E profile 1: polynomial 1D over the data ID and the other bytes.
        case e2eProfile1 = "e2e-profile-1"
        /// AUTOSAR E2E profile 2: ``crc8H2F`` over the others and the data ID of the counter.
        case e2eProfile2 = "e2e-profile-2"
        /// AUTOSAR E2E profile 5: CRC-16 (polynomial 1021, starts with FFFF) over the others and the
        /// data ID; it has 2 bytes, the lower first.
        case e2eProfile5 = "e2e-profile-5"
        /// AUTOSAR E2E profile 11: as profile 1 on the bus.
        case e2eProfile11 = "e2e-profile-11"
        /// All other bytes by exclusive or.
        case xor
        /// The lowest 8 bits of the sum of all other bytes.
        case sum
    }

    /// Which bytes of a data ID go into profiles 1 and 11 (`E2E_P01_DATAID_*`).
    public enum DataIDMode: String, Sendable, CaseIterable {
        /// The lower, then the higher one.
        case both
        /// The lower one.
        case low
        /// The lower one with even values of the counter, the higher one with odd ones.
        case alternating
        /// The lower one and a zero; the lower nibble of the higher one is a signal of the message.
        case nibble
    }

    public var algorithm: Algorithm
    /// Of profiles 1, 5 and 11.
    public var dataID: UInt16
    public var dataIDMode = DataIDMode.both
    /// Of profile 2: one of each value of the counter.
    public var dataIDs: [UInt8]

    public init(_ algorithm: Algorithm, dataID: UInt16 = 0, dataIDs: [UInt8] = []) {
        self.algorithm = algorithm
        self.dataID = dataID
        self.dataIDs = dataIDs
    }

    /// How many values the counter has that goes with it, if it is not for its bits to say: profiles
    /// 1 and 11 leave out 15.
    public var counterValues: UInt64? {
        algorithm == .e2eProfile1 || algorithm == .e2eProfile11 ? 15 : nil
    }

    /// How many bytes it has.
    public var width: Int { algorithm == .e2eProfile5 ? 2 : 1 }

    /// The checksum of all bytes of `payload` but those from `place` on that will hold it.
    public func value(of payload: [UInt8], without place: Int, counter: UInt64) -> UInt16 {
        value(of: payload.span, without: place, counter: counter)
    }

    /// The same of bytes that lie elsewhere.
    public func value(of payload: Span<UInt8>, without place: Int, counter: UInt64) -> UInt16 {
        var register = begin(counter: counter)
        let (before, behind) = parts(payload.count, place)
        for index in before { register.add(payload[index]) }
        for index in behind { register.add(payload[index]) }
        return end(&register, counter: counter)
    }

    /// The same of at most 8 bytes, the first in the lowest bits of `word`.
    public func value(
        ofWord word: UInt64, length: Int, without place: Int, counter: UInt64
    ) -> UInt16 {
        var register = begin(counter: counter)
        let (before, behind) = parts(min(length, 8), place)
        for index in before { register.add(UInt8(truncatingIfNeeded: word >> UInt64(index * 8))) }
        for index in behind { register.add(UInt8(truncatingIfNeeded: word >> UInt64(index * 8))) }
        return end(&register, counter: counter)
    }

    private func parts(_ length: Int, _ place: Int) -> (Range<Int>, Range<Int>) {
        let start = min(max(place, 0), length)
        return (0..<start, min(start + width, length)..<length)
    }

    private func begin(counter: UInt64) -> ChecksumRegister {
        switch algorithm {
        case .crc8J1850: return ChecksumRegister(.polynomial1D, 0xFF)
        case .crc8H2F, .e2eProfile2: return ChecksumRegister(.polynomial2F, 0xFF)
        case .e2eProfile5: return ChecksumRegister(.polynomial1021, 0xFFFF)
        case .xor: return ChecksumRegister(.xor, 0)
        case .sum: return ChecksumRegister(.sum, 0)
        case .e2eProfile1, .e2eProfile11:
            var register = ChecksumRegister(.polynomial1D, 0)
            let (low, high) = (UInt8(truncatingIfNeeded: dataID), UInt8(dataID >> 8))
            switch dataIDMode {
            case .both:
                register.add(low)
                register.add(high)
            case .low: register.add(low)
            case .alternating: register.add(counter.isMultiple(of: 2) ? low : high)
            case .nibble:
                register.add(low)
                register.add(0)
            }
            return register
        }
    }

    private func end(_ register: inout ChecksumRegister, counter: UInt64) -> UInt16 {
        switch algorithm {
        case .crc8J1850, .crc8H2F: return ~register.value & 0xFF
        case .e2eProfile2:
            if !dataIDs.isEmpty { register.add(dataIDs[Int(counter % UInt64(dataIDs.count))]) }
            return ~register.value & 0xFF
        case .e2eProfile5:
            register.add(UInt8(truncatingIfNeeded: dataID))
            register.add(UInt8(dataID >> 8))
            return register.value
        case .e2eProfile1, .e2eProfile11, .xor, .sum: return register.value
        }
    }
}

/// What a checksum is so far, byte by byte.
struct ChecksumRegister {
    enum Step { case polynomial1D, polynomial2F, polynomial1021, xor, sum }

    private let step: Step
    private(set) var value: UInt16

    init(_ step: Step, _ start: UInt16) {
        (self.step, value) = (step, start)
    }

    mutating func add(_ byte: UInt8) {
        let low = UInt8(truncatingIfNeeded: value)
        switch step {
        case .xor: value = UInt16(low ^ byte)
        case .sum: value = UInt16(low &+ byte)
        case .polynomial1D: value = Self.table1D[Int(low ^ byte)]
        case .polynomial2F: value = Self.table2F[Int(low ^ byte)]
        case .polynomial1021:
            value = value << 8 ^ Self.table1021[Int(UInt8(value >> 8) ^ byte)]
        }
    }

    private static let table1D = table(0x1D, bits: 8)
    private static let table2F = table(0x2F, bits: 8)
    private static let table1021 = table(0x1021, bits: 16)

    /// What each byte leaves behind.
    private static func table(_ polynomial: UInt16, bits: UInt16) -> InlineArray<256, UInt16> {
        InlineArray { index in
            let top: UInt16 = 1 << (bits - 1)
            var value = UInt16(index) << (bits - 8)
            for _ in 0..<8 { value = value & top != 0 ? value << 1 ^ polynomial : value << 1 }
            return bits == 16 ? value : value & 0xFF
        }
    }
}
