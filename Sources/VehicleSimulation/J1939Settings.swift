import CANFrame
import CANTransport
public import Diagnostics

/// How an ECU tells its trouble codes by the messages of SAE J1939-73: DM1 by itself, DM2, DM5, DM3 and
/// DM11 when it is asked.
public struct J1939Settings: Sendable {
    public var address: UInt8
    /// Between two DM1, in nanoseconds.
    public var cycle: Int64 = 1_000_000_000
    /// From a request to the answer, in nanoseconds; J1939-21 5.12.3 allows 200 ms.
    public var latency: Int64 = 10_000_000
    public var troubleCodes: [StoredJ1939Code] = []

    /// As many codes as one message holds.
    public static let mostCodes = (J1939Transport.sizes.upperBound - 2) / 4

    public init(address: UInt8) {
        self.address = address
    }

    /// Requests to it and to all, and what receivers say of its messages; from anyone.
    var requestFilters: [(identifier: PackedID, mask: UInt32)] {
        let requests = [UInt32(address), UInt32(J1939Transport.everyone)].map { 0xEA0000 | $0 << 8 }
        return (requests + [0xEC0000 | UInt32(address) << 8]).map {
            (PackedID(rawValue: 0x8000_0000 | $0), 0x83FF_FF00)
        }
    }
}

/// A trouble code of J1939 that an ECU has.
public struct StoredJ1939Code: Sendable, Hashable {
    public var code: J1939TroubleCode
    /// DM1 lists it, or DM2; neither once it is cleared.
    public var isActive: Bool
    public var wasActive: Bool
    /// Whether its cause lasts, so that it comes back a second after it was cleared.
    public var isPresent: Bool

    public init(_ code: J1939TroubleCode, isActive: Bool) {
        self.code = code
        self.isActive = isActive
        wasActive = !isActive
        isPresent = isActive
    }
}
