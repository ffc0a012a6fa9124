import CANFrame
import SignalDatabase
import VehicleSpec

/// What is remembered of the counter and the checksum of a stream.
struct ProtectionWatch: Sendable, BitwiseCopyable {
    private var last: UInt64 = 0
    private var isKnown = false
    /// A bit for each of the last frames, the lowest for the last: the counter was wrong.
    private var errors: UInt64 = 0
    /// Frames in a row with which a counter went on by one.
    private var steps: Int32 = 0
    private var firstError: Int64 = 0
    private var firstNumber: UInt64 = 0
    private var counter = FindingThread()
    private var checksum = FindingThread()
    /// How often since traffic began.
    var counterErrors: UInt64 = 0
    var checksumErrors: UInt64 = 0
    /// Of the last frame.
    var isCounterWrong = false
    var isChecksumWrong = false

    /// So many steps show that a signal is a counter of which a name alone says so.
    private static let convincing: Int32 = 8

    /// Frames may be missing: the next value of the counter is no error.
    mutating func forget() { isKnown = false }

    /// How the counter went on.
    private enum Step { case right, repeated, jump }

    private static func step(from last: UInt64, to value: UInt64, of values: UInt64) -> Step {
        if values != 0, value >= values { return .jump }
        if value == last { return values == 1 ? .right : .repeated }
        let next = values != 0 && last >= values - 1 ? 0 : last &+ 1
        if value == next { return .right }
        // Some counters leave out the last value, or 0: with few values nothing would be left.
        if values > 4, last >= values - 2, value <= 1 { return .right }
        return .jump
    }

    mutating func count(
        _ value: UInt64, _ rule: MessageProtection, message: Int, at time: Int64, number: UInt64,
        _ bus: CheckedBus, _ book: inout FindingBook
    ) {
        let previous = last
        last = value
        isCounterWrong = false
        guard isKnown else {
            isKnown = true
            return
        }
        let step = Self.step(from: previous, to: value, of: rule.counterValues)
        errors = errors << 1 & Self.mask(bus.settings.counterWindow)
        if step == .right {
            steps = min(steps + 1, Self.convincing)
            counter.settle(at: time, clear: bus.settings.clear, in: &book)
            return
        }
        let isBelieved = rule.isCounterCertain || steps >= Self.convincing
        // One that counted stays believed; one that never did has to show it without a break.
        if !isBelieved {
            steps = 0
            return
        }
        if errors == 0 { (firstError, firstNumber) = (time, number) }
        errors |= 1
        isCounterWrong = true
        counterErrors &+= 1
        if counter.isOpen {
            counter.extend(at: time, frame: number, in: &book)
            return
        }
        guard errors.nonzeroBitCount >= max(1, bus.settings.counterErrors) else { return }
        let place = rule.counter ?? 0
        let text =
            step == .repeated
            ? "the counter stands still at \(value)"
            : "the counter jumps from \(previous) to \(value)"
        counter.open(
            bus.finding(
                .liveCounter, bus.subject(message, place), text, began: firstError, opened: time,
                role: bus.sender(of: message),
                frames: min(firstNumber, number)...max(firstNumber, number),
                times: UInt64(errors.nonzeroBitCount)), in: &book)
    }

    private static func mask(_ window: Int) -> UInt64 {
        window >= 64 ? .max : (1 << UInt64(max(1, window))) - 1
    }

    mutating func compare(
        _ stored: UInt64, with computed: UInt16, message: Int, at time: Int64, number: UInt64,
        _ bus: CheckedBus, _ book: inout FindingBook
    ) {
        isChecksumWrong = stored != UInt64(computed)
        guard isChecksumWrong else {
            checksum.settle(at: time, clear: bus.settings.clear, in: &book)
            return
        }
        checksumErrors &+= 1
        if checksum.isOpen {
            checksum.extend(at: time, frame: number, in: &book)
            return
        }
        let text =
            "the checksum is \(String(stored, radix: 16, uppercase: true)), "
            + "\(String(computed, radix: 16, uppercase: true)) is computed"
        checksum.open(
            bus.finding(
                .checksum, bus.subject(message), text, began: time, opened: time,
                role: bus.sender(of: message), frames: number...number), in: &book)
    }
}
