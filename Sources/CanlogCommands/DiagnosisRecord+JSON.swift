import CANFrame
import Diagnostics
import VehicleDiagnosis
import VehicleSpec

extension DiagnosisRecord {
    /// The record as an object with its `type`; the schema is in the documentation of
    /// VehicleDiagnosis.
    func json(interface: (UInt8) -> String) -> JSONValue {
        switch self {
        case .exchange(let exchange): exchange.json(interface: interface(exchange.channel))
        case .identified(let unit, let time):
            .object(
                unit.json.merging(["type": "identified", "time": .seconds(time)]) { $1 })
        case .troubleCode(let step): step.json
        case .opened(let finding):
            .object(finding.json.merging(["type": "finding", "state": "opened"]) { $1 })
        case .closed(let finding):
            .object(finding.json.merging(["type": "finding", "state": "closed"]) { $1 })
        }
    }
}

extension DiagnosedExchange {
    fileprivate func json(interface: String) -> JSONValue {
        guard case .object(var object) = decoded.json(interface: interface) else { return .null }
        object["type"] = "exchange"
        object["bus"] = JSONValue(bus)
        object["role"] = JSONValue(addressee)
        object["provisional"] = .bool(isProvisional)
        if case .array(let responses)? = object["responses"] {
            object["responses"] = .array(
                responses.enumerated().map { index, response in
                    guard case .object(var object) = response else { return response }
                    object["role"] = JSONValue(roles[index])
                    if !values[index].isEmpty {
                        object["values"] = .array(values[index].map(\.json))
                    }
                    return .object(object)
                })
        }
        return .object(object)
    }
}

extension IdentifiedValue {
    var json: JSONValue {
        [
            "identifier": .string(number.hexadecimal), "name": .string(name),
            "text": .string(text), "data": .string(bytes.map(\.hexadecimal).joined()),
            "frames": .frames(evidence),
        ]
    }
}

extension TroubleCodeStep {
    fileprivate var json: JSONValue {
        let (kind, condition): (String, TroubleCodeBook.Condition?) =
            switch transition.kind {
            case .reported(let condition): ("reported", condition)
            case .goneFromReport: ("gone", nil)
            case .cleared: ("cleared", nil)
            }
        return [
            "type": "troubleCode", "role": JSONValue(role), "ecu": .string(unit),
            "code": .string(code), "step": .string(kind),
            "condition": condition.map { .string("\($0)") } ?? .null,
            "tester": JSONValue(transition.tester), "time": .seconds(transition.time),
            "frames": .frames(transition.evidence),
        ]
    }
}

extension Finding {
    var json: [String: JSONValue] {
        [
            "id": .string(id), "check": .string(check), "subject": .string(subject),
            "code": JSONValue(code), "severity": .string(severity.rawValue),
            "safety": .bool(isSafety), "role": JSONValue(role), "bus": JSONValue(bus),
            "text": .string(text), "began": .seconds(began), "opened": .seconds(opened),
            "closed": closed.map { .seconds($0) } ?? .null, "occurrences": .count(occurrences),
            "frames": evidence.map { .frames($0) } ?? .null,
        ]
    }
}

extension ControlUnitReport {
    var json: [String: JSONValue] {
        [
            "role": .string(role), "bus": .string(bus), "address": .string(address),
            "state": .string(state.rawValue), "spec": JSONValue(spec),
            "supplier": JSONValue(supplier),
            "released": isReleased.map { .bool($0) } ?? .null,
            "identification": .array(identification.map(\.json)),
            "exchanges": .count(exchanges), "slowestP2": slowestP2.map { .measured($0) } ?? .null,
        ]
    }
}

extension DiagnosisReport {
    /// The last object of the stream.
    var json: JSONValue {
        [
            "type": "verdict", "outcome": .string(verdict.outcome.rawValue),
            "reason": .string(verdict.reason),
            "parts": .array(verdict.parts.map(\.json)),
            "vehicle": .string(vehicle), "variant": .string(variant),
            "specSHA256": .string(specDigest),
            "vin": JSONValue(vin.agreed), "givenVIN": JSONValue(vin.given),
            "readVINs": .array(
                vin.read.map {
                    [
                        "role": .string($0.role), "vin": .string($0.vin),
                        "time": .seconds($0.time), "frames": .frames($0.evidence),
                    ]
                }),
            "start": JSONValue(start.map { UTCTime($0).text(fractionDigits: 9) }),
            "seconds": .seconds(duration),
            "buses": .array(buses.map(\.json)), "ecus": .array(units.map { .object($0.json) }),
            "foreign": .array(
                foreign.map {
                    [
                        "bus": .string($0.bus), "address": .string($0.address),
                        "frames": .frames($0.evidence),
                    ]
                }),
            "troubleCodes": .array(troubleCodes.map(\.json)),
            "findings": .array(findings.map { .object($0.json) }),
            "unlistedFindings": .object(unlistedFindings.mapValues { .count($0) }),
        ]
    }
}

extension VerdictPart {
    fileprivate var json: JSONValue {
        [
            "part": .string(kind.rawValue), "outcome": .string(outcome.rawValue),
            "reasons": .array(
                reasons.map {
                    [
                        "outcome": .string($0.outcome.rawValue),
                        "severity": .string($0.severity.rawValue), "role": JSONValue($0.role),
                        "text": .string($0.text),
                    ]
                }),
        ]
    }
}

extension BusReport {
    fileprivate var json: JSONValue {
        [
            "bus": .string(name), "interface": JSONValue(interface), "frames": .count(frames),
            "errorFrames": .count(errorFrames), "messagesSeen": .count(UInt64(messagesSeen)),
            "messagesKnown": .count(UInt64(messagesKnown)),
            "loadPercent": load.map { .number($0, decimals: 3) } ?? .null,
            "peakLoadPercent": peakLoad.map { .number($0, decimals: 3) } ?? .null,
        ]
    }
}

extension TroubleCodeReport {
    fileprivate var json: JSONValue {
        [
            "role": JSONValue(role), "ecu": .string(unit), "code": .string(code),
            "text": JSONValue(text), "severity": .string(severity.rawValue),
            "expectation": JSONValue(expectation), "safety": .bool(isSafety),
            "condition": .string("\(condition)"),
            "status": status.map { .string($0.rawValue.hexadecimal) } ?? .null,
            "fails": .bool(fails), "frames": transitions.last.map { .frames($0.evidence) } ?? .null,
        ]
    }
}
