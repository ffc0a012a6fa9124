/// The least time between two consecutive frames that a receiver asks for (STmin), as one byte.
///
/// ISO 15765-2 9.6.5.4: 00 to 7F are 0 to 127 ms, F1 to F9 are 100 to 900 µs; the others are
/// reserved, and a sender takes the longest time for them, 127 ms.
public struct ISOTPSeparationTime: RawRepresentable, Sendable, Hashable {
    public var rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The shortest time that can be said and is not shorter than `nanoseconds`; 127 ms at most.
    public init(atLeast nanoseconds: Int64) {
        switch nanoseconds {
        case ...0: rawValue = 0
        case ...900_000: rawValue = 0xF0 + UInt8((nanoseconds + 99_999) / 100_000)
        case ...127_000_000: rawValue = UInt8((nanoseconds + 999_999) / 1_000_000)
        default: rawValue = 0x7F
        }
    }

    /// Whether the standard gives the byte no meaning.
    public var isReserved: Bool { rawValue > 0x7F && !(0xF1...0xF9).contains(rawValue) }

    /// The time in nanoseconds that a sender keeps.
    public var nanoseconds: Int64 {
        switch rawValue {
        case ...0x7F: Int64(rawValue) * 1_000_000
        case 0xF1...0xF9: Int64(rawValue - 0xF0) * 100_000
        default: 127_000_000
        }
    }
}
