public import CANFrame
import SignalDatabase

/// Gathers the courses of the chosen signals while a log goes by, once.
public struct SignalPlotter: ~Copyable {
    private let databases: BoundDatabases
    private let selection: SignalSelection
    /// Raw values instead of physical ones.
    private let isRaw: Bool
    /// By channel number.
    private var buses: [UInt8: PlottedBus] = [:]
    private var timeline = BusTimeline()
    private var curves: [GatheredCurve] = []
    private var marks: [PlotFigure.Mark] = []
    /// Bus time and stamp of the first frame.
    private var start: (busTime: Int64, stamp: Timestamp)?
    private var latest: Int64 = 0

    /// How many frames there were, and how many of them a database knows.
    public private(set) var frames: UInt64 = 0
    public private(set) var knownFrames: UInt64 = 0
    /// Signals beyond ``PlotFigure/curveLimit``, which are not drawn.
    public private(set) var refusedCurves = 0
    /// Markers and losses beyond ``PlotFigure/markLimit``, which are not drawn.
    public private(set) var refusedMarks = 0

    public init(_ databases: BoundDatabases, _ selection: SignalSelection, isRaw: Bool) {
        (self.databases, self.selection, self.isRaw) = (databases, selection, isRaw)
    }

    /// Takes the frames and events of a batch, in order.
    public mutating func note(_ batch: borrowing FrameBatch) {
        let events = batch.events
        var next = 0
        for index in batch.rows.indices {
            while next < events.count, events[next].rowIndex <= index {
                note(events[next])
                next += 1
            }
            let row = batch.rows[index]
            let time = timeline.busTime(of: row.timestamp, channel: row.channel)
            if start == nil { start = (time, row.timestamp) }
            latest = max(latest, time)
            frames += 1
            if note(row, batch.longPayload(at: index), at: time) { knownFrames += 1 }
        }
        while next < events.count {
            note(events[next])
            next += 1
        }
    }

    /// What is to be drawn. `logStart` is the stamp of the log's first frame, also where only a part
    /// of it was read.
    public func figure(
        title: String, logStart: Timestamp?, showsUTC: Bool
    ) -> PlotFigure {
        let stamp = start?.stamp ?? Timestamp(nanoseconds: 0)
        let busTime = start?.busTime ?? 0
        let axis: PlotFigure.TimeAxis =
            showsUTC
            ? .utc(offset: stamp.nanoseconds &- busTime)
            : .since(busTime &- stamp.nanoseconds(since: logStart ?? stamp))
        var figure = PlotFigure(title: title, curves: namedCurves, timeAxis: axis)
        figure.marks = marks
        return figure
    }

    // MARK: Frames

    private mutating func note(
        _ row: FrameRow, _ longPayload: Span<UInt8>, at time: Int64
    ) -> Bool {
        guard let bus = buses[row.channel], let known = bus.decode(row, longPayload) else {
            return false
        }
        if known.isNew { choose(known.stream, of: bus) }
        for (place, curve) in bus.curves[known.stream] {
            let value = bus.value(place, of: known.stream)
            switch value.state {
            case .valid: curves[curve].trace.add(number(value, curves[curve]), at: time)
            // Another branch of the multiplexer says nothing of this one.
            case .absent, .unknown: break
            case .beyondFrame, .notAvailable, .error, .reserved: curves[curve].trace.interrupt()
            }
        }
        return true
    }

    private func number(_ value: SignalValue, _ curve: GatheredCurve) -> Double {
        guard isRaw else { return value.physical }
        return curve.isSigned ? Double(value.rawInteger) : Double(value.rawBits)
    }

    /// Makes the curves of a stream that is seen for the first time.
    private mutating func choose(_ stream: Int, of bus: PlottedBus) {
        let (message, source) = bus.description(of: stream)
        let places = selection.places(of: message, interface: bus.interface, sourceAddress: source)
        for place in places {
            guard curves.count < PlotFigure.curveLimit else {
                refusedCurves += 1
                continue
            }
            bus.curves[stream].append((place, curves.count))
            curves.append(
                GatheredCurve(
                    message: message, signal: message.signals[place], interface: bus.interface,
                    source: source, isRaw: isRaw,
                    rank: selection.rank(of: message, message.signals[place])))
        }
    }

    // MARK: Events

    private mutating func note(_ event: BusEvent) {
        timeline.note(event)
        switch event.kind {
        case .channel(let description):
            guard let channel = event.channel, buses[channel] == nil,
                let index = databases.index(forInterface: description.interface)
            else { return }
            buses[channel] = PlottedBus(description.interface, databases.databases[index])
        case .marker(let text): mark(text, event, isLoss: false)
        case .loss(let loss): mark("\(loss.frames) frames lost", event, isLoss: true)
        default: break
        }
    }

    private mutating func mark(_ text: String, _ event: BusEvent, isLoss: Bool) {
        guard marks.count < PlotFigure.markLimit else {
            refusedMarks += 1
            return
        }
        // A stamp on a clock that was set meanwhile is of no use: what came before it is.
        let time = timeline.busTime(of: event.timestamp)
        marks.append(
            PlotFigure.Mark(
                time: start == nil ? time : max(time, latest), text: text, isLoss: isLoss))
    }

    // MARK: Names

    /// The curves in the order in which they were asked for, with names that tell each from the others.
    private var namedCurves: [PlotFigure.Curve] {
        let curves = curves.enumerated().sorted { left, right in
            (left.element.rank, left.element.line, left.offset)
                < (right.element.rank, right.element.line, right.offset)
        }.map(\.element)
        var names = curves.map(\.name)
        func qualify(_ part: (GatheredCurve) -> String, inFront: Bool) {
            for (name, places) in Dictionary(grouping: names.indices, by: { names[$0] })
            where places.count > 1 && Set(places.map { part(curves[$0]) }).count > 1 {
                for place in places {
                    names[place] = inFront ? part(curves[place]) + name : name + part(curves[place])
                }
            }
        }
        qualify({ $0.interface + ":" }, inFront: true)
        qualify({ $0.source.map { " @" + Self.hexadecimal($0) } ?? "" }, inFront: false)
        var seen: [String: Int] = [:]
        return zip(names, curves).map { name, curve in
            seen[name, default: 0] += 1
            let ordinal = seen[name, default: 1]
            return PlotFigure.Curve(
                name: ordinal > 1 ? "\(name) #\(ordinal)" : name, unit: curve.unit,
                labels: curve.labels, trace: curve.trace)
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let text = String(byte, radix: 16, uppercase: true)
        return text.count < 2 ? "0" + text : text
    }
}

/// The decoder of an interface, and which of its signals are drawn.
private final class PlottedBus {
    let interface: String
    private let bound: BoundDatabase
    private var decoder: LiveDecoder
    /// By stream: places in the message and the curves they go to.
    var curves: [[(place: Int, curve: Int)]] = []

    init(_ interface: String, _ bound: BoundDatabase) {
        (self.interface, self.bound) = (interface, bound)
        decoder = LiveDecoder(bound.plan)
    }

    func decode(_ row: FrameRow, _ longPayload: Span<UInt8>) -> (stream: Int, isNew: Bool)? {
        guard let stream = decoder.decode(row, longPayload: longPayload) else { return nil }
        let isNew = stream >= curves.count
        if isNew { curves.append([]) }
        return (stream, isNew)
    }

    func value(_ place: Int, of stream: Int) -> SignalValue {
        Self.value(place, of: stream, in: decoder)
    }

    // The spans of a class's property do not leave its access: those of an argument live for the call.
    private static func value(
        _ place: Int, of stream: Int, in decoder: borrowing LiveDecoder
    ) -> SignalValue {
        decoder.values(of: stream)[place]
    }

    private static func stream(_ index: Int, in decoder: borrowing LiveDecoder) -> MessageStream {
        decoder.streams[index]
    }

    func description(of stream: Int) -> (Message, source: UInt8?) {
        let stream = Self.stream(stream, in: decoder)
        return (bound.database.messages[stream.message], stream.sourceAddress)
    }
}

/// A signal that is drawn, before all names are known.
private struct GatheredCurve {
    let name: String
    let unit: String
    let interface: String
    let source: UInt8?
    let isSigned: Bool
    let labels: [(value: Double, text: String)]
    /// The place among the patterns, and the signal's in its file.
    let rank: Int
    let line: Int
    var trace = SignalTrace()

    init(
        message: Message, signal: Signal, interface: String, source: UInt8?, isRaw: Bool, rank: Int
    ) {
        (self.rank, line) = (rank, signal.line)
        name = "\(message.longName).\(signal.longName)"
        unit = isRaw ? "" : signal.unit
        (self.interface, self.source) = (interface, source)
        isSigned = signal.valueType == .signed
        labels = signal.labels.map { label in
            let raw = Double(label.raw)
            return (isRaw ? raw : raw * signal.factor + signal.offset, label.text)
        }
    }
}
