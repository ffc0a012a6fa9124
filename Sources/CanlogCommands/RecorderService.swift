import CANFrame
import LocalFiles
import LogFile
import RecorderControl
import Recording

/// Answers what others ask of a running recorder.
struct RecorderService: Sendable {
    let name: String
    let control: RecordingControl
    /// The specs that the logs carry, if they do.
    let specs: RecordedSpecs?

    /// The answer to one request, in JSON if it says `json=yes`.
    func answer(_ request: ControlRequest) -> ControlReply {
        let isJSON = request.values["json"] == "yes"
        do throws(StreamError) {
            switch request.word {
            case "status": return ControlReply(status(isJSON))
            case "mark":
                let change = try control.mark(request.values["text"] ?? "")
                return ControlReply(told("marked", change, isJSON))
            case "trigger":
                let change = try control.trigger(request.values["text"] ?? "by hand")
                return ControlReply(told("triggered", change, isJSON))
            case "next": return try next(request, isJSON)
            default:
                return ControlReply(
                    status: 64,
                    "'\(request.word)' is no request; there are mark, next, status, trigger")
            }
        } catch {
            return ControlReply(status: ExitStatus.couldNot, error.description)
        }
    }

    private func next(_ request: ControlRequest, _ isJSON: Bool) throws(StreamError) -> ControlReply
    {
        guard var metadata = control.progress().metadata else {
            throw StreamError(place: "recorder", cause: "it has not begun yet", remedy: "try again")
        }
        var attempt: UInt32?
        if let text = request.values["attempt"] {
            attempt = UInt32(text)
            guard let number = attempt, number > 0 else {
                return ControlReply(status: 64, "attempt '\(text)' is no number from 1 on")
            }
        }
        let before = metadata
        metadata.created = HostClock.realTime()
        metadata.vin = request.values["vin"]
        metadata.attempt = attempt
        if attempt == nil, metadata.vin != nil, metadata.vin == before.vin {
            let count = (before.attempt ?? 1).addingReportingOverflow(1)
            metadata.attempt = count.overflow ? nil : count.partialValue
        }
        if let name = request.values["operator"] { metadata.operatorName = name }
        let doubt = metadata.vin.flatMap { VINCheck.doubt(about: $0) }
        metadata.vinIsDoubtful = doubt != nil
        let choice = specs?.next(vin: metadata.vin)
        metadata.specification = choice?.specification
        let change = try control.next(
            metadata, notes: [doubt, choice?.doubt].compactMap { $0 })
        return ControlReply(told("next", change, isJSON, doubt: doubt, choice))
    }

    private func told(
        _ what: String, _ change: LogChange, _ isJSON: Bool, doubt: String? = nil,
        _ choice: RecordedSpecs.Choice? = nil
    ) -> String {
        if isJSON {
            let value: JSONValue = [
                "event": .string(what),
                "file": JSONValue(change.opened), "closed": JSONValue(change.closed),
                "frameNumber": .count(change.firstFrameNumber),
                "time": .string(UTCTime(change.time).text(fractionDigits: 6)),
                "doubt": JSONValue(doubt),
                "specs": choice?.specification?.json ?? .null,
                "specsDoubt": JSONValue(choice?.doubt),
            ]
            return value.text + "\n"
        }
        var lines: [String] = []
        if let closed = change.closed { lines.append("closed \(closed)") }
        switch what {
        case "next":
            lines.append(
                change.opened.map { "recording to \($0)" } ?? "waiting for a trigger")
        default: lines.append(what + " in " + (change.opened ?? "nothing: it waits for a trigger"))
        }
        if let doubt { lines.append("warning: \(doubt); it is stored as scanned and flagged") }
        if let specification = choice?.specification { lines.append("specs \(specification.name)") }
        if let doubt = choice?.doubt { lines.append("warning: \(doubt)") }
        return lines.map { $0.printable + "\n" }.joined()
    }

    // MARK: Status

    private func status(_ isJSON: Bool) -> String {
        let progress = control.progress()
        return isJSON ? json(progress).text + "\n" : text(progress)
    }

    private func text(_ progress: RecordingProgress) -> String {
        let metadata = progress.metadata
        var lines = ["recorder  \(name), process \(ProcessEnvironment.processIdentifier)"]
        lines.append(
            progress.waitsForTrigger
                ? "state     waits for a trigger; \(progress.triggers.counting("trigger")) so far"
                : "state     " + (Self.isGood(progress) ? "recording" : "recording, with trouble"))
        if !progress.waitsForTrigger {
            lines.append("log       \(progress.path)")
            lines.append(
                "          \(progress.fileFrames.counting("frame")), \(FigureText.bytes(progress.fileBytes))"
            )
        }
        if let vin = metadata?.vin {
            let attempt = metadata?.attempt.map { ", attempt \($0)" } ?? ""
            lines.append("VIN       \(vin)\(attempt)")
        }
        if let specification = metadata?.specification {
            lines.append("specs     \(specification.label)")
        }
        lines.append(
            "so far    \(progress.frames.counting("frame")) in \(FigureText.seconds(progress.elapsed)), "
                + "\(progress.lost) lost; \(UInt64(progress.completedFiles).counting("log")) completed"
        )
        if progress.heldFrames > 0 {
            lines.append(
                "disk      refuses: \(UInt64(progress.heldFrames).counting("frame")) held in memory"
            )
        }
        for channel in progress.channels {
            let state = !channel.isUp ? "DOWN" : channel.isSilent ? "SILENT" : "up"
            lines.append(
                "\(channel.interface)  \(state), \(channel.frames.counting("frame")), "
                    + "\(channel.errorFrames.counting("error frame")), \(channel.lost) lost")
        }
        return lines.map { $0.printable + "\n" }.joined()
    }

    private func json(_ progress: RecordingProgress) -> JSONValue {
        let metadata = progress.metadata
        return [
            "recorder": .string(name),
            "process": .integer(Int64(ProcessEnvironment.processIdentifier)),
            "isGood": .bool(Self.isGood(progress)),
            "waitsForTrigger": .bool(progress.waitsForTrigger),
            "triggers": .count(progress.triggers),
            "file": progress.waitsForTrigger ? .null : .string(progress.path),
            "fileFrames": .count(progress.fileFrames),
            "fileBytes": .count(progress.fileBytes),
            "vin": JSONValue(metadata?.vin),
            "attempt": metadata?.attempt.map { .count(UInt64($0)) } ?? .null,
            "recording": JSONValue(metadata?.recording.description),
            "specs": metadata?.specification?.json ?? .null,
            "seconds": .number(Double(progress.elapsed) / 1e9, decimals: 3),
            "frames": .count(progress.frames),
            "lost": .count(progress.lost),
            "held": .count(UInt64(progress.heldFrames)),
            "completedFiles": .count(UInt64(progress.completedFiles)),
            "completing": .count(UInt64(progress.completing)),
            "channels": .array(progress.channels.map(Self.json)),
        ]
    }

    static func json(_ channel: RecordingProgress.Channel) -> JSONValue {
        [
            "interface": .string(channel.interface),
            "frames": .count(channel.frames),
            "lost": .count(channel.lost),
            "errorFrames": .count(channel.errorFrames),
            "up": .bool(channel.isUp),
            "silent": .bool(channel.isSilent),
            "state": JSONValue(channel.state?.name),
        ]
    }

    private static func isGood(_ progress: RecordingProgress) -> Bool {
        progress.lost == 0 && progress.heldFrames == 0 && progress.failure == nil
            && progress.closingFailure == nil
            && progress.channels.allSatisfy { $0.isUp && !$0.isSilent && $0.state != .busOff }
    }
}
