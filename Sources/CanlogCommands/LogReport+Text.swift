import CANFrame
import LogFile
import LogInterchange
import LogTools

extension LogReport {
    /// The report for people: a head, then a table of identifiers for each channel.
    var text: String {
        var lines = [place]
        for (name, value) in head { lines.append("  " + padded(name, 12) + value) }
        for channel in channels {
            lines.append("")
            lines += table(of: channel)
        }
        return lines.map(\.printable).joined(separator: "\n") + "\n"
    }

    private var head: [(String, String)] {
        var head = [("format", formatText)]
        if let metadata { head += metadata.described }
        for (index, source) in (metadata?.sources ?? []).enumerated() {
            head.append(("recorder \(index + 1)", text(of: source)))
        }
        let digits = fractionDigits
        if let first { head.append(("first frame", time(first, digits))) }
        if let last { head.append(("last frame", time(last, digits))) }
        if let duration { head.append(("duration", decimal(duration, digits) + " s")) }
        head.append(("frames", framesText))
        if let sizeText { head.append(("size", sizeText)) }
        head.append(("resolution", Self.span(resolution)))
        head.append(("lost", lossText))
        if !eventCounts.isEmpty { head.append(("events", eventText)) }
        return head
    }

    private var formatText: String {
        switch losses.state {
        case nil: format == .candump ? "candump text" : format.rawValue
        case .closed: "canlog, closed"
        case .streamed: "canlog, written to a pipe, whole"
        case .recording: "canlog, being recorded now"
        case .recovered:
            "canlog, recovered: the recorder ended without closing it, the rest is in the journal"
        case .journalMissing: "canlog, not closed, and its journal is missing"
        case .truncated: "canlog, cut off"
        }
    }

    private var framesText: String {
        var text = "\(frames) on \(UInt64(channels.count).counting("channel"))"
        text += ", " + UInt64(identifiers).counting("identifier")
        if let duration, duration > 0, frames > 1 {
            text += ", " + FigureText.fixed(Double(frames) * 1e9 / Double(duration), 1) + "/s"
        }
        if otherFrames > 0 { text += "; \(otherFrames) of further identifiers" }
        return text
    }

    private var sizeText: String? {
        guard fileBytes > 0 else { return nil }
        var text = "\(fileBytes) bytes"
        if journalBytes > 0 { text += " and \(journalBytes) in the journal" }
        if let bytesPerFrame { text += ", \(FigureText.fixed(bytesPerFrame, 2)) bytes/frame" }
        if format == .canlog { text += ", " + UInt64(groups).counting("group") }
        return text
    }

    private var lossText: String {
        var parts = recordedLosses.map { loss in
            (loss.frames > 0 ? "\(loss.frames)" : "an unknown number") + " \(loss.cause.words)"
                + (loss.channel.map { " on \(name(of: $0))" } ?? "")
        }
        let damaged = losses.damages.reduce(into: UInt64(0)) { $0.add(upToLimit: $1.frames ?? 0) }
        if !losses.damages.isEmpty {
            parts.append(
                "\(damaged) in \(UInt64(losses.damages.count).counting("damaged place")) of the file"
            )
        }
        if losses.gaps.skipped > 0 {
            parts.append(losses.gaps.skipped.counting("faulty " + format.piece))
        }
        guard parts.isEmpty else { return parts.joined(separator: ", ") }
        // A log that was never completed may lack what nobody could write down any more.
        return losses.state.map { $0 == .closed || $0 == .streamed } ?? true
            ? "nothing" : "nothing that the file knows of"
    }

    private var eventText: String {
        eventCounts.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    }

    private func table(of channel: Channel) -> [String] {
        var title = "\(channel.description.interface)  \(channel.frames.counting("frame"))"
        if let rate = channel.description.bitRate { title += ", \(rate) bit/s" }
        if let rate = channel.description.dataBitRate { title += ", data \(rate) bit/s" }
        if let clock = channel.description.clock.words { title += ", \(clock)" }
        var lines = [title]
        if !channel.streams.isEmpty { lines.append("  ID              frames     share       /s") }
        for stream in channel.streams {
            let kind = stream.identifier.isRemote ? " R" : ""
            let share = Double(stream.frames) * 100 / Double(max(1, channel.frames))
            var line = "  " + padded(stream.identifier.description + kind, 10)
            line += aligned(String(stream.frames), 12)
            line += aligned(FigureText.fixed(share, 2) + " %", 10)
            if let duration, duration > 0 {
                let rate = Double(stream.frames) * 1e9 / Double(duration)
                line += aligned(FigureText.fixed(rate, 1), 9)
            }
            lines.append(line)
        }
        return lines
    }

    /// The interface of a channel, or the recorder all of whose channels are meant.
    func name(of number: UInt8) -> String {
        channels.first { $0.number == number }?.description.interface
            ?? metadata?.recorderName(number) ?? "channel \(number)"
    }

    /// One of the logs that this one was merged of.
    private func text(of source: LogMetadata.Source) -> String {
        let digest = source.frameDigest.map { ", digest \(FigureText.digest($0.prefix(4)))…" } ?? ""
        let frames = FigureText.counted(source.frames, "frame")
        let own = source.metadata.described
        var parts = ["\(own[0].1), \(frames)\(digest), \(own[1].1)"]
        parts += own.dropFirst(2).filter { $0.0 != "specs" }.map { "\($0) \($1)" }
        if let specification = source.metadata.specification {
            parts.append("specs \(specification.label)")
        }
        let names = source.channels.map { channel in
            let now = name(of: channel.number)
            return now == channel.originalInterface ? now : "\(channel.originalInterface) as \(now)"
        }
        if !names.isEmpty { parts.append(names.joined(separator: ", ")) }
        if source.orderOffset != 0 {
            let span = decimal(source.orderOffset, 6)
            let isEarlier = source.orderOffset < 0
            parts.append(
                "ordered as if \(isEarlier ? String(span.dropFirst()) : span) s \(isEarlier ? "earlier" : "later")"
            )
        }
        return parts.joined(separator: "; ")
    }

    /// How many digits behind the point the stamps have.
    var fractionDigits: Int {
        var (digits, unit) = (9, resolution)
        while digits > 0, unit >= 10, unit.isMultiple(of: 10) {
            (digits, unit) = (digits - 1, unit / 10)
        }
        return digits
    }

    /// Nanoseconds as seconds with this many digits behind the point.
    func decimal(_ nanoseconds: Int64, _ digits: Int) -> String {
        let (seconds, rest) = nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
        let all = String(rest)
        let fraction = (String(repeating: "0", count: 9 - all.count) + all).prefix(digits)
        let sign = nanoseconds < 0 ? "-" : ""
        return "\(sign)\(seconds)" + (fraction.isEmpty ? "" : "." + fraction)
    }

    private func time(_ timestamp: Timestamp, _ digits: Int) -> String {
        UTCTime(timestamp).text(fractionDigits: digits)
            + "  (\(decimal(timestamp.nanoseconds, digits)))"
    }

    /// `1 µs`, `50 µs`, `1 ns`.
    private static func span(_ nanoseconds: Int64) -> String {
        for (unit, size) in [("s", 1_000_000_000), ("ms", 1_000_000), ("µs", 1_000)]
            as [(String, Int64)]
        where nanoseconds.isMultiple(of: size) {
            return "\(nanoseconds / size) \(unit)"
        }
        return "\(nanoseconds) ns"
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    private func aligned(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(1, width - text.count)) + text
    }
}

extension LogMetadata {
    /// What the metadata says, line by line; what is not there is left out.
    var described: [(String, String)] {
        var lines = [("recording", recording.description)]
        let created = UTCTime(created).text(fractionDigits: 0)
        lines.append(("written", "\(created) by \(program)" + (host.map { " on \($0)" } ?? "")))
        if let source { lines.append(("source", source)) }
        if let vin { lines.append(("VIN", vin + (vinIsDoubtful ? "  (doubtful)" : ""))) }
        if let attempt { lines.append(("attempt", String(attempt))) }
        if let station { lines.append(("station", station)) }
        if let line { lines.append(("line", line)) }
        if let recorder { lines.append(("recorder", recorder)) }
        if let operatorName { lines.append(("operator", operatorName)) }
        if let specification { lines.append(("specs", specification.described)) }
        for tag in tags { lines.append(("tag", "\(tag.key)=\(tag.value)")) }
        for cut in cuts { lines.append(("cut", cut.described)) }
        return lines
    }
}

extension LogMetadata.Specification {
    /// Which specs they are, and whether their text is there.
    fileprivate var described: String {
        "\(name)  sha256 \(sha256)" + (isCarried ? "" : "  (the text is not in this log)")
    }
}

extension LogMetadata {
    /// In a merged log, the recorder of which all channels are meant by this number.
    func recorderName(_ number: UInt8) -> String? {
        sources.first { $0.recorder == number }.map { source in
            "all of " + (source.metadata.host ?? source.metadata.recording.description)
        }
    }
}

extension LogMetadata.Cut {
    /// What the log is a part of, and by which selection.
    var described: String {
        let digest = frameDigest.map { ", digest \(FigureText.digest($0.prefix(4)))…" } ?? ""
        return "part of a log of \(FigureText.counted(frames, "frame"))\(digest): \(selection)"
    }
}

extension Loss.Cause {
    /// Where the frames were lost, for people.
    var words: String {
        switch self {
        case .socketBuffer: "in the socket's buffer"
        case .controller: "in the controller"
        case .recorderMemory: "in the recorder's memory"
        case .damage: "in damaged stretches of the source"
        case .malformed: "malformed"
        }
    }
}

extension StampClock {
    /// Whose stamps a channel has, for people.
    var words: String? {
        switch self {
        case .unknown: nil
        case .kernelRealTime: "stamped by the kernel"
        case .hardware: "stamped by the controller"
        }
    }
}
