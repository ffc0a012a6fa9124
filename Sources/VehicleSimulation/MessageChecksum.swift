/// How the checksum of a message is computed.
public struct MessageChecksum: Sendable, Hashable {
    public enum Algorithm: String, Sendable, CaseIterable {
        /// CRC-8 SAE J1850: polynomial 1D, starts with FF, inverted at the end.
        case crc8J1850 = "crc8-sae-j1850"
        /// CRC-8 of AUTOSAR: polynomial 2F, starts with FF, inverted at the end.
        case crc8H2F = "crc8-8h2f"
        /// AUTOSAR E2E profile 1, both bytes of the data ID: polynomial 1D over them and the others.
        case e2eProfile1 = "e2e-profile-1"
        /// AUTOSAR E2E profile 2: ``crc8H2F`` over the others and the data ID of the counter.
        case e2eProfile2 = "e2e-profile-2"
        /// All other bytes by exclusive or.
        case xor
        /// The lowest 8 bits of the sum of all other bytes.
        case sum
    }

    public var algorithm: Algorithm
    /// Of profile 1.
    public var dataID: UInt16
    /// Of profile 2: one of each value of the counter.
    public var dataIDs: [UInt8]

    public init(_ algorithm: Algorithm, dataID: UInt16 = 0, dataIDs: [UInt8] = []) {
        self.algorithm = algorithm
        self.dataID = dataID
        self.dataIDs = dataIDs
    }

    /// How many values the counter has that goes with it, if it is not for its bits to say: profile 1
    /// leaves out 15.
    var counterValues: UInt64? { algorithm == .e2eProfile1 ? 15 : nil }

    /// The checksum of all bytes of `payload` but the one at `place`, which will hold it.
    public func value(of payload: [UInt8], without place: Int, counter: UInt64) -> UInt8 {
        var sum: UInt8
        switch algorithm {
        case .crc8J1850, .crc8H2F, .e2eProfile2: sum = 0xFF
        case .e2eProfile1, .xor, .sum: sum = 0
        }
        if algorithm == .e2eProfile1 {
            add(UInt8(truncatingIfNeeded: dataID), to: &sum)
            add(UInt8(dataID >> 8), to: &sum)
        }
        for index in payload.indices where index != place { add(payload[index], to: &sum) }
        if algorithm == .e2eProfile2, !dataIDs.isEmpty {
            add(dataIDs[Int(counter % UInt64(dataIDs.count))], to: &sum)
        }
        switch algorithm {
        case .crc8J1850, .crc8H2F, .e2eProfile2: return ~sum
        case .e2eProfile1, .xor, .sum: return sum
        }
    }

    private func add(_ byte: UInt8, to sum: inout UInt8) {
        switch algorithm {
        case .xor: sum ^= byte
        case .sum: sum &+= byte
        case .crc8J1850, .e2eProfile1: Self.add(byte, to: &sum, polynomial: 0x1D)
        case .crc8H2F, .e2eProfile2: Self.add(byte, to: &sum, polynomial: 0x2F)
        }
    }

    private static func add(_ byte: UInt8, to sum: inout UInt8, polynomial: UInt8) {
        sum ^= byte
        for _ in 0..<8 { sum = sum & 0x80 != 0 ? sum << 1 ^ polynomial : sum << 1 }
    }
}
