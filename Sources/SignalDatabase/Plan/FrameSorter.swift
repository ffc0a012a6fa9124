import CANFrame
import CSignalKernels

/// Sorts the frames of a batch into buckets: those of one stream that carry the same bytes.
struct FrameSorter: Sendable {
    /// Which frames a bucket has.
    struct Contents: Sendable, BitwiseCopyable {
        var stream: Int
        /// The length of frames that are shorter than their message; `nil` of the others.
        var length: Int?
    }

    private let plan: DecodePlan
    private(set) var table: StreamTable
    /// The first takes the frames that belong to no stream, and keeps none.
    private(set) var buckets = [
        canlog_bucket(next: 0, next_word: 0, count: 0, stride: 1, step: 0)
    ]
    private(set) var contents = [Contents(stream: -1)]
    /// By stream, behind that of frames that belong to none.
    private var sortings = [canlog_sorting(whole: 0, shorter: -1, needed: 0)]
    /// 256 buckets by length for each stream of which a short frame was seen.
    private var shorter: [Int32] = []
    private var keys: [Int32] = []

    init(_ plan: DecodePlan, maximumStreams: Int) {
        self.plan = plan
        table = StreamTable(plan, maximum: maximumStreams)
    }

    /// Counts the frames of each bucket and says how much room their payloads take, in words, and
    /// their stamps; each bucket begins at a multiple of 8.
    mutating func count(
        _ batch: borrowing FrameBatch, _ channel: UInt8?
    ) -> (words: Int, times: Int) {
        if keys.count < batch.count {
            keys.append(contentsOf: repeatElement(-1, count: batch.count - keys.count))
        }
        for index in buckets.indices { buckets[index].count = 0 }
        var next = 0
        while next < batch.count {
            let stop = Self.countRows(
                of: batch, from: &next, channel, table.slots, sortings, shorter, &buckets, &keys)
            if stop == CANLOG_LEFT { preconditionFailure("a payload lies outside of its batch") }
            if stop == CANLOG_UNKNOWN { learn(batch.rows[next]) }
        }
        // Stamps and payloads of one word lie at the same places, longer payloads behind them.
        var times = 0
        for index in buckets.indices.dropFirst() {
            buckets[index].next = UInt64(times)
            times += (Int(buckets[index].count) + 7) & ~7
        }
        buckets[0].next = UInt64(times)
        var words = times + 8
        for index in buckets.indices where buckets[index].stride > 1 {
            buckets[index].next_word = UInt64(words)
            words += (Int(buckets[index].count) * Int(buckets[index].stride) + 7) & ~7
        }
        return (words, times + 8)
    }

    /// Puts payloads and stamps where ``count(_:_:)`` said; a bucket's next places are behind its
    /// last frame then.
    mutating func place(
        _ batch: borrowing FrameBatch, _ words: inout [UInt64], _ times: inout [Timestamp]
    ) {
        let keys = keys
        unsafe batch.withKernelRows(from: 0, nil) { rows in
            // As much room as was counted is there, and keys are indices of buckets.
            unsafe canlog_place_rows(&rows, keys, &buckets, &words, &times)
        }
    }

    private static func countRows(
        of batch: borrowing FrameBatch, from next: inout Int, _ channel: UInt8?,
        _ slots: [canlog_slot], _ sortings: [canlog_sorting], _ shorter: [Int32],
        _ buckets: inout [canlog_bucket], _ keys: inout [Int32]
    ) -> canlog_stop {
        unsafe batch.withKernelRows(from: next, channel) { rows in
            // There is a key for each row, and all indices in the tables were made here.
            let stop = unsafe canlog_count_rows(
                &rows, slots, sortings, shorter, &buckets, &keys)
            next = unsafe rows.next
            return stop
        }
    }

    /// Makes the stream of a row, or the bucket of its length.
    @inline(never)
    private mutating func learn(_ row: FrameRow) {
        let stream = table.index(of: row.identifier, plan)
        guard stream >= 0 else { return }
        let needed = Int(plan.messages[table.streams[stream].message].neededLength)
        if stream + 1 == sortings.count {
            sortings.append(
                canlog_sorting(
                    whole: add(stream, needed, length: nil), shorter: -1, needed: UInt32(needed)))
        }
        guard row.length < needed else { return }
        if sortings[stream + 1].shorter < 0 {
            sortings[stream + 1].shorter = Int32(shorter.count)
            shorter.append(contentsOf: repeatElement(-1, count: 256))
        }
        let place = Int(sortings[stream + 1].shorter) + Int(row.length)
        if shorter[place] < 0 { shorter[place] = add(stream, needed, length: Int(row.length)) }
    }

    private mutating func add(_ stream: Int, _ needed: Int, length: Int?) -> Int32 {
        // Behind a long payload one word is free, so that 9 bytes can be read anywhere in it.
        // No row is longer than 255 bytes.
        let stride = needed <= 8 ? 1 : (min(needed, 255) + 7) / 8 + 1
        contents.append(Contents(stream: stream, length: length))
        buckets.append(
            canlog_bucket(next: 0, next_word: 0, count: 0, stride: UInt16(stride), step: 1))
        return Int32(buckets.count - 1)
    }
}
