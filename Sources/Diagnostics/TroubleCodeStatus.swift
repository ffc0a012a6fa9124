/// The status byte of a trouble code, ISO 14229-1 annex D.2.
public struct TroubleCodeStatus: OptionSet, Sendable, Hashable, BitwiseCopyable {
    public let rawValue: UInt8

    @inlinable
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The last test that was completed failed.
    public static let testFailed = Self(rawValue: 0x01)
    public static let testFailedThisOperationCycle = Self(rawValue: 0x02)
    /// It failed in this operation cycle or in the one before.
    public static let pending = Self(rawValue: 0x04)
    /// It failed often enough to be stored.
    public static let confirmed = Self(rawValue: 0x08)
    public static let testNotCompletedSinceLastClear = Self(rawValue: 0x10)
    public static let testFailedSinceLastClear = Self(rawValue: 0x20)
    public static let testNotCompletedThisOperationCycle = Self(rawValue: 0x40)
    /// The control unit asks for its warning lamp.
    public static let warningIndicatorRequested = Self(rawValue: 0x80)

    /// The names of the bits, the lowest first, as ISO 14229-1 spells them.
    public static let names = [
        "testFailed", "testFailedThisOperationCycle", "pendingDTC", "confirmedDTC",
        "testNotCompletedSinceLastClear", "testFailedSinceLastClear",
        "testNotCompletedThisOperationCycle", "warningIndicatorRequested",
    ]

    /// The names of the bits that are set, the lowest first.
    public var setNames: [String] {
        (0..<8).compactMap { rawValue >> UInt8($0) & 1 == 1 ? Self.names[$0] : nil }
    }
}
