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
        let state = value.value.state
        let raw = raw(value.value, of: value.signal)
        let signal = value.signal
        // An integer of 64 bits that is not scaled is exact; a double would round it.
        let isWhole = signal.valueType == .unsigned || signal.valueType == .signed
        let physical =
            isWhole && signal.factor == 1 && signal.offset == 0
            ? raw : .decimal(value.value.physical)
        return [
            "name": .string(signal.longName),
            "value": state == .valid ? physical : .null,
            "raw": state.isPresent ? raw : .null,
            "unit": .string(signal.unit),
            "label": JSONValue(value.label),
            "state": JSONValue(state.words ?? value.value.notFinite.map { "\($0)" }),
            "inLastFrame": .bool(value.isCurrent),
        ]
    }

    private static func raw(_ value: SignalValue, of signal: Signal) -> JSONValue {
        switch signal.valueType {
        case .unsigned: .count(value.rawBits)
        case .signed: .integer(value.rawInteger)
        case .float:
            .decimal(Double(Float(bitPattern: UInt32(truncatingIfNeeded: value.rawBits))))
        case .double: .decimal(Double(bitPattern: value.rawBits))
        }
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
