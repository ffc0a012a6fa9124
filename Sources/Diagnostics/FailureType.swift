import CANFrame

/// The failure type byte (FTB) of a trouble code: how it failed, not what.
///
/// SAE J2012-DA: the high digit is a category, the low digit a type within it; types that the standard
/// leaves open have no name.
public struct FailureType: RawRepresentable, Sendable, Hashable, BitwiseCopyable {
    public let rawValue: UInt8

    @inlinable
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// What the type says; `nil` where the table has nothing.
    public var name: String? { Self.names[rawValue] }

    /// The category of the high digit.
    public var category: String { Self.categories[Int(rawValue >> 4)] }

    /// Whether a step of coding or calibration was not done, which is no fault of the hardware.
    public var isAboutConfiguration: Bool {
        [0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57].contains(rawValue)
    }

    private static let categories = [
        "general failure information", "general electrical failures",
        "general signal failures", "signal modulation failures",
        "system internal failures", "system programming failures",
        "algorithm based failures", "mechanical failures", "bus signal or message failures",
        "component failures", "reserved", "reserved", "reserved", "reserved",
        "reserved", "manufacturer specific",
    ]

    private static let names: [UInt8: String] = [
        0x00: "no sub type information", 0x01: "general electrical failure",
        0x02: "general signal failure", 0x03: "pulse width or frequency failure",
        0x04: "system internal failure", 0x05: "system programming failure",
        0x06: "algorithm based failure", 0x07: "mechanical failure",
        0x08: "bus signal or message failure", 0x09: "component failure",
        0x11: "circuit short to ground", 0x12: "circuit short to battery", 0x13: "circuit open",
        0x14: "circuit short to ground or open", 0x15: "circuit short to battery or open",
        0x16: "circuit voltage below threshold", 0x17: "circuit voltage above threshold",
        0x18: "circuit current below threshold", 0x19: "circuit current above threshold",
        0x1A: "circuit resistance below threshold", 0x1B: "circuit resistance above threshold",
        0x1C: "circuit voltage out of range", 0x1D: "circuit current out of range",
        0x1E: "circuit resistance out of range", 0x1F: "circuit intermittent",
        0x21: "signal amplitude below minimum", 0x22: "signal amplitude above maximum",
        0x23: "signal stuck low", 0x24: "signal stuck high",
        0x25: "signal shape or waveform failure",
        0x26: "signal rate of change below threshold",
        0x27: "signal rate of change above threshold", 0x28: "signal bias level out of range",
        0x29: "signal invalid", 0x2A: "signal stuck in range", 0x2B: "signal cross coupled",
        0x2F: "signal erratic", 0x31: "no signal", 0x32: "signal low time below minimum",
        0x33: "signal low time above maximum", 0x34: "signal high time below minimum",
        0x35: "signal high time above maximum", 0x36: "signal frequency too low",
        0x37: "signal frequency too high", 0x38: "signal frequency incorrect",
        0x39: "signal has too few pulses", 0x3A: "signal has too many pulses",
        0x41: "general checksum failure", 0x42: "general memory failure",
        0x43: "special memory failure", 0x44: "data memory failure",
        0x45: "program memory failure", 0x46: "calibration or parameter memory failure",
        0x47: "watchdog or safety controller failure", 0x48: "supervision software failure",
        0x49: "internal electronic failure", 0x4A: "incorrect component installed",
        0x4B: "over temperature", 0x51: "not programmed", 0x52: "not activated",
        0x53: "deactivated", 0x54: "missing calibration", 0x55: "not configured",
        0x56: "invalid or incompatible configuration",
        0x57: "invalid or incompatible software component", 0x61: "signal calculation failure",
        0x62: "signal compare failure", 0x63: "circuit or component protection time-out",
        0x64: "signal plausibility failure", 0x65: "signal has too few transitions or events",
        0x66: "signal has too many transitions or events",
        0x67: "signal incorrect after event", 0x68: "event information",
        0x71: "actuator stuck", 0x72: "actuator stuck open", 0x73: "actuator stuck closed",
        0x74: "actuator slipping", 0x75: "emergency position not reachable",
        0x76: "wrong mounting position", 0x77: "commanded position not reachable",
        0x78: "alignment or adjustment incorrect", 0x79: "mechanical linkage failure",
        0x7A: "fluid leak or seal failure", 0x7B: "low fluid level",
        0x81: "invalid serial data received", 0x82: "alive or sequence counter incorrect",
        0x83: "value of signal protection calculation incorrect",
        0x84: "signal below allowable range", 0x85: "signal above allowable range",
        0x86: "signal invalid", 0x87: "missing message", 0x88: "bus off",
        0x8F: "erratic", 0x91: "parametric", 0x92: "performance or incorrect operation",
        0x93: "no operation", 0x94: "unexpected operation", 0x95: "incorrect assembly",
        0x96: "component internal failure", 0x97: "component or system operation obstructed",
        0x98: "component or system over temperature",
        0x9A: "component or system operating conditions",
    ]
}

extension FailureType: CustomStringConvertible {
    /// `17 circuit voltage above threshold`.
    public var description: String { rawValue.hexadecimal + " " + (name ?? category) }
}
