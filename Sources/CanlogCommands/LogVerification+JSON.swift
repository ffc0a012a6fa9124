import CANFrame
import LogFile

extension LogVerification {
    /// The result for programs; digests are those of the last group and stand for all before it.
    func json(of place: String) -> JSONValue {
        [
            "file": .string(place),
            "state": .string(state.word),
            "isWhole": .bool(status == ExitStatus.done),
            "recording": .string(metadata.recording.description),
            "frames": .count(frames),
            "events": .count(events),
            "groups": .count(UInt64(groups.count - segments)),
            "journalSegments": .count(UInt64(segments)),
            "fileBytes": .count(summary.fileBytes),
            "journalBytes": .count(summary.journalBytes),
            "tornBytes": .count(tornBytes),
            "isPart": .bool(isPart),
            "frameDigest": JSONValue(frameDigest.map { FigureText.digest($0) }),
            "eventDigest": JSONValue(eventDigest.map { FigureText.digest($0) }),
            "damages": .array(damages.map(json)),
            "lostFrames": .count(lostFrames),
            "recordedLosses": .array(summary.losses.map(json)),
            "unknownBlocks": .count(unknownBlocks),
            "unknownEvents": .count(unknownEvents),
            "notes": .array(notes.map { .string($0) }),
        ]
    }

    private func json(_ loss: LogSummary.LossTotal) -> JSONValue {
        [
            "cause": .string("\(loss.cause)"),
            "channel": loss.channel.map { .count(UInt64($0)) } ?? .null,
            "frames": .count(loss.frames),
        ]
    }

    private func json(_ damage: LogDamage) -> JSONValue {
        [
            "kind": JSONValue(damage.error.part?.rawValue),
            "cause": .string(damage.error.description),
            "firstByte": .count(damage.bytes.lowerBound),
            "endByte": .count(damage.bytes.upperBound),
            "segment": damage.segment.map { .count(UInt64($0)) } ?? .null,
            "frames": damage.frames.map { .count($0) } ?? .null,
            "firstFrame": damage.firstFrame.map { .count($0) } ?? .null,
            "events": .count(damage.events),
            "from": time(damage.from),
            "to": time(damage.to),
        ]
    }

    private func time(_ stamp: Timestamp?) -> JSONValue {
        guard let stamp else { return .null }
        return [
            "utc": .string(UTCTime(stamp).text(fractionDigits: 9)),
            "nanoseconds": .integer(stamp.nanoseconds),
        ]
    }
}
