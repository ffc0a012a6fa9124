extension ISOTPConnection {
    /// How one side takes part; times in nanoseconds.
    public struct Options: Sendable, Hashable {
        /// BS that the other side is given: consecutive frames between two flow controls; 0 is all.
        public var blockSize: UInt8 = 0
        /// STmin that the other side is given.
        public var separationTime = ISOTPSeparationTime(rawValue: 0)
        /// What fills frames to 8 bytes; `nil` leaves them short. CAN FD frames above 8 bytes are
        /// always filled to the next length there is.
        public var padding: UInt8? = 0xCC
        /// Whether frames are sent in the CAN FD format.
        public var isFD = false
        /// Whether their payload goes at the data bit rate.
        public var bitRateSwitch = false
        /// The longest frames that are sent (TX_DL): 8, and of CAN FD 12, 16, 20, 24, 32, 48 or 64.
        public var maximumDataLength = 8
        /// The longest message that is received; longer ones are refused (FC.OVFLW).
        public var maximumLength = 1 << 20
        /// N_As: how long sending a frame may take; only kept with `awaitsConfirmation`.
        public var timeoutAs: Int64 = 1_000_000_000
        /// N_Bs: how long the other side may take for a flow control.
        public var timeoutBs: Int64 = 1_000_000_000
        /// N_Cr: how long the other side may take for a consecutive frame.
        public var timeoutCr: Int64 = 1_000_000_000
        /// How often in a row the other side may ask to wait (N_WFTmax).
        public var waitLimit = 255
        /// How often the other side is asked to wait before each of its blocks, and how long each
        /// time; a test wants that, a tester does not.
        public var waits = 0
        public var waitTime: Int64 = 50_000_000
        /// Whether ``ISOTPConnection/confirm(at:)`` tells when a frame was really sent, so that STmin
        /// is kept on the bus and not only in front of the socket's queue.
        public var awaitsConfirmation = false

        public init() {}
    }
}

/// Why a message is not sent.
public enum ISOTPError: Error, Sendable, Hashable {
    /// The last message is still on its way.
    case busy
    /// A message has at least one byte, and at most 4,294,967,295.
    case invalidLength(Int)
}

extension ISOTPError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .busy: "the message before is still being sent; wait for its end"
        case .invalidLength(let length):
            "a message of \(length) bytes cannot be sent; it has 1 to 4,294,967,295"
        }
    }
}
