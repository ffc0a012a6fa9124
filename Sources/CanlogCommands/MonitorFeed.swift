import CANFrame
import LocalFiles
import LogTools
import Replaying
import SignalViews
import SocketCAN
import Synchronization

/// Where a monitor's frames come from: interfaces, or a log at its own pace.
protocol MonitorFeed: AnyObject {
    /// Feeds what there is to `model`, and waits until `deadline` on the monotonic clock at most if
    /// there is nothing. While it is held, a log stands still.
    func step(into model: inout MonitorModel, isHeld: Bool, until deadline: Int64) throws
    /// Nothing more will come.
    var isAtEnd: Bool { get }
    /// Of a log: how far it is.
    var progress: String? { get }
    /// Goes on at once where a log is silent.
    func skip()
    /// Ends it.
    func stop()
}

/// Interfaces, as they are heard.
final class InterfaceFeed: MonitorFeed {
    private var source: CANSource
    private var batch = FrameBatch(capacity: 4_096)
    private let stopSignal: StopSignal
    private(set) var isAtEnd = false
    let progress: String? = nil

    init(_ interfaces: CaptureInterfaces, waitsForAbsent: Bool) throws {
        stopSignal = try StopSignal()
        source = try FrameFeed.listen(
            interfaces, waitsForAbsent: waitsForAbsent, stop: stopSignal)
    }

    func step(into model: inout MonitorModel, isHeld: Bool, until deadline: Int64) throws {
        batch.removeAll()
        let left = max(0, deadline - HostClock.monotonic())
        let outcome = try source.read(into: &batch, waiting: .nanoseconds(left))
        if outcome == .ended { isAtEnd = true }
        model.take(batch)
        model.advance(toMonotonic: HostClock.monotonic())
    }

    func skip() {}
    func stop() { stopSignal.raise() }
}

/// A log, read by a thread of its own, shown by the log's time.
final class LogFeed: MonitorFeed {
    private let reading: LogReading
    private let thread: WorkerThread
    private var batch: FrameBatch?
    private var place = BatchPlace()
    private let factor: Double?
    private var isStarted = false
    /// Bus time that is shown when the monotonic clock stands at ``anchor``.
    private var anchorTime: Int64 = 0
    private var anchor: Int64 = 0
    private var heldSince: Int64?
    /// Bus times of the first and of the latest moment shown.
    private var first: Int64 = 0
    private var reached: Int64 = 0
    private var wantsSkip = false
    private(set) var isAtEnd = false

    /// `factor`: how many times as fast as the log was; `nil` for as fast as it can be read.
    init(path: String, options: LogInputOptions, factor: Double?) throws {
        self.factor = factor
        let reading = LogReading(path: path, options: options)
        self.reading = reading
        thread = try WorkerThread("monitor-log") { reading.run() }
    }

    deinit {
        reading.stop()
    }

    /// What the log lacks, when it has been read to its end.
    var losses: LogLosses? { reading.losses }

    var progress: String? {
        let time = "+" + FigureText.fixed(Double(reached - first) / 1e9, 1) + " s"
        if isAtEnd { return "end of the log, \(time)" }
        guard let factor else { return time }
        return time + (factor == 1 ? "" : ", \(factor) times as fast")
    }

    func step(into model: inout MonitorModel, isHeld: Bool, until deadline: Int64) throws {
        let now = HostClock.monotonic()
        hold(isHeld, at: now)
        guard !isHeld, !isAtEnd else {
            HostClock.sleep(untilMonotonic: min(deadline, now + 20_000_000))
            return
        }
        repeat {
            guard var current = try nextBatch(until: deadline) else { break }
            let isAll = model.take(current, from: &place, until: limit(now))
            if isAll {
                reading.giveBack(current)
            } else {
                if !isStarted, let time = model.traffic.nextTime { start(at: time, now) }
                if wantsSkip, let time = model.traffic.nextTime { move(to: time, now) }
                keep(&current)
                break
            }
        } while HostClock.monotonic() < deadline
        if !isStarted, let origin = model.traffic.origin { (first, reached) = (origin, origin) }
        if let latest = model.traffic.now { reached = max(reached, latest) }
        guard batch != nil, isStarted else { return }
        if factor != nil {
            reached = max(reached, limit(now))
            model.advance(to: reached)
            HostClock.sleep(untilMonotonic: min(deadline, HostClock.monotonic() + 20_000_000))
        }
    }

    func skip() { wantsSkip = true }
    func stop() { reading.stop() }

    private func keep(_ current: inout FrameBatch) {
        var empty = FrameBatch(capacity: 1)
        swap(&empty, &current)
        batch = consume empty
    }

    /// The batch at hand, or the next one; `nil` if there is none by `deadline`, or none any more.
    private func nextBatch(until deadline: Int64) throws(StreamError) -> FrameBatch? {
        if let current = batch.take() { return current }
        place = BatchPlace()
        let left = max(0, deadline - HostClock.monotonic())
        if let next = reading.full.take(waiting: .nanoseconds(left)) { return next }
        if reading.full.isDrained {
            isAtEnd = true
            if let failure = reading.failure { throw failure }
        }
        return nil
    }

    // MARK: Pace

    /// Up to which bus time is shown when the monotonic clock stands at `now`.
    private func limit(_ now: Int64) -> Int64 {
        guard let factor else { return .max }
        guard isStarted else { return .min }
        let shown = Double(now - anchor) * factor
        return shown < 9e18 ? anchorTime &+ Int64(shown) : .max
    }

    private func start(at time: Int64, _ now: Int64) {
        isStarted = true
        first = time
        reached = time
        move(to: time, now)
    }

    private func move(to time: Int64, _ now: Int64) {
        (anchorTime, anchor) = (time, now)
        wantsSkip = false
    }

    private func hold(_ isHeld: Bool, at now: Int64) {
        if isHeld {
            heldSince = heldSince ?? now
        } else if let since = heldSince {
            anchor += now - since
            heldSince = nil
        }
    }
}

/// Reads a log into batches that go round; the work of a thread.
private final class LogReading: Sendable {
    let full = HandoverQueue<FrameBatch>(capacity: 4)
    private let empty = HandoverQueue<FrameBatch>(capacity: 8)
    private let path: String
    private let options: LogInputOptions
    private let isStopped = Atomic<Bool>(false)
    private let end = Mutex<(losses: LogLosses?, failure: StreamError?)>((nil, nil))

    init(path: String, options: LogInputOptions) {
        self.path = path
        self.options = options
        for _ in 0..<4 { empty.put(FrameBatch(capacity: 2_048)) }
    }

    var losses: LogLosses? { end.withLock { $0.losses } }
    var failure: StreamError? { end.withLock { $0.failure } }

    func giveBack(_ batch: consuming FrameBatch) { empty.put(batch) }

    func stop() {
        isStopped.store(true, ordering: .relaxed)
        full.close()
        empty.close()
    }

    func run() {
        do throws(StreamError) {
            try read()
        } catch {
            if !isStopped.load(ordering: .relaxed) { end.withLock { $0.failure = error } }
        }
        full.close()
    }

    private func read() throws(StreamError) {
        var options = options
        options.isStopped = { self.isStopped.load(ordering: .relaxed) }
        var input = try LogInput(path: path, options: options)
        while var batch = empty.take() {
            batch.removeAll()
            let outcome = try input.read(into: &batch, waiting: .milliseconds(100))
            if outcome == .ended { break }
            guard full.put(batch) else { return }
        }
        let losses = LogLosses(of: input)
        end.withLock { $0.losses = losses }
    }
}
