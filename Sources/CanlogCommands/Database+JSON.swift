import CANFrame
import SignalDatabase
import SignalViews

extension Message {
    /// What programs get of a message.
    func json(withSignals: Bool) -> JSONValue {
        var object: [String: JSONValue] = [
            "id": JSONValue(identifierText),
            "name": .string(longName),
            "shortName": .string(name),
            "bytes": .count(UInt64(length)),
            "format": .string("\(format)"),
            "parameterGroup": parameterGroup.map { .count(UInt64($0.number)) } ?? .null,
            "cycleTimeMilliseconds": cycleTimeMilliseconds.map { .decimal($0) } ?? .null,
            "transmitters": .array(transmitters.map { .string($0) }),
            "comment": JSONValue(comment),
            "line": .count(UInt64(line)),
            "attributes": attributes.json,
        ]
        object["signals"] =
            withSignals
            ? .array(signals.indices.map { signalJSON($0, isAlone: false) })
            : .count(UInt64(signals.count))
        return .object(object)
    }

    /// What programs get of a signal; one that stands alone names its message.
    func signalJSON(_ place: Int, isAlone: Bool) -> JSONValue {
        let signal = signals[place]
        var object: [String: JSONValue] = [
            "name": .string(signal.longName),
            "shortName": .string(signal.name),
            "startBit": .count(UInt64(signal.startBit)),
            "bits": .count(UInt64(signal.length)),
            "byteOrder": .string("\(signal.byteOrder)"),
            "type": .string("\(signal.valueType)"),
            "factor": .decimal(signal.factor),
            "offset": .decimal(signal.offset),
            "minimum": .decimal(signal.minimum),
            "maximum": .decimal(signal.maximum),
            "unit": .string(signal.unit),
            "receivers": .array(signal.receivers.map { .string($0) }),
            "multiplexing": JSONValue(multiplexingText(of: place)),
            "labels": .array(
                signal.labels.map { ["raw": .integer($0.raw), "text": .string($0.text)] }),
            "suspectParameterNumber": signal.suspectParameterNumber.map { .count(UInt64($0)) }
                ?? .null,
            "comment": JSONValue(signal.comment),
            "line": .count(UInt64(signal.line)),
            "attributes": signal.attributes.json,
        ]
        if isAlone {
            object["message"] = .string(longName)
            object["id"] = JSONValue(identifierText)
        }
        return .object(object)
    }
}

extension [Attribute] {
    fileprivate var json: JSONValue {
        .object(Dictionary(map { ($0.name, .string($0.value.shownText)) }) { $1 })
    }
}

extension DatabaseDifference {
    func json(old: String, new: String) -> JSONValue {
        [
            "old": .string(old), "new": .string(new), "summary": .string(summary),
            "changes": .array(changes.map(\.json)),
        ]
    }
}

extension DatabaseChange {
    fileprivate var json: JSONValue {
        [
            "action": .string(action.rawValue),
            "kind": .string(kind.rawValue),
            "name": .string(name),
            "id": JSONValue(identifier.map { PackedID($0).description }),
            "fields": .array(
                fields.map {
                    ["name": .string($0.name), "old": JSONValue($0.old), "new": JSONValue($0.new)]
                }),
            "changes": .array(changes.map(\.json)),
        ]
    }
}
