import CANFrame
import LocalFiles

extension CANSource {
    /// Takes what waits in all receivers, merged by the time at which the kernel stamped it.
    ///
    /// Ends when each had nothing left once, or when the batch is full; then the next drain
    /// goes on where this one ended.
    mutating func drain(into batch: inout FrameBatch, refilling: Bool = true) throws(SystemError) {
        if !isUnfinished {
            lookAtClocks()
            for receiver in receivers { receiver.isDrained = !refilling }
        } else if !refilling {
            for receiver in receivers { receiver.isDrained = true }
        }
        isUnfinished = true
        while !batch.isFull {
            for receiver in receivers where receiver.isExhausted && !receiver.isDrained {
                try receiver.receive(faults: faults, after: clock.latest)
                lookAtClocks()
            }
            guard let (receiver, limit) = earliest() else {
                isUnfinished = false
                break
            }
            if clock.needsTie(before: receiver.epochNumber) { tellTie(clock.tied, into: &batch) }
            if !receiver.handOver(until: limit, channels: map, to: &batch), !batch.isFull {
                admit(receiver, into: &batch)
            }
        }
        if !isUnfinished, clock.needsTie(before: clock.epoch),
            receivers.allSatisfy({ !$0.isPassingStep })
        {
            tellTie(clock.tied, into: &batch)
        }
    }

    /// The receiver whose next frame is the earliest, and the time of the next frame of the others.
    private func earliest() -> (any FrameReceiver, Int64)? {
        var first: (receiver: any FrameReceiver, time: Int64)?
        var limit = Int64.max
        for receiver in receivers where !receiver.isExhausted {
            let time = receiver.headTime()
            guard let best = first else {
                first = (receiver, time)
                continue
            }
            if time < best.time {
                limit = best.time
                first = (receiver, time)
            } else {
                limit = min(limit, time)
            }
        }
        return first.map { ($0.receiver, limit) }
    }

    /// A frame of an interface that is not known yet: it is looked for, and left out if it is gone.
    private mutating func admit(_ receiver: any FrameReceiver, into batch: inout FrameBatch) {
        let link = receiver.headInterface
        guard receiver.channel == nil, map.entry(ofLink: link) == nil else { return }
        hearLinks(into: &batch)
        takePendingChanges(into: &batch)
        if map.entry(ofLink: link) == nil {
            askLinks(into: &batch)
            takePendingChanges(into: &batch)
        }
        if map.entry(ofLink: link) == nil, let other = links.table[index: link] {
            ignore(other)
        }
        if map.entry(ofLink: link) == nil {
            receiver.skipHead()
            batch.append(
                .loss(Loss(cause: .malformed, frames: 1)),
                at: Timestamp(nanoseconds: clock.latest.realTime))
        }
    }

    /// Reads the clocks, and lets every receiver expect the step if there was one.
    mutating func lookAtClocks() {
        let reading = clocks()
        guard clock.look(at: reading) else { return }
        for receiver in receivers { receiver.expectStep(clock.epoch, from: reading) }
    }

    /// Tells a tie, before the rows that come next.
    mutating func tellTie(_ reading: ClockReading, into batch: inout FrameBatch) {
        clock.noteTie(reading)
        batch.append(
            .clockTie(ClockTie(monotonic: reading.monotonic)),
            at: Timestamp(nanoseconds: reading.realTime))
    }

    /// Tells the drops that no frame has told yet.
    mutating func tellTailDrops(into batch: inout FrameBatch) {
        for receiver in receivers { tellTailDrops(of: receiver, into: &batch) }
    }

    func tellTailDrops(of receiver: any FrameReceiver, into batch: inout FrameBatch) {
        let lost = receiver.newDrops()
        guard lost > 0 else { return }
        batch.append(
            .loss(Loss(cause: .socketBuffer, frames: lost)),
            at: Timestamp(nanoseconds: clock.latest.realTime), channel: receiver.channel)
    }
}
