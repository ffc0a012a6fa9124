/// What an error frame says of its controller (linux/can/error.h).
public struct ErrorFrameReport: Equatable, Sendable {
    /// The state that the controller is in from here on.
    public var state: ControllerState?
    /// It was restarted after a bus-off (`CAN_ERR_RESTARTED`).
    public var isRestart = false
    public var counters: ErrorCounters?

    /// Reads the class and the payload, its first byte in the low bits.
    public init(errorClass: UInt32, payload: UInt64) {
        // CAN_ERR_RESTARTED: the kernel makes the controller error active with it (can_restart).
        if errorClass & 0x100 != 0 {
            isRestart = true
            state = .errorActive
        }
        // CAN_ERR_CRTL, data[1]: CAN_ERR_CRTL_{RX,TX}_PASSIVE, _{RX,TX}_WARNING, _ACTIVE.
        if errorClass & 0x04 != 0 {
            let status = UInt8(truncatingIfNeeded: payload >> 8)
            if status & 0x30 != 0 {
                state = .errorPassive
            } else if status & 0x0C != 0 {
                state = .errorWarning
            } else if status & 0x40 != 0 {
                state = .errorActive
            }
        }
        if errorClass & 0x40 != 0 { state = .busOff }  // CAN_ERR_BUSOFF
        // CAN_ERR_CNT: data[6] and data[7] hold the counters.
        if errorClass & 0x200 != 0 {
            counters = ErrorCounters(
                transmit: UInt16(UInt8(truncatingIfNeeded: payload >> 48)),
                receive: UInt16(UInt8(truncatingIfNeeded: payload >> 56)))
        }
    }
}
