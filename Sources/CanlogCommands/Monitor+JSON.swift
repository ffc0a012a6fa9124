import CANFrame
import SignalDatabase
import SignalViews

extension Monitor {
    /// What was watched, in one document.
    var json: JSONValue {
        let screen = MonitorScreen(of: model, surroundings, columns: 80)
        return [
            "interfaces": .array(
                model.traffic.channels.sorted { $0.number < $1.number }.map(\.json)),
            "lost": .count(model.traffic.lost),
            "framesOfMoreIDs": .count(model.traffic.otherFrames),
            "messages": .array(screen.entries(view).map(Self.json)),
        ]
    }

    private static func json(_ entry: MonitorEntry) -> JSONValue {
        let timing = entry.traffic.timing
        var object: [String: JSONValue] = [
            "interface": .string(entry.interface),
            "id": .string("\(entry.traffic.identifier)"),
            "extended": .bool(entry.traffic.identifier.isExtended),
            "remote": .bool(entry.traffic.identifier.isRemote),
            "frames": .count(timing.frames),
            "periodMs": .milliseconds(timing.recentPeriod),
            "jitterMs": .milliseconds(timing.recentJitter),
            "payload": .string(entry.payload.map(\.hexadecimal).joined()),
            "overdueMs": .milliseconds(entry.silence.map { Double($0) }),
        ]
        if let message = entry.message {
            object["message"] = .string(message.longName)
            object["signals"] = .array(entry.values.map(json))
        }
        return .object(object)
    }

    private static func json(_ value: MonitorEntry.Value) -> JSONValue {
        let isValid = value.value.state == .valid
        return [
            "name": .string(value.signal.longName),
            "value": isValid ? .decimal(value.value.physical) : .null,
            "unit": .string(value.signal.unit),
            "label": JSONValue(value.label),
            "state": isValid ? .null : .string(value.value.state.words ?? ""),
            "inLastFrame": .bool(value.isCurrent),
        ]
    }
}

extension ChannelTraffic {
    /// The channel with its load in percent of its bit rate.
    var json: JSONValue {
        let second = load.lastSecond(at: last ?? 0)
        return [
            "interface": .string(interface),
            "bitRate": .count(UInt64(bitRate)),
            "bitRateAssumed": .bool(isBitRateAssumed),
            "frames": .count(frames),
            "framesPerSecond": .count(second.frames),
            "loadPercent": .number(Double(second.bits) / Double(bitRate) * 100, decimals: 2),
            "errorFrames": .count(errors.frames),
            "errorKinds": .object(
                Dictionary(uniqueKeysWithValues: errors.counted.map { ($0.name, .count($0.count)) })
            ),
            "lost": .count(lost),
            "state": JSONValue(state?.name),
            "up": isUp.map { .bool($0) } ?? .null,
        ]
    }
}

extension JSONValue {
    /// Nanoseconds as milliseconds, to the nanosecond.
    static func milliseconds(_ nanoseconds: Double?) -> JSONValue {
        nanoseconds.map { .number($0 / 1e6, decimals: 6) } ?? .null
    }
}
