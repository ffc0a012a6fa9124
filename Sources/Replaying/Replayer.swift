public import CANFrame
public import LocalFiles
import SocketCAN
import Synchronization

/// A running replay: one thread reads and plans ahead, another sends.
public struct Replayer: ~Copyable {
    /// Between the start and the first deadline, so that the first frame is not late.
    private static let lead: Int64 = 5_000_000
    /// Plans that go round between the two threads.
    private static let planCount = 4

    private let sending: WorkerThread
    private let outcome: Outcome

    /// How the replay ended, written by its threads.
    private final class Outcome: Sendable {
        let report = Mutex(ReplayReport())
        let failure = Mutex<StreamError?>(nil)

        func fail(_ error: StreamError) {
            failure.withLock { if $0 == nil { $0 = error } }
        }
    }

    /// Starts to play the source that `open` gives, once for each pass.
    ///
    /// `takesFD` says for each interface of `routing` whether CAN FD frames may be sent there;
    /// `place` names the log in errors. Errors after the start are thrown by ``result()``.
    public init<Source: FrameSource & SendableMetatype & ~Copyable>(
        to routing: ReplayRouting, takesFD: [Bool], options: ReplayOptions, place: String,
        control: ReplayControl, open: @escaping @Sendable () throws(StreamError) -> Source
    ) throws(SystemError) {
        precondition(takesFD.count == routing.interfaces.count)
        let outcome = Outcome()
        let full = HandoverQueue<PlannedFrames>(capacity: Self.planCount)
        let empty = HandoverQueue<PlannedFrames>(capacity: Self.planCount)
        for _ in 0..<Self.planCount { empty.put(PlannedFrames()) }
        let planner = ReplayPlanner(
            routing: routing, takesFD: takesFD, options: options, place: place)
        sending = try WorkerThread("replay") {
            defer { control.finish() }
            do throws(StreamError) {
                let outlets = try Self.opened(routing.interfaces, awaited: options.awaited)
                let reading = try Self.startReading(
                    planner, options, full, empty, outcome, control, open)
                let report = Self.send(full, empty, outlets, options, control)
                // Whatever the reader waits for ends with the queues.
                full.close()
                empty.close()
                reading.join()
                outcome.report.withLock { $0.add(sender: report) }
            } catch {
                outcome.fail(error)
            }
        }
        self.outcome = outcome
    }

    /// Waits for the end; the report is there even when the log could not be read to its end.
    public consuming func result() -> (report: ReplayReport, failure: StreamError?) {
        sending.join()
        return (outcome.report.withLock { $0 }, outcome.failure.withLock { $0 })
    }

    private static func opened(
        _ interfaces: [String], awaited: [ArbitrationID]
    ) throws(StreamError) -> OutletList {
        do throws(SystemError) {
            return try OutletList(interfaces, awaited: awaited)
        } catch {
            throw error.streamError()
        }
    }

    // MARK: - The thread that sends

    private static func send(
        _ full: HandoverQueue<PlannedFrames>, _ empty: HandoverQueue<PlannedFrames>,
        _ outlets: consuming OutletList, _ options: ReplayOptions, _ control: ReplayControl
    ) -> ReplayReport {
        // The clock starts when there is something to send.
        guard var plan = full.take() else { return ReplayReport() }
        let refusals = options.isRealTime && options.pace != .unlimited ? beOnTime() : []
        var sender = ReplaySender(
            outlets: outlets, options: options, control: control,
            start: HostClock.monotonic() + (options.pace == .unlimited ? 0 : lead))
        while sender.play(plan) {
            plan.removeAll()
            empty.put(plan)
            guard let next = full.take() else { break }
            plan = next
        }
        sender.finish()
        var report = sender.report
        while let rest = full.takeIfAny() { report.abandoned += rest.framesToSend }
        report.refusedMeasures = refusals
        return report
    }

    /// Asks for all that makes this thread punctual; returns what was not permitted.
    private static func beOnTime() -> [String] {
        [RealTime.lockMemory(), RealTime.sharpenTimers(), RealTime.preferThisThread()]
            .compactMap { $0?.description }
    }

    // MARK: - The thread that reads

    private static func startReading<Source: FrameSource & SendableMetatype & ~Copyable>(
        _ planner: ReplayPlanner, _ options: ReplayOptions,
        _ full: HandoverQueue<PlannedFrames>, _ empty: HandoverQueue<PlannedFrames>,
        _ outcome: Outcome, _ control: ReplayControl,
        _ open: @escaping @Sendable () throws(StreamError) -> Source
    ) throws(StreamError) -> WorkerThread {
        do throws(SystemError) {
            return try WorkerThread("replay-read") {
                var planner = planner
                do throws(StreamError) {
                    try read(&planner, options, full, empty, control, open)
                } catch {
                    // What is read after a stop is not sent; a source may end by an error then.
                    if !control.isStopped { outcome.fail(error) }
                }
                full.close()
                outcome.report.withLock { $0.add(planner: planner.report) }
            }
        } catch {
            throw error.streamError()
        }
    }

    private static func read<Source: FrameSource & SendableMetatype & ~Copyable>(
        _ planner: inout ReplayPlanner, _ options: ReplayOptions,
        _ full: HandoverQueue<PlannedFrames>, _ empty: HandoverQueue<PlannedFrames>,
        _ control: ReplayControl, _ open: () throws(StreamError) -> Source
    ) throws(StreamError) {
        var batch = FrameBatch(capacity: PlannedFrames.capacity)
        var pass = 0
        while options.passes == 0 || pass < options.passes {
            var source = try open()
            planner.beginPass()
            pass += 1
            var hasFrames = false
            while !control.isStopped {
                batch.removeAll()
                let outcome = try source.read(into: &batch, waiting: .milliseconds(100))
                if outcome == .ended { break }
                var next = 0
                repeat {
                    guard var plan = empty.take() else { return }
                    next = try planner.plan(batch, from: next, into: &plan)
                    if plan.count > 0 {
                        hasFrames = true
                        guard full.put(plan) else { return }
                    } else {
                        empty.put(plan)
                    }
                } while next < batch.count
            }
            // A log without a frame to send would be played for ever without end.
            if !hasFrames { return }
        }
    }
}

extension ReplayReport {
    /// Takes over what the sending thread counted.
    mutating func add(sender other: ReplayReport) {
        var sum = other
        sum.errorFrames = errorFrames
        sum.unfitFDFrames = unfitFDFrames
        sum.unroutedFrames = unroutedFrames
        sum.damagedFrames = damagedFrames
        sum.awaitedFrames = awaitedFrames
        sum.passes = passes
        sum.abandoned += abandoned
        self = sum
    }

    /// Takes over what the planning thread counted.
    mutating func add(planner other: ReplayReport) {
        errorFrames = other.errorFrames
        unfitFDFrames = other.unfitFDFrames
        unroutedFrames = other.unroutedFrames
        damagedFrames = other.damagedFrames
        awaitedFrames = other.awaitedFrames
        passes = other.passes
    }
}
