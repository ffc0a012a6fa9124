/// Who put a frame on the bus, as far as the kernel told; never a guess.
public enum FrameOrigin: UInt8, Sendable, CaseIterable {
    /// The source could not tell, as in most files of other tools.
    case unknown = 0
    /// Another node: the frame came in through the controller.
    case received = 1
    /// This host (`MSG_DONTROUTE` of linux/can/raw.h): another program, or another socket.
    case thisHost = 2
    /// This process (`MSG_CONFIRM`): it confirms that our own frame was sent.
    case thisProcess = 3
}

/// What kind of frame carries the payload: the CAN FD bits, and the origin, in 8 bits.
///
/// The low bits are those of `canfd_frame.flags` in linux/can.h. Bits 3 to 5 are reserved (bit 3
/// for CAN XL) and zero.
public struct FrameFlags: OptionSet, Hashable, Sendable, BitwiseCopyable {
    public var rawValue: UInt8

    @inlinable
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Bit rate switch (`CANFD_BRS`): the payload was sent at the data bit rate.
    public static let bitRateSwitch = FrameFlags(rawValue: 0x01)
    /// Error state indicator (`CANFD_ESI`): the sender was error passive.
    public static let errorStateIndicator = FrameFlags(rawValue: 0x02)
    /// The frame has the CAN FD format (`CANFD_FDF`).
    public static let flexibleDataRate = FrameFlags(rawValue: 0x04)
    /// The bits that say how the frame was on the wire, without the origin.
    public static let wire = FrameFlags(rawValue: 0x07)

    /// Who sent the frame, in bits 6 and 7.
    @inlinable
    public var origin: FrameOrigin {
        get {
            switch rawValue >> 6 {
            case 1: .received
            case 2: .thisHost
            case 3: .thisProcess
            default: .unknown
            }
        }
        set { rawValue = rawValue & 0x3F | newValue.rawValue << 6 }
    }

    /// Whether this host sent the frame, this process or another.
    @inlinable public var isByThisHost: Bool { rawValue & 0x80 != 0 }
    /// Whether the frame has the CAN FD format.
    @inlinable public var isFD: Bool { rawValue & 0x04 != 0 }
}
