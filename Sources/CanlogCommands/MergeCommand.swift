import ArgumentParser
import CANFrame
import LocalFiles
import LogFile
import LogTools

/// `canlog merge`
struct MergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Make one log of several that were recorded at the same time.",
        discussion: """
            For logs of one event recorded on two PCs. Frames are ordered by their stamps; each log's \
            own order is never changed, and of equal stamps those of the log that is named first come \
            first. Nothing is renumbered and no stamp is changed: (recording, number) cites the same \
            frame as before. Clock ties and metadata of each log are kept, and `canlog info` shows \
            them. Interfaces of the same name get the host behind it, as can0@bench2, or the letter of \
            the log: A is the first.

            --offset says that a clock was wrong: the log's frames are ordered as if their stamps were \
            later by so much. The stamps stay; the offset stands in the new log.

            Examples:
              canlog merge left.canlog right.canlog -o both.canlog
              canlog merge a.canlog b.canlog c.canlog -o all.canlog --offset B=+12.5ms

            Exit status: 0 merged; 2 could not merge; 3 something of a source is missing.
            """)

    @Argument(
        help: .init("The logs, at least two, of any format.", valueName: "log"),
        completion: .file())
    var sources: [String]

    @Option(
        name: [.customShort("o"), .long],
        help: .init("The new log; '-' for standard output.", valueName: "file"),
        completion: .file(extensions: ["canlog"]))
    var output: String

    @Option(
        help: .init(
            "Order a log, by its letter, as if it were later by this: B=+12.5ms, A=-1s; may be "
                + "repeated.", valueName: "offset"), transform: ClockOffset.parse)
    var offset: [ClockOffset] = []

    @Flag(help: "Replace the new log if it exists.")
    var force = false

    @Flag(help: "One JSON object about the new log.")
    var json = false

    func validate() throws {
        guard sources.count >= 2 else {
            throw ValidationError(
                "name at least two logs, for example 'canlog merge a.canlog b.canlog -o both.canlog'"
            )
        }
        guard sources.count <= 26 else {
            throw ValidationError("at most 26 logs become one, not \(sources.count)")
        }
        if output == "-" && json {
            throw ValidationError("--json and -o - both want standard output")
        }
        guard output == "-" || output.hasSuffix(LogFormat.suffix) else {
            throw ValidationError("-o wants a name that ends in .canlog, or '-', not '\(output)'")
        }
        for offset in offset where offset.index >= sources.count {
            throw ValidationError(
                "--offset names the log \(offset.letter), and there are \(sources.count) logs")
        }
    }

    func run() throws {
        try NewLog.check(output, force: force, sources: sources)
        var options = LogMerge.Options(metadata: .imported(from: "-"))
        options.isReplacing = force
        options.offsets = sources.indices.map { index in
            offset.last { $0.index == index }?.nanoseconds ?? 0
        }
        var merge = try LogMerge(of: sources, to: output, options: options)
        var bar = ProgressBar()
        let signals = SignalWaiter()
        while try merge.step() {
            bar.show(merge.fraction, frames: merge.frames)
            try NewLog.checkInterruption(signals, of: output, &bar)
        }
        bar.clear()
        let losses = try merge.finish()
        if output != "-" {
            let report = MergeReport(
                place: output, frames: merge.frames, bytes: merge.fileBytes,
                metadata: merge.metadata)
            StandardOutput.write(json ? report.json.text + "\n" : report.text)
        }
        if let words = merge.metadata.differingSpecifications { StandardError.say(words) }
        for message in losses.flatMap(\.messages) { StandardError.say(message) }
        if losses.contains(where: { !$0.isEmpty }) {
            throw ExitStatus.Early(code: ExitStatus.lossy)
        }
    }
}

/// `B=+12.5ms`: which log, and by how much it is to be ordered later.
struct ClockOffset: ExpressibleByArgument, Sendable {
    var index: Int
    var nanoseconds: Int64

    static let parse = wanted(
        "the letter of a log (A is the first) and a time, as B=+12.5ms, C=-3us or A=1s")

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 1,
            let letter = parts[0].uppercased().utf8.first,
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(letter)
        else { return nil }
        var digits = parts[1]
        let isNegative = digits.hasPrefix("-")
        if isNegative || digits.hasPrefix("+") { digits = digits.dropFirst() }
        guard digits.first?.isNumber == true, let span = TimeSpan(argument: String(digits)) else {
            return nil
        }
        index = Int(letter - UInt8(ascii: "A"))
        nanoseconds = isNegative ? -span.nanoseconds : span.nanoseconds
    }

    var letter: String { String(UnicodeScalar(UInt8(ascii: "A") + UInt8(index))) }
}

extension LogMetadata {
    /// What is told of logs of different specs: the merged one carries none of these.
    fileprivate var differingSpecifications: String? {
        let names = Set(sources.compactMap { $0.metadata.specification?.label }).sorted()
        guard specification == nil, names.count > 1 else { return nil }
        return
            "the logs carry different specs, \(names.joined(separator: " and ")): the new log says "
            + "which each had, and carries none of them"
    }
}

/// What is told of a merged log.
private struct MergeReport {
    let place: String
    let frames: UInt64
    let bytes: UInt64
    let metadata: LogMetadata

    var text: String {
        let logs = FigureText.counted(UInt64(metadata.sources.count), "recording")
        let size = FigureText.counted(bytes, "byte")
        return "\(place): \(FigureText.counted(frames, "frame")) of \(logs), \(size)".printable
            + "\n"
    }

    var json: JSONValue {
        [
            "file": .string(place),
            "recording": .string(metadata.recording.description),
            "frames": .count(frames),
            "bytes": .count(bytes),
            "recordings": .array(
                metadata.sources.map { .string($0.metadata.recording.description) }),
        ]
    }
}
