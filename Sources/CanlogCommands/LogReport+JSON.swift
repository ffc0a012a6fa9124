import CANFrame
import LogFile
import LogInterchange
import LogTools

extension LogReport {
    /// The report for programs. Times are ISO 8601 in UTC and, beside it, nanoseconds since 1970.
    var json: JSONValue {
        [
            "file": .string(place),
            "format": .string(format.rawValue),
            "state": JSONValue(losses.state?.word),
            "isComplete": .bool(losses.isEmpty),
            "frames": .count(frames),
            "otherFrames": .count(otherFrames),
            "identifiers": .count(UInt64(identifiers)),
            "first": time(first),
            "last": time(last),
            "earliest": time(earliest),
            "latest": time(latest),
            "durationNanoseconds": duration.map { .integer($0) } ?? .null,
            "resolutionNanoseconds": .integer(resolution),
            "fileBytes": .count(fileBytes),
            "journalBytes": .count(journalBytes),
            "bytesPerFrame": bytesPerFrame.map { .number($0, decimals: 3) } ?? .null,
            "groups": .count(UInt64(groups)),
            "channels": .array(channels.map(json)),
            "recordedLosses": .array(recordedLosses.map(json)),
            "events": .object(
                Dictionary(
                    eventCounts.map { ("\($0.key)", JSONValue.count($0.value)) }
                ) { $1 }),
            "damages": .array(losses.damages.map(json)),
            "skipped": .count(losses.gaps.skipped),
            "messages": .array(losses.messages.map { .string($0) }),
            "metadata": metadata?.json ?? .null,
        ]
    }

    private func time(_ timestamp: Timestamp?) -> JSONValue {
        guard let timestamp else { return .null }
        return [
            "utc": .string(UTCTime(timestamp).text(fractionDigits: fractionDigits)),
            "nanoseconds": .integer(timestamp.nanoseconds),
        ]
    }

    private func json(_ channel: Channel) -> JSONValue {
        let streams = channel.streams.map { stream -> JSONValue in
            let identifier = stream.identifier
            let kind = identifier.isError ? "error" : identifier.isRemote ? "remote" : "data"
            return [
                "id": .string(identifier.description),
                "kind": .string(kind),
                "frames": .count(stream.frames),
            ]
        }
        return [
            "number": .count(UInt64(channel.number)),
            "interface": .string(channel.description.interface),
            "bitRate": channel.description.bitRate.map { .count(UInt64($0)) } ?? .null,
            "dataBitRate": channel.description.dataBitRate.map { .count(UInt64($0)) } ?? .null,
            "clock": .string("\(channel.description.clock)"),
            "frames": .count(channel.frames),
            "identifiers": .array(streams),
        ]
    }

    private func json(_ loss: LogSummary.LossTotal) -> JSONValue {
        [
            "cause": .string("\(loss.cause)"),
            "channel": JSONValue(loss.channel.map(name)),
            "frames": .count(loss.frames),
        ]
    }

    private func json(_ damage: LogDamage) -> JSONValue {
        [
            "cause": .string(damage.error.description),
            "firstByte": .count(damage.bytes.lowerBound),
            "endByte": .count(damage.bytes.upperBound),
            "segment": damage.segment.map { .count(UInt64($0)) } ?? .null,
            "frames": damage.frames.map { .count($0) } ?? .null,
            "from": time(damage.from),
            "to": time(damage.to),
        ]
    }
}

extension LogState {
    /// The state as JSON names it.
    var word: String {
        switch self {
        case .closed: "closed"
        case .streamed: "streamed"
        case .recording: "recording"
        case .recovered: "recovered"
        case .journalMissing: "journalMissing"
        case .truncated: "truncated"
        }
    }
}

extension LogMetadata {
    fileprivate var json: JSONValue {
        [
            "recording": .string(recording.description),
            "created": .string(UTCTime(created).text(fractionDigits: 6)),
            "program": .string(program),
            "host": JSONValue(host),
            "source": JSONValue(source),
            "recorder": JSONValue(recorder),
            "vin": JSONValue(vin),
            "vinIsDoubtful": .bool(vinIsDoubtful),
            "attempt": attempt.map { .count(UInt64($0)) } ?? .null,
            "station": JSONValue(station),
            "line": JSONValue(line),
            "operator": JSONValue(operatorName),
            "specs": specification?.json ?? .null,
            "tags": .array(
                tags.map { ["key": .string($0.key), "value": .string($0.value)] }),
            "cuts": .array(
                cuts.map { cut in
                    [
                        "frames": .count(cut.frames),
                        "frameDigest": JSONValue(cut.frameDigest.map { FigureText.digest($0) }),
                        "selection": .string(cut.selection),
                    ]
                }),
            "sources": .array(sources.map(\.json)),
        ]
    }
}

extension LogMetadata.Specification {
    var json: JSONValue {
        ["name": .string(name), "sha256": .string(sha256), "carried": .bool(isCarried)]
    }
}

extension LogMetadata.Source {
    fileprivate var json: JSONValue {
        [
            "metadata": metadata.json,
            "frames": .count(frames),
            "frameDigest": JSONValue(frameDigest.map { FigureText.digest($0) }),
            "recorder": .count(UInt64(recorder)),
            "orderOffsetNanoseconds": .integer(orderOffset),
            "channels": .array(
                channels.map { channel in
                    [
                        "number": .count(UInt64(channel.number)),
                        "originalNumber": .count(UInt64(channel.originalNumber)),
                        "originalInterface": .string(channel.originalInterface),
                    ]
                }),
        ]
    }
}
