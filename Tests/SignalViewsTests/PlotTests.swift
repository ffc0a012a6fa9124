import CANFrame
import LocalFiles
import SignalViews
import TestBench
import Testing

@Suite("Plots")
struct PlotTests {
    private let second: Int64 = 1_000_000_000

    @Test("a trace keeps its memory and every peak, and draws what few samples say")
    func peaks() {
        var trace = SignalTrace()
        for index in 0..<1_000_000 {
            let value = index == 777_777 ? 1_000.0 : index == 123_456 ? -50 : Double(index % 7)
            trace.add(value, at: Int64(index) * 1_000_000)
        }
        let drawn = trace.lines.flatMap(\.self)
        #expect(trace.lines.count == 1)
        #expect(drawn.count <= 4 * SignalTrace.stretchLimit)
        #expect(drawn.contains { $0.value == 1_000 && $0.time == 777_777 * 1_000_000 })
        #expect(drawn.contains { $0.value == -50 && $0.time == 123_456 * 1_000_000 })
        #expect(trace.range == -50...1_000)
        #expect(trace.times == 0...999_999_000_000)
        #expect(zip(drawn, drawn.dropFirst()).allSatisfy { $0.time <= $1.time })
        #expect(trace.values == [-50, 0, 1, 2, 3, 4, 5, 6, 1_000])
    }

    @Test(
        "a silence, no value and no number interrupt the line; a clock that stands still does not")
    func interruptions() {
        var trace = SignalTrace()
        for index in 0..<100 { trace.add(Double(index), at: Int64(index) * second / 100) }
        for index in 0..<100 { trace.add(1, at: 10 * second + Int64(index) * second / 100) }
        trace.interrupt()
        trace.add(2, at: 11 * second)
        trace.add(.nan, at: 11 * second)
        trace.add(3, at: 11 * second)
        trace.add(4, at: 5 * second)
        #expect(trace.lines.map(\.count) == [100, 100, 1, 2])
        #expect(trace.lines.last?.map(\.value) == [3, 4])
        #expect(trace.count == 203)
    }

    @Test("a signal that has no value every second time is drawn to the end of its course")
    func flicker() {
        var trace = SignalTrace()
        for index in 0..<600_000 {
            trace.add(Double(index / 100_000), at: Int64(index) * second / 100)
            trace.interrupt()
        }
        // As many lines in the first tenth of the time as in the last.
        let starts = trace.lines.compactMap(\.first?.time)
        #expect(starts.count > 1_000)
        #expect(starts.count { $0 < 600 * second } > 100)
        #expect(starts.count { $0 > 5_400 * second } > 100)
    }

    @Test("moments at the ends of time, and one alone, do not trap")
    func endsOfTime() throws {
        var trace = SignalTrace()
        for time in [0, 1_000_000_000 * second, 2_000_000_000 * second, .max, .min] {
            trace.add(1, at: time)
        }
        #expect(trace.count == 5)
        var early = SignalTrace()
        early.add(1, at: .min)
        early.add(2, at: .max)
        #expect(early.lines.flatMap(\.self).count == 2)
        var curve = PlotFigure.Curve(name: "M.S", unit: "", labels: [])
        curve.trace.add(1, at: 5 * second)
        let figure = PlotFigure(title: "one", curves: [curve], timeAxis: .sinceStart)
        let script = PlotScript(figure, format: .svg, size: (1_000, 500)).bytes
        #expect(
            String(decoding: script, as: UTF8.self).contains(
                "set xrange [4.500000000:5.500000000]"))
    }

    private func figure(name: String = "M.S", labels: [(Double, String)] = []) -> PlotFigure {
        var curve = PlotFigure.Curve(
            name: name, unit: "degC", labels: labels.map { (value: $0.0, text: $0.1) })
        for index in 0..<50 { curve.trace.add(Double(index % 3), at: Int64(index) * second / 10) }
        var other = PlotFigure.Curve(name: "M.T", unit: "km/h", labels: [])
        for index in 0..<50 { other.trace.add(Double(index) / 3, at: Int64(index) * second / 10) }
        return PlotFigure(title: "night.canlog", curves: [curve, other], timeAxis: .sinceStart)
    }

    /// What gnuplot makes of a figure.
    private func drawn(_ figure: PlotFigure, _ format: PlotScript.Format) throws -> CommandOutput {
        let size = PlotScript.defaultSize(format, panels: figure.panelCount)
        let script = PlotScript(figure, format: format, size: size).bytes
        let output = CommandOutput.of(
            ["gnuplot"], input: script.span, within: .seconds(60), most: 1 << 24)
        return try #require(output, "gnuplot is needed: Tools/setup plot")
    }

    @Test(
        "gnuplot draws each format without a word",
        .enabled(if: isOnPath("gnuplot") || Requirement.peers.isRequired, "no gnuplot"),
        arguments: PlotScript.Format.allCases)
    func formats(format: PlotScript.Format) throws {
        let output = try drawn(figure(), format)
        #expect((output.errors, output.status) == ("", 0))
        let starts: [PlotScript.Format: String] = [
            .svg: "<?xml", .png: "\u{FFFD}PNG", .pdf: "%PDF-",
        ]
        if let start = starts[format] { #expect(output.text.hasPrefix(start)) }
        if format == .text { #expect(output.text.contains("M.T")) }
    }

    @Test(
        "names and texts mean nothing to gnuplot but themselves",
        .enabled(if: isOnPath("gnuplot") || Requirement.peers.isRequired, "no gnuplot"),
        arguments: [
            "a'b", "`touch HOSTILE`", "x\"y", "'; system('touch HOSTILE'); '",
            "a\nsystem 'touch HOSTILE'",
            "a\u{9B}31m\u{1B}]0;x\u{7}b", "_{x}^{y}", "@print", "{/Symbol a}", "速度", "%g %s",
        ])
    func hostileTexts(name: String) throws {
        var figure = figure(name: name, labels: [(0, name), (1, "b"), (2, name)])
        figure.title = name
        figure.marks = [LogMark(time: second, text: name, isLoss: false)]
        let output = try drawn(figure, .svg)
        #expect((output.errors, output.status) == ("", 0))
        #expect(!Folder.exists("HOSTILE"))
        let shown = String(
            String.UnicodeScalarView(
                name.unicodeScalars.map { $0.steersTerminals ? " " : $0 == "'" ? "\u{2019}" : $0 }))
        let plain = output.text.replacing("&quot;", with: "\"")
        #expect(plain.contains(shown), "the text stands in the drawing as it is")
    }

    @Test(
        "values with names have a panel with these at its axis; a label for one value only has not")
    func labels() {
        let all = figure(labels: [(0, "park"), (1, "reverse"), (2, "drive"), (7, "error")])
        #expect(all.panelCount == 2)
        let text = String(
            decoding: PlotScript(all, format: .svg, size: (1_000, 500)).bytes, as: UTF8.self)
        #expect(text.contains("'park' 0.0, 'reverse' 1.0, 'drive' 2.0"))
        #expect(!text.contains("'error'"))
        let some = figure(labels: [(0, "not available")])
        let plain = String(
            decoding: PlotScript(some, format: .svg, size: (1_000, 500)).bytes, as: UTF8.self)
        #expect(!plain.contains("not available"))
    }
}
