public import CANFrame
public import Diagnostics
public import VehicleSpec

/// What a diagnosis has found, when all frames have gone by.
public struct DiagnosisReport: Sendable {
    /// The vehicle and its variant by their names in the specs.
    public var vehicle: String
    public var variant: String
    /// SHA-256 of the resolved spec, hexadecimal.
    public var specDigest: String
    /// The vehicle's identification number as it was given, and as control units said it.
    public var vin: VehicleIdentification
    /// The stamp of the first frame, and how long the traffic lasted in bus time.
    public var start: Timestamp?
    public var duration: Int64
    public var buses: [BusReport]
    public var units: [ControlUnitReport]
    public var foreign: [ForeignUnit]
    public var troubleCodes: [TroubleCodeReport]
    public var findings: [Finding]
    /// Findings beyond those that are listed, by check.
    public var unlistedFindings: [String: UInt64]
    public var exchanges: ConversationSummary
    public var losses: ConversationLosses
    public var verdict: Verdict
}

/// Which vehicle it is, by several witnesses.
public struct VehicleIdentification: Sendable, Hashable {
    /// Scanned, or named by whoever started the diagnosis.
    public var given: String?
    /// What control units answered, by role, in the order of their first answers.
    public var read: [Answer] = []

    /// One control unit's answer.
    public struct Answer: Sendable, Hashable {
        public var role: String
        public var vin: String
        public var time: Int64
        public var evidence: ClosedRange<UInt64>
    }

    /// The one that all agree on.
    public var agreed: String? {
        let all = Set(read.map(\.vin) + (given.map { [$0] } ?? []))
        return all.count == 1 ? all.first : nil
    }
}

/// One bus of the vehicle as it was seen.
public struct BusReport: Sendable, Hashable {
    public var name: String
    /// The interface that it was heard on; `nil` where it was not.
    public var interface: String?
    public var frames: UInt64
    public var errorFrames: UInt64
    /// Messages of its database that were seen, and how many it has.
    public var messagesSeen: Int
    public var messagesKnown: Int
    /// The mean load in percent, where the bit rate is known.
    public var load: Double?
    /// That of the busiest second.
    public var peakLoad: Double?
}

/// What is known of the control unit that fills one role.
public struct ControlUnitReport: Sendable, Hashable {
    public var role: String
    public var bus: String
    /// Where it answers, as candump prints it.
    public var address: String
    public var state: ControlUnitState
    /// The spec that it was decoded by: `ecm-vireo-m3@1.6`.
    public var spec: String?
    public var supplier: String?
    /// What it told of itself, by the names of the specs: part number, hardware, firmware, serial
    /// number; in the order of the identifiers.
    public var identification: [IdentifiedValue]
    public var isReleased: Bool?
    public var exchanges: UInt64
    /// The slowest answer, with its limit.
    public var slowestP2: MeasuredTime?
}

/// A value that a control unit answered, by the name that the specs give it.
public struct IdentifiedValue: Sendable, Hashable {
    public var number: UInt16
    public var name: String
    public var text: String
    public var bytes: [UInt8]
    public var time: Int64
    public var evidence: ClosedRange<UInt64>
}

/// How far it is known what fills a role; reference for the words: the rule of selection.
public enum ControlUnitState: String, Sendable, Hashable, CaseIterable {
    /// Exactly one firmware of one family holds.
    case match
    case unknownFirmware
    case unknownPart
    case ambiguous
    /// It was asked and does not answer, and sends nothing either.
    case absent
    /// It answers or sends, and nobody asked it all that tells what it is.
    case notAsked
}

/// Somebody who answers at an address that no role has.
public struct ForeignUnit: Sendable, Hashable {
    public var bus: String
    public var address: String
    public var time: Int64
    public var evidence: ClosedRange<UInt64>
}

/// A trouble code of a control unit with what the specs say of it.
public struct TroubleCodeReport: Sendable, Hashable {
    public var role: String?
    /// As the book of trouble codes names the control unit.
    public var unit: String
    public var code: String
    public var text: String?
    public var severity: FindingSeverity
    /// `eol` of the spec: at the end of the line it is to be expected, or may remain.
    public var expectation: String?
    public var isSafety: Bool
    public var condition: TroubleCodeBook.Condition
    public var status: TroubleCodeStatus?
    public var transitions: [TroubleCodeBook.Transition]
    /// Whether a car with it fails.
    public var fails: Bool
}
