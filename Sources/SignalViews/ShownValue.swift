import CANFrame
public import SignalDatabase

/// A signal's value as a screen shows it: with as many decimals as its factor has, so that it stands
/// still while it changes.
enum ShownValue {
    /// The number; what is not a value is told in words.
    static func text(of value: SignalValue, _ signal: Signal) -> String {
        if let words = value.state.words { return words }
        if !signal.valueType.isFloating, signal.factor == 1, signal.offset == 0 {
            return signal.valueType == .signed ? "\(value.rawInteger)" : "\(value.rawBits)"
        }
        return text(of: value.physical, signal)
    }

    /// A physical value of the signal.
    static func text(of physical: Double, _ signal: Signal) -> String {
        let digits = max(decimals(of: signal.factor), decimals(of: signal.offset))
        return number(physical, decimals: signal.valueType.isFloating ? nil : digits)
    }

    /// The text that stands for the value, if the database has one.
    static func label(of value: SignalValue, _ signal: Signal) -> String? {
        guard value.state.isPresent, !signal.labels.isEmpty else { return nil }
        return signal.label(of: value.rawInteger)
    }

    /// The decimals with which `number` is exact, at most six.
    static func decimals(of number: Double) -> Int {
        var scale = 1.0
        for decimals in 0..<6 {
            let scaled = number * scale
            if abs(scaled - scaled.rounded()) < 1e-6 * max(1, abs(scaled)) { return decimals }
            scale *= 10
        }
        return 6
    }

    private static func number(_ value: Double, decimals: Int?) -> String {
        guard value.isFinite else { return "\(value)" }
        if let decimals, abs(value) < 1e9 { return FigureText.fixed(value, decimals) }
        if value != 0, !(1e-4..<1e9).contains(abs(value)) { return "\(value)" }
        return "\(FigureText.fixed(value, abs(value) < 1 ? 6 : 4))"
    }
}

extension Signal.ValueType {
    fileprivate var isFloating: Bool { self == .float || self == .double }
}

extension SignalValue {
    /// Why a value is no number, where its state does not say it: JSON has no other place for it.
    public var notFinite: StaticString? {
        guard state == .valid, !physical.isFinite else { return nil }
        return physical.isNaN ? "not a number" : "infinite"
    }
}

extension SignalState {
    /// What a person is told in place of a value; `nil` of one that is valid.
    public var words: String? {
        switch self {
        case .valid: nil
        case .unknown: "no frame yet"
        case .absent: "absent"
        case .beyondFrame: "beyond frame"
        case .notAvailable: "not available"
        case .error: "error"
        case .reserved: "reserved"
        }
    }
}
