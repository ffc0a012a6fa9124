import ArgumentParser
import CANFrame
import CanlogFiles
import LocalFiles
import LogFile
import LogTools

/// `canlog cut`
struct CutCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cut",
        abstract: "Take a part of a log, by time, ID or interface, for giving it away.",
        discussion: """
            The part belongs to the same recording: a frame keeps its number, so that (recording, \
            number) cites the same frame in both, and its stamp. Events of the time, the interfaces \
            and the clock ties come along. The part says of itself that it is one, of how many \
            frames, with which digest, and by which selection: `canlog info` shows it.

            --without leaves metadata out: \(LogRemoval.names.joined(separator: ", ")), or the key of \
            a tag; several with commas. What a log does not have is no error, a slip of a name is. Frames \
            are never changed: a car tells its VIN on the bus, too. What was left out and still occurs in \
            markers, notes, names or frames is told.

            Examples:
              canlog cut night.canlog -o part.canlog --from +60 --to +90
              canlog cut night.canlog -o supplier.canlog --only 7E0-7EF --without operator,vin
              canlog cut night.canlog -o can1.canlog --channel can1 --without tags,markers

            Exit status: 0 cut; 1 cut, but something that --without names still occurs in it; 2 could \
            not cut; 3 something of the source is missing.
            """)

    @Argument(
        help: .init("The log, of any format; '-' for standard input.", valueName: "log"),
        completion: .file())
    var source: String

    @Option(
        name: [.customShort("o"), .long],
        help: .init("The new log; '-' for standard output.", valueName: "file"),
        completion: .file(extensions: ["canlog"]))
    var output: String

    @OptionGroup(title: "Which frames")
    var selection: SelectionOptions

    @Option(
        help: .init(
            "Leave these out of the metadata, and markers or notes if named; several with commas.",
            valueName: "names"),
        completion: .list(LogRemoval.names))
    var without: [String] = []

    @Flag(help: "Replace the new log if it exists.")
    var force = false

    @Flag(help: "One JSON object about the new log.")
    var json = false

    func validate() throws {
        if output == "-" && json {
            throw ValidationError("--json and -o - both want standard output")
        }
        guard output == "-" || output.hasSuffix(LogFormat.suffix) else {
            throw ValidationError("-o wants a name that ends in .canlog, or '-', not '\(output)'")
        }
    }

    /// What --without names. A slip would give away what was meant to stay: a word that is neither a
    /// name nor the key of a tag here, and is nearly a name, is refused.
    private func removed(tags: [String]) throws -> [String] {
        try without.flatMap { $0.split(separator: ",") }.map(String.init).map { word in
            if tags.contains(word) { return word }
            let name = word.lowercased()
            if LogRemoval.names.contains(name) { return name }
            guard let nearest = CommandSuggestion.nearest(to: word, among: LogRemoval.names) else {
                return word
            }
            throw ValidationError(
                "--without: '\(word)' is no name, and no tag of this log has that key; did you mean "
                    + "'\(nearest)'?")
        }
    }

    func run() throws {
        try NewLog.check(output, force: force, sources: [source])
        var input = LogInputOptions()
        input.selection = selection.selection
        input.importer = "canlog " + CanlogVersion.current
        let log = try LogInput(path: source, options: input)
        let names = try removed(tags: log.metadata?.tags.map(\.key) ?? [])
        var options = LogCut.Options(
            program: "canlog " + CanlogVersion.current, removal: LogRemoval(names))
        options.isReplacing = force
        var cut = try LogCut(
            of: log, selection: selection.selection, to: output, options: options)
        var bar = ProgressBar()
        let signals = SignalWaiter()
        while try cut.step() {
            bar.show(cut.fraction, frames: cut.frames)
            try NewLog.checkInterruption(signals, of: output, &bar)
        }
        bar.clear()
        let losses = try cut.finish()
        if output != "-" {
            let report = CutReport(of: cut, at: output)
            StandardOutput.write(json ? report.json.text + "\n" : report.text)
        }
        let remnants = cut.remnants
        for remnant in remnants { StandardError.say("\(output): \(remnant.text)") }
        try losses.report()
        if !remnants.isEmpty { throw ExitStatus.Early(code: ExitStatus.negative) }
    }
}

/// What is common to commands that write a new log.
enum NewLog {
    /// Ends the command when the user wants that; what was begun is removed on the way out.
    static func checkInterruption(
        _ signals: SignalWaiter, of path: String, _ bar: inout ProgressBar
    ) throws(StreamError) {
        guard case .signal = signals.wait(.zero) else { return }
        bar.clear()
        throw StreamError(place: path, cause: "interrupted", remedy: "no new log was written")
    }

    /// Refuses to replace a log that is being recorded, or one of `sources`: logs, or databases.
    static func check(_ path: String, force: Bool, sources: [String]) throws(StreamError) {
        guard path != "-", force else { return }
        if let identity = FileIdentity(path: path),
            let source = sources.first(where: { FileIdentity(path: $0) == identity })
        {
            throw StreamError(
                place: path, cause: "this would replace \(source), of which it is made",
                remedy: "name another file")
        }
        guard let existing = try? ReadableFile(path: path) else { return }
        guard !existing.isLockedByWriter() else {
            throw StreamError(
                place: path, cause: "the log is being recorded now",
                remedy: "end its recorder first, or name another file")
        }
    }
}

extension LogRemoval.Remnant {
    /// What still occurs where, and what would remove it.
    fileprivate var text: String {
        var text = "the \(name) was left out of the metadata and still occurs in "
        text += places.joined(separator: ", ")
        if isInWords { text += "; --without markers,notes leaves all of these out" }
        if !identifiers.isEmpty {
            let list = identifiers.map(\.description).joined(separator: ",")
            text += "; --except \(list) leaves such frames out"
        }
        return text
    }
}

/// What is told of a part of a log.
private struct CutReport {
    let place: String
    let frames: UInt64
    let sourceFrames: UInt64
    let bytes: UInt64
    let metadata: LogMetadata
    let remnants: [LogRemoval.Remnant]

    init(of cut: borrowing LogCut, at path: String) {
        place = path
        frames = cut.frames
        sourceFrames = cut.sourceFrames
        bytes = cut.fileBytes
        metadata = cut.metadata
        remnants = cut.remnants
    }

    private var selection: String { metadata.cuts.last?.selection ?? "" }

    var text: String {
        let of = FigureText.counted(sourceFrames, "frame")
        let size = FigureText.counted(bytes, "byte")
        return "\(place): \(FigureText.grouped(frames)) of \(of), \(size): \(selection)".printable
            + "\n"
    }

    var json: JSONValue {
        [
            "file": .string(place),
            "recording": .string(metadata.recording.description),
            "frames": .count(frames),
            "sourceFrames": .count(sourceFrames),
            "bytes": .count(bytes),
            "selection": .string(selection),
            "remnants": .array(
                remnants.map { remnant in
                    [
                        "name": .string(remnant.name),
                        "places": .array(remnant.places.map { .string($0) }),
                    ]
                }),
        ]
    }
}
