import CANFrame

/// A figure in the language of gnuplot (5.4), which draws it.
///
/// Nothing that comes from a file is taken for a command: texts stand in single quotes, in which
/// gnuplot substitutes nothing, and markup is off.
public struct PlotScript {
    /// What gnuplot makes of it, on its standard output.
    public enum Format: String, Sendable, CaseIterable {
        case svg, png, pdf
        /// Characters, for a terminal.
        case text
    }

    /// Okabe and Ito's colours, which people with any colour vision tell apart.
    static let colours = [
        "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#B8A800",
    ]

    private let figure: PlotFigure
    private let format: Format
    /// Width and height: pixels of svg and png, millimetres of pdf, characters of text.
    private let size: (width: Int, height: Int)
    private var lines: [String] = []

    /// Writes the script; `size` in pixels for svg and png, millimetres for pdf, characters for text.
    public init(_ figure: PlotFigure, format: Format, size: (width: Int, height: Int)) {
        (self.figure, self.format, self.size) = (figure, format, size)
        let panels = figure.panels
        setUp()
        for (index, panel) in panels.enumerated() { define(panel, index) }
        lines.append("set multiplot")
        for (index, panel) in panels.enumerated() { draw(panel, index, of: panels.count) }
        lines.append("unset multiplot")
    }

    /// The script's text.
    public var bytes: [UInt8] { Array((lines.joined(separator: "\n") + "\n").utf8) }

    /// The size for so many panels where the user names none.
    public static func defaultSize(
        _ format: Format, panels: Int
    ) -> (width: Int, height: Int) {
        switch format {
        case .svg: (1_000, 110 + 190 * max(2, panels))
        // Twice the size of svg, for 300 dots per inch on a page.
        case .png: (2_000, 220 + 380 * max(2, panels))
        // A4, upright where there is much.
        case .pdf: panels > 3 ? (210, 297) : (297, 210)
        case .text: (80, 8 + 14 * panels)
        }
    }

    // MARK: All panels

    private mutating func setUp() {
        lines += ["set encoding utf8", terminal, "set datafile separator ' '"]
        guard let times = figure.times else { return }
        // A lone moment stands in the middle of a second.
        let room: Int64 = times.lowerBound == times.upperBound ? 500_000_000 : 0
        lines.append("set xrange [\(x(times.lowerBound &- room)):\(x(times.upperBound &+ room))]")
        lines += ["set border 3 lc rgb '#606060'", "set tics nomirror out"]
        if format != .text { lines.append("set grid lc rgb '#D8D8D8' lt 1 lw 0.5") }
        for mark in figure.marks.prefix(PlotFigure.markLimit) {
            let place = x(mark.time)
            let colour = mark.isLoss ? "#C00000" : "#606060"
            lines.append(
                "set arrow from \(place), graph 0 to \(place), graph 1 nohead "
                    + "lc rgb '\(colour)' lw 1 dt 2 front")
        }
    }

    private var terminal: String {
        switch format {
        case .svg:
            "set terminal svg noenhanced size \(size.width),\(size.height) "
                + "font 'DejaVu Sans,13' background '#FFFFFF'"
        case .png:
            "set terminal pngcairo noenhanced size \(size.width),\(size.height) "
                + "font 'DejaVu Sans,11' fontscale 1.9 linewidth 2 background '#FFFFFF'"
        case .pdf:
            "set terminal pdfcairo noenhanced size \(millimetres(size.width)),"
                + "\(millimetres(size.height)) font 'DejaVu Sans,9' fontscale 1 background '#FFFFFF'"
        case .text:
            "set terminal dumb noenhanced mono size \(size.width),\(size.height)"
        }
    }

    private func millimetres(_ count: Int) -> String { "\(count / 10).\(count % 10)cm" }

    // MARK: One panel

    /// The samples of a panel's curves, as blocks of data with an empty line where the line breaks.
    private mutating func define(_ panel: PlotFigure.Panel, _ index: Int) {
        for (place, curve) in panel.curves.enumerated() {
            lines.append("$d\(index)_\(place) << END")
            for line in curve.trace.lines {
                for sample in line { lines.append("\(x(sample.time)) \(sample.value)") }
                lines.append("")
            }
            lines.append("END")
        }
    }

    private mutating func draw(_ panel: PlotFigure.Panel, _ index: Int, of count: Int) {
        let isFirst = index == 0
        let isLast = index == count - 1
        let rows = setFrame(panel, index, of: count)
        if isFirst {
            lines.append(
                "set label 1 \(quoted(figure.title)) at screen 0.5, screen \(titlePlace) center")
            setMarkTexts()
        }
        if format == .text && !isFirst { lines.append("unset label") }
        // On a terminal it would stand on the numbers; the legend has the unit as well.
        let hasUnit = format != .text && panel.labels.isEmpty
        lines.append("set ylabel \(quoted(hasUnit ? panel.unit : ""))")
        lines.append(tics(of: panel, rows: rows))
        lines.append(yRange(of: panel))
        setTimeAxis(isShown: isLast)
        let drawings = panel.curves.enumerated().map { place, curve in
            drawing(curve, of: panel, "$d\(index)_\(place)", place)
        }
        lines.append("plot " + drawings.joined(separator: ", \\\n  "))
        if isFirst { lines.append("unset label") }
    }

    /// Where the panel stands, in parts of the drawing, below its legend; how many lines of text its
    /// height has.
    private mutating func setFrame(
        _ panel: PlotFigure.Panel, _ index: Int, of count: Int
    ) -> Double {
        let line = lineHeight
        let top = 1 - 2.2 * line
        let bottom = (format == .text ? 4 : 3.6) * line
        let height = (top - bottom) / Double(count)
        let upper = top - Double(index) * height
        let legend = legend(of: panel)
        lines.append("set lmargin at screen \(rounded(leftMargin))")
        lines.append("set rmargin at screen 0.97")
        lines.append("set tmargin at screen \(rounded(upper - (Double(legend.rows) + 0.3) * line))")
        lines.append("set bmargin at screen \(rounded(upper - height + 0.8 * line))")
        lines.append(
            "set key at graph 0, graph 1 left bottom horizontal Left reverse samplen 2 "
                + "maxcols \(legend.columns)")
        return height / line - Double(legend.rows) - 1.1
    }

    /// Room for the numbers or texts at the axes, the same for all panels, in parts of the drawing.
    private var leftMargin: Double {
        let texts = figure.panels.flatMap(\.labels).map { $0.text.shortened(to: Self.longestText) }
        let longest = texts.map(\.count).max() ?? 0
        let least = format == .text ? 14 / Double(size.width) : 0.11
        return min(0.5, max(least, Double(longest + 3) * characterWidth / Double(size.width)))
    }

    /// How many characters of a text stand at an axis.
    private static let longestText = 18

    /// How many names stand beside one another and below one another.
    private func legend(of panel: PlotFigure.Panel) -> (columns: Int, rows: Int) {
        let longest = panel.curves.map { name(of: $0, in: panel).count }.max() ?? 1
        // In characters: about half as wide as a line is high.
        let room =
            format == .text ? Double(size.width - 18) : 0.84 * Double(size.width) / characterWidth
        let columns = max(1, min(panel.curves.count, Int(room) / (longest + 7)))
        return (columns, (panel.curves.count + columns - 1) / columns)
    }

    /// In pixels or millimetres.
    private var characterWidth: Double {
        switch format {
        case .svg: 8.4
        case .png: 17.5
        case .pdf: 2
        case .text: 1
        }
    }

    /// A line of text, in parts of the drawing's height.
    private var lineHeight: Double {
        switch format {
        case .svg: 18 / Double(size.height)
        case .png: 38 / Double(size.height)
        case .pdf: 4.5 / Double(size.height)
        case .text: 1 / Double(size.height)
        }
    }

    private var titlePlace: String { rounded(1 - 1.1 * lineHeight) }

    private mutating func setMarkTexts() {
        guard format != .text else { return }
        for (index, mark) in figure.marks.prefix(PlotFigure.markLimit).enumerated() {
            lines.append(
                "set label \(index + 2) \(quoted(mark.text)) at \(x(mark.time)), graph 0.98 "
                    + "rotate by 90 right offset 0.6,0 tc rgb '\(mark.isLoss ? "#C00000" : "#606060")'"
                    + " font ',8' front")
        }
    }

    /// As many ticks as find room one above the other.
    private func tics(of panel: PlotFigure.Panel, rows: Double) -> String {
        let shown = shownRange(of: panel)
        // A text wants a little more than its line.
        let distance = (shown.upperBound - shown.lowerBound) * 1.15 / max(rows, 1.15)
        guard !panel.labels.isEmpty else {
            guard (1e-300...1e300).contains(distance) else { return "set ytics auto" }
            var power = 1.0
            while power > distance { power /= 10 }
            while power * 10 <= distance { power *= 10 }
            let step = [1, 2, 2.5, 5, 10].first { $0 * power >= distance } ?? 10
            return "set ytics \(step * power)"
        }
        var texts: [String] = []
        var last = -Double.infinity
        for label in panel.labels.sorted(by: { $0.value < $1.value }) {
            guard label.value - last >= distance else { continue }
            last = label.value
            texts.append("\(quoted(label.text.shortened(to: Self.longestText))) \(label.value)")
        }
        return "set ytics (\(texts.joined(separator: ", ")))"
    }

    private func yRange(of panel: PlotFigure.Panel) -> String {
        let range = shownRange(of: panel)
        guard range.lowerBound.isFinite, range.upperBound.isFinite else {
            return "set yrange [*:*]"
        }
        return "set yrange [\(range.lowerBound):\(range.upperBound)]"
    }

    /// With some room above and below; a value that never changes stands in the middle.
    private func shownRange(of panel: PlotFigure.Panel) -> ClosedRange<Double> {
        let ranges = panel.curves.compactMap(\.trace.range)
        let least = ranges.map(\.lowerBound).min() ?? 0
        let greatest = ranges.map(\.upperBound).max() ?? 1
        let span = greatest - least
        let room = span > 0 ? span * 0.06 : max(abs(greatest) * 0.1, 0.5)
        return least - room...greatest + room
    }

    private func name(of curve: PlotFigure.Curve, in panel: PlotFigure.Panel) -> String {
        curve.name + (curve.unit.isEmpty || !panel.labels.isEmpty ? "" : " [\(curve.unit)]")
    }

    private func drawing(
        _ curve: PlotFigure.Curve, of panel: PlotFigure.Panel, _ block: String, _ place: Int
    ) -> String {
        let style = panel.labels.isEmpty ? "lines" : "steps"
        let name = name(of: curve, in: panel)
        let colour = Self.colours[place % Self.colours.count]
        let dash = place < Self.colours.count ? "" : " dt \(place / Self.colours.count + 1)"
        guard format != .text else {
            return "\(block) using 1:2 with \(style) title \(quoted(name))"
        }
        // A lone sample is no line: small points show it.
        let few = curve.trace.count < 40 ? "points pt 7 ps 0.4" : ""
        let line =
            "\(block) using 1:2 with \(style) lw 1.4\(dash) lc rgb '\(colour)' "
            + "title \(quoted(name))"
        guard !few.isEmpty else { return line }
        return line + ", \(block) using 1:2 with \(few) lc rgb '\(colour)' notitle"
    }

    // MARK: Time

    /// How much time is drawn, in seconds.
    private var span: Double {
        figure.times.map { Double($0.upperBound &- $0.lowerBound) / 1e9 } ?? 1
    }

    private var isLong: Bool { span > 600 }

    /// The distance of the tics in seconds, so that at most eight fit whose texts do not run together.
    private var ticDistance: Double {
        let wanted = max(span, 1e-6) / 8
        let ofTheClock: [Double] = [
            10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400,
        ]
        if wanted > 5, let distance = ofTheClock.first(where: { $0 >= wanted }) { return distance }
        var power = 1e-7
        while power * 10 <= wanted { power *= 10 }
        return [1, 2, 5, 10].map { $0 * power }.first { $0 >= wanted } ?? power * 10
    }

    private mutating func setTimeAxis(isShown: Bool) {
        let format =
            switch figure.timeAxis {
            case .utc: #"time format "%H:%M:%\#(decimals)S""#
            case .sinceStart: isLong ? #"time format "%tH:%tM:%tS""# : #"format "%g""#
            }
        lines.append("set xtics \(ticDistance) " + (isShown ? format : #"format """#))
        lines.append("set xlabel \(isShown ? quoted(timeWords) : "''")")
    }

    /// As many decimals of the seconds as tell one tic from the next.
    private var decimals: String {
        let digits = [1, 0.1, 0.01, 0.001].firstIndex { ticDistance >= $0 * 0.999 } ?? 4
        return digits == 0 ? "" : ".\(digits)"
    }

    private var timeWords: String {
        switch figure.timeAxis {
        case .sinceStart:
            isLong ? "time since the start of the log" : "time since the start of the log in s"
        case .utc(let start):
            "UTC on "
                + (figure.times.map {
                    UTCTime(Timestamp(nanoseconds: $0.lowerBound &+ start.nanoseconds)).text(
                        fractionDigits: 0
                    )
                    .prefix(10)
                } ?? "")
        }
    }

    /// A moment on the axis in seconds, exactly.
    private func x(_ time: Int64) -> String {
        let nanoseconds =
            switch figure.timeAxis {
            case .sinceStart: time
            case .utc(let start): time &+ start.nanoseconds
            }
        let magnitude = nanoseconds.magnitude
        let fraction = String(magnitude % 1_000_000_000)
        let zeros = String(repeating: "0", count: 9 - fraction.count)
        return "\(nanoseconds < 0 ? "-" : "")\(magnitude / 1_000_000_000).\(zeros)\(fraction)"
    }

    // MARK: Texts

    private func rounded(_ value: Double) -> String { "\((value * 10_000).rounded() / 10_000)" }

    /// A text that means nothing but itself: in single quotes gnuplot substitutes nothing. It has no
    /// sure way to write a single quote there (5.4 stumbles over three in a row), so that one becomes
    /// the apostrophe of print.
    private func quoted(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { scalar -> Unicode.Scalar in
            if scalar.steersTerminals { return " " }
            return scalar == "'" ? "\u{2019}" : scalar
        }
        return "'" + String(String.UnicodeScalarView(scalars)) + "'"
    }
}

extension String {
    /// The text with at most `count` characters.
    fileprivate func shortened(to count: Int) -> String {
        self.count <= count ? self : prefix(count - 1) + "…"
    }
}
