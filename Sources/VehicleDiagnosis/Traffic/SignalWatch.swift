import CANFrame
import SignalDatabase
import VehicleSpec

/// What is remembered of a signal's value: what is wrong with it, and for how many frames.
struct SignalWatch: Sendable, BitwiseCopyable {
    var fault = SignalRule.Fault.none
    var frames: Int32 = 0
    var since: Int64 = 0
    var firstNumber: UInt64 = 0
    var finding = FindingThread()
    /// What the open finding is about.
    var found = SignalRule.Fault.none
}

/// The signals of all streams of a bus.
struct SignalWatches: Sendable {
    private var watches: [SignalWatch] = []
    /// By stream from its first word on, a bit for each signal that is not as it should be.
    private var faulty: [UInt64] = []

    /// Where the signals of a stream lie.
    struct Place: Sendable, BitwiseCopyable {
        var first: Int32
        var firstWord: Int32
        var words: Int32
    }

    /// Makes room for a stream.
    mutating func add(_ signals: Int) -> Place {
        let words = (signals + 63) / 64
        defer {
            watches.append(contentsOf: repeatElement(SignalWatch(), count: signals))
            faulty.append(contentsOf: repeatElement(0, count: words))
        }
        return Place(
            first: Int32(watches.count), firstWord: Int32(faulty.count), words: Int32(words))
    }

    /// Looks at the values that changed with a frame.
    @inline(__always)
    mutating func note(
        _ changed: Span<Int32>, _ values: Span<SignalValue>, of place: Place, rules: Int,
        _ bus: CheckedBus
    ) {
        for index in changed.indices {
            let signal = Int(changed[index])
            // Nothing is known of one that the frame does not carry: it stays as it was.
            guard bus.signals[rules + signal].isJudged,
                let fault = bus.signals[rules + signal].fault(of: values[signal], bus.labels)
            else { continue }
            let watch = Int(place.first) + signal
            guard fault != watches[watch].fault else { continue }
            watches[watch].fault = fault
            watches[watch].frames = 0
            if fault != .none || watches[watch].finding.isOpen {
                faulty[Int(place.firstWord) + signal >> 6] |= 1 << UInt64(signal & 63)
            }
        }
    }

    /// Whether a signal of the stream is at fault, or was.
    @inline(__always)
    func isFaulty(_ place: Place) -> Bool {
        let first = Int(place.firstWord)
        for word in first..<first + Int(place.words) where faulty[word] != 0 { return true }
        return false
    }

    /// Counts the frames of the signals that are at fault, and opens, extends and closes findings.
    mutating func judge(
        _ values: Span<SignalValue>, of place: Place, message: Int, at time: Int64, number: UInt64,
        _ bus: CheckedBus, _ book: inout FindingBook
    ) {
        for word in 0..<Int(place.words) {
            var bits = faulty[Int(place.firstWord) + word]
            while bits != 0 {
                let bit = bits.trailingZeroBitCount
                bits &= bits - 1
                let signal = word * 64 + bit
                guard values[signal].state.isPresent else { continue }
                let index = Int(place.first) + signal
                judge(index, values[signal], signal, message, at: time, number, bus, &book)
                if watches[index].fault == .none, !watches[index].finding.isOpen {
                    faulty[Int(place.firstWord) + word] &= ~(1 << UInt64(bit))
                }
            }
        }
    }

    private mutating func judge(
        _ index: Int, _ value: SignalValue, _ signal: Int, _ message: Int, at time: Int64,
        _ number: UInt64, _ bus: CheckedBus, _ book: inout FindingBook
    ) {
        let fault = watches[index].fault
        guard fault != .none else {
            watches[index].finding.settle(at: time, clear: bus.settings.clear, in: &book)
            return
        }
        if watches[index].finding.isOpen {
            guard watches[index].found != fault else {
                watches[index].finding.extend(at: time, frame: number, in: &book)
                return
            }
            watches[index].finding.close(at: time, in: &book)
        }
        if watches[index].frames == 0 {
            (watches[index].since, watches[index].firstNumber) = (time, number)
        }
        watches[index].frames += 1
        guard watches[index].frames >= max(1, bus.settings.valueFrames), let check = fault.check
        else { return }
        watches[index].found = fault
        let first = watches[index].firstNumber
        watches[index].finding.open(
            bus.finding(
                check, bus.subject(message, signal),
                Self.text(value, bus.database.messages[message].signals[signal], fault),
                began: watches[index].since, opened: time, role: bus.sender(of: message),
                frames: min(first, number)...max(first, number),
                times: UInt64(watches[index].frames)), in: &book)
    }

    private static func text(
        _ value: SignalValue, _ signal: Signal, _ fault: SignalRule.Fault
    ) -> String {
        let unit = signal.unit.isEmpty ? "" : " \(signal.unit)"
        let number = FindingText.number(value.physical)
        if fault == .range {
            return "\(number)\(unit), from \(FindingText.number(signal.minimum)) to "
                + "\(FindingText.number(signal.maximum))\(unit) is wanted"
        }
        let raw = String(value.rawBits, radix: 16, uppercase: true)
        if let label = signal.label(of: value.rawInteger) { return "'\(label)' (raw \(raw))" }
        switch value.state {
        case .error: return "the sender cannot measure it (raw \(raw))"
        case .notAvailable: return "the sender has no value (raw \(raw))"
        default: return "a value without a meaning (raw \(raw))"
        }
    }
}
