/// What is known of a signal.
public enum SignalState: UInt8, Sendable, Hashable, BitwiseCopyable {
    /// No frame has carried its message yet.
    case unknown
    /// The value is what was sent.
    case valid
    /// The frame carries other signals in its place: its multiplexer has another value.
    case absent
    /// The frame ends before the signal does, or the signal has more than 64 bits.
    case beyondFrame
    /// J1939-71: the sender has no such value ("not available"): FF in the most significant byte, of
    /// parameters of 2 to 7 bits all ones.
    case notAvailable
    /// J1939-71: the sender says that it cannot measure ("error indicator"): FE in the most
    /// significant byte, of parameters of 2 bits 2. Those of 3 to 7 bits have no such value: of 4
    /// bits many have a meaning for 14.
    case error
    /// J1939-71: reserved, or with a meaning of its own to this parameter, such as an address of
    /// 8 bits (FB to FD in the most significant byte); the raw value tells which.
    case reserved

    /// Whether the frame carries the bits of the signal, whatever they say.
    @inlinable public var isPresent: Bool {
        switch self {
        case .unknown, .absent, .beyondFrame: false
        case .valid, .notAvailable, .error, .reserved: true
        }
    }
}

/// The value of a signal in one frame.
public struct SignalValue: Sendable, Hashable, BitwiseCopyable {
    /// The bits, sign extended to 64 of a signed signal; of a floating-point one as IEEE 754 has
    /// them. 0 unless ``SignalState/isPresent``.
    public var rawBits: UInt64
    /// raw x factor + offset, rounded after each of the two; 0 unless ``SignalState/isPresent``.
    public var physical: Double
    public var state: SignalState

    /// Of a signal that no frame has carried.
    public static let unknown = SignalValue(rawBits: 0, physical: 0, state: .unknown)

    @inlinable
    init(rawBits: UInt64, physical: Double, state: SignalState) {
        self.rawBits = rawBits
        self.physical = physical
        self.state = state
    }

    /// The raw value of a signed signal, and what value labels are given for.
    @inlinable public var rawInteger: Int64 { Int64(bitPattern: rawBits) }

    /// Whether both have the same bits and state; NaN is equal to itself.
    @inlinable
    func isSame(as other: SignalValue) -> Bool {
        (rawBits ^ other.rawBits) | UInt64(state.rawValue ^ other.state.rawValue) == 0
    }
}
