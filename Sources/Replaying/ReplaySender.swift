import CANFrame
import LocalFiles
import SocketCAN

/// The thread that sends: waits for each deadline and hands frames to the kernel.
///
/// Nothing here allocates per frame. Every method that may have to end the replay returns whether
/// it goes on.
struct ReplaySender: ~Copyable {
    /// The longest sleep, so that a wish to stop or pause is noticed soon.
    private static let slice: Int64 = 50_000_000
    /// How long to wait when an interface's queue was full: a frame of 8 bytes takes 230 µs at
    /// 500 kbit/s, and poll does not tell.
    private static let queueFullDelay: Int64 = 200_000

    private var outlets: OutletList
    private var deadlines: ReplayDeadlines
    private let options: ReplayOptions
    private let control: ReplayControl
    private(set) var report = ReplayReport()

    /// The last reading of the clock.
    private var now: Int64
    private let start: Int64
    /// Sockets to wait for until they can be written, or read; -1 where there is nothing to wait for.
    private var writing: [CInt]
    private var listening: [CInt]
    /// Frames in all backlogs.
    private var backlogged = 0
    /// An outlet whose link is down, found while the backlog was tried.
    private var downOutlet: Int?
    /// When the awaited frame that was met last is due, or `nil` when none is awaited.
    private var answerDue: Int64?
    /// Whether answers that come before the next frame is sent belong to the past.
    private var forgetsAnswers = false

    /// Begins at `start` on the monotonic clock.
    init(
        outlets: consuming OutletList, options: ReplayOptions, control: ReplayControl, start: Int64
    ) {
        writing = [CInt](repeating: -1, count: outlets.count)
        listening = [CInt](repeating: -1, count: outlets.count)
        for index in 0..<outlets.count { listening[index] = outlets[index].listeningDescriptor }
        self.outlets = outlets
        self.options = options
        self.control = control
        self.start = start
        deadlines = ReplayDeadlines(start: start)
        now = start
    }

    /// Sends all of `plan`; false when the replay is to end.
    mutating func play(_ plan: borrowing PlannedFrames) -> Bool {
        var index = 0
        while index < plan.count {
            let step = plan.steps[index]
            if step.isAwaited {
                outlets[Int(step.outlet)].awaited += 1
                answerDue = step.due
                index += 1
                continue
            }
            let isReady =
                waitForAnswers() && wait(untilDue: step.due)
                && holdForStep(plan, index)
            let end = isReady ? endOfRun(from: index, in: plan) : index
            index = dispatch(plan, index..<end, to: Int(step.outlet))
            guard isReady, index == end else {
                abandon(plan, from: index)
                return false
            }
            control.publish(sent: report.sent, reached: step.due)
        }
        return true
    }

    /// Sends what is still in the backlogs and completes the report.
    mutating func finish() {
        while backlogged > 0 && !control.isStopped && report.lostLink == nil {
            let retry = tryBacklogs()
            if let down = downOutlet, !waitForLink(down) { break }
            if backlogged > 0 { waitForRoom(until: min(now + Self.slice, retry)) }
        }
        report.abandoned += UInt64(backlogged)
        report.wasStopped = control.isStopped
        report.duration = max(0, HostClock.monotonic() - start)
        control.publish(sent: report.sent, reached: control.reached)
    }

    // MARK: - Waiting

    /// Waits until a frame due at `due` is to be sent, and serves the backlogs meanwhile.
    private mutating func wait(untilDue due: Int64) -> Bool {
        while true {
            now = HostClock.monotonic()
            if control.wantsAttention {
                guard attend() else { return false }
            }
            let deadline = deadlines.deadline(due: due)
            let wake = deadline - options.spin
            let retry = backlogged > 0 ? tryBacklogs() : .max
            if let down = downOutlet {
                guard waitForLink(down) else { return false }
                continue
            }
            if now >= wake {
                while now < deadline { now = HostClock.monotonic() }
                return true
            }
            let limit = min(wake, now + Self.slice)
            if backlogged > 0 {
                waitForRoom(until: min(limit, retry))
            } else {
                HostClock.sleep(untilMonotonic: limit, untilSignal: true)
            }
        }
    }

    /// Stops, or holds the replay while it is paused.
    private mutating func attend() -> Bool {
        if control.isStopped { return false }
        guard control.isPaused else { return true }
        let began = now
        while control.isPaused && !control.isStopped {
            HostClock.sleep(untilMonotonic: HostClock.monotonic() + 10_000_000)
        }
        now = HostClock.monotonic()
        deadlines.postpone(by: now - began)
        return !control.isStopped
    }

    /// In single steps, waits until this frame is permitted; it is then due at once.
    private mutating func holdForStep(_ plan: borrowing PlannedFrames, _ index: Int) -> Bool {
        guard control.isStepping else { return true }
        let step = plan.steps[index]
        let began = now
        control.hold(
            .init(
                frame: plan.frames[index], interface: outlets[Int(step.outlet)].sender.interface,
                ordinal: report.sent))
        while !control.takeStep() && control.isStepping && !control.isStopped {
            HostClock.sleep(untilMonotonic: HostClock.monotonic() + 5_000_000)
        }
        control.hold(nil)
        now = HostClock.monotonic()
        deadlines.postpone(by: now - began)
        return !control.isStopped
    }

    /// Waits until all awaited frames have come, at most the limit past their time in the log.
    ///
    /// An answer that comes late moves all that follows by its lateness, so that the distance from
    /// the answer to the next request stays as it was; one that comes early moves nothing.
    private mutating func waitForAnswers() -> Bool {
        guard let due = answerDue else { return true }
        now = HostClock.monotonic()
        let expected = deadlines.deadline(due: due)
        let limit = max(now, expected) + options.waitLimit
        while isAnswerMissing() && now < limit {
            if control.wantsAttention {
                guard attend() else { return false }
            }
            if backlogged > 0 { _ = tryBacklogs() }
            if let down = downOutlet, !waitForLink(down) { return false }
            let slice = backlogged > 0 ? 1_000_000 : Self.slice
            SocketWait.wait(for: listening, toWrite: false, atMost: min(slice, limit - now))
            now = HostClock.monotonic()
        }
        if isAnswerMissing() { report.lateAnswers += 1 }
        deadlines.postpone(by: now - expected)
        for index in 0..<outlets.count { outlets[index].awaited = 0 }
        answerDue = nil
        forgetsAnswers = true
        return true
    }

    private mutating func isAnswerMissing() -> Bool {
        var isMissing = false
        for index in 0..<outlets.count {
            outlets[index].takeArrivals()
            if outlets[index].arrived < outlets[index].awaited { isMissing = true }
        }
        return isMissing
    }

    /// Sleeps until a full socket has room again, or `moment`.
    private mutating func waitForRoom(until moment: Int64) {
        SocketWait.wait(for: writing, toWrite: true, atMost: moment - now)
        now = HostClock.monotonic()
    }

    /// Waits until the interface of an outlet is up again; the time between moves all that follows.
    private mutating func waitForLink(_ index: Int) -> Bool {
        let interface = outlets[index].sender.interface
        let began = HostClock.monotonic()
        let seconds = Double(options.linkLimit) / 1e9
        control.tell("\(interface): the link is down; waiting for it, at most \(seconds) s")
        downOutlet = nil
        report.linkWaits += 1
        var isBack = false
        while !isBack && now - began < options.linkLimit && !control.isStopped {
            HostClock.sleep(untilMonotonic: HostClock.monotonic() + 20_000_000)
            now = HostClock.monotonic()
            isBack =
                InterfaceQuery.isUp(interface)
                && (try? outlets[index].reopen(awaited: options.awaited)) != nil
        }
        report.linkWaitTime += now - began
        deadlines.postpone(by: now - began)
        if isBack {
            control.tell("\(interface): the link is up again; the replay goes on")
            listening[index] = outlets[index].listeningDescriptor
        } else if !control.isStopped {
            report.lostLink = interface
        }
        return isBack
    }

    // MARK: - Sending

    /// One past the last of the frames from `index` on that are due too and go the same way.
    private borrowing func endOfRun(from index: Int, in plan: borrowing PlannedFrames) -> Int {
        if control.isStepping { return index + 1 }
        let outlet = plan.steps[index].outlet
        let last = min(plan.count, index + FrameSender.batchLimit)
        var end = index + 1
        while end < last && plan.steps[end].outlet == outlet && !plan.steps[end].isAwaited
            && deadlines.deadline(due: plan.steps[end].due) <= now
        {
            end += 1
        }
        return end
    }

    /// Hands the frames of `range` over, or to the backlog while the bus is full; returns the first
    /// that it did not take, which is the end of `range` unless the replay is to end.
    private mutating func dispatch(
        _ plan: borrowing PlannedFrames, _ range: Range<Int>, to index: Int
    ) -> Int {
        guard !range.isEmpty else { return range.lowerBound }
        if forgetsAnswers { forgetAnswers() }
        var next = range.lowerBound
        while next < range.upperBound {
            if outlets[index].backlog.isEmpty {
                let frames = plan.frames.span.extracting(next..<range.upperBound)
                let outcome = outlets[index].sender.send(frames)
                if case .sent(let count) = outcome {
                    for place in next..<next + count {
                        note(sent: deadlines.deadline(due: plan.steps[place].due), by: index)
                    }
                    next += count
                    continue
                }
                if case .refused(let code) = outcome {
                    report.refusals[code, default: 0] += 1
                    next += 1
                    continue
                }
                if case .linkDown = outcome {
                    guard waitForLink(index) else { return next }
                    continue
                }
                noteFull(outcome, index)
            }
            guard makeRoom(in: index) else { return next }
            outlets[index].backlog.append(
                plan.frames[next], deadline: deadlines.deadline(due: plan.steps[next].due))
            backlogged += 1
            next += 1
        }
        return next
    }

    /// Waits while the backlog of an outlet is full: the whole replay is then as slow as its bus.
    private mutating func makeRoom(in index: Int) -> Bool {
        while outlets[index].backlog.isFull {
            if control.wantsAttention {
                now = HostClock.monotonic()
                guard attend() else { return false }
            }
            let retry = tryBacklogs()
            if let down = downOutlet, !waitForLink(down) { return false }
            if outlets[index].backlog.isFull {
                waitForRoom(until: min(now + Self.slice, retry))
            }
        }
        return true
    }

    /// Tries to send all backlogs; returns when to try again at the latest.
    private mutating func tryBacklogs() -> Int64 {
        var retry = Int64.max
        for index in 0..<outlets.count where !outlets[index].backlog.isEmpty {
            if outlets[index].retryAt <= now { tryBacklog(of: index) }
            if outlets[index].retryAt > now { retry = min(retry, outlets[index].retryAt) }
        }
        return retry
    }

    private mutating func tryBacklog(of index: Int) {
        outlets[index].retryAt = 0
        writing[index] = -1
        while !outlets[index].backlog.isEmpty {
            let outcome = outlets[index].sender.send(outlets[index].backlog.front)
            switch outcome {
            case .sent(let count):
                for _ in 0..<count {
                    note(sent: outlets[index].backlog.firstDeadline, by: index)
                    takeFirst(of: index)
                }
            case .refused(let code):
                report.refusals[code, default: 0] += 1
                takeFirst(of: index)
            case .linkDown:
                downOutlet = index
                return
            case .socketFull, .queueFull:
                noteFull(outcome, index)
                return
            }
        }
    }

    private mutating func takeFirst(of index: Int) {
        outlets[index].backlog.removeFirst()
        backlogged -= 1
    }

    /// Remembers how to wait for the outlet's bus.
    private mutating func noteFull(_ outcome: FrameSender.Outcome, _ index: Int) {
        if outcome == .queueFull {
            report.queueFull += 1
            outlets[index].retryAt = now + Self.queueFullDelay
        } else {
            report.socketFull += 1
            writing[index] = outlets[index].sender.descriptor
        }
    }

    private mutating func note(sent deadline: Int64, by index: Int) {
        report.sent += 1
        // At full speed there are no deadlines to miss.
        guard options.pace != .unlimited else { return }
        let lateness = now &- deadline
        if lateness > ReplayReport.lateLimit { report.late += 1 }
        report.greatestLateness = max(report.greatestLateness, lateness)
        if let before = outlets[index].lastLateness {
            report.gapErrors.record(lateness &- before)
        }
        outlets[index].lastLateness = lateness
    }

    /// Answers that came until now are not those to the frame that is sent next.
    private mutating func forgetAnswers() {
        for index in 0..<outlets.count {
            outlets[index].takeArrivals()
            outlets[index].arrived = 0
        }
        forgetsAnswers = false
    }

    private mutating func abandon(_ plan: borrowing PlannedFrames, from index: Int) {
        for place in index..<plan.count where !plan.steps[place].isAwaited { report.abandoned += 1 }
    }
}
