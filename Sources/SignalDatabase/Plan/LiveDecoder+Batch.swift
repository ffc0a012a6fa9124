public import CANFrame
import CSignalKernels

extension LiveDecoder {
    /// Decodes the frames of a batch, those of one channel if it is given; see ``changes``.
    ///
    /// A frame with the payload of the one before it of its stream costs a comparison. Memory is
    /// allocated only for streams that are new, and for more changes than any batch had before.
    public mutating func decode(_ batch: borrowing FrameBatch, channel: UInt8? = nil) {
        changeCount = 0
        changedCount = 0
        if batch.count > Int(UInt32.max) { preconditionFailure("a batch of 2^32 frames") }
        guard batch.count > 0 else { return }
        var next = 0
        if kernel == .scalar {
            while next < batch.count { decodeAlone(at: &next, of: batch, channel) }
            return
        }
        var results = canlog_results(
            first_stale: -2, change_count: 0, change_capacity: changeStorage.count)
        while next < batch.count {
            results.change_count = changeCount
            results.change_capacity = changeStorage.count
            let stop = Self.decodeRows(
                of: batch, from: &next, channel, table.slots, plan.lanePlan, &states,
                &changeStorage, &results)
            changeCount = results.change_count
            switch stop {
            case CANLOG_UNKNOWN: _ = stream(of: batch.rows[next].identifier)
            case CANLOG_FULL: makeRoomForChanges()
            case CANLOG_LEFT: decodeAlone(at: &next, of: batch, channel)
            default: break
            }
        }
        catchUp(from: results.first_stale)
        changedCount = 0
    }

    /// What changed with the batch decoded last, frame by frame.
    public var changes: Span<SignalChanges> {
        @_lifetime(borrow self) borrowing get { changeStorage.span.extracting(first: changeCount) }
    }

    private static func decodeRows(
        of batch: borrowing FrameBatch, from next: inout Int, _ channel: UInt8?,
        _ slots: [canlog_slot], _ plan: LanePlan, _ states: inout [canlog_stream],
        _ changes: inout [SignalChanges], _ results: inout canlog_results
    ) -> canlog_stop {
        unsafe batch.withKernelRows(from: next, channel) { rows in
            // The tables' indices were checked when they were made; the rows are read only, and
            // changes are written only as far as the capacity says.
            let stop = unsafe plan.messages.withUnsafeBufferPointer { messages in
                var kernelPlan = unsafe canlog_plan(
                    messages: messages.baseAddress, lanes: plan.lanes.address,
                    limits: plan.limits.address)
                return unsafe canlog_decode_rows(
                    &rows, slots, &kernelPlan, &states, &results, &changes)
            }
            next = unsafe rows.next
            return stop
        }
    }

    /// Decodes the row at `next` by itself, and goes on to the one behind it.
    private mutating func decodeAlone(
        at next: inout Int, of batch: borrowing FrameBatch, _ channel: UInt8?
    ) {
        let row = batch.rows[next]
        defer { next += 1 }
        guard channel == nil || row.channel == channel,
            let stream = decode(row, longPayload: batch.longPayload(at: next)), changedCount > 0
        else { return }
        for index in 0..<changedCount {
            let place = Int(changed[index])
            changedGroups[place >> 3] |= 1 << UInt8(place & 7)
        }
        let count = Int(plan.messages[table.streams[stream].message].signalCount)
        for group in 0..<(count + 7) / 8 where changedGroups[group] != 0 {
            if changeCount == changeStorage.count { makeRoomForChanges() }
            changeStorage[changeCount] = changes(
                of: stream, UInt32(truncatingIfNeeded: next), group: group)
            changeCount += 1
            changedGroups[group] = 0
        }
    }

    private func changes(of stream: Int, _ row: UInt32, group: Int) -> SignalChanges {
        let values = values(of: stream)
        var (present, valid): (UInt8, UInt8) = (0, 0)
        var physical = InlineArray<8, Double>(repeating: 0)
        for place in 0..<min(8, values.count - group * 8) {
            let value = values[group * 8 + place]
            present |= value.state.isPresent ? 1 << UInt8(place) : 0
            valid |= value.state == .valid ? 1 << UInt8(place) : 0
            physical[place] = value.physical
        }
        return SignalChanges(
            row: row, stream: UInt32(stream), firstPlace: UInt32(group * 8),
            changed: changedGroups[group], present: present, valid: valid, physical: physical)
    }

    @inline(never)
    private mutating func makeRoomForChanges() {
        let more = max(1_024, changeStorage.count, changedGroups.count)
        changeStorage.append(contentsOf: repeatElement(.none, count: more))
    }

    /// Brings the values up to the payloads that the kernel has seen.
    private mutating func catchUp(from first: Int32) {
        var next = first
        while next >= 0 {
            let state = states[Int(next)]
            states[Int(next)].next_stale = -1
            next = state.next_stale
            changedCount = 0
            decode(state.last_word, length: state.last_length, state)
        }
    }
}

extension FrameBatch {
    /// Hands the rows to a kernel. The memory is the batch's and is read only.
    func withKernelRows<Result>(
        from next: Int, _ channel: UInt8?, _ body: (inout canlog_rows) -> Result
    ) -> Result {
        precondition(MemoryLayout<FrameRow>.stride == MemoryLayout<canlog_row>.stride)
        return unsafe rows.withUnsafeBufferPointer { rows in
            unsafe longPayloadBytes.withUnsafeBufferPointer { bytes in
                var rows = unsafe canlog_rows(
                    rows: rows.baseAddress, count: rows.count, next: next,
                    long_bytes: bytes.baseAddress, long_count: bytes.count,
                    channel: channel.map { Int32($0) } ?? -1)
                return unsafe body(&rows)
            }
        }
    }
}
