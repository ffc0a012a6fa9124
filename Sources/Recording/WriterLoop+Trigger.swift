import CANFrame
import LocalFiles
import LogFile

extension WriterLoop {
    /// Looks for triggers in a batch that is about to be written, and for the time before them.
    mutating func watchTriggers(in batch: inout FrameBatch) {
        guard let trigger = options.trigger else { return }
        if let (row, time, condition) = trigger.firstTrigger(in: batch) {
            tellTrigger(condition.text, in: &batch, row: row, at: time)
            keep(from: time, after: trigger)
        }
        guard waiting != nil else { return }
        let now = HostClock.monotonic()
        if waiting?.isDue(at: now) == true { endSegment() }
        // While a log for a trigger cannot be made, nothing of the time before it is given up.
        if pendingTrigger == nil { waiting?.removeOld(at: now) }
    }

    /// A person or a program gives a trigger.
    mutating func fire(_ reason: String, _ order: RecorderOrder) {
        guard let trigger = options.trigger else { return }
        let time = HostClock.realTime()
        if let error = keep(from: time, after: trigger) {
            order.refuse(error)
            return
        }
        var batch = FrameBatch(capacity: 1)
        tellTrigger(reason, in: &batch, row: 0, at: time)
        store(&batch)
        order.reply.put(.done(change(closed: nil)))
    }

    /// A trigger that comes again and again is told once a second.
    private mutating func tellTrigger(
        _ reason: String, in batch: inout FrameBatch, row: Int, at time: Timestamp
    ) {
        state.update { $0.triggers += 1 }
        let now = HostClock.monotonic()
        guard triggerTold == .min || now - triggerTold >= 1_000_000_000 else { return }
        triggerTold = now
        batch.insert(
            BusEvent(
                rowIndex: row, timestamp: time, channel: nil, kind: .marker("trigger: " + reason)))
        state.notify(.trigger(reason: reason))
    }

    /// Extends the log of a trigger, or begins one with what was kept of the time before.
    @discardableResult
    private mutating func keep(from time: Timestamp, after trigger: TriggerOptions) -> StreamError?
    {
        triggerEnd = HostClock.monotonic() + trigger.after.wholeNanoseconds
        guard waiting != nil else { return nil }
        let earliest = Timestamp(
            nanoseconds: time.nanoseconds &- trigger.before.wholeNanoseconds)
        do throws(StreamError) {
            described.created = HostClock.realTime()
            let new = try OpenLog.create(
                options.naming, described, notes: describedNotes, synchronized: false)
            pendingTrigger = nil
            beginTriggered(new, earliest)
            return nil
        } catch {
            if pendingTrigger == nil { state.notify(.cannotWrite(reason: error.description)) }
            pendingTrigger = pendingTrigger ?? time
            nextAttempt = HostClock.monotonic() + Self.retryInterval
            return error
        }
    }

    private mutating func beginTriggered(_ new: OpenLog, _ earliest: Timestamp) {
        endSegment()
        guard let kept = waiting.take() else { return }
        let (number, openOrdinal) = (journal.nextFrameNumber, journal.ordinal)
        let stood = kept.standing
        var batches = 0
        do throws(StreamError) {
            try kept.forEachBatch(from: earliest) { batch in
                if batches == 0 {
                    begin(new, number: batch.firstFrameNumber, standing: stood, at: earliest)
                }
                batches += 1
                store(&batch)
            }
        } catch {
            state.notify(.cannotWrite(reason: error.description))
        }
        if batches == 0 { begin(new, number: number, standing: standing, at: standing.time) }
        kept.discard(openSegment: openOrdinal)
    }

    /// Ends the log of a trigger when its time is over, and waits for the next trigger.
    mutating func endTriggeredLogIfDue() {
        guard let trigger = options.trigger else { return }
        let now = HostClock.monotonic()
        if let time = pendingTrigger, now >= nextAttempt { keep(from: time, after: trigger) }
        guard waiting == nil, held.count == 0, now >= triggerEnd, !state.jobs.isBehind else {
            return
        }
        _ = waitForTrigger()
    }

    /// Ends the current log and waits for a trigger; if that cannot be done the log goes on.
    mutating func waitForTrigger() -> StreamError? {
        guard let trigger = options.trigger else { return nil }
        do throws(StreamError) {
            let new = try OpenLog.create(
                options.naming.beforeTrigger, described, synchronized: false)
            endSegment()
            if let waiting {
                waiting.discard(openSegment: journal.ordinal)
            } else {
                state.jobs.push(.completion(log, nil))
            }
            triggerTold = .min
            waiting = PreTrigger(
                log: new, keeping: trigger.before, standing: standing, at: HostClock.monotonic())
            begin(new, number: journal.nextFrameNumber, standing: standing, at: standing.time)
            return nil
        } catch {
            triggerEnd = HostClock.monotonic() + Self.retryInterval
            state.notify(.cannotWrite(reason: error.description))
            return error
        }
    }
}
