import CANFrame
import LocalFiles

extension CANSource {
    /// Takes what waits in all sockets, merged by the time at which the kernel stamped it.
    ///
    /// Ends when each socket had nothing left once, or when the batch is full; then the next drain
    /// goes on where this one ended.
    mutating func drain(into batch: inout FrameBatch, refilling: Bool = true) throws(SystemError) {
        if !isUnfinished {
            lookAtClocks()
            for socket in sockets { socket.isDrained = !refilling }
        } else if !refilling {
            for socket in sockets { socket.isDrained = true }
        }
        isUnfinished = true
        while !batch.isFull {
            for socket in sockets where socket.isExhausted && !socket.isDrained {
                try socket.receive(faults: faults, after: clock.latest)
                lookAtClocks()
            }
            guard let (socket, limit) = earliest() else {
                isUnfinished = false
                break
            }
            if clock.needsTie(before: socket.epoch.number) { tellTie(clock.tied, into: &batch) }
            let place = socket.next
            socket.handOver(until: limit, channels: map, to: &batch)
            if socket.next == place && !batch.isFull { admit(socket, into: &batch) }
        }
        if !isUnfinished, clock.needsTie(before: clock.epoch),
            sockets.allSatisfy({ !$0.epoch.isPassing })
        {
            tellTie(clock.tied, into: &batch)
        }
    }

    /// The socket whose next frame is the earliest, and the time of the next frame of the others.
    private func earliest() -> (ReceivingSocket, Int64)? {
        var first: (socket: ReceivingSocket, time: Int64)?
        var limit = Int64.max
        for socket in sockets where !socket.isExhausted {
            let time = socket.headTime()
            guard let best = first else {
                first = (socket, time)
                continue
            }
            if time < best.time {
                limit = best.time
                first = (socket, time)
            } else {
                limit = min(limit, time)
            }
        }
        return first.map { ($0.socket, limit) }
    }

    /// A frame of an interface that is not known yet: it is looked for, and left out if it is gone.
    private mutating func admit(_ socket: ReceivingSocket, into batch: inout FrameBatch) {
        let link = socket.headInterface
        guard socket.channel == nil, map.channel(ofLink: link) == nil else { return }
        hearLinks(into: &batch)
        takePendingChanges(into: &batch)
        if map.channel(ofLink: link) == nil {
            askLinks(into: &batch)
            takePendingChanges(into: &batch)
        }
        if map.channel(ofLink: link) == nil {
            socket.skipHead()
            batch.append(
                .loss(Loss(cause: .malformed, frames: 1)),
                at: Timestamp(nanoseconds: clock.latest.realTime))
        }
    }

    /// Reads the clocks, and lets every socket expect the step if there was one.
    mutating func lookAtClocks() {
        let reading = clocks()
        guard clock.look(at: reading) else { return }
        for socket in sockets { socket.epoch.expect(clock.epoch, from: reading) }
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
        for socket in sockets { tellTailDrops(of: socket, into: &batch) }
    }

    func tellTailDrops(of socket: ReceivingSocket, into batch: inout FrameBatch) {
        let lost = socket.drops.newDrops(upTo: socket.countedDrops())
        guard lost > 0 else { return }
        batch.append(
            .loss(Loss(cause: .socketBuffer, frames: UInt64(lost))),
            at: Timestamp(nanoseconds: clock.latest.realTime), channel: socket.channel)
    }
}
