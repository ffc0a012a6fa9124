import CANFrame

/// The newest frames while the disk does not take them: a ring of pages in bounded memory.
///
/// When it is full the oldest page goes, and a loss event with its count stands in its place. What
/// else happened in it (links, markers, losses, the last clock tie) is carried over to the next page;
/// ticks and statistics are not.
struct HeldFrames: ~Copyable {
    static let pageCount = 16
    static let pageCapacity = 8_192
    /// More events than these on one page turn it as a full page of frames does.
    static let pageEventCapacity = 4_096

    private var pages = InlineArray<16, FrameBatch?> { _ in nil }
    private var first = 0
    private(set) var count = 0
    /// How many frames are held.
    private(set) var frames = 0
    /// Frames that were given up since the start.
    private(set) var lost: UInt64 = 0

    /// Takes over what stands in `batch` from `position` on.
    mutating func append(_ batch: borrowing FrameBatch, from position: BatchPosition) {
        var event = position.event
        for row in position.row...batch.count {
            while event < batch.events.count, batch.events[event].rowIndex <= row {
                makeRoom()
                keep(batch.events[event])
                event += 1
            }
            guard row < batch.count else { break }
            makeRoom()
            pages[newest]?.append(frameAt: row, of: batch)
            frames += 1
        }
    }

    /// The oldest page, to be written; put back by ``restore(_:from:)`` if that fails.
    mutating func takeOldest() -> FrameBatch? {
        guard count > 0, let page = pages[first].take() else { return nil }
        first = (first + 1) % Self.pageCount
        count -= 1
        frames -= page.count
        return page
    }

    /// Puts back what stands in a page that was taken, from `position` on.
    mutating func restore(_ page: borrowing FrameBatch, from position: BatchPosition) {
        var rest = FrameBatch(capacity: Self.pageCapacity)
        position.copyRest(of: page, into: &rest)
        first = (first + Self.pageCount - 1) % Self.pageCount
        count += 1
        frames += rest.count
        pages[first] = consume rest
    }

    /// Gives up everything: the frames held and those that losses among them stand for.
    ///
    /// The losses were counted when they were noticed; the frames count from now on.
    mutating func giveUpAll() -> (frames: UInt64, time: Timestamp) {
        var frames: UInt64 = 0
        var time: Timestamp?
        while let page = takeOldest() {
            lost += UInt64(page.count)
            frames += UInt64(page.count)
            for index in page.events.indices {
                let event = page.events[index]
                if case .loss(let loss) = event.kind { frames += loss.frames }
                time = time ?? event.timestamp
            }
            if page.count > 0 { time = time ?? page.rows[0].timestamp }
        }
        return (frames, time ?? Timestamp(nanoseconds: 0))
    }

    private var newest: Int { (first + count - 1) % Self.pageCount }

    private mutating func keep(_ event: BusEvent) {
        pages[newest]?.append(event.kind, at: event.timestamp, channel: event.channel)
    }

    private mutating func makeRoom() {
        if count > 0, let page = pages[newest].take() {
            let hasRoom = !page.isFull && page.events.count < Self.pageEventCapacity
            pages[newest] = consume page
            if hasRoom { return }
        }
        if count == Self.pageCount { giveUpOldest() }
        count += 1
        pages[newest] = FrameBatch(capacity: Self.pageCapacity)
    }

    private mutating func giveUpOldest() {
        guard let page = takeOldest() else { return }
        lost += UInt64(page.count)
        var carried = LossTally()
        carried.add(.recorderMemory, UInt64(page.count))
        for index in page.events.indices { carried.note(page.events[index]) }
        let time = page.count > 0 ? page.rows[0].timestamp : page.events[0].timestamp
        guard var next = pages[first].take() else { return }
        carried.insert(into: &next, at: time)
        pages[first] = consume next
    }
}

/// Losses by cause and the events worth keeping of frames that were given up.
private struct LossTally {
    private var losses: [UInt8?: [Loss.Cause: UInt64]] = [:]
    private var kept: [BusEvent] = []
    /// The last of them sets how stamps are carried to bus time.
    private var tie: BusEvent?

    mutating func add(_ cause: Loss.Cause, _ frames: UInt64, channel: UInt8? = nil) {
        losses[channel, default: [:]][cause, default: 0] += frames
    }

    mutating func note(_ event: BusEvent) {
        switch event.kind {
        case .loss(let loss): add(loss.cause, loss.frames, channel: event.channel)
        case .clockTie: tie = event
        case .tick, .statistics: break
        default: if kept.count < HeldFrames.pageEventCapacity { kept.append(event) }
        }
    }

    /// Puts all before what stands in the batch.
    func insert(into batch: inout FrameBatch, at time: Timestamp) {
        var all = kept + (tie.map { [$0] } ?? [])
        for (channel, causes) in losses.sorted(by: { ($0.key ?? 0) < ($1.key ?? 0) }) {
            for cause in Loss.Cause.allCases {
                guard let frames = causes[cause], frames > 0 else { continue }
                all.append(
                    BusEvent(
                        rowIndex: 0, timestamp: time, channel: channel,
                        kind: .loss(Loss(cause: cause, frames: frames))))
            }
        }
        batch.prepend(all)
    }
}
