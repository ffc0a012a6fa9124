import CANFrame

/// Gives the rows and events of one group after another, as far as they are wanted.
///
/// Not generic over the file, so that the work per frame is compiled once and well.
struct GroupReading: ~Copyable {
    var selection: SelectionState
    private var decoder: GroupDecoder
    private var events: [BusEvent] = []
    private var nextEvent = 0
    private var firstFrameNumber: UInt64 = 0
    /// Whether the numbers of the frames stand in a section that could not be read.
    private var isUnnumbered = false

    init(_ selection: FrameSelection, place: String) throws(StreamError) {
        decoder = try LogError.streaming(at: place) { () throws(LogError) in try GroupDecoder() }
        self.selection = SelectionState(selection)
    }

    /// Whether everything of the group has been given.
    var isFinished: Bool { decoder.nextRow >= decoder.rowCount && nextEvent >= events.count }

    /// Whether any frame of the group may be wanted; its events always may.
    func needsFrames(of head: GroupHead) -> Bool {
        head.directory.contains { selection.wants($0.identifier, on: $0.channel) }
    }

    /// Starts a group: channels that no event has told of are told now.
    ///
    /// Says why its frames cannot be given.
    mutating func begin(_ head: GroupHead, entry: IndexEntry) -> String? {
        decoder.removeAll()
        events.removeAll(keepingCapacity: true)
        nextEvent = 0
        isUnnumbered = false
        firstFrameNumber = entry.header.firstFrameNumber
        for channel in head.channels {
            selection.note(channel.description, of: channel.number)
            if !channel.isIntroduced { introduce(channel, at: entry.earliest) }
        }
        if let reason = decoder.begin(head) { return reason }
        let state = selection
        decoder.select(
            { state.wants($0.identifier, on: $0.channel) },
            isNumbered: !selection.selection.isFramesOnly)
        return nil
    }

    /// Whether a section is of use for what is wanted.
    func needs(_ section: GroupHead.Section) -> Bool {
        switch section.kind {
        case GroupHead.Section.Kind.events, GroupHead.Section.Kind.numbers:
            !selection.selection.isFramesOnly
        default: decoder.needs(section)
        }
    }

    var neededStreams: [Int] { decoder.neededStreams }
    var needsAllStreams: Bool { decoder.needsAllStreams }

    func segment(of stream: Int) -> (bytes: Range<Int>, checksum: UInt32) {
        decoder.segment(of: stream)
    }

    mutating func takeSegment(of stream: Int, _ bytes: Span<UInt8>) {
        decoder.takeSegment(of: stream, bytes)
    }

    mutating func takeSegments(_ bytes: Span<UInt8>) -> Bool { decoder.takeSegments(bytes) }

    private mutating func introduce(_ channel: GroupHead.Channel, at time: Timestamp) {
        if let event = selection.introduction(
            of: channel.number, channel.description, at: time)
        {
            events.append(event)
        }
    }

    /// Says at the beginning of the group that frames are missing.
    mutating func append(loss frames: UInt64, at time: Timestamp) {
        events.append(
            BusEvent(
                rowIndex: 0, timestamp: time, channel: nil,
                kind: .loss(Loss(cause: .damage, frames: frames))))
    }

    /// Takes a section whose checksum was right; says why it cannot.
    mutating func take(
        _ section: GroupHead.Section, _ bytes: Span<UInt8>, head: GroupHead, entry: IndexEntry,
        unknownEvents: inout Int
    ) -> String? {
        let frames = Int(entry.header.frameCount)
        if section.kind == GroupHead.Section.Kind.events {
            return decoder.takeEvents(
                section, bytes, count: Int(entry.header.eventCount), frames: frames,
                unknown: &unknownEvents)
        }
        return decoder.takeFrames(section, bytes)
    }

    /// Takes the numbers of the frames; false if these are not all there.
    mutating func takeNumbers(
        _ section: GroupHead.Section, _ bytes: Span<UInt8>, head: GroupHead
    ) -> String? {
        guard decoder.isNumbered, decoder.rowCount == head.frameCount else {
            isUnnumbered = true
            return nil
        }
        return decoder.takeNumbers(section, bytes, of: head)
    }

    /// The numbers of the group's frames cannot be read.
    mutating func loseNumbers() { isUnnumbered = true }

    /// Makes the frames ready; gives what cannot be read. Sections of the kinds in `failure` were
    /// not taken.
    mutating func finishFrames(failure: [UInt8: String]) -> [GroupDecoder.Lost] {
        decoder.finishFrames(failure: failure)
    }

    /// All sections were taken: what is wanted can be given.
    mutating func finish(_ head: GroupHead, entry: IndexEntry, hasEvents: Bool) {
        if !hasEvents || selection.selection.isFramesOnly {
            for channel in head.channels where channel.isIntroduced {
                introduce(channel, at: entry.earliest)
            }
        }
        for event in decoder.events where selection.wants(event) { events.append(event) }
    }

    /// Appends rows and events until `batch` is full or the group ends.
    mutating func fill(_ batch: inout FrameBatch) {
        let eventLimit = max(4_096, batch.capacity)
        if batch.count == 0 { batch.firstFrameNumber = firstFrameNumber + UInt64(decoder.nextRow) }
        let isNumbered = decoder.isNumbered && !isUnnumbered
        if !isNumbered { batch.isNumbered = false }
        let numbers = RowNumbers(
            first: firstFrameNumber, listed: decoder.numbers, isKnown: isNumbered)
        while batch.events.count < eventLimit {
            if nextEvent < events.count,
                events[nextEvent].rowIndex <= decoder.nextRow || decoder.nextRow >= decoder.rowCount
            {
                let event = events[nextEvent]
                batch.append(event.kind, at: event.timestamp, channel: event.channel)
                nextEvent += 1
                continue
            }
            if decoder.nextRow >= decoder.rowCount || batch.isFull { return }
            let end =
                nextEvent < events.count
                ? min(events[nextEvent].rowIndex, decoder.rowCount) : decoder.rowCount
            decoder.append(
                rowsBefore: end, from: selection.earliest, to: selection.latest,
                numbers: numbers, into: &batch)
        }
    }
}
