import ArgumentParser
import CANFrame
import CanlogFiles
import Glibc
import LocalFiles
import LogFile
import LogTools
import SignalViews

/// `canlog plot`
struct PlotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plot",
        abstract: "Draw signals of a log over time: as svg, png or pdf, or on the terminal.",
        discussion: """
            Signals of one unit share an axis; a signal whose values have names has an axis of these. \
            Each peak is drawn, however long the log is. Where a signal is silent for long, or says that \
            it has no value, its line is interrupted. Markers and losses of the log are drawn across.

            Without -o the drawing goes to the terminal, in characters. Drawn by gnuplot (package \
            gnuplot-nox).

            Examples:
              canlog plot night.canlog --signal 'ECM_*.Coolant*' --db car.dbc -o coolant.svg
              canlog plot night.canlog --signal Speed --signal Gear --from +60 --to +90 -o report.pdf
              canlog plot night.canlog --signal 'BMS.Cell*' --utc -o cells.png
              canlog plot night.canlog --signal Speed

            Exit status: 0 drawn; 3 drawn, but a signal has no sample or something of the log is \
            missing; 2 could not draw.
            """)

    @Argument(
        help: .init(
            "The log, of any format, perhaps .zst; '-' for standard input.",
            valueName: "log"), completion: .file())
    var file: String

    @Option(
        name: [.customShort("s"), .long],
        help: .init(
            "The signals: MESSAGE.SIGNAL or SIGNAL, with * and ?; may be repeated.",
            valueName: "pattern"), transform: SignalPatternArgument.parse)
    var signal: [SignalPatternArgument] = []

    @OptionGroup(title: "Databases")
    var databases: DatabaseOptions

    @Option(
        name: [.customShort("o"), .long],
        help: .init(
            "The drawing: .svg, .png or .pdf; without it, the terminal.", valueName: "file"),
        completion: .file(extensions: ["svg", "png", "pdf"]))
    var output: String?

    @Option(
        help: .init(
            "Width and height: pixels of svg and png, millimetres of pdf, as 1600x900.",
            valueName: "size"), transform: DrawingSize.parse)
    var size: DrawingSize?

    @Option(help: "The words above the drawing; by default what the log is.")
    var title: String?

    @Flag(help: "The time of day in UTC instead of the time since the start of the log.")
    var utc = false

    @Flag(help: "Raw values instead of physical ones.")
    var raw = false

    @Flag(help: "Replace the drawing if it exists.")
    var force = false

    @OptionGroup(title: "Which frames")
    var selection: SelectionOptions

    @OptionGroup(title: "How the log is read")
    var input: LogInputArguments

    func validate() throws {
        guard !signal.isEmpty else {
            throw ValidationError(
                "name what to draw: --signal MESSAGE.SIGNAL; `canlog db list FILE` shows the names")
        }
        guard let output else { return }
        guard Self.format(of: output) != nil else {
            throw ValidationError(
                "-o wants a name that ends in .svg, .png or .pdf, not '\(output)'")
        }
    }

    func run() throws {
        let format = output.flatMap(Self.format) ?? .text
        // Said before a long log is read.
        if let output, !force, Folder.exists(output) {
            throw StreamError(
                place: output, cause: "the file exists already", remedy: "--force replaces it")
        }
        let bound = try databases.neededDatabases(forLog: file)
        if let output {
            let sources = bound.paths + (file == "-" ? [] : [file])
            try NewLog.check(output, force: force, sources: sources)
        }
        let chosen = try SignalSelection.of(signal, in: bound)
        var plotter = try SignalPlotter(
            path: file, databases: bound, selection: chosen, isRaw: raw,
            reading: input.options(selection))
        databases.remember(forLog: file)
        try gather(&plotter)
        let figure = plotter.figure(title: try title ?? Self.title(of: file), showsUTC: utc)
        try check(figure, plotter)
        try draw(figure, format)
        try report(figure, plotter)
    }

    private func gather(_ plotter: inout SignalPlotter) throws {
        var bar = ProgressBar()
        let signals = SignalWaiter()
        while try plotter.step() {
            bar.show(plotter.fraction, frames: plotter.tally.frames)
            guard case .signal = signals.wait(.zero) else { continue }
            bar.clear()
            throw StreamError(place: file, cause: "interrupted", remedy: "nothing was drawn")
        }
        bar.clear()
    }
}

// MARK: Drawing

extension PlotCommand {
    fileprivate static func format(of path: String) -> PlotScript.Format? {
        let lowercased = path.lowercased()
        return [PlotScript.Format.svg, .png, .pdf].first { lowercased.hasSuffix(".\($0.rawValue)") }
    }

    /// Which log, which vehicle, when.
    fileprivate static func title(of path: String) throws(StreamError) -> String {
        if path == "-" { return "standard input" }
        var parts = [path.split(separator: "/").last.map(String.init) ?? path]
        guard Folder.kind(of: path) == .file else { return parts[0] }
        let log = try LogInput(path: path)
        if let vin = log.metadata?.vin { parts.append("VIN \(vin)") }
        if let first = log.summary?.firstStamp {
            parts.append(UTCTime(first).text(fractionDigits: 0))
        }
        return parts.joined(separator: "   ")
    }

    fileprivate func check(_ figure: PlotFigure, _ plotter: borrowing SignalPlotter) throws {
        guard figure.times != nil else {
            throw StreamError(
                place: file,
                cause:
                    "none of \(plotter.tally.frames.counting("frame")) has a value of these signals",
                remedy: "`canlog stats` shows which IDs the log and the database have in common")
        }
        guard !figure.isTooTall else {
            throw StreamError(
                place: "--signal",
                cause: "these signals need \(figure.panelCount) axes, 12 at most",
                remedy: "draw fewer at a time")
        }
    }

    fileprivate func draw(_ figure: PlotFigure, _ format: PlotScript.Format) throws {
        var dimensions =
            size.map { ($0.width, $0.height) }
            ?? PlotScript.defaultSize(format, panels: figure.panelCount)
        if format == .text, size == nil, let window = TerminalScreen.size {
            dimensions = (window.columns, max(dimensions.1, window.rows - 1))
        }
        let script = PlotScript(figure, format: format, size: dimensions).bytes
        guard
            let drawn = CommandOutput.of(
                ["gnuplot", "-d"], input: script.span, within: .seconds(120), most: 1 << 28)
        else {
            throw StreamError(
                place: "gnuplot", cause: "it could not be run, or did not end",
                remedy: "install it: apt-get install gnuplot-nox")
        }
        guard drawn.status == 0, !drawn.bytes.isEmpty else {
            let words = drawn.errors.split(separator: "\n").last.map(String.init) ?? "no drawing"
            throw StreamError(place: "gnuplot", cause: words)
        }
        guard let output else { return StandardOutput.write(drawn.text) }
        var result = try ResultFile(path: output, replacing: force, permissions: 0o666)
        try result.append(drawn.bytes.span)
        try result.complete()
    }

    fileprivate func report(
        _ figure: PlotFigure, _ plotter: borrowing SignalPlotter
    ) throws {
        let silent = figure.curves.filter { $0.trace.count == 0 }.map(\.name)
        for name in silent { StandardError.say("\(name): no sample with a value") }
        var isMissing = !silent.isEmpty
        for pattern in signal.map(\.pattern) where !plotter.isDrawn(pattern) {
            isMissing = true
            if silent.isEmpty {
                StandardError.say("'\(pattern.text)': no frame of the log has a value of it")
            }
        }
        if plotter.refusedCurves > 0 {
            StandardError.say(
                "\(plotter.refusedCurves) more signals are not drawn: \(PlotFigure.curveLimit) at most"
            )
        }
        if plotter.refusedMarks > 0 {
            StandardError.say("\(plotter.refusedMarks) more markers and losses are not drawn")
        }
        try plotter.losses.report()
        if isMissing || plotter.refusedCurves > 0 {
            throw ExitStatus.Early(code: ExitStatus.lossy)
        }
    }
}

/// `1600x900`
struct DrawingSize: ExpressibleByArgument, Hashable {
    var width: Int
    var height: Int

    init?(argument: String) {
        let parts = argument.split(separator: "x", omittingEmptySubsequences: false)
        guard parts.count == 2, let width = Int(parts[0]), let height = Int(parts[1]),
            (40...10_000).contains(width), (20...10_000).contains(height)
        else { return nil }
        (self.width, self.height) = (width, height)
    }

    static let parse = wanted("width and height, as 1600x900")
}
