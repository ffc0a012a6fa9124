public import CANFrame
import CanlogFiles
import LocalFiles
public import LogTools
import SignalDatabase

/// Gathers the courses of the chosen signals of a log, which goes by once.
public struct SignalPlotter: ~Copyable {
    private let databases: BoundDatabases
    private let selection: SignalSelection
    /// Raw values instead of physical ones.
    private let isRaw: Bool
    private var reader: SignalReader
    private var batch = SignalBatch()
    private var curves: [GatheredCurve] = []
    /// By the reader's streams: which of its values go to which curves.
    private var routes: [[(value: Int, curve: Int)]] = []
    /// The stamp of the log's first frame, as the first that was decoded tells it.
    private var start: Timestamp?

    /// Signals beyond ``PlotFigure/curveLimit``, which are not drawn.
    public private(set) var refusedCurves = 0

    /// Opens the log at `path`; `-` is standard input.
    public init(
        path: String, databases: BoundDatabases, selection: SignalSelection, isRaw: Bool,
        reading: LogInputOptions
    ) throws(StreamError) {
        var reading = reading
        if reading.selection.only.isEmpty {
            reading.selection.only = selection.framePatterns(in: databases)
        }
        // A pipe is read once: its first frame that is decoded is its start.
        let isFile = path != "-" && Folder.kind(of: path) == .file
        let start = isFile ? try LogStart(path: path, options: reading) : nil
        reader = SignalReader(
            try LogInput(path: path, options: reading), databases: databases,
            selection: selection, start: start)
        (self.databases, self.selection, self.isRaw) = (databases, selection, isRaw)
        self.start = start?.timestamp
    }

    /// The part of the log that has been read, 0 to 1; `nil` where it cannot be told.
    public var fraction: Double? { reader.fraction }
    /// What is in the log and what of it was decoded.
    public var tally: DecodeTally { reader.tally }
    /// What the log lacks, as far as it was read.
    public var losses: LogLosses { reader.losses }

    /// Reads on; false at the end.
    public mutating func step() throws(StreamError) -> Bool {
        guard try reader.read(into: &batch) else { return false }
        for stream in routes.count..<reader.streams.count { choose(reader.streams[stream]) }
        if start == nil, !batch.rows.isEmpty {
            let row = batch.rows[0]
            start = Timestamp(nanoseconds: row.timestamp.nanoseconds &- row.time)
        }
        Self.take(batch, reader.streams, routes, isRaw: isRaw, to: &curves)
        return true
    }

    // All are arguments, so that one changes while the others are read.
    private static func take(
        _ batch: borrowing SignalBatch, _ streams: [SignalStream],
        _ routes: [[(value: Int, curve: Int)]], isRaw: Bool, to curves: inout [GatheredCurve]
    ) {
        for index in batch.rows.indices {
            let row = batch.rows[index]
            let values = batch.values(of: row, count: streams[row.stream].places.count)
            for route in routes[row.stream] {
                curves[route.curve].note(values[route.value], at: row.time, isRaw: isRaw)
            }
        }
    }

    /// What is to be drawn of all that was read.
    public func figure(title: String, showsUTC: Bool) -> PlotFigure {
        let first = start ?? Timestamp(nanoseconds: 0)
        var figure = PlotFigure(
            title: title, curves: namedCurves, timeAxis: showsUTC ? .utc(start: first) : .sinceStart
        )
        figure.marks = Array(reader.marks.prefix(PlotFigure.markLimit))
        return figure
    }

    /// Whether a curve is drawn that a pattern asks for.
    public func isDrawn(_ pattern: SignalPattern) -> Bool {
        curves.contains { curve in
            let message = databases.databases[curve.stream.database].database
                .messages[curve.stream.message]
            return curve.trace.count > 0 && pattern.matches(message, message.signals[curve.place])
                && pattern.matches(interface: curve.stream.interface)
                && pattern.matches(source: curve.stream.sourceAddress)
        }
    }

    /// Markers and losses that are not drawn.
    public var refusedMarks: Int {
        reader.refusedMarks + max(0, reader.marks.count - PlotFigure.markLimit)
    }

    /// Makes the curves of a stream that is seen for the first time.
    private mutating func choose(_ stream: SignalStream) {
        let message = databases.databases[stream.database].database.messages[stream.message]
        routes.append([])
        for (value, place) in stream.places.enumerated() {
            guard curves.count < PlotFigure.curveLimit else {
                refusedCurves += 1
                continue
            }
            routes[routes.count - 1].append((value, curves.count))
            let signal = message.signals[place]
            curves.append(
                GatheredCurve(
                    stream, message, place, isRaw: isRaw, rank: selection.rank(of: message, signal)
                ))
        }
    }

    /// The curves in the order in which they were asked for, with names that tell each from the others.
    private var namedCurves: [PlotFigure.Curve] {
        let curves = curves.enumerated().sorted { left, right in
            (left.element.rank, left.element.line, left.offset)
                < (right.element.rank, right.element.line, right.offset)
        }.map(\.element)
        let interfaces = Dictionary(grouping: curves, by: \.name).mapValues {
            Set($0.map(\.stream.interface)).count
        }
        let sources = Dictionary(grouping: curves, by: \.name).mapValues {
            Set($0.map(\.stream.sourceAddress)).count
        }
        var names = UniqueNames()
        return curves.map { curve in
            var name = curve.name
            if interfaces[curve.name] ?? 0 > 1 { name = "\(curve.stream.interface):\(name)" }
            if let source = curve.stream.sourceAddress, sources[curve.name] ?? 0 > 1 {
                name += " @" + source.hexadecimal
            }
            return PlotFigure.Curve(
                name: names.unique(name), unit: curve.unit, labels: curve.labels,
                trace: curve.trace)
        }
    }
}

/// A signal that is drawn, before all names are known.
private struct GatheredCurve {
    let stream: SignalStream
    /// The signal's place in its message.
    let place: Int
    let name: String
    let unit: String
    let isSigned: Bool
    let labels: [(value: Double, text: String)]
    /// The place among the patterns, and the signal's in its file.
    let rank: Int
    let line: Int
    var trace = SignalTrace()

    init(_ stream: SignalStream, _ message: Message, _ place: Int, isRaw: Bool, rank: Int) {
        let signal = message.signals[place]
        (self.stream, self.place, self.rank, line) = (stream, place, rank, signal.line)
        name = "\(message.longName).\(signal.longName)"
        unit = isRaw ? "" : signal.unit
        isSigned = signal.valueType == .signed
        labels = (signal.labels + Self.signedLabels(of: signal)).map { label in
            let raw = Double(label.raw)
            return (isRaw ? raw : raw * signal.factor + signal.offset, label.text)
        }
    }

    /// Labels that a file gives to values of a signed signal without their sign (``Signal/label(of:)``).
    private static func signedLabels(of signal: Signal) -> [ValueLabel] {
        guard signal.valueType == .signed, signal.length < 63 else { return [] }
        let span = Int64(1) << Int64(signal.length)
        return signal.labels.filter { $0.raw >= span / 2 && $0.raw < span }
            .map { ValueLabel(raw: $0.raw - span, text: $0.text) }
    }

    mutating func note(_ value: SignalValue, at time: Int64, isRaw: Bool) {
        switch value.state {
        case .valid:
            let raw = isSigned ? Double(value.rawInteger) : Double(value.rawBits)
            trace.add(isRaw ? raw : value.physical, at: time)
        // Another branch of the multiplexer says nothing of this one.
        case .absent, .unknown: break
        case .beyondFrame, .notAvailable, .error, .reserved: trace.interrupt()
        }
    }
}
