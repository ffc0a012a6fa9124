import CANFrame

/// How a group is read: its sections, as far as they are wanted, each with its checksum.
extension LogReader where File: ~Copyable {
    /// Reads what is needed of a group whose head is read; damage goes to ``damages``.
    mutating func begin(_ entry: IndexEntry, _ head: GroupHead) throws(StreamError) {
        guard head.coding == GroupHead.Coding.simple || head.coding == GroupHead.Coding.streams
        else {
            throw LogError.unknownCoding(
                head.coding, at: entry.offset, writtenBy: metadata.program
            ).streamError(place: place)
        }
        let contradiction = reading.begin(head, entry: entry)
        if let loss = pendingLoss {
            reading.append(loss: loss.frames, at: loss.time)
            pendingLoss = nil
        }
        if let contradiction {
            let error = LogError.malformed(.groupHead, at: entry.offset, reason: contradiction)
            lose(UInt64(entry.header.frameCount), error, entry: entry)
        }
        let needsFrames = contradiction == nil && reading.needsFrames(of: head)
        let hasEvents = try takeSections(entry, head, needsFrames: needsFrames)
        reading.finish(head, entry: entry, hasEvents: hasEvents)
    }

    /// Takes the sections that are of use; false if the events cannot be read.
    private mutating func takeSections(
        _ entry: IndexEntry, _ head: GroupHead, needsFrames: Bool
    ) throws(StreamError) -> Bool {
        var hasEvents = true
        var failures: [UInt8: LogError] = [:]
        var offset = entry.bodyOffset
        var streamsOffset = offset
        var segmentFailures: [Int: LogError] = [:]
        for section in head.sections {
            let place = offset
            offset += UInt64(section.storedSize)
            guard reading.needs(section) else { continue }
            switch section.kind {
            case GroupHead.Section.Kind.events:
                guard let error = try take(section, at: place, head: head, entry: entry) else {
                    continue
                }
                hasEvents = false
                damages.append(
                    damage(
                        error, entry: entry, frames: 0, events: UInt64(entry.header.eventCount)))
            case GroupHead.Section.Kind.streams where needsFrames:
                streamsOffset = place
                segmentFailures = try takeStreams(section, at: place)
            case GroupHead.Section.Kind.numbers: break
            case _ where needsFrames && failures[section.kind] == nil:
                failures[section.kind] = try take(section, at: place, head: head, entry: entry)
            default: break
            }
        }
        if needsFrames {
            finishFrames(entry, failures, segmentFailures, streamsOffset: streamsOffset)
            try takeNumbers(entry, head)
        }
        return hasEvents
    }

    /// Takes the numbers of the frames, which stand behind these since they tell of each.
    private mutating func takeNumbers(
        _ entry: IndexEntry, _ head: GroupHead
    ) throws(StreamError) {
        var offset = entry.bodyOffset
        for section in head.sections {
            let place = offset
            offset += UInt64(section.storedSize)
            guard section.kind == GroupHead.Section.Kind.numbers, reading.needs(section) else {
                continue
            }
            var failure: LogError?
            switch try scanner.readSection(section, at: place, in: file) {
            case .failure(let error): failure = error
            case .success(let bytes):
                failure = reading.takeNumbers(section, bytes.span, head: head).map {
                    .malformed(.numbers, at: place, reason: $0)
                }
            }
            guard let failure else { continue }
            reading.loseNumbers()
            damages.append(damage(failure, entry: entry, frames: 0, events: 0))
        }
    }

    private mutating func finishFrames(
        _ entry: IndexEntry, _ failures: [UInt8: LogError],
        _ segmentFailures: [Int: LogError], streamsOffset: UInt64
    ) {
        let found = failures.sorted { $0.key < $1.key }.map(\.value)
        for part in reading.finishFrames(failure: failures.mapValues { $0.description }) {
            // What a checksum found is told as that.
            let error =
                if let segment = part.segment {
                    segmentFailures[segment.lowerBound]
                        ?? .malformed(
                            .stream, at: streamsOffset + UInt64(segment.lowerBound),
                            reason: part.reason)
                } else {
                    found.first
                        ?? .malformed(.columns, at: entry.bodyOffset, reason: part.reason)
                }
            lose(UInt64(part.frames), error, entry: entry)
        }
    }

    /// Notes frames as lost, among the events of the group too.
    private mutating func lose(_ frames: UInt64, _ error: LogError, entry: IndexEntry) {
        damages.append(damage(error, entry: entry, frames: frames, events: 0))
        if frames > 0 { reading.append(loss: frames, at: entry.first) }
    }

    /// Reads one section; says what is wrong with it.
    private mutating func take(
        _ section: GroupHead.Section, at offset: UInt64, head: GroupHead, entry: IndexEntry
    ) throws(StreamError) -> LogError? {
        let part: LogPart =
            section.kind == GroupHead.Section.Kind.events ? .events : .columns
        switch try scanner.readSection(section, at: offset, in: file) {
        case .failure(let error): return error
        case .success(let bytes):
            var unknown = 0
            let reason = reading.take(
                section, bytes.span, head: head, entry: entry, unknownEvents: &unknown)
            return reason.map { .malformed(part, at: offset, reason: $0) }
        }
    }

    /// Reads the segments of the streams that are of use, all at once if all are; gives what is
    /// wrong with one by its place. One that is damaged costs its own frames, and those it leads.
    private mutating func takeStreams(
        _ section: GroupHead.Section, at offset: UInt64
    ) throws(StreamError) -> [Int: LogError] {
        if reading.needsAllStreams,
            case .success(let bytes) = try scanner.readSection(section, at: offset, in: file),
            reading.takeSegments(bytes.span)
        {
            return [:]
        }
        var failures: [Int: LogError] = [:]
        for stream in reading.neededStreams {
            let (range, checksum) = reading.segment(of: stream)
            let place = offset + UInt64(range.lowerBound)
            let size = min(range.count, max(0, section.storedSize - range.lowerBound))
            let bytes = try file.bytes(at: place, count: size)
            let computed = bytes.span.crc32c
            if bytes.count < range.count {
                failures[range.lowerBound] = .truncated(
                    .stream, at: place, missing: UInt64(range.count - bytes.count))
            } else if computed != checksum {
                failures[range.lowerBound] = .checksum(
                    .stream, at: place, stored: checksum, computed: computed)
            } else {
                reading.takeSegment(of: stream, bytes.span)
            }
        }
        return failures
    }

    func damage(
        _ error: LogError, entry: IndexEntry, frames: UInt64, events: UInt64
    ) -> LogDamage {
        // The frames of a stream are scattered over the group: no range of numbers names them.
        let isWhole = frames == 0 || frames == UInt64(entry.header.frameCount)
        return LogDamage(
            error, bytes: entry.bytes, frames: frames, events: events, from: entry.first,
            to: entry.last, firstFrame: isWhole ? entry.header.firstFrameNumber : nil)
    }
}
