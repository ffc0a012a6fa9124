import CANFrame
import LocalFiles
import LogFile

extension WriterLoop {
    /// Does what was ordered, between two batches.
    mutating func carryOut(_ order: RecorderOrder) {
        guard order.take() else { return }
        // What was read before the order belongs before it.
        if held.count > 0 { retryIfDue() }
        switch order.action {
        case .mark(let text):
            var batch = FrameBatch(capacity: 1)
            batch.append(.marker(text), at: HostClock.realTime())
            batch.truncateStamps(to: log.metadata.resolution)
            store(&batch)
            order.reply.put(.done(change(closed: nil)))
        case .next(let next): goOn(with: next, order)
        case .trigger(let reason): fire(reason, order)
        }
    }

    private mutating func goOn(with next: NewLog, _ order: RecorderOrder) {
        guard held.count == 0, pendingTrigger == nil else {
            order.refuse(
                StreamError(
                    place: log.path,
                    cause:
                        "the disk does not take what belongs into this log, so it cannot end yet",
                    remedy: "make room on the disk"))
            return
        }
        switch next {
        case .made(let new):
            let closed = log.path
            endLog()
            begin(new, number: journal.nextFrameNumber, standing: standing, at: standing.time)
            order.reply.put(.done(change(closed: closed)))
        case .described(let metadata, let notes):
            let closed = waiting == nil ? log.path : nil
            // What came before belongs to another vehicle.
            if let error = waitForTrigger(metadata) {
                order.refuse(error)
            } else {
                describedNotes = notes
                order.reply.put(.done(change(closed: closed)))
            }
        }
    }

    func change(closed: String?) -> LogChange {
        LogChange(
            closed: closed, opened: waiting == nil ? log.path : nil,
            firstFrameNumber: journal.nextFrameNumber, time: HostClock.realTime())
    }

    /// Leaves the current log to the compactor.
    mutating func endLog() {
        endSegment()
        state.jobs.push(.completion(log, nil))
    }

    /// Goes on in a new log when the current one is large or old enough.
    mutating func rotateIfDue() {
        let rotation = options.rotation
        guard !rotation.isNever, waiting == nil, held.count == 0, !state.jobs.isBehind else {
            return
        }
        guard now >= nextAttempt else { return }
        let isOld = rotation.interval.map { now - logBegan >= $0.wholeNanoseconds } ?? false
        let isLarge = rotation.bytes.map { log.figures.bytes >= $0 } ?? false
        guard isOld || isLarge, journal.nextFrameNumber > framesBeforeLog || isOld else { return }
        var metadata = log.metadata
        metadata.created = HostClock.realTime()
        do throws(StreamError) {
            let new = try OpenLog.create(options.naming, metadata, synchronized: false)
            endLog()
            begin(new, number: journal.nextFrameNumber, standing: standing, at: standing.time)
        } catch {
            // The current log goes on.
            nextAttempt = now + Self.retryInterval
            tellCannotBegin(error)
        }
    }
}
