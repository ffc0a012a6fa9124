public import CANFrame

/// What a plot shows: signals over one time axis, in panels one below the other.
public struct PlotFigure: Sendable {
    /// A signal with its course.
    public struct Curve: Sendable {
        public var name: String
        public var unit: String
        /// The texts of raw values, where the axis may name them: physical value to text.
        public var labels: [(value: Double, text: String)]
        public var trace: SignalTrace

        public init(
            name: String, unit: String, labels: [(value: Double, text: String)],
            trace: SignalTrace = SignalTrace()
        ) {
            (self.name, self.unit) = (name, unit)
            (self.labels, self.trace) = (labels, trace)
        }
    }

    /// Curves that share an axis.
    struct Panel {
        var curves: [Curve]
        /// The texts at the axis instead of numbers.
        var labels: [(value: Double, text: String)]
        var unit: String
    }

    /// How moments stand on the axis.
    public enum TimeAxis: Sendable, Hashable {
        /// Seconds, or hours, minutes and seconds of a long log, since its first frame.
        case sinceStart
        /// The time of day in UTC: that of the first frame.
        case utc(start: Timestamp)
    }

    /// As many as can be told apart.
    public static let curveLimit = 32
    static let panelLimit = 12
    /// More texts at an axis than this run into one another.
    static let labelLimit = 16
    /// More marks than this hide the curves; the rest is not drawn.
    public static let markLimit = 60

    public var title: String
    public var curves: [Curve]
    /// Moments that are marked across all panels.
    public var marks: [LogMark] = []
    public var timeAxis: TimeAxis

    public init(title: String, curves: [Curve], timeAxis: TimeAxis) {
        (self.title, self.curves, self.timeAxis) = (title, curves, timeAxis)
    }

    /// The first and the last moment of all curves; `nil` without any sample.
    public var times: ClosedRange<Int64>? {
        curves.compactMap(\.trace.times).reduce(nil) { sum, times in
            guard let sum else { return times }
            return min(sum.lowerBound, times.lowerBound)...max(sum.upperBound, times.upperBound)
        }
    }

    /// Curves of one unit share a panel; one whose values have names has its own.
    var panels: [Panel] {
        var panels: [Panel] = []
        for curve in curves where curve.trace.count > 0 {
            let labels = curve.shownLabels
            let shared = panels.firstIndex {
                labels.isEmpty && $0.labels.isEmpty && $0.unit == curve.unit
            }
            if let shared {
                panels[shared].curves.append(curve)
            } else {
                panels.append(Panel(curves: [curve], labels: labels, unit: curve.unit))
            }
        }
        return panels
    }

    /// How many panels there will be.
    public var panelCount: Int { panels.count }
    /// Whether so many panels can be drawn.
    public var isTooTall: Bool { panels.count > Self.panelLimit }
}

extension PlotFigure.Curve {
    /// The labels of the values that occur, if all of these have one and there is room for them.
    var shownLabels: [(value: Double, text: String)] {
        guard let values = trace.values, !labels.isEmpty, values.count <= PlotFigure.labelLimit
        else { return [] }
        let shown = values.compactMap { value in labels.first { $0.value == value } }
        // A label for some values only, such as "not available", does not make it a list of states.
        return shown.count == values.count ? shown : []
    }
}
