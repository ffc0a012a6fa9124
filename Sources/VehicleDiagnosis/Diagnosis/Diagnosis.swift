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
public struct Diagnosis: ~Copyable {
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
    var checks: TrafficChecks
    var rules: RuleEngine
    var feed: RuleFeed
    /// By rule, what it is about and whose it is.
    let ruleSubjects: [(subject: String, role: String?)]
    /// Exchanges that wait until it is known how they are decoded, in order.
    var waiting: [WaitingExchange] = []
    private var records: [DiagnosisRecord] = []
    /// By channel, the bus of the spec.
    var buses: [String?] = Array(repeating: nil, count: 256)
    /// By bus, those of all kinds.
    var frames: [UInt64]
    private var seenChanges: UInt64 = 0
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
        frames = Array(repeating: 0, count: spec.buses.count)
        checks = TrafficChecks(spec.buses.map { CheckedBus($0, of: spec) })
        let resolved = ResolvedRules.resolve(spec.rules, with: RuleVocabulary(of: spec)).rules
        feed = RuleFeed(
            resolved, buses: spec.buses, wantsAll: resolved.inputsWithEverySample)
        ruleSubjects = Self.subjects(of: resolved, spec)
        rules = RuleEngine(resolved)
    }

    /// What was found since this was asked last, in its order.
    public mutating func takeRecords() -> [DiagnosisRecord] {
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

    /// The interface that a channel stands for.
    public func interface(of channel: UInt8) -> String { tracker.interface(of: channel) }

    // MARK: Frames

    /// Takes all frames and events of `batch`.
    public mutating func take(_ batch: borrowing FrameBatch) {
        var arrivals = ArrivalCursor()
        while let next = arrivals.next(in: batch) {
            switch next {
            case .event(let place): take(batch.events[place])
            case .frame(let row, let number):
                take(batch.rows[row], longPayload: batch.longPayload(at: row), number: number)
            }
        }
    }

    private mutating func take(_ row: FrameRow, longPayload: Span<UInt8>, number: UInt64) {
        now = max(now, clock.time(of: row))
        if start == nil { start = row.timestamp }
        inventory.succession.noteFrame(at: now)
        rules.advance(to: now)
        takeTraffic(row, longPayload: longPayload, number: number)
        feed.advance(to: now, checks, into: &rules)
        tracker.take(row, longPayload: longPayload, number: number)
        if tracker.hasExchanges { takeExchanges() }
        if !waiting.isEmpty { releaseExchanges() }
        if rules.hasEvents { takeRuleEvents() }
        // At once: a finding that is told is as it was when it opened.
        if findings.hasChanges { noteFindings() }
    }

    private mutating func takeTraffic(
        _ row: FrameRow, longPayload: Span<UInt8>, number: UInt64
    ) {
        guard let bus = checks.bus(ofChannel: row.channel) else { return }
        frames[bus] += 1
        if let stream = checks.take(
            row, longPayload: longPayload, number: number, at: now, into: &findings)
        {
            feed.take(stream, from: checks, number: number, at: now, into: &rules)
        } else if row.identifier.isError {
            feed.noteError(bus: bus, number: number, at: now, into: &rules)
        }
        if feed.asksForFindings, findings.changeCount != seenChanges {
            seenChanges = findings.changeCount
            feed.noteFindings(findings, at: now, into: &rules)
        }
    }

    private mutating func take(_ event: BusEvent) {
        clock.note(event)
        if case .channel(let description) = event.kind, let channel = event.channel {
            let bus = spec.buses.firstIndex {
                options.interfaces[$0.name] == description.interface
            }
            buses[Int(channel)] = bus.map { spec.buses[$0].name }
            if let bus { checks.bind(channel: channel, toBus: bus) }
        }
        if case .tick = event.kind, let time = clock.time(of: event) { now = max(now, time) }
        checks.note(event, at: now, into: &findings)
        rules.advance(to: now)
        feed.advance(to: now, checks, into: &rules)
        tracker.take(event)
        if tracker.hasExchanges { takeExchanges() }
        if !waiting.isEmpty { releaseExchanges() }
        if rules.hasEvents { takeRuleEvents() }
        // At once: a finding that is told is as it was when it opened.
        if findings.hasChanges { noteFindings() }
    }

    /// The end of the traffic: what is under way is no longer waited for.
    public mutating func finish() {
        checks.finish(at: now, into: &findings)
        rules.advance(to: now)
        tracker.finish()
        takeExchanges()
        takeRuleEvents()
        releaseExchanges(all: true)
        judgeControlUnits()
        judgeTroubleCodes()
        noteFindings()
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
