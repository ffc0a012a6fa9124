import CANFrame
import LogTools
import SignalDatabase
import SignalViews

extension StatisticsReport {
    /// The report as one document.
    var json: JSONValue {
        [
            "file": .string(place),
            "frames": .count(frames),
            "seconds": .number(Double(duration) / 1e9, decimals: 9),
            "firstTime": firstStamp.map { .string(UTCTime($0).text(fractionDigits: 9)) } ?? .null,
            "interfaces": .array(channels.map(Self.json)),
            "ids": .array(rows.map(Self.json)),
            "notSeen": .array(absent.map(Self.json)),
            "framesOfMoreIDs": .count(traffic.otherFrames),
            "lost": .count(traffic.lost),
            "clockSteps": .count(traffic.clockSteps),
            "findings": .bool(hasFindings),
            "losses": .array(losses.messages.map { .string($0) }),
        ]
    }

    private static func json(_ channel: ChannelTraffic) -> JSONValue {
        let load = channel.loadSummary
        return [
            "interface": .string(channel.interface),
            "frames": .count(channel.frames),
            "errorFrames": .count(channel.errors.frames),
            "errorKinds": .object(
                Dictionary(
                    uniqueKeysWithValues: channel.errors.counted.map { ($0.name, .count($0.count)) }
                )
            ),
            "lost": .count(channel.lost),
            "state": JSONValue(channel.state?.name),
            "bitRate": .count(UInt64(channel.bitRate)),
            "bitRateAssumed": .bool(channel.isBitRateAssumed),
            "meanLoadPercent": .number(load.mean * 100, decimals: 3),
            "peakLoadPercent": .number(load.peak * 100, decimals: 3),
            "loadSlotSeconds": .number(Double(load.slotLength) / 1e9, decimals: 0),
            "loadPercent": .array(load.slots.map { .number($0 * 100, decimals: 2) }),
        ]
    }

    private static func json(_ row: Row) -> JSONValue {
        let timing = row.traffic.timing
        let expectation = row.traffic.expectation
        let has = timing.intervals > 0
        return [
            "interface": .string(row.interface),
            "id": .string("\(row.traffic.identifier)"),
            "extended": .bool(row.traffic.identifier.isExtended),
            "remote": .bool(row.traffic.identifier.isRemote),
            "frames": .count(timing.frames),
            "periods": .count(timing.intervals),
            "interruptions": .count(timing.interruptions),
            "meanMs": .milliseconds(timing.period),
            "minMs": .milliseconds(has ? Double(timing.shortest) : nil),
            "maxMs": .milliseconds(has ? Double(timing.longest) : nil),
            "deviationMs": .milliseconds(timing.jitter),
            "p95Ms": .milliseconds(timing.deviation(of: 0.95)),
            "p99Ms": .milliseconds(timing.deviation(of: 0.99)),
            "silenceMs": .milliseconds(Double(row.silence.length)),
            "silenceBeganSeconds": .number(Double(row.silence.began) / 1e9, decimals: 9),
            "cycleMs": .milliseconds(expectation.cycle > 0 ? Double(expectation.cycle) : nil),
            "latePeriods": expectation.cycle > 0 ? .count(timing.lateIntervals) : .null,
            "verdict": JSONValue(row.verdict?.rawValue),
            "message": JSONValue(row.message?.longName),
            "leastLength": .count(UInt64(row.traffic.shortestPayload)),
            "greatestLength": .count(UInt64(row.traffic.longestPayload)),
            "databaseLength": expectation.length >= 0 ? .integer(Int64(expectation.length)) : .null,
            "framesOfOtherLength": expectation.length >= 0
                ? .count(row.traffic.otherLengths) : .null,
        ]
    }

    private static func json(_ absent: AbsentMessage) -> JSONValue {
        let cycle = absent.message.cycleTimeMilliseconds
        return [
            "database": .string(absent.database),
            "message": .string(absent.message.longName),
            "id": JSONValue(absent.message.identifier.map { "\($0)" }),
            "cycleMs": .milliseconds(cycle.map { $0 * 1e6 }),
            "verdict": cycle == nil ? .null : .string(Verdict.missing.rawValue),
        ]
    }
}
