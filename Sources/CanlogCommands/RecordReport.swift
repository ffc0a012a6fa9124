import CANFrame
import Recording

/// What a running recording shows: live lines on a terminal, a line now and then elsewhere, or JSON.
struct RecordReport {
    /// How often it wants to be called.
    var interval: Duration { isLive ? .milliseconds(250) : .milliseconds(500) }

    private let isJSON: Bool
    private let isLive: Bool
    private var linesShown = 0
    private var previous: RecordingProgress?
    private var nextLine: Int64 = 0
    private var hasAnnounced = false

    init(isJSON: Bool) {
        self.isJSON = isJSON
        isLive = StandardError.isTerminal && !isJSON
    }

    /// Shows what has happened and how it goes.
    mutating func show(_ notices: [RecordingNotice], _ progress: RecordingProgress) {
        announce(progress)
        for notice in notices { tell(notice, progress) }
        if isLive {
            redraw(progress)
        } else if progress.elapsed >= nextLine {
            nextLine = progress.elapsed + (isJSON ? 1_000_000_000 : 10_000_000_000)
            if isJSON { Self.print(jsonLine(progress, event: "progress")) }
            if !isJSON, previous != nil {
                StandardError.say(summary(progress))
            }
            previous = progress
        }
    }

    /// Shows the last figures.
    mutating func finish(_ notices: [RecordingNotice], _ progress: RecordingProgress) {
        announce(progress)
        for notice in notices where !notice.isCompletion(of: progress.path) {
            tell(notice, progress)
        }
        if isLive { redraw(progress) }
        if let failure = progress.failure {
            StandardError.say(
                "\(failure); what was recorded until then is in \(progress.path) and its journal")
        }
        if let failure = progress.closingFailure {
            StandardError.say(
                "the log could not be completed: \(failure); keep \(progress.path) and its journal")
        }
        if isJSON {
            Self.print(jsonLine(progress, event: "finished"))
        } else {
            Self.print("\(Self.logs(progress)): \(summary(progress))".printable + "\n")
        }
    }

    /// A reader that goes away must not end a recording.
    private static func print(_ text: String) {
        _ = StandardOutput.writeAll(text, to: 1)
    }

    private mutating func announce(_ progress: RecordingProgress) {
        guard !hasAnnounced, !isJSON else { return }
        hasAnnounced = true
        StandardError.say(
            progress.waitsForTrigger
                ? "waiting for a trigger; Ctrl-C ends it"
                : "recording to \(progress.path); Ctrl-C ends it")
    }

    /// What the recording has made.
    private static func logs(_ progress: RecordingProgress) -> String {
        if progress.waitsForTrigger && progress.completedFiles == 0 { return "no trigger, no log" }
        return progress.completedFiles > 1
            ? "\(progress.completedFiles) logs, the last \(progress.path)" : progress.path
    }

    private mutating func tell(_ notice: RecordingNotice, _ progress: RecordingProgress) {
        let text = Self.text(of: notice, progress)
        if isJSON {
            Self.print("{\"event\":\"notice\",\"text\":\(JSONText.quoted(text))}\n")
            return
        }
        clearLive()
        StandardError.say(text)
    }

    private static func text(of notice: RecordingNotice, _ progress: RecordingProgress) -> String {
        func name(_ channel: UInt8) -> String {
            let index = Int(channel)
            return index < progress.channels.count
                ? progress.channels[index].interface : "channel \(channel)"
        }
        return switch notice {
        case .silence(let channel, let length):
            "\(name(channel)): no frame for \(FigureText.seconds(length))"
        case .soundAgain(let channel): "\(name(channel)): frames again"
        case .linkUp(let channel): "\(name(channel)): link is up, goes on"
        case .linkDown(let channel):
            "\(name(channel)): link is down; set it up again and it goes on"
        case .linkGone(let channel): "\(name(channel)): interface is gone; goes on when it is back"
        case .controllerState(let channel, .busOff):
            "\(name(channel)): BUS-OFF: it neither sends nor receives until it is restarted"
        case .controllerState(let channel, let state): "\(name(channel)): \(state.name)"
        case .restarted(let channel): "\(name(channel)): restarted after a bus-off"
        case .note(let text): text
        case .loss(let frames): "\(frames.counting("frame")) lost before they could be received"
        case .cannotWrite(let reason):
            "\(reason); the newest frames are kept in memory, and recording goes on when there is room"
        case .writesAgain(let lost):
            lost == 0
                ? "writes again, nothing lost"
                : "writes again; \(lost.counting("frame")) lost meanwhile"
        case .cannotCompact(let reason): "\(reason); the frames stay in the journal"
        case .cannotBegin(let reason):
            "the next log cannot be begun: \(reason); the current one goes on, and it is tried again"
        case .completed(let path, let frames, let bytes):
            "\(path): complete, \(frames.counting("frame")), \(FigureText.bytes(bytes))"
        case .cannotComplete(let path, let reason):
            "\(path): could not be completed: \(reason); keep it and its journal"
        case .trigger(let reason): "trigger: \(reason)"
        case .removed(let path): "\(path): removed, as the oldest"
        case .cannotRemove(let reason): "cannot make room: \(reason)"
        }
    }

    private func summary(_ progress: RecordingProgress) -> String {
        let perFrame =
            progress.keptFrames > 0
            ? ", "
                + FigureText.fixed(Double(progress.allBytes) / Double(progress.keptFrames), 2)
                + " bytes/frame" : ""
        return "\(progress.frames.counting("frame")) in \(FigureText.seconds(progress.elapsed)), "
            + "\(progress.lost) lost, \(FigureText.bytes(progress.allBytes))\(perFrame)"
    }

    private func jsonLine(_ progress: RecordingProgress, event: String) -> String {
        let channels = progress.channels.map { RecorderService.json($0).text }
        return "{\"event\":\"\(event)\",\"file\":\(JSONText.quoted(progress.path)),"
            + "\"seconds\":\(FigureText.fixed(Double(progress.elapsed) / 1e9, 3)),"
            + "\"frames\":\(progress.frames),\"lost\":\(progress.lost),"
            + "\"bytes\":\(progress.allBytes),\"held\":\(progress.heldFrames),"
            + "\"failure\":\((progress.failure ?? progress.closingFailure).map(JSONText.quoted) ?? "null"),"
            + "\"channels\":[\(channels.joined(separator: ","))]}\n"
    }

    // MARK: Live lines

    private mutating func redraw(_ progress: RecordingProgress) {
        clearLive()
        var lines: [String] = []
        let span = previous.map { progress.elapsed - $0.elapsed } ?? 0
        for (index, channel) in progress.channels.enumerated() {
            let before = previous.flatMap { $0.channels.count > index ? $0.channels[index] : nil }
            lines.append(line(channel, before, span))
        }
        let held = progress.heldFrames > 0 ? ", \(progress.heldFrames) frames held in memory" : ""
        lines.append("  \(Self.logs(progress))  \(summary(progress))\(held)")
        StandardError.write(lines.map { $0.printable + "\u{1B}[K\n" }.joined())
        linesShown = lines.count
        previous = progress
    }

    private mutating func clearLive() {
        guard linesShown > 0 else { return }
        StandardError.write("\u{1B}[\(linesShown)A\u{1B}[J")
        linesShown = 0
    }

    private func line(
        _ channel: RecordingProgress.Channel, _ before: RecordingProgress.Channel?, _ span: Int64
    ) -> String {
        var rate = 0.0
        var load = ""
        if let before, span > 0 {
            rate = Double(channel.frames - before.frames) * 1e9 / Double(span)
            if let bitRate = channel.bitRate, bitRate > 0 {
                let bits = Double(channel.wireBits - before.wireBits) * 1e9 / Double(span)
                load = "  load \(FigureText.fixed(100 * bits / Double(bitRate), 0)) %"
            }
        }
        var state = !channel.isUp ? "  DOWN" : channel.isSilent ? "  SILENT" : ""
        if channel.isUp, let now = channel.state, now != .errorActive { state += "  " + now.name }
        return
            "  \(channel.interface)  \(channel.frames.counting("frame"))  \(FigureText.fixed(rate, 0))/s\(load)"
            + "  \(channel.lost) lost  \(channel.errorFrames.counting("error frame"))\(state)"
    }
}

extension RecordingNotice {
    /// The last line says it as well.
    fileprivate func isCompletion(of path: String) -> Bool {
        if case .completed(path, _, _) = self { return true }
        return false
    }
}
