public import CANFrame

/// Reads all of a log, group by group, and compares it with everything that the log says of itself.
///
/// Damage is a result and no error; what it throws is that the file cannot be read at all.
public struct LogVerifier<File: ByteSource & ~Copyable>: ~Copyable {
    /// What is known so far; all of it when ``step()`` has given false.
    public private(set) var result: LogVerification
    /// The frames and events of the group that was read last, exactly as they stand there.
    public private(set) var group: FrameBatch
    /// What the group took over from those before it; `nil` if it is damaged.
    public private(set) var context: GroupContext?

    private var reader: LogReader<File>
    private var digest: ContentDigest
    /// The segments that are still to be read, and what comes next.
    private var ordinals: [Int] = []
    private var expected: JournalExpectation
    /// The digests of the group before; `nil` behind one whose head cannot be read.
    private var before: (frames: [UInt8], events: [UInt8])?
    private var totals = ContentTotals()
    private var isEnded = false
    /// Damages of ``reader`` that the result has already.
    private var taken = 0

    /// Verifies what `reader`, which has not read yet and selects nothing, is opened for.
    public init(_ reader: consuming LogReader<File>) throws(StreamError) {
        var reader = reader
        var digest = try LogError.streaming(at: reader.place) { () throws(LogError) in
            try ContentDigest()
        }
        let recording = reader.metadata.recording
        let start = try Self.start(of: recording, &digest, place: reader.place)
        result = LogVerification(of: reader.state, reader.metadata, reader.summary)
        result.unknownBlocks = reader.summary.unknownBlocks
        result.isPart = !reader.metadata.cuts.isEmpty
        while let ordinal = reader.segments.nextOrdinal {
            ordinals.append(ordinal)
            reader.segments.skip(ordinal)
        }
        group = FrameBatch(
            capacity: ordinals.isEmpty ? reader.largestGroup : LogFormat.groupCapacity + 1)
        expected = JournalExpectation(recording: recording, ordinal: 0, firstFrameNumber: 0)
        before = (start, start)
        self.digest = digest
        self.reader = reader
        takeDamages()
    }

    private static func start(
        of recording: RecordingID, _ digest: inout ContentDigest, place: String
    ) throws(StreamError) -> [UInt8] {
        do throws(LogError) { return try digest.start(of: recording) } catch {
            throw error.streamError(place: place)
        }
    }

    /// The part that is done, 0 to 1.
    public var fraction: Double {
        let total = result.summary.frames
        return total > 0 ? min(1, Double(result.frames) / Double(total)) : 1
    }

    /// Reads the next group; false when there is none and the result is complete.
    public mutating func step() throws(StreamError) -> Bool {
        guard !isEnded else { return false }
        context = nil
        let known = taken
        let next = try reader.nextGroup(into: &group, segments: &ordinals, expected: expected)
        takeDamages()
        result.frames += UInt64(group.count)
        switch next {
        case .group(let entry, let head)?:
            try verify(entry, head, isWhole: taken == known)
        case .segment(let ordinal, let head, let tornBytes)?:
            try verify(segment: ordinal, head, tornBytes: tornBytes)
        case .brokenSegment(let ordinal)?: lose(segment: ordinal)
        case nil:
            try verifyEnds()
            isEnded = true
            return false
        }
        return true
    }

    private mutating func takeDamages() {
        result.damages += reader.damages[taken...]
        taken = reader.damages.count
    }

    // MARK: Groups

    private mutating func verify(
        _ entry: IndexEntry, _ head: GroupHead?, isWhole: Bool
    ) throws(StreamError) {
        let number = entry.header.firstFrameNumber
        // A log that goes on where another one of its recording ended begins with any number, and with
        // a chain of its own.
        let isFirst =
            expected.ordinal == 0 && entry.header.ordinal == 0
            && (head.map { $0.frameDigestBefore == before?.frames } ?? true)
        let followsOn =
            Int(entry.header.ordinal) == expected.ordinal
            && (isFirst || number == expected.firstFrameNumber)
        if !followsOn && result.damages.isEmpty { result.isPart = true }
        // In a part of a log the chain goes on over the numbers that are left out.
        let isNext =
            followsOn
            || !result.metadata.cuts.isEmpty && Int(entry.header.ordinal) == expected.ordinal
                && expected.firstFrameNumber.map { number > $0 } ?? false
        expected.ordinal = Int(entry.header.ordinal) + 1
        expected.firstFrameNumber = number + UInt64(entry.header.frameCount)
        guard let head else {
            before = nil
            return
        }
        totals.add(head)
        let last = before
        before = (head.frameDigest, head.eventDigest)
        if let error = try blockError(entry, head) { note(error, entry) }
        if let last, isNext,
            head.frameDigestBefore != last.frames || head.eventDigestBefore != last.events
        {
            note(
                .malformed(
                    .groupHead, at: entry.offset + UInt64(BlockHeader.size),
                    reason: "its digests do not go on from those of the group before"), entry)
        }
        guard isWhole else { return }
        result.events += UInt64(group.events.count)
        countEvents()
        if !group.numberRuns.isEmpty, result.metadata.sources.isEmpty { result.isPart = true }
        try verifyContent(entry, head)
    }

    private mutating func note(_ error: LogError, _ entry: IndexEntry) {
        result.damages.append(
            LogDamage(
                error, bytes: entry.bytes, from: entry.first, to: entry.last,
                firstFrame: entry.header.firstFrameNumber))
    }

    /// What is wrong with the block around an intact head: with an index nothing else reads it.
    private borrowing func blockError(
        _ entry: IndexEntry, _ head: GroupHead
    ) throws(StreamError) -> LogError? {
        let bytes = try reader.file.bytes(at: entry.offset, count: BlockHeader.size)
        guard let header = BlockHeader(bytes.span) else {
            guard bytes.count == BlockHeader.size else {
                return .truncated(
                    .block, at: entry.offset, missing: UInt64(BlockHeader.size - bytes.count))
            }
            return .checksum(
                .block, at: entry.offset, stored: bytes.span.uint32(at: 44),
                computed: bytes.span.extracting(0..<44).crc32c)
        }
        if header != entry.header {
            return .malformed(
                .block, at: entry.offset, reason: "the index tells of another group there")
        }
        let isSame =
            head.first == entry.first && head.last == entry.last
            && head.earliest == entry.earliest && head.latest == entry.latest
        if !isSame {
            return .malformed(
                .index, at: entry.offset, reason: "its stamps are not those of the group")
        }
        let stored = head.sections.reduce(0) { $0 + UInt64($1.storedSize) }
        if stored != UInt64(header.bodySize) {
            return .malformed(
                .groupHead, at: entry.offset,
                reason: "its sections have \(stored) of the \(header.bodySize) bytes of its body")
        }
        return nil
    }

    private mutating func countEvents() {
        for index in group.events.indices {
            let event = group.events[index]
            if case .channel(let description) = event.kind {
                totals.channels[event.channel ?? 0] = description
            }
        }
    }

    /// Compares the decoded frames and events with the digests and counts of their head.
    private mutating func verifyContent(
        _ entry: IndexEntry, _ head: GroupHead
    ) throws(StreamError) {
        let computed = try digests(after: (head.frameDigestBefore, head.eventDigestBefore))
        let unknown = Int(entry.header.eventCount) - group.events.count
        result.unknownEvents += UInt64(max(0, unknown))
        var isWhole = true
        if computed.frames != head.frameDigest {
            isWhole = false
            note(.digest(at: entry.offset), entry)
        }
        if unknown == 0, computed.events != head.eventDigest {
            isWhole = false
            note(
                .malformed(
                    .events, at: entry.offset, reason: "they disagree with their SHA-256 digest"),
                entry)
        }
        if isWhole, !agrees(head, hasAllEvents: unknown == 0) {
            isWhole = false
            note(
                .malformed(
                    .groupHead, at: entry.offset, reason: "it disagrees with what is in the group"),
                entry)
        }
        guard isWhole, unknown == 0 else { return }
        take(head.frameDigest, head.eventDigest)
        context = GroupContext(
            frameDigestBefore: head.frameDigestBefore, eventDigestBefore: head.eventDigestBefore,
            channels: head.channels.filter { !$0.isIntroduced }.map {
                JournalHead.Channel(number: $0.number, description: $0.description)
            })
    }

    private borrowing func agrees(_ head: GroupHead, hasAllEvents: Bool) -> Bool {
        if group.count > 0 {
            let rows = group.rows
            guard rows[0].timestamp == head.first, rows[rows.count - 1].timestamp == head.last
            else { return false }
        }
        var counted = ContentTotals()
        for index in group.events.indices { counted.add(group.events[index]) }
        var stored = ContentTotals()
        stored.add(head)
        return !hasAllEvents || counted.events == stored.events && counted.losses == stored.losses
    }

    private mutating func take(_ frameDigest: [UInt8], _ eventDigest: [UInt8]) {
        result.groups.append(
            LogVerification.Group(
                firstFrameNumber: group.firstFrameNumber, frames: group.count,
                events: group.events.count, frameDigest: frameDigest, eventDigest: eventDigest))
    }

    private mutating func digests(
        after before: (frames: [UInt8], events: [UInt8])
    ) throws(StreamError) -> (frames: [UInt8], events: [UInt8]) {
        do throws(LogError) {
            return (
                try digest.frames(of: group, after: before.frames),
                try digest.events(of: group, after: before.events)
            )
        } catch {
            throw error.streamError(place: reader.place)
        }
    }

    // MARK: Journal

    private mutating func verify(
        segment ordinal: Int, _ head: JournalHead?, tornBytes: UInt64
    ) throws(StreamError) {
        expected.ordinal = ordinal + 1
        expected.firstFrameNumber = group.firstFrameNumber + UInt64(group.count)
        result.tornBytes += tornBytes
        result.events += UInt64(group.events.count)
        // A recorder that died at once leaves a segment without a record: no group.
        guard !group.isEmpty else { return }
        let last = before ?? ([], [])
        let computed = try digests(after: last)
        before = computed
        take(computed.frames, computed.events)
        result.segments += 1
        context = GroupContext(
            frameDigestBefore: last.frames, eventDigestBefore: last.events,
            channels: head?.channels ?? [])
    }

    private mutating func lose(segment ordinal: Int) {
        before = nil
        expected.ordinal = ordinal + 1
        expected.firstFrameNumber = nil
        guard !result.damages.contains(where: { $0.segment == ordinal }) else { return }
        result.damages.append(
            LogDamage(
                .malformed(
                    .journalHead, at: 0, reason: "frames are missing in it, or it has too many"),
                bytes: 0..<0, segment: ordinal, frames: nil, firstFrame: group.firstFrameNumber))
    }

    // MARK: Header, index and footer

    private mutating func verifyEnds() throws(StreamError) {
        let ends = try LogEnds(of: reader.file, reader.layout, state: result.state)
        // An index or a footer that cannot be read looks like a stretch of lost frames; it is not.
        result.damages.removeAll { damage in
            damage.segment == nil && damage.frames == nil
                && ends.contains(damage.bytes, next: expected.firstFrameNumber ?? 0)
        }
        for damage in ends.damages where !result.damages.contains(damage) {
            result.damages.append(damage)
        }
        guard let index = ends.index, result.damages.isEmpty, let counted = index.totals,
            counted != totals
        else { return }
        result.damages.append(
            LogDamage(
                .malformed(
                    .index, at: ends.indexBytes.lowerBound,
                    reason: "its totals are not those of the groups"), bytes: ends.indexBytes))
    }
}
