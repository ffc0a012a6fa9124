import CANFrame
import VehicleSpec

/// Judges error frames and the state of the interface's controller.
struct ControllerWatch: Sendable {
    /// `CAN_ERR_TX_TIMEOUT`, `_PROT`, `_TRX`, `_ACK`, `_BUSERROR` of linux/can/error.h: the others
    /// tell states.
    private static let errorClasses: UInt32 = 0x01 | 0x08 | 0x10 | 0x20 | 0x80
    private static let second: Int64 = 1_000_000_000

    private var windowBegan: Int64?
    private var windowNumber: UInt64 = 0
    private var windowCount = 0
    private var state = ControllerState.errorActive
    private var errors = FindingThread()
    private var busOff = FindingThread()
    private(set) var errorFrames: UInt64 = 0

    /// Takes an error frame; true if frames may be missing around it.
    mutating func take(
        _ row: FrameRow, number: UInt64, at time: Int64, _ bus: CheckedBus,
        _ book: inout FindingBook
    ) -> Bool {
        let errorClass = row.identifier.number
        let report = ErrorFrameReport(errorClass: errorClass, payload: row.payloadWord)
        var isGap = report.isRestart
        // CAN_ERR_CRTL_RX_OVERFLOW
        if errorClass & 0x04 != 0, row.payloadWord >> 8 & 0x01 != 0 { isGap = true }
        if let state = report.state { enter(state, at: time, number: number, bus, &book) }
        guard errorClass & Self.errorClasses != 0 else { return isGap }
        errorFrames &+= 1
        if windowBegan.map({ time &- $0 > Self.second || time < $0 }) ?? true {
            (windowBegan, windowNumber, windowCount) = (time, number, 0)
        }
        windowCount += 1
        if errors.isOpen {
            errors.extend(at: time, frame: number, in: &book)
        } else if windowCount >= max(1, bus.settings.errorFrames),
            !bus.settings.ignores(.errorFrames, on: bus.name)
        {
            let count = windowCount == 1 ? "one error frame" : "\(windowCount) error frames"
            errors.open(
                bus.finding(
                    .errorFrames, bus.name, "\(count) within a second",
                    began: windowBegan ?? time, opened: time,
                    frames: min(windowNumber, number)...max(windowNumber, number),
                    times: UInt64(windowCount)), in: &book)
        }
        return isGap
    }

    /// The controller is in this state from now on; true if it was off and is not any more.
    @discardableResult
    mutating func enter(
        _ new: ControllerState, at time: Int64, number: UInt64?, _ bus: CheckedBus,
        _ book: inout FindingBook
    ) -> Bool {
        defer { state = new }
        guard new != state else { return false }
        if new == .busOff {
            guard !bus.settings.ignores(.busOff, on: bus.name) else { return false }
            busOff.open(
                bus.finding(
                    .busOff, bus.name, "the controller of the interface went off the bus",
                    began: time, opened: time, frames: number.map { $0...$0 }), in: &book)
            return false
        }
        busOff.close(at: time, in: &book)
        if new == .errorPassive, !errors.isOpen, state != .busOff,
            !bus.settings.ignores(.errorFrames, on: bus.name)
        {
            errors.open(
                bus.finding(
                    .errorFrames, bus.name, "the controller of the interface is error passive",
                    began: time, opened: time, frames: number.map { $0...$0 }), in: &book)
        }
        return state == .busOff
    }

    /// Closes what was not seen for so long.
    mutating func expire(at time: Int64, clear: Int64, _ book: inout FindingBook) {
        guard errors.isOpen, state != .errorPassive else { return }
        errors.expire(at: time, clear: clear, in: &book)
    }
}
