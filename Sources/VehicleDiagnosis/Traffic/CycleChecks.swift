import CANFrame
import VehicleSpec

/// Judges when the cyclic messages of a bus come, and whether its nodes live.
///
/// Silence is measured in the time in which the bus was alive, as far as frames show it: it goes on
/// between frames that are at most 100 ms apart, and while a message keeps its own cycle. So what
/// stands still together (a vehicle that is switched off, an interface that is down, a log that is
/// cut) is silence of none, and nothing is found of it by a tick alone.
struct CycleChecks: Sendable {
    /// Between frames of a bus that are further apart it may have been dead.
    private static let pause: Int64 = 100_000_000
    /// A bus that is silent for so long, at least, has come to rest.
    private static let leastRest: Int64 = 2_000_000_000

    private var watches: [CyclicWatch] = []
    /// By message, its place among ``watches``; -1 of one that is not cyclic.
    private var places: [Int32] = []
    private var nodes: [NodeWatch] = []
    /// Nanoseconds for which the bus was alive.
    private var alive: Int64 = 0
    /// The last frame of a cyclic message.
    private(set) var lastTime: Int64?
    private var lastNumber: UInt64 = 0
    /// When a message or node may be found to be silent.
    private var nextCheck: Int64 = 0
    private var slowestHeard: Int64 = 0
    private var isResting = false
    private var rest = FindingThread()
    /// Silence is nobody's fault for the time being.
    private var isSuspended = false

    /// Frames of all cyclic messages since traffic began.
    var isHeard: Bool { lastTime != nil }

    init(_ bus: CheckedBus) {
        let settings = bus.settings
        nodes = bus.nodes.map {
            NodeWatch(
                limit: max(0, settings.nodeSilence),
                isJudged: !settings.ignores(.silentNode, on: "\(bus.name).\($0)"))
        }
        places = Array(repeating: -1, count: bus.messages.count)
        for (message, rule) in bus.messages.enumerated() {
            guard let cycle = rule.cycle else { continue }
            places[message] = Int32(watches.count)
            let place = add(message, cycle, isJudged: rule.findsCycle)
            guard cycle.node >= 0 else { continue }
            nodes[cycle.node].watches.append(Int32(place))
            nodes[cycle.node].limit = max(nodes[cycle.node].limit, cycle.gap)
        }
        begin(after: settings.startUp)
    }

    /// Where a message is watched.
    func place(of message: Int) -> Int { Int(places[message]) }

    /// Watches a stream of a message from another sender than the database names.
    mutating func add(sender message: Int, _ cycle: MessageRule.Cycle, isJudged: Bool) -> Int {
        var cycle = cycle
        cycle.node = -1
        return add(message, cycle, isJudged: isJudged)
    }

    private mutating func add(
        _ message: Int, _ cycle: MessageRule.Cycle, isJudged: Bool
    ) -> Int {
        var watch = CyclicWatch(
            message: Int32(message), node: Int32(cycle.node), cycle: cycle.length, gap: cycle.gap,
            findsFast: cycle.findsFast, isJudged: isJudged)
        watch.restartBlock()
        watches.append(watch)
        return watches.count - 1
    }

    // MARK: Frames

    /// Takes a frame of a watched message; true if traffic, or its node, begins with it again.
    mutating func take(
        _ place: Int, at time: Int64, number: UInt64, _ bus: CheckedBus,
        _ book: inout FindingBook
    ) -> Bool {
        var isNew = goOn(watches[place], at: time, number, bus, &book)
        let node = Int(watches[place].node)
        if node >= 0 { isNew = hearNode(node, at: time, number, bus, &book) || isNew }
        hear(place, at: time, number, bus, &book)
        if alive >= nextCheck { check(at: time, bus, &book) }
        return isNew
    }

    /// Moves the clock on; true if the bus had come to rest.
    private mutating func goOn(
        _ watch: CyclicWatch, at time: Int64, _ number: UInt64, _ bus: CheckedBus,
        _ book: inout FindingBook
    ) -> Bool {
        guard let last = lastTime else {
            (lastTime, lastNumber) = (time, number)
            for place in watches.indices { watches[place].lastTime = time }
            for place in nodes.indices { nodes[place].lastTime = time }
            return true
        }
        let distance = time &- last
        guard distance > 0 else { return false }
        defer { (lastTime, lastNumber) = (time, number) }
        if distance > restLimit {
            stop(after: last, bus, &book)
            rest.close(at: time, in: &book)
            begin(after: bus.settings.startUp)
            return true
        }
        let before = alive
        if distance <= Self.pause { alive = alive &+ distance }
        // A message that keeps its cycle shows that the bus was alive meanwhile.
        let interval = time &- watch.lastTime
        if watch.isHeard, interval > 0, interval / 3 < watch.cycle / 2 {
            alive = max(alive, watch.lastAlive &+ interval)
        }
        // Never more than has passed.
        if alive &- before > distance { alive = before &+ distance }
        return false
    }

    private var restLimit: Int64 {
        max(Self.leastRest, slowestHeard &+ slowestHeard / 2)
    }

    private mutating func hear(
        _ place: Int, at time: Int64, _ number: UInt64, _ bus: CheckedBus,
        _ book: inout FindingBook
    ) {
        let watch = watches[place]
        let silence = alive &- watch.lastAlive
        defer {
            watches[place].isHeard = true
            watches[place].isAbsent = false
            watches[place].lastAlive = alive
            watches[place].lastTime = time
            watches[place].lastNumber = number
        }
        if !watch.isHeard { slowestHeard = max(slowestHeard, watch.cycle) }
        guard watch.isJudged, !isSuspended else { return }
        if watch.isHeard, silence > watch.gap {
            watches[place].restartBlock()
            let text =
                "no frame for \(FindingText.time(silence)), one each "
                + "\(FindingText.time(watch.cycle)) is wanted"
            show(
                place, text, began: watch.lastTime &+ watch.cycle, at: time,
                frames: watch.lastNumber...max(watch.lastNumber, number), bus, &book)
            _ = watches[place].measure(alive: alive, at: time, number: number, tolerance: 0)
            return
        }
        let mean = watches[place].measure(
            alive: alive, at: time, number: number, tolerance: bus.settings.cycleTolerance)
        guard let mean else { return }
        guard mean > 0 else {
            watches[place].finding.settle(at: time, clear: bus.settings.clear, in: &book)
            return
        }
        let first = watches[place].blockNumber
        let text =
            "one frame each \(FindingText.time(mean)), one each "
            + "\(FindingText.time(watch.cycle)) is wanted"
        let frames = CyclicWatch.blockLength * CyclicWatch.blocks
        show(
            place, text, began: time &- mean &* Int64(frames), at: time,
            frames: min(first, number)...max(first, number), bus, &book)
    }

    /// Opens or extends the finding of a message.
    private mutating func show(
        _ place: Int, _ text: String, began: Int64, at time: Int64, frames: ClosedRange<UInt64>?,
        _ bus: CheckedBus, _ book: inout FindingBook
    ) {
        guard !watches[place].finding.isOpen else {
            watches[place].finding.extend(at: time, frame: frames?.upperBound, in: &book)
            return
        }
        let message = Int(watches[place].message)
        watches[place].finding.open(
            bus.finding(
                .cycleTime, bus.subject(message), text, began: began, opened: time,
                role: bus.sender(of: message), frames: frames), in: &book)
    }

    // MARK: Nodes

    /// Takes note that a node lives; true if it had been silent for too long.
    private mutating func hearNode(
        _ place: Int, at time: Int64, _ number: UInt64, _ bus: CheckedBus,
        _ book: inout FindingBook
    ) -> Bool {
        let silence = alive &- nodes[place].lastAlive
        var isNew = false
        if nodes[place].finding.isOpen {
            nodes[place].finding.close(at: time, in: &book)
            isNew = true
        } else if nodes[place].isJudged, !isSuspended, silence > nodes[place].limit {
            showSilence(of: place, silence, at: time, bus, &book)
            nodes[place].finding.close(at: time, in: &book)
            isNew = true
        }
        if isNew {
            for watch in nodes[place].watches {
                expect(Int(watch), from: alive &+ max(0, bus.settings.startUp))
            }
        }
        nodes[place].lastAlive = alive
        nodes[place].lastTime = time
        nodes[place].lastNumber = number
        nodes[place].isHeard = true
        return isNew
    }

    private mutating func showSilence(
        of place: Int, _ silence: Int64, at time: Int64, _ bus: CheckedBus,
        _ book: inout FindingBook
    ) {
        let node = nodes[place]
        let name = bus.nodes[place]
        let text =
            node.isHeard
            ? "no message for \(FindingText.time(silence))"
            : "no message since traffic began, for \(FindingText.time(time &- node.lastTime))"
        nodes[place].finding.open(
            bus.finding(
                .silentNode, "\(bus.name).\(name)",
                text + "; \(Self.count(node.watches.count, "cyclic message")) wanted",
                began: node.lastTime, opened: time, role: name,
                frames: node.isHeard ? node.lastNumber...node.lastNumber : nil), in: &book)
    }

    private static func count(_ number: Int, _ what: String) -> String {
        number == 1 ? "one \(what) is" : "\(number) \(what)s are"
    }

    // MARK: Silence

    /// Finds the messages and nodes that have been silent for too long.
    private mutating func check(
        at time: Int64, _ bus: CheckedBus, _ book: inout FindingBook
    ) {
        guard !isSuspended else {
            nextCheck = .max
            return
        }
        let confirm = max(0, bus.settings.confirm)
        var next = Int64.max
        for place in nodes.indices
        where nodes[place].isJudged && !nodes[place].finding.isOpen
            && !nodes[place].watches.isEmpty
        {
            let due = nodes[place].lastAlive &+ nodes[place].limit &+ confirm
            guard alive >= due else {
                next = min(next, due)
                continue
            }
            showSilence(of: place, alive &- nodes[place].lastAlive, at: time, bus, &book)
        }
        for place in watches.indices where watches[place].isJudged && !watches[place].isAbsent {
            let watch = watches[place]
            let limit = watch.lastAlive &+ watch.gap
            guard alive >= limit &+ confirm else {
                next = min(next, limit &+ confirm)
                continue
            }
            if watch.node >= 0, nodes[Int(watch.node)].isJudged {
                let node = nodes[Int(watch.node)]
                // It has to send again before the silence of one of its messages is one.
                if node.finding.isOpen { continue }
                guard node.lastAlive > limit else {
                    next = min(next, alive &+ Self.pause)
                    continue
                }
            }
            watches[place].isAbsent = true
            let text =
                watch.isHeard
                ? "no frame for \(FindingText.time(alive &- watch.lastAlive)), one each "
                    + "\(FindingText.time(watch.cycle)) is wanted"
                : "no frame at all, one each \(FindingText.time(watch.cycle)) is wanted"
            show(
                place, text, began: watch.lastTime &+ (watch.isHeard ? watch.cycle : 0), at: time,
                frames: watch.isHeard ? watch.lastNumber...watch.lastNumber : nil, bus, &book)
        }
        nextCheck = next
    }

    // MARK: Beginning and end

    /// All messages are expected anew, within `startUp`.
    private mutating func begin(after startUp: Int64) {
        for place in watches.indices { expect(place, from: alive &+ max(0, startUp)) }
        for place in nodes.indices {
            nodes[place].lastAlive = alive &+ max(0, startUp)
            nodes[place].lastTime = lastTime ?? 0
            nodes[place].isHeard = false
        }
        slowestHeard = 0
        isResting = false
        nextCheck = alive
    }

    private mutating func expect(_ place: Int, from begin: Int64) {
        watches[place].isHeard = false
        watches[place].isAbsent = false
        watches[place].lastAlive = begin
        watches[place].lastTime = lastTime ?? 0
        watches[place].slowBlocks = 0
        watches[place].fastBlocks = 0
        watches[place].restartBlock()
    }

    /// Frames may be missing around `time`: what was not heard is no one's silence.
    mutating func excuse(at time: Int64) {
        if let last = lastTime { lastTime = max(last, time) }
        for place in watches.indices where !watches[place].isAbsent {
            watches[place].lastAlive = max(watches[place].lastAlive, alive)
            if watches[place].isHeard, watches[place].lastTime < time {
                watches[place].lastTime = time
            }
            watches[place].restartBlock()
        }
        for place in nodes.indices where !nodes[place].finding.isOpen {
            nodes[place].lastAlive = max(nodes[place].lastAlive, alive)
        }
        nextCheck = alive
    }

    /// The interface came back, or frames of another time follow: all begins anew.
    mutating func restart(_ bus: CheckedBus, _ book: inout FindingBook) {
        guard let last = lastTime else { return }
        closeAll(at: last, &book)
        begin(after: bus.settings.startUp)
        lastTime = nil
    }

    /// From `time` on nobody has to send; or again, within the time that a beginning has.
    mutating func suspend(
        _ isSuspended: Bool, at time: Int64, _ bus: CheckedBus, _ book: inout FindingBook
    ) {
        guard isSuspended != self.isSuspended else { return }
        self.isSuspended = isSuspended
        closeAll(at: time, &book)
        if !isSuspended { begin(after: bus.settings.startUp) }
    }

    /// Nothing came until `time`: tells when traffic has ended.
    mutating func advance(to time: Int64, _ bus: CheckedBus, _ book: inout FindingBook) {
        guard let last = lastTime, !isResting, time &- last > restLimit else { return }
        stop(after: last, bus, &book)
    }

    /// All cyclic messages ended together, with the frame at `last`.
    private mutating func stop(
        after last: Int64, _ bus: CheckedBus, _ book: inout FindingBook
    ) {
        guard !isResting else { return }
        isResting = true
        closeAll(at: last, &book)
        guard !bus.settings.ignores(.busRest, on: bus.name) else { return }
        let heard = watches.lazy.filter(\.isHeard).count
        rest.open(
            bus.finding(
                .busRest, bus.name,
                "traffic ended: \(heard) cyclic \(heard == 1 ? "message" : "messages") together",
                began: last, opened: last &+ restLimit, frames: lastNumber...lastNumber), in: &book)
    }

    private mutating func closeAll(at time: Int64, _ book: inout FindingBook) {
        for place in watches.indices { watches[place].finding.close(at: time, in: &book) }
        for place in nodes.indices { nodes[place].finding.close(at: time, in: &book) }
    }
}
