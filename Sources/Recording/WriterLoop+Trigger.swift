import CANFrame
import LocalFiles
import LogFile

extension WriterLoop {
    /// Looks for triggers in a batch that is about to be written, and for the time before them.
    mutating func watchTriggers(in batch: inout FrameBatch) {
        guard let trigger = options.trigger else { return }
        if let (row, time, condition) = trigger.firstTrigger(in: batch) {
            state.update { $0.triggers += 1 }
            // A trigger that comes again and again is told once a second.
            if triggerTold == .min || now - triggerTold >= 1_000_000_000 {
                triggerTold = now
                batch.insert(Self.marker(condition.text, at: time, row: row))
                state.notify(.trigger(reason: condition.text))
            }
            keep(from: time, condition.text, trigger)
        }
        guard waiting != nil else { return }
        if waiting?.isDue(at: now) == true { endSegment() }
        // While a log for a trigger cannot be made, nothing of the time before it is given up.
        if pendingTrigger == nil { waiting?.removeOld(at: now) }
    }

    /// A person or a program gives a trigger.
    mutating func fire(_ reason: String, _ order: RecorderOrder) {
        guard let trigger = options.trigger else {
            order.refuse(StreamError(place: "trigger", cause: "not in trigger mode"))
            return
        }
        state.update { $0.triggers += 1 }
        state.notify(.trigger(reason: reason))
        let time = HostClock.realTime()
        let error = keep(from: time, reason, trigger)
        var batch = FrameBatch(capacity: 1)
        batch.insert(Self.marker(reason, at: time, row: 0))
        batch.truncateStamps(to: log.metadata.resolution)
        store(&batch)
        if let error {
            order.refuse(
                StreamError(
                    place: error.place,
                    cause: error.cause + "; what it has is kept until a log can be made",
                    remedy: error.remedy))
        } else {
            order.reply.put(.done(change(closed: nil)))
        }
    }

    private static func marker(_ reason: String, at time: Timestamp, row: Int) -> BusEvent {
        BusEvent(
            rowIndex: row, timestamp: time, channel: nil, kind: .marker("trigger: " + reason))
    }

    /// Extends the log of a trigger, or begins one with what was kept of the time before.
    @discardableResult
    private mutating func keep(
        from time: Timestamp, _ reason: String, _ trigger: TriggerOptions
    ) -> StreamError? {
        triggerEnd = now + trigger.after.wholeNanoseconds
        guard waiting != nil else { return nil }
        if held.count > 0 { retryIfDue() }
        var failure: StreamError?
        if held.count > 0 {
            failure = StreamError(
                place: log.path, cause: "the disk takes nothing", remedy: "make room on it")
        } else if pendingTrigger == nil || now >= nextAttempt {
            let first = pendingTrigger?.time ?? time
            failure = beginTriggered(
                from: Timestamp(nanoseconds: first.nanoseconds &- trigger.before.wholeNanoseconds))
        } else {
            // Tried a moment ago, and due again soon.
            return StreamError(place: log.path, cause: "no log can be made for a trigger yet")
        }
        guard let failure else {
            pendingTrigger = nil
            return nil
        }
        tellCannotBegin(failure)
        pendingTrigger = pendingTrigger ?? (time, reason)
        nextAttempt = now + Self.retryInterval
        return failure
    }

    /// Makes the log of a trigger of what was kept and is not older than `earliest`.
    ///
    /// If that cannot be done whole, it is undone, and what was kept stays.
    private mutating func beginTriggered(from earliest: Timestamp) -> StreamError? {
        do throws(StreamError) {
            described.created = HostClock.realTime()
            let new = try OpenLog.create(
                options.naming, described, notes: describedNotes, synchronized: false)
            return copyKept(to: new, from: earliest)
        } catch {
            return error
        }
    }

    private mutating func copyKept(
        to new: OpenLog, from earliest: Timestamp
    ) -> StreamError? {
        endSegment()
        guard let kept = waiting.take() else { return nil }
        let (number, ordinal) = (journal.nextFrameNumber, journal.ordinal)
        var hasBegun = false
        var failure: StreamError?
        do throws(StreamError) {
            try kept.forEachBatch(from: earliest) { batch, stood in
                if !hasBegun {
                    begin(
                        new, number: batch.firstFrameNumber, standing: stood,
                        at: batch.firstTime ?? earliest)
                }
                hasBegun = true
                store(&batch)
                state.noteWriterAlive()
                return held.count == 0
            }
        } catch {
            failure = error
        }
        if !hasBegun, failure == nil {
            begin(new, number: number, standing: standing, at: standing.time)
        }
        if held.count > 0, failure == nil {
            failure = StreamError(
                place: new.path, cause: "the disk has no room for what came before the trigger",
                remedy: "make room on it")
        }
        if failure == nil {
            kept.discard(openSegment: ordinal)
            return nil
        }
        goBack(to: kept, from: new, number: number, ordinal: ordinal)
        return failure
    }

    /// Takes a log away that could not be begun whole, and goes on waiting for a trigger.
    private mutating func goBack(
        to kept: PreTrigger, from new: OpenLog, number: UInt64, ordinal: Int
    ) {
        endSegment()
        _ = held.giveUpAll()
        new.discard(segments: 0..<max(1, journal.ordinal))
        journal = JournalWriter(
            path: kept.log.path, metadata: kept.log.metadata, nextFrameNumber: number,
            channels: journal.channels, ordinal: ordinal)
        log = kept.log
        state.log = kept.log
        waiting = kept
    }

    /// Ends the log of a trigger when its time is over, and waits for the next trigger.
    mutating func endTriggeredLogIfDue() {
        guard let trigger = options.trigger else { return }
        if let pending = pendingTrigger, now >= nextAttempt {
            let end = triggerEnd
            keep(from: pending.time, pending.reason, trigger)
            triggerEnd = max(end, now)
        }
        guard waiting == nil, held.count == 0, now >= triggerEnd, !state.jobs.isBehind else {
            return
        }
        _ = waitForTrigger(described)
    }

    /// Ends the current log and waits for a trigger, whose log will say `metadata`; if that cannot be
    /// done the log goes on.
    mutating func waitForTrigger(_ metadata: LogMetadata) -> StreamError? {
        guard let trigger = options.trigger else { return nil }
        do throws(StreamError) {
            var waitingMetadata = metadata
            waitingMetadata.created = HostClock.realTime()
            let new = try OpenLog.create(
                options.naming.beforeTrigger, waitingMetadata, synchronized: false)
            endSegment()
            if let waiting {
                waiting.discard(openSegment: journal.ordinal)
            } else {
                state.jobs.push(.completion(log, nil))
            }
            described = metadata
            triggerTold = .min
            waiting = PreTrigger(
                log: new, keeping: trigger.before, standing: standing, at: now)
            begin(new, number: journal.nextFrameNumber, standing: standing, at: standing.time)
            return nil
        } catch {
            triggerEnd = now + Self.retryInterval
            tellCannotBegin(error)
            return error
        }
    }
}

extension FrameBatch {
    /// The stamp of its first row, else of its first event.
    fileprivate var firstTime: Timestamp? {
        if count > 0 { return rows[0].timestamp }
        return events.isEmpty ? nil : events[0].timestamp
    }
}
