import CANFrame
import CANTransport
import Diagnostics

extension ConversationEnding {
    /// The summary as an object, the last line.
    var json: JSONValue {
        [
            "summary": [
                "exchanges": .count(summary.exchanges),
                "outcomes": .object(
                    Dictionary(
                        uniqueKeysWithValues: summary.outcomes.map {
                            ($0.key.rawValue, .count($0.value))
                        })),
                "pairs": .array(pairs.map { .string("\($0)") }),
                "ecus": .array(summary.units.map(json)),
                "troubleCodes": .array(
                    codedUnits.flatMap { unit in unit.entries.map { json($0, of: unit.name) } }),
                "unchangedBroadcasts": .count(unchangedBroadcasts),
                "isoTP": .object(
                    Dictionary(
                        uniqueKeysWithValues: transportFailures.occurred.map {
                            ("\($0.kind)", .count($0.count))
                        })),
                "j1939": .object(
                    Dictionary(
                        uniqueKeysWithValues: j1939Failures.occurred.map {
                            ("\($0.kind)", .count($0.count))
                        })),
                "losses": .array(doubts.map { .string($0) }),
                "clockSteps": .count(clockSteps.count),
                "clockSteppedBackNanoseconds": .integer(clockSteps.greatest),
            ]
        ]
    }

    private func json(_ unit: ConversationSummary.Unit) -> JSONValue {
        [
            "ecu": .string(unit.name.text),
            "interface": .string(interfaces[Int(unit.name.channel)]),
            "exchanges": .count(unit.exchanges), "positive": .count(unit.positive),
            "negative": .count(unit.negative), "unanswered": .count(unit.unanswered),
            "unfinished": .count(unit.unfinished), "broken": .count(unit.broken),
            "suppressed": .count(unit.suppressed), "belated": .count(unit.belated),
            "unrequested": .count(unit.unrequested), "periodic": .count(unit.periodic),
            "event": .count(unit.events), "broadcast": .count(unit.broadcasts),
            "pending": .count(unit.pending),
            "late": .count(unit.late),
            "slowestP2": unit.slowestP2.map { .measured($0) } ?? .null,
            "slowestP2Star": unit.slowestP2Star.map { .measured($0) } ?? .null,
            "nrcs": .object(
                Dictionary(
                    uniqueKeysWithValues: unit.negativeCodes.map {
                        ($0.key.hexadecimal, .count($0.value))
                    })),
            "acknowledgments": .object(
                Dictionary(
                    uniqueKeysWithValues: unit.acknowledgments.map {
                        ($0.key.name, .count($0.value))
                    })),
        ]
    }

    private func json(_ entry: TroubleCodeBook.Entry, of unit: ControlUnitName) -> JSONValue {
        [
            "ecu": .string(unit.text), "interface": .string(interfaces[Int(unit.channel)]),
            "code": .string(entry.code), "now": .string("\(entry.condition)"),
            "status": entry.status.map { .string($0.rawValue.hexadecimal) } ?? .null,
            "cleared": .bool(entry.isCleared),
            "life": .array(entry.transitions.map(Self.json)),
        ]
    }

    private static func json(_ step: TroubleCodeBook.Transition) -> JSONValue {
        let what =
            switch step.kind {
            case .reported(let condition): "\(condition)"
            case .goneFromReport: "no longer reported"
            case .cleared: "cleared"
            }
        return [
            "time": .seconds(step.time),
            "stamp": .string(UTCTime(step.timestamp).text(fractionDigits: 9)),
            "what": .string(what), "by": JSONValue(step.tester),
            "frames": .frames(step.evidence),
        ]
    }
}
