import CANFrame

/// The frames of several sequences as one, in the order of their times.
///
/// Each sequence keeps its order, also where its times step back: the next frame is the one with the
/// least time among the first of all sequences, and at equal times that of the sequence which comes
/// first in the file. Where canlog wrote the file, its frames have numbers, and their order is that.
struct MDFMerge: Sendable {
    private var sequences: [MDFSequence]
    private var buses: MDFBuses
    private var inflater = MDFInflater()
    /// A binary heap of the sequences that have frames: the least time first.
    private var heap: [Int] = []
    private var isStarted = false
    private var isDescribed = [Bool](repeating: false, count: 256)
    /// In a file of canlog's all sequences but one say where in the log their frames are.
    private let isNumbered: Bool
    /// That one, as long as it has frames: it fills the places between those of the others.
    private var filler: Int?
    /// How many frames of the log have passed, with those that are lost.
    private var taken: UInt64 = 0
    /// The stamp of the latest frame, at first the file's start.
    private var latest: Timestamp
    private(set) var resolution: Int64 = 1_000_000
    var gaps: ReadingGaps

    init(
        _ sequences: [MDFSequence], _ names: [UInt32: String], start: Int64, _ gaps: ReadingGaps
    ) {
        self.sequences = sequences
        latest = Timestamp(nanoseconds: start)
        self.gaps = gaps
        buses = MDFBuses(names: names)
        let without = sequences.indices.filter { !sequences[$0].isNumbered }
        isNumbered = sequences.count > 1 && sequences.allSatisfy(\.isSorted) && without.count <= 1
    }

    /// Fills a batch; false at the end.
    mutating func fill<Source: ByteSource & ~Copyable>(
        _ batch: inout FrameBatch, from source: borrowing Source
    ) throws(StreamError) -> Bool {
        if !isStarted { try start(from: source) }
        while !batch.isFull, let index = nextSequence {
            take(from: index, into: &batch)
            if sequences[index].chunk.isEmpty {
                try sequences[index].fill(from: source, &buses, &inflater, &gaps)
            }
            let hasEnded = sequences[index].chunk.isEmpty
            if index == filler {
                if hasEnded { filler = nil }
            } else {
                if hasEnded {
                    heap[0] = heap[heap.count - 1]
                    heap.removeLast()
                }
                siftDown(0)
            }
        }
        return !batch.isEmpty
    }

    private mutating func start<Source: ByteSource & ~Copyable>(
        from source: borrowing Source
    ) throws(StreamError) {
        for index in sequences.indices {
            try sequences[index].fill(from: source, &buses, &inflater, &gaps)
            if sequences[index].chunk.isEmpty { continue }
            if isNumbered && !sequences[index].isNumbered {
                filler = index
            } else {
                heap.append(index)
            }
        }
        for place in heap.indices.reversed() { siftDown(place) }
        isStarted = true
    }

    // MARK: - Order

    /// The sequence whose frame comes next.
    private var nextSequence: Int? {
        guard let filler else { return heap.first }
        guard let first = heap.first else { return filler }
        return key(first) <= Int64(clamping: taken) ? first : filler
    }

    /// What the order of the next frame of a sequence is found by. Losses at the end of a chunk come
    /// at once.
    private func key(_ index: Int) -> Int64 {
        guard sequences[index].chunk.hasFrames else { return .min }
        let next = sequences[index].chunk.next
        return isNumbered
            ? Int64(clamping: sequences[index].chunk.frameNumbers[next])
            : sequences[index].chunk.rows[next].timestamp.nanoseconds
    }

    private func isBefore(_ first: Int, _ second: Int) -> Bool {
        let (one, other) = (key(first), key(second))
        return one == other ? first < second : one < other
    }

    private mutating func siftDown(_ place: Int) {
        var place = place
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2] where child < heap.count {
                if isBefore(heap[child], heap[least]) { least = child }
            }
            if least == place { return }
            heap.swapAt(place, least)
            place = least
        }
    }

    // MARK: - Taking frames

    /// Takes what comes before the next frame of any other sequence, at least one.
    private mutating func take(from index: Int, into batch: inout FrameBatch) {
        let chunk = sequences[index].chunk
        let lost = sequences[index].takeLosses()
        if lost > 0 {
            taken.add(upToLimit: lost)
            let stamp = chunk.rows.isEmpty ? nil : chunk.rows[min(chunk.next, chunk.rows.count - 1)]
            batch.append(
                .loss(Loss(cause: .malformed, frames: lost)),
                at: stamp?.timestamp ?? latest)
        }
        let room = batch.capacity - batch.count
        var end = min(sequences[index].chunk.nextLoss, chunk.next + room)
        guard chunk.next < end else { return }
        var limit = Int64.max
        if isNumbered {
            // Up to the place of the next numbered frame, or that one alone.
            let place = heap.first.map(key) ?? .max
            // None at all if the lost ones reach beyond that place.
            let wanted = index == filler ? max(place - Int64(clamping: taken), lost > 0 ? 0 : 1) : 1
            end = chunk.next + Int(min(Int64(end - chunk.next), wanted))
            if end == chunk.next { return }
        } else if heap.count > 1 {
            let next = heap.count > 2 && isBefore(heap[2], heap[1]) ? heap[2] : heap[1]
            limit = key(next)
            if next < index && limit > .min { limit -= 1 }
        }
        sequences[index].take(upTo: copy(chunk, to: end, limit, into: &batch))
    }

    /// Copies rows up to `end`, and after the first one only those not later than `limit`; gives the
    /// row behind the last.
    private mutating func copy(
        _ chunk: MDFChunk, to end: Int, _ limit: Int64, into batch: inout FrameBatch
    ) -> Int {
        let rows = chunk.rows.span
        var next = chunk.next
        repeat {
            let row = rows[next]
            let stamp = row.timestamp.nanoseconds
            if next > chunk.next && stamp > limit { break }
            if !isDescribed[Int(row.channel)] { describe(row, in: &batch) }
            noteResolution(of: stamp)
            if row.isShort {
                batch.append(row)
            } else {
                let start = Int(row.payloadWord)
                batch.append(
                    row,
                    payload: chunk.longPayloads.span.extracting(start..<start + Int(row.length)))
            }
            next += 1
        } while next < end
        latest = rows[next - 1].timestamp
        taken &+= UInt64(next - chunk.next)
        return next
    }

    private mutating func describe(_ row: FrameRow, in batch: inout FrameBatch) {
        isDescribed[Int(row.channel)] = true
        batch.append(
            .channel(ChannelDescription(interface: buses.names[Int(row.channel)])),
            at: row.timestamp, channel: row.channel)
    }

    @inline(__always)
    private mutating func noteResolution(of stamp: Int64) {
        if resolution == 1 { return }
        if resolution == 1_000_000 && stamp % 1_000_000 != 0 { resolution = 1_000 }
        if resolution == 1_000 && stamp % 1_000 != 0 { resolution = 1 }
    }
}
