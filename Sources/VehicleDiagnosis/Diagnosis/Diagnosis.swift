public import CANFrame
import CANTransport
import Diagnostics
public import VehicleSpec

/// What frames say of a vehicle, judged by its spec: exchanges, identities, trouble codes, findings,
/// and in the end the verdict.
///
/// Frames and events are taken one by one, in order of arrival, and time is bus time alone: the live
/// bus and the log of it give the same records and the same report, however frames are divided into
/// batches.
public struct Diagnosis: ~Copyable, Sendable {
    /// What is known before the first frame.
    public struct Options: Sendable {
        /// The day on which what may leave the line is judged.
        public var date: CalendarDate
        /// The vehicle's identification number, as scanned.
        public var vin: String?
        /// The interface of each bus of the spec that is heard.
        public var interfaces: [String: String]

        public init(date: CalendarDate, vin: String? = nil, interfaces: [String: String]) {
            self.date = date
            self.vin = vin
            self.interfaces = interfaces
        }
    }

    public let spec: VehicleSpec
    public let options: Options
    var clock: LogClock
    var tracker: ConversationTracker
    var inventory: Inventory
    var troubleCodes = TroubleCodeWatch()
    var summary = ConversationSummary()
    var findings = FindingBook()
    /// Exchanges that wait until it is known how they are decoded, in order.
    var waiting: [WaitingExchange] = []
    private var records: [DiagnosisRecord] = []
    /// By channel, the bus of the spec.
    var buses: [String?] = Array(repeating: nil, count: 256)
    var interfaces: [String?] = Array(repeating: nil, count: 256)
    var heard: [String: HeardBus] = [:]
    var start: Timestamp?
    /// Bus time of the latest frame or tick.
    var now: Int64 = 0

    /// Times count from `start`, or from the first frame; `resolution` is that of the stamps.
    public init(
        _ spec: VehicleSpec, options: Options, start: LogStart? = nil, resolution: Int64 = 1_000
    ) {
        self.spec = spec
        self.options = options
        clock = LogClock(start: start, resolution: resolution)
        let inventory = Inventory(spec, vin: options.vin)
        var tracking = ConversationTracker.Options()
        tracking.pairs = inventory.pairs
        tracker = ConversationTracker(options: tracking, start: start, resolution: resolution)
        self.inventory = inventory
    }

    /// What was found since this was asked last, in its order.
    public mutating func takeRecords() -> [DiagnosisRecord] {
        noteFindings()
        defer { records.removeAll(keepingCapacity: true) }
        return records
    }

    mutating func add(_ record: DiagnosisRecord) {
        noteFindings()
        records.append(record)
    }

    /// What became of findings goes among the records where it happened.
    private mutating func noteFindings() {
        for change in findings.takeChanges() {
            switch change {
            case .opened(let place) where place.isListed: records.append(.opened(findings[place]))
            case .closed(let place) where place.isListed: records.append(.closed(findings[place]))
            default: break
            }
        }
    }

    // MARK: Frames

    /// Takes all frames and events of `batch`.
    public mutating func take(_ batch: borrowing FrameBatch) {
        let rows = batch.rows
        let events = batch.events
        var numbers = NumberCursor()
        var nextEvent = 0
        for index in rows.indices {
            while nextEvent < events.count, events[nextEvent].rowIndex <= index {
                take(events[nextEvent])
                nextEvent += 1
            }
            take(
                rows[index], longPayload: batch.longPayload(at: index),
                number: numbers.number(of: index, in: batch))
        }
        while nextEvent < events.count {
            take(events[nextEvent])
            nextEvent += 1
        }
    }

    private mutating func take(_ row: FrameRow, longPayload: Span<UInt8>, number: UInt64) {
        now = max(now, clock.time(of: row))
        if start == nil { start = row.timestamp }
        if let bus = buses[Int(row.channel)] {
            heard[bus, default: HeardBus()].note(row)
        }
        tracker.take(row, longPayload: longPayload, number: number)
        if tracker.hasExchanges { takeExchanges() }
        if !waiting.isEmpty { releaseExchanges() }
    }

    private mutating func take(_ event: BusEvent) {
        clock.note(event)
        if case .channel(let description) = event.kind, let channel = event.channel {
            interfaces[Int(channel)] = description.interface
            buses[Int(channel)] =
                spec.buses.first { options.interfaces[$0.name] == description.interface }?.name
        }
        if case .tick = event.kind, let time = clock.time(of: event) { now = max(now, time) }
        tracker.take(event)
        if tracker.hasExchanges { takeExchanges() }
    }

    /// The end of the traffic: what is under way is no longer waited for.
    public mutating func finish() {
        tracker.finish()
        takeExchanges()
        releaseExchanges(all: true)
        judgeControlUnits()
        judgeTroubleCodes()
        noteFindings()
    }
}

/// What was heard of one bus.
struct HeardBus: Sendable {
    var frames: UInt64 = 0
    var errorFrames: UInt64 = 0

    mutating func note(_ row: FrameRow) {
        if row.identifier.isError { errorFrames += 1 } else { frames += 1 }
    }
}

/// An exchange with all that is needed to tell of it later.
struct WaitingExchange: Sendable {
    var exchange: Exchange
    var bus: String?
    /// By response, the slot that answered.
    var slots: [Int?]
    var addressee: Int?
    var steps: [TroubleCodeStep]
    /// When it came, for the limit of waiting.
    var time: Int64
}
