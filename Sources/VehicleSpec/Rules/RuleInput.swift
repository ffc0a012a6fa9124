/// Something that a rule reads, and whose value somebody tells the rules' engine.
///
/// A bus that is `nil` was not written: there is one message of this name, or it is a mistake.
public enum RuleInput: Sendable, Hashable {
    /// The physical value of a signal: `ECM_Temps.CoolantTemp`, `PT.ECM_Temps.CoolantTemp`.
    case signal(bus: String?, message: String, signal: String)
    /// The value of a data identifier as the control unit of a role last said it: `BMS.pack_voltage`.
    case identifier(role: String, name: String)
    /// The arrival of a message: `age`, `cycle`, `missing`. Its value is not looked at.
    case message(bus: String?, message: String)
    /// Whether the live counter of a frame was wrong: `alive_error`.
    case counterError(bus: String?, message: String, signal: String)
    /// Whether the checksum of a frame was wrong: `crc_error`.
    case checksumError(bus: String?, message: String)
    /// Per cent of a bus that was used within so many nanoseconds.
    case busLoad(bus: String, window: Int64)
    /// The arrival of an error frame. Its value is not looked at.
    case errors(bus: String)
    /// Whether the last trouble codes that were read of a role had this one.
    case dtc(role: String, code: String)
    /// The time in seconds in which a role answered last.
    case p2(role: String)
    /// What the spec of a role's control unit allows for it, in seconds: `spec.p2`.
    case specifiedP2(role: String)
    /// Whether the last answer of a role was negative, with this code if one is given.
    case nrc(role: String, code: UInt8?)
    /// Whether a finding is open that no rule of these makes.
    case finding(id: String)
    /// Whether a step of a plan is under way (`during`).
    case step(id: String)
}

extension RuleInput {
    /// Whether to be told it is an event, which `for: 3 events` counts.
    public var isEvent: Bool {
        switch self {
        case .specifiedP2, .finding, .step: false
        default: true
        }
    }
}

extension RuleInput: CustomStringConvertible {
    /// As it is written in a rule.
    public var description: String {
        func dotted(_ bus: String?, _ words: String...) -> String {
            ((bus.map { [$0] } ?? []) + words).joined(separator: ".")
        }
        return switch self {
        case .signal(let bus, let message, let signal): dotted(bus, message, signal)
        case .identifier(let role, let name): dotted(role, name)
        case .message(let bus, let message): dotted(bus, message)
        case .counterError(let bus, let message, let signal):
            "alive_error(\(dotted(bus, message, signal)))"
        case .checksumError(let bus, let message): "crc_error(\(dotted(bus, message)))"
        case .busLoad(let bus, let window): "busload(\(bus), \(RuleTime.text(window)))"
        case .errors(let bus): "errors(\(bus))"
        case .dtc(let role, let code): "dtc(\(role), '\(code)')"
        case .p2(let role): "p2(\(role))"
        case .specifiedP2(let role): "spec.p2 of \(role)"
        case .nrc(let role, let code):
            "nrc(\(role)" + (code.map { ", '\(RuleCode.text($0))'" } ?? "") + ")"
        case .finding(let id): "finding('\(id)')"
        case .step(let id): "during \(id)"
        }
    }
}

/// Negative response codes as they are written: two hexadecimal digits.
enum RuleCode {
    static func text(_ code: UInt8) -> String {
        let digits = String(code, radix: 16, uppercase: true)
        return digits.utf8.count == 1 ? "0" + digits : digits
    }

    static func number(_ text: String) -> UInt8? {
        text.utf8.count == 2 && text.utf8.allSatisfy { $0 != UInt8(ascii: "+") }
            ? UInt8(text, radix: 16) : nil
    }
}
