public import VehicleSpec

/// What is found about control units and what they say, beside the checks of traffic.
public enum DiagnosisCheck: String, Sendable, Hashable, CaseIterable {
    /// A role is not filled: it is asked in vain, or sends nothing of what it should.
    case missingECU = "missing-ecu"
    /// Somebody answers who is of no role.
    case foreignECU = "foreign-ecu"
    /// What fills a role is of no family that may be there.
    case unknownPart = "unknown-part"
    /// It is of a known family, with firmware that no spec describes.
    case unknownFirmware = "unknown-firmware"
    /// More than one spec fits.
    case ambiguous
    /// It is known, and may not leave the line in this vehicle on this day.
    case unreleased
    /// Two that are each released must not be together.
    case forbiddenCombination = "forbidden-combination"
    /// Control units disagree about the vehicle's identification number.
    case vinMismatch = "vin-mismatch"
    case troubleCode = "trouble-code"
    /// A finding stands for a trouble code that the control unit itself does not have.
    case diagnosisGap = "diagnosis-gap"
    /// An answer came later than it may.
    case p2
    /// A rule of the transport protocol was broken.
    case transport

    /// What it means for the car, where the specs say nothing.
    public var severity: FindingSeverity {
        switch self {
        case .missingECU, .unknownPart, .ambiguous, .unreleased, .forbiddenCombination: .block
        case .foreignECU, .unknownFirmware, .vinMismatch, .troubleCode: .rework
        // Frames may have been lost on the way to the tester as well.
        case .transport: .retest
        case .diagnosisGap, .p2: .info
        }
    }

    /// The part of the verdict that it belongs to.
    var part: VerdictPart.Kind {
        switch self {
        case .missingECU, .foreignECU, .unknownPart, .unknownFirmware, .ambiguous, .vinMismatch:
            .inventory
        case .unreleased, .forbiddenCombination: .released
        case .troubleCode: .troubleCodes
        case .diagnosisGap, .p2, .transport: .findings
        }
    }
}

extension VerdictPart.Kind {
    /// The part that a finding belongs to, by the name of its check.
    init(ofCheck check: String) {
        if let check = DiagnosisCheck(rawValue: check) {
            self = check.part
            return
        }
        switch AutomaticCheck(rawValue: check) {
        case .silentNode, .cycleTime, .length, .unknownIdentifier, .busLoad, .errorFrames, .busOff,
            .liveCounter, .checksum, .busRest:
            self = .busHealth
        case .range, .notAvailable, .reservedValue, nil: self = .findings
        }
    }
}
