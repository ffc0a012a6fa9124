import CANFrame
import LogFile

extension LogVerification {
    /// Whether a log has everything that it had, what it is worth as an exit status.
    var status: Int32 {
        if !damages.isEmpty { return ExitStatus.negative }
        switch state {
        case .truncated: return ExitStatus.negative
        case .journalMissing: return ExitStatus.lossy
        case .closed, .streamed, .recording, .recovered:
            let isComplete = !isLossyCopy && unknownBlocks == 0 && unknownEvents == 0
            return isComplete ? ExitStatus.done : ExitStatus.lossy
        }
    }

    /// A line for each damaged place, and one for the log.
    func text(of place: String) -> String {
        let lines = damages.map { "\(place): \(Self.text(of: $0))" } + ["\(place): \(verdict)"]
        return lines.map(\.printable).joined(separator: "\n") + "\n"
    }

    private var verdict: String {
        var parts = [verdictWord]
        parts.append(FigureText.counted(frames, "frame"))
        let stored = groups.count - segments
        parts.append(FigureText.counted(UInt64(stored), "group"))
        if segments > 0 { parts.append(FigureText.counted(UInt64(segments), "journal segment")) }
        if let frameDigest, damages.isEmpty {
            parts.append("digest \(FigureText.digest(frameDigest.prefix(4)))…")
        }
        return ([parts.joined(separator: ", ")] + notes).joined(separator: "; ")
    }

    private var verdictWord: String {
        if !damages.isEmpty {
            let lost = lostFrames > 0 ? ", \(FigureText.counted(lostFrames, "frame")) lost" : ""
            return "damaged in \(FigureText.counted(UInt64(damages.count), "place"))\(lost)"
        }
        switch state {
        case .truncated: return "cut off"
        case .journalMissing: return "whole as far as it goes"
        case .recording: return "whole so far"
        default: return "whole"
        }
    }

    /// What else a person should know.
    var notes: [String] {
        var notes: [String] = []
        switch state {
        case .closed, .streamed, .truncated: break
        case .recording: notes.append("it is being recorded now")
        case .recovered where !damages.isEmpty:
            notes.append("its recorder ended without closing it, the rest is in the journal")
        case .recovered:
            notes.append(
                "its recorder ended without closing it, the rest is in the journal: `canlog compact` makes one file of both"
            )
        case .journalMissing(let from):
            let since = from.map { " after " + UTCTime($0).text(fractionDigits: 6) } ?? ""
            notes.append(
                "the recording was not closed and its journal is not there: frames\(since) are missing; copy NAME.journal-* beside it"
            )
        }
        if tornBytes > 0 {
            notes.append(
                "\(FigureText.counted(tornBytes, "byte")) at the end of the journal are an unfinished record"
            )
        }
        if let cut = metadata.cuts.last {
            notes.append("it is \(cut.described)")
        } else if isPart {
            notes.append("a part of its recording: frame numbers are left out")
        }
        notes += summary.losses.filter { $0.frames > 0 || $0.cause == .damage }.map(text)
        if unknownBlocks > 0 || unknownEvents > 0 {
            notes.append(
                "\(FigureText.counted(unknownBlocks, "block")) and \(FigureText.counted(unknownEvents, "event")) are of a later version and could not be checked; use a newer canlog"
            )
        }
        return notes
    }

    private func text(_ loss: LogSummary.LossTotal) -> String {
        let channel = loss.channel.map { number in
            let known = summary.channels.first { $0.number == number }?.description.interface
            return " on " + (known ?? metadata.recorderName(number) ?? "channel \(number)")
        }
        // A damage of no frames stands for a number that nobody knows.
        let count =
            loss.frames > 0
            ? FigureText.counted(loss.frames, "frame") : "an unknown number of frames"
        return "recorded as lost: \(count) \(loss.cause.words)\(channel ?? "")"
    }

    /// One damaged place: where, why, and what is lost.
    private static func text(of damage: LogDamage) -> String {
        let place = damage.segment.map { " of journal segment \($0)" } ?? ""
        let bytes = "bytes \(damage.bytes.lowerBound) to \(damage.bytes.upperBound)\(place)"
        return "damaged at \(bytes): \(damage.error): " + loss(in: damage).joined(separator: ", ")
    }

    private static func loss(in damage: LogDamage) -> [String] {
        var parts: [String] = []
        let first = damage.firstFrame
        if case .digest = damage.error {
            parts.append("the frames \(first.map { "from \($0) on " } ?? "")are not those recorded")
        } else if let frames = damage.frames {
            if frames > 0, let first {
                parts.append("frames \(first) to \(first &+ (frames - 1)) lost")
            } else {
                parts.append(
                    frames > 0 ? "\(FigureText.counted(frames, "frame")) lost" : "no frame lost")
            }
        } else {
            parts.append(
                "an unknown number of frames lost" + (first.map { " from \($0) on" } ?? ""))
        }
        if damage.events > 0 { parts.append("\(FigureText.counted(damage.events, "event")) lost") }
        guard damage.frames != 0 || damage.events > 0 else { return parts }
        let time = { (stamp: Timestamp) in UTCTime(stamp).text(fractionDigits: 6) }
        switch (damage.from, damage.to) {
        case (let from?, let to?): parts.append("from \(time(from)) to \(time(to))")
        case (let from?, nil): parts.append("after \(time(from))")
        case (nil, let to?): parts.append("before \(time(to))")
        case (nil, nil): break
        }
        return parts
    }
}

extension FigureText {
    /// `24,089 frames`, `1 frame`.
    static func counted(_ count: UInt64, _ noun: String) -> String {
        "\(grouped(count)) \(noun)\(count == 1 ? "" : "s")"
    }

    /// Digits in groups of three: `24,089`.
    static func grouped(_ count: UInt64) -> String {
        let digits = Array(String(count))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// Bytes in hexadecimal.
    static func digest(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
