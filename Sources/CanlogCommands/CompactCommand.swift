import ArgumentParser
import CANFrame
import LocalFiles
import LogFile
import LogTools

/// `canlog compact`
struct CompactCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compact",
        abstract: "Make logs as small as they can be, in place, and recovered ones permanent.",
        discussion: """
            The new file is written beside the old one, brought onto the disk, read back, compared \
            by its digests, and only then takes the old one's name: whenever it is interrupted, the \
            old or the new log is there, whole. Frames, their numbers and times, events, metadata and \
            digests stay the same. The journal of a recorder that died becomes part of the log. A \
            log that is damaged, or lacks its journal, is evidence and left as it is; `canlog \
            convert` writes what is left of it to another file.

            Examples:
              canlog compact night.canlog
              canlog compact archive/*.canlog
              canlog compact --best archive/2026-11/*.canlog

            Exit status: 0 done; 1 a log is damaged or incomplete and left as it is; 2 a log could \
            not be compacted and is as it was. Of several logs, the worst.
            """)

    @Argument(
        help: .init("The logs.", valueName: "file"), completion: .file(extensions: ["canlog"]))
    var files: [String]

    @Flag(help: "Spend several times the work on one or two per cent less; reading stays as fast.")
    var best = false

    @Flag(help: "One JSON object for each log, in one line each.")
    var json = false

    func run() throws {
        var worst = ExitStatus.done
        let signals = SignalWaiter()
        for file in files {
            do throws(StreamError) {
                let report = try compact(file, signals)
                StandardOutput.write(json ? report.json.text + "\n" : report.text)
                if report.outcome == .refused { report.explain() }
                let status = report.outcome == .refused ? ExitStatus.negative : ExitStatus.done
                worst = ExitStatus.worse(worst, status)
            } catch {
                StandardError.say("\(error)")
                worst = ExitStatus.worse(worst, ExitStatus.couldNot)
                if error.isInterruption { break }
            }
        }
        if worst != ExitStatus.done { throw ExitStatus.Early(code: worst) }
    }

    private func compact(
        _ path: String, _ signals: SignalWaiter
    ) throws(StreamError) -> CompactReport {
        var bar = ProgressBar()
        defer { bar.clear() }
        var compaction = try LogCompaction(path: path, effort: best ? .best : .standard)
        while try compaction.step() {
            bar.show(compaction.fraction, frames: compaction.frames)
            if case .signal = signals.wait(.zero) { throw .interruption(at: path) }
        }
        let outcome = try compaction.finish()
        return CompactReport(
            place: path, outcome: outcome, source: compaction.source, newBytes: compaction.newBytes)
    }
}

extension StreamError {
    private static var interruptionCause: String { "interrupted" }

    static func interruption(at place: String) -> StreamError {
        StreamError(place: place, cause: interruptionCause, remedy: "the log is as it was")
    }

    /// Whether the user wants the command to end.
    fileprivate var isInterruption: Bool { cause == Self.interruptionCause }
}

/// What is told of one log.
struct CompactReport {
    let place: String
    let outcome: LogCompaction.Outcome
    let source: LogVerification
    let newBytes: UInt64

    private var oldBytes: UInt64 { source.summary.fileBytes + source.summary.journalBytes }
    /// The size of the log as it is now.
    private var bytesNow: UInt64 { outcome == .replaced ? newBytes : oldBytes }

    private func perFrame(_ bytes: UInt64) -> Double? {
        source.frames > 0 ? Double(bytes) / Double(source.frames) : nil
    }

    /// One line; of a log that was left because it is damaged, what `verify` says of it.
    var text: String {
        switch outcome {
        case .refused: return source.text(of: place)
        case .alreadyCompact:
            return
                "\(place): \(FigureText.counted(source.frames, "frame")), \(FigureText.counted(oldBytes, "byte"))\(rate(oldBytes)): already as small as this makes it, left as it is\(digest)\n"
        case .replaced:
            let journal = source.segments > 0 ? ", journal included" : ""
            return
                "\(place): \(FigureText.counted(source.frames, "frame")), \(FigureText.grouped(oldBytes)) to \(FigureText.counted(newBytes, "byte"))\(rates)\(journal)\(digest)\n"
        }
    }

    private func rate(_ bytes: UInt64) -> String {
        perFrame(bytes).map { ", \(FigureText.fixed($0, 2)) bytes/frame" } ?? ""
    }

    private var rates: String {
        guard let old = perFrame(oldBytes), let new = perFrame(newBytes) else { return "" }
        return ", \(FigureText.fixed(old, 2)) to \(FigureText.fixed(new, 2)) bytes/frame"
    }

    private var digest: String {
        source.frameDigest.map { ", digest \(FigureText.digest($0.prefix(4)))…" } ?? ""
    }

    /// Why the log was left as it is.
    func explain() {
        let cause =
            source.damages.isEmpty && source.status == ExitStatus.lossy
            ? "it is not complete" : "it is damaged"
        StandardError.write(
            "canlog: \(place): left as it is, since \(cause); `canlog convert` writes what is left to another file\n"
        )
    }

    var json: JSONValue {
        [
            "file": .string(place),
            "outcome": .string("\(outcome)"),
            "recording": .string(source.metadata.recording.description),
            "frames": .count(source.frames),
            "groups": .count(UInt64(source.groups.count)),
            "oldBytes": .count(oldBytes),
            "newBytes": .count(bytesNow),
            "oldBytesPerFrame": perFrame(oldBytes).map { .number($0, decimals: 3) } ?? .null,
            "newBytesPerFrame": perFrame(bytesNow).map { .number($0, decimals: 3) } ?? .null,
            "frameDigest": JSONValue(source.frameDigest.map { FigureText.digest($0) }),
            "eventDigest": JSONValue(source.eventDigest.map { FigureText.digest($0) }),
            "notes": .array(source.notes.map { .string($0) }),
        ]
    }
}
