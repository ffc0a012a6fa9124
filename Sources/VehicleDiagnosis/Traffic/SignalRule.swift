import SignalDatabase
import VehicleSpec

/// What the values of a signal are judged by.
struct SignalRule: Sendable {
    /// What is wrong with a value.
    enum Fault: UInt8, Sendable {
        case none
        case range
        case notAvailable
        case reserved

        var check: AutomaticCheck? {
            switch self {
            case .none: nil
            case .range: .range
            case .notAvailable: .notAvailable
            case .reserved: .reservedValue
            }
        }
    }

    /// A raw value that its label says something about.
    struct Label: Sendable {
        var raw: Int64
        var fault: Fault
    }

    /// Beyond these it is out of range: the limits and half a step, since authors round them.
    private var least = -Double.infinity
    private var greatest = Double.infinity
    /// Among those of the bus.
    private var labels = 0..<0
    private var isFloat: Bool
    /// Checks that are made, a bit for each fault.
    private var judged: UInt8 = 0

    /// `settings` are `nil` of a signal that is not judged: a counter, a checksum.
    init(
        _ signal: Signal, subject: String, _ settings: CheckSettings?, labels all: inout [Label]
    ) {
        isFloat = signal.valueType == .float || signal.valueType == .double
        guard let settings else { return }
        for fault in [Fault.range, .notAvailable, .reserved] {
            guard let check = fault.check, !settings.ignores(check, on: subject) else { continue }
            judged |= 1 << fault.rawValue
        }
        // False of limits that are no numbers.
        if signal.minimum < signal.maximum, !Self.areRawLimits(signal) {
            let slack =
                isFloat
                ? 1e-6 * max(abs(signal.minimum), abs(signal.maximum)) : abs(signal.factor) / 2
            least = signal.minimum - slack
            greatest = signal.maximum + slack
            if least.isNaN || greatest.isNaN { (least, greatest) = (-.infinity, .infinity) }
        }
        let first = all.count
        for label in signal.labels {
            let fault: Fault =
                switch label.absence {
                case .notAvailable: .notAvailable
                case .reserved: .reserved
                case nil: .none
                }
            let value = Double(label.raw) * signal.factor + signal.offset
            // A label within the limits that names a value says nothing new.
            guard fault != .none || value < least || value > greatest else { continue }
            all.append(Label(raw: label.raw, fault: fault))
        }
        labels = first..<all.count
    }

    /// Whether an author wrote the limits of the bits where those of the value belong: `[0|65535]` of
    /// a signal that is scaled or moved, and never comes up there.
    private static func areRawLimits(_ signal: Signal) -> Bool {
        guard signal.minimum == 0, signal.maximum < 0x1p53, signal.length <= 52,
            signal.valueType == .unsigned || signal.valueType == .signed,
            let limit = UInt64(exactly: signal.maximum), limit & (limit &+ 1) == 0
        else { return false }
        let bits = Double((1 as UInt64) << UInt64(signal.length))
        let least = signal.valueType == .signed ? -bits / 2 : 0
        let ends = [least, least + bits - 1].map { $0 * signal.factor + signal.offset }
        return ends.allSatisfy { $0 < signal.maximum } && ends.contains { $0 < 0 }
    }

    var isJudged: Bool { judged != 0 }

    /// What is wrong with `value`; `nil` where the frame does not carry it.
    func fault(of value: SignalValue, _ all: [Label]) -> Fault? {
        let fault: Fault
        switch value.state {
        case .unknown, .absent, .beyondFrame: return nil
        case .notAvailable, .error: fault = .notAvailable
        case .reserved: fault = .reserved
        case .valid: fault = faultOfNumber(value, all)
        }
        return judged & 1 << fault.rawValue != 0 ? fault : Fault.none
    }

    private func faultOfNumber(_ value: SignalValue, _ all: [Label]) -> Fault {
        for index in labels where all[index].raw == value.rawInteger { return all[index].fault }
        if isFloat, value.physical.isNaN { return .notAvailable }
        return value.physical < least || value.physical > greatest ? .range : .none
    }
}
