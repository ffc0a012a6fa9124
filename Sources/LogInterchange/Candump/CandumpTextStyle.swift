/// How candump's log format is written where candump itself has more than one way.
public struct CandumpTextStyle: Hashable, Sendable {
    /// Digits behind the point of a stamp, 1 to 9; 6 is candump's, 9 that of `candump -N`.
    public var decimals: Int
    /// Whether the flags digit of a CAN FD frame has the bit `CANFD_FDF`: candump prints it on
    /// kernels since 6.1, which set it; python-can and older kernels do not.
    public var writesFDFBit: Bool
    /// Whether ` R` or ` T` follows each frame, as with `candump -x`.
    public var showsDirection: Bool
    /// Whether events stand among the frames as lines that begin with `#`, which canplayer and
    /// ``CandumpTextDecoder`` pass over; ticks and clock ties are left out.
    public var showsEvents = false

    /// candump's own style: microseconds, flags as the kernel sets them, no direction.
    public init(decimals: Int = 6, writesFDFBit: Bool = true, showsDirection: Bool = false) {
        precondition((1...9).contains(decimals), "a stamp has 1 to 9 decimals")
        self.decimals = decimals
        self.writesFDFBit = writesFDFBit
        self.showsDirection = showsDirection
    }
}
