import CANFrame
import CSignalKernels

/// Sorts the frames of a batch into buckets: those of one stream that carry the same bytes.
///
/// One pass does it as long as each bucket has the room that its frames need. How much that is, the
/// batch before has shown; where it was too little, the frames are counted and sorted again.
struct FrameSorter: Sendable {
    /// What a bucket has, and where.
    struct Contents: Sendable, BitwiseCopyable {
        var stream: Int
        /// The length of frames that are shorter than their message; `nil` of the others.
        var length: Int?
        /// How many frames find room.
        var room = 0
        /// The place of the first stamp, and of the first word of the first payload.
        var firstTime = 0
        var firstWord = 0
    }

    private let plan: DecodePlan
    private(set) var table: StreamTable
    /// The first takes the frames that belong to no stream, and keeps none.
    private(set) var buckets = [
        canlog_bucket(next: 0, end: .max, next_word: 0, count: 0, stride: 1, step: 0)
    ]
    private(set) var contents = [Contents(stream: -1)]
    /// By stream, behind that of frames that belong to none.
    private var sortings = [canlog_sorting(whole: 0, shorter: -1, needed: 0)]
    /// 256 buckets by length for each stream of which a short frame was seen.
    private var shorter: [Int32] = []

    init(_ plan: DecodePlan, maximumStreams: Int) {
        self.plan = plan
        table = StreamTable(plan, maximum: maximumStreams)
    }

    /// How many frames a bucket has.
    func count(of bucket: Int) -> Int { Int(buckets[bucket].next) - contents[bucket].firstTime }

    /// Puts payloads and stamps of the batch bucket by bucket, each beginning at a multiple of 8; says
    /// how many words and stamps that takes, the room between the buckets with them.
    mutating func sort(
        _ batch: borrowing FrameBatch, _ channel: UInt8?, _ words: inout [UInt64],
        _ times: inout [Timestamp]
    ) -> (words: Int, times: Int) {
        let room = layOut(&words, &times)
        if place(batch, channel, &words, &times) { return room }
        count(batch, channel)
        let enough = layOut(&words, &times)
        let isPlaced = place(batch, channel, &words, &times)
        precondition(isPlaced, "there is not the room that was counted")
        return enough
    }

    /// Whether all frames are known and have found room.
    private mutating func place(
        _ batch: borrowing FrameBatch, _ channel: UInt8?, _ words: inout [UInt64],
        _ times: inout [Timestamp]
    ) -> Bool {
        var next = 0
        let tables = (slots: table.slots, sortings, shorter)
        return unsafe Self.rows(of: batch, from: &next, channel, tables) { rows, tables in
            // Each bucket's end is within the arrays, and all indices in the tables were made here.
            unsafe canlog_sort_rows(&rows, &tables, &buckets, &words, &times)
        } == CANLOG_DONE
    }

    /// Counts the frames of each bucket, makes those that are missing, and gives each a quarter more
    /// room than it needs.
    private mutating func count(_ batch: borrowing FrameBatch, _ channel: UInt8?) {
        for index in buckets.indices { buckets[index].count = 0 }
        var next = 0
        while next < batch.count {
            let tables = (slots: table.slots, sortings, shorter)
            let stop = unsafe Self.rows(of: batch, from: &next, channel, tables) { rows, tables in
                // All indices in the tables were made here.
                unsafe canlog_count_rows(&rows, &tables, &buckets)
            }
            if stop == CANLOG_LEFT { preconditionFailure("a payload lies outside of its batch") }
            if stop == CANLOG_UNKNOWN { learn(batch.rows[next]) }
        }
        let total = contents.reduce(0) { $0 + $1.room }
        // What other batches needed is kept unless it becomes much more than any of them needs.
        let isKept = total <= 4 * batch.count + 16 * buckets.count
        for index in buckets.indices.dropFirst() {
            let count = Int(buckets[index].count)
            let room = (count + count / 4 + 8) & ~7
            contents[index].room = isKept ? max(room, contents[index].room) : room
        }
    }

    /// Gives each bucket its places.
    private mutating func layOut(
        _ words: inout [UInt64], _ times: inout [Timestamp]
    ) -> (words: Int, times: Int) {
        // Stamps and payloads of one word lie at the same places, longer payloads behind them.
        var time = 0
        for index in buckets.indices.dropFirst() {
            contents[index].firstTime = time
            contents[index].firstWord = time
            buckets[index].next = UInt64(time)
            time += contents[index].room
            buckets[index].end = UInt64(time)
        }
        buckets[0].next = UInt64(time)
        var word = time + 8
        for index in buckets.indices where buckets[index].stride > 1 {
            contents[index].firstWord = word
            buckets[index].next_word = UInt64(word)
            word += contents[index].room * Int(buckets[index].stride)
        }
        ColumnDecoder.enlarge(&words, to: word, 0)
        ColumnDecoder.enlarge(&times, to: time + 8, Timestamp(nanoseconds: 0))
        return (word, time + 8)
    }

    private static func rows(
        of batch: borrowing FrameBatch, from next: inout Int, _ channel: UInt8?,
        _ tables: (slots: [canlog_slot], sortings: [canlog_sorting], shorter: [Int32]),
        _ body: (inout canlog_rows, inout canlog_tables) -> canlog_stop
    ) -> canlog_stop {
        unsafe batch.withKernelRows(from: next, channel) { rows in
            let stop = unsafe tables.slots.withUnsafeBufferPointer { slots in
                unsafe tables.sortings.withUnsafeBufferPointer { sortings in
                    unsafe tables.shorter.withUnsafeBufferPointer { shorter in
                        var own = unsafe canlog_tables(
                            slots: slots.baseAddress, streams: sortings.baseAddress,
                            shorter: shorter.baseAddress)
                        return unsafe body(&rows, &own)
                    }
                }
            }
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
            canlog_bucket(
                next: 0, end: 0, next_word: 0, count: 0, stride: UInt16(stride), step: 1))
        return Int32(buckets.count - 1)
    }
}
