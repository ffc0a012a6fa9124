import CANFrame

/// Finds the groups of a log: by its footer and index, or else from block to block.
struct LogScanner {
    /// How many bytes are searched at once for the next block.
    private static let window = 1 << 16
    /// An index is read whole; 3 million groups are 400,000 million frames.
    static let indexLimit: UInt64 = 256 << 20

    let place: String
    /// The segments of the journal: the frames of a group that was only half written are in there.
    let segments: [Int]

    /// Reads the header and finds all groups.
    func layout<File: ByteSource & ~Copyable>(
        of file: borrowing File
    ) throws(StreamError) -> LogLayout {
        let size = file.byteCount
        let first = try file.bytes(at: 0, count: LogHeader.size)
        let footer = try footer(of: file, header: first, size: size)
        var failure: LogError?
        var header: LogHeader?
        do throws(LogError) { header = try LogHeader(decoding: first.span) } catch {
            failure = error
        }
        if let failure { try refuse(failure, footer: footer) }
        var layout = LogLayout(
            metadata: header?.metadata ?? .unreadable,
            state: LogHeader.state(in: first.span))
        layout.end = UInt64(LogHeader.size(in: first.span))
        if let header {
            layout.recordingCheck = header.metadata.recording.bytes.span.crc32c
        } else if let failure {
            layout.damages.append(
                LogDamage(failure, bytes: 0..<min(size, layout.end)))
            layout.recordingCheck = footer?.recordingCheck
        }
        if let footer, try takeIndex(footer, of: file, into: &layout) { return layout }
        try scan(file, from: layout.end, to: size, into: &layout)
        return layout
    }

    /// Ends reading where the header says that this is no log, or one of a later version. Other
    /// damage to the header costs the metadata only.
    private func refuse(_ failure: LogError, footer: LogFooter?) throws(StreamError) {
        switch failure {
        case .checksum, .malformed: return
        case .notALog where footer != nil: return
        default: throw failure.streamError(place: place)
        }
    }

    // MARK: Footer and index

    /// The footer, at the end that the header names, or at the end of the file.
    func footer<File: ByteSource & ~Copyable>(
        of file: borrowing File, header: [UInt8], size: UInt64
    ) throws(StreamError) -> LogFooter? {
        var ends = [size]
        if case .closed(let finalSize) = LogHeader.state(in: header.span), finalSize < size {
            ends.insert(finalSize, at: 0)
        }
        for end in ends where end >= UInt64(LogHeader.leastSize + LogFooter.size) {
            let bytes = try file.bytes(at: end - UInt64(LogFooter.size), count: LogFooter.size)
            if let footer = LogFooter(bytes.span), footer.fileSize == end { return footer }
        }
        return nil
    }

    /// Takes the groups from the index; false if it cannot be trusted.
    private func takeIndex<File: ByteSource & ~Copyable>(
        _ footer: LogFooter, of file: borrowing File, into layout: inout LogLayout
    ) throws(StreamError) -> Bool {
        guard footer.recordingCheck == layout.recordingCheck,
            UInt64(footer.indexSize) <= Self.indexLimit
        else { return false }
        let bytes = try file.bytes(at: footer.indexOffset, count: Int(footer.indexSize))
        let index: LogIndex
        do throws(LogError) {
            index = try LogIndex(bytes.span, at: footer.indexOffset, check: footer.recordingCheck)
        } catch {
            layout.damages.append(
                LogDamage(
                    error,
                    bytes: footer.indexOffset..<footer.indexOffset + UInt64(footer.indexSize)))
            return false
        }
        guard index.isAscending else { return false }
        if layout.metadata.recording == .unknown, let metadata = index.metadata {
            layout.metadata = metadata
        }
        for entry in index.entries {
            if entry.offset > layout.end {
                // Blocks of other kinds; those that must be understood are refused.
                try scan(file, from: layout.end, to: entry.offset, into: &layout)
            }
            layout.append(entry)
            layout.end = entry.offset + entry.header.blockSize
        }
        if layout.end < footer.indexOffset {
            try scan(file, from: layout.end, to: footer.indexOffset, into: &layout)
        }
        if let totals = index.totals {
            layout.totals = totals
        } else {
            for entry in index.entries {
                if case .success(let head) = try readHead(of: entry, in: file) {
                    layout.totals.add(head)
                }
            }
        }
        layout.fileSize = footer.fileSize
        return true
    }

    // MARK: Block by block

    /// Appends the groups between two places; what is no block is skipped as damage.
    func scan<File: ByteSource & ~Copyable>(
        _ file: borrowing File, from start: UInt64, to limit: UInt64, into layout: inout LogLayout
    ) throws(StreamError) {
        var offset = start
        while offset < limit {
            let bytes = try file.bytes(
                at: offset, count: Int(min(UInt64(BlockHeader.size), limit - offset)))
            if let header = BlockHeader(bytes.span), accepts(header, layout) {
                layout.recordingCheck = header.recordingCheck
                guard try take(header, at: offset, limit: limit, in: file, into: &layout) else {
                    return
                }
                offset += min(header.blockSize, limit - offset)
            } else if let footer = LogFooter(bytes.span.extracting(first: LogFooter.size)),
                footer.fileSize == offset + UInt64(LogFooter.size)
            {
                layout.fileSize = footer.fileSize
                return
            } else if segments.contains(Int(layout.nextOrdinal)) {
                return
            } else {
                let next = try nextBlock(after: offset, limit: limit, in: file, layout)
                layout.appendHole(holeError(bytes, at: offset), bytes: offset..<next)
                offset = next
            }
            layout.end = offset
        }
    }

    private func accepts(_ header: BlockHeader, _ layout: LogLayout) -> Bool {
        guard layout.recordingCheck == nil || header.recordingCheck == layout.recordingCheck else {
            return false
        }
        // A group that stands there once more, as in reused or misplaced blocks, counts once.
        return header.kind != BlockHeader.Kind.group || layout.isNext(header)
    }

    /// Why no block begins with `bytes`.
    private func holeError(_ bytes: [UInt8], at offset: UInt64) -> LogError {
        guard bytes.count == BlockHeader.size else {
            return .truncated(
                .block, at: offset, missing: UInt64(BlockHeader.size - bytes.count))
        }
        let (stored, computed) = (
            bytes.span.uint32(at: 44), bytes.span.extracting(0..<44).crc32c
        )
        return stored == computed
            ? .malformed(.block, at: offset, reason: "no block of this log begins there")
            : .checksum(.block, at: offset, stored: stored, computed: computed)
    }

    /// Where the next undamaged block header or footer stands, or `limit`.
    private func nextBlock<File: ByteSource & ~Copyable>(
        after start: UInt64, limit: UInt64, in file: borrowing File, _ layout: LogLayout
    ) throws(StreamError) -> UInt64 {
        var offset = start + 1
        var bytes = [UInt8](repeating: 0, count: Self.window)
        while offset < limit {
            let filled = try file.read(at: offset, into: &bytes)
            let span = bytes.span.extracting(0..<min(filled, Int(limit - offset)))
            for index in span.indices where span[index] == 0x43 {
                let rest = span.extracting(index..<min(index + BlockHeader.size, span.count))
                if let header = BlockHeader(rest), accepts(header, layout) {
                    return offset + UInt64(index)
                }
                if let footer = LogFooter(rest.extracting(first: LogFooter.size)),
                    footer.fileSize == offset + UInt64(index + LogFooter.size)
                {
                    return offset + UInt64(index)
                }
            }
            if UInt64(span.count) >= limit - offset || span.count <= BlockHeader.size { break }
            offset += UInt64(span.count - BlockHeader.size)
        }
        return limit
    }

    /// Notes an undamaged block header and what follows it; false if this is a group that was only
    /// half written when the writer ended, or is being written: its frames are in the journal.
    private func take<File: ByteSource & ~Copyable>(
        _ header: BlockHeader, at offset: UInt64, limit: UInt64, in file: borrowing File,
        into layout: inout LogLayout
    ) throws(StreamError) -> Bool {
        guard header.kind == BlockHeader.Kind.group, header.version == BlockHeader.version else {
            guard header.isAncillary else {
                throw LogError.unknownBlock(
                    kind: header.kind, at: offset, writtenBy: layout.metadata.program
                ).streamError(place: place)
            }
            switch header.kind {
            case BlockHeader.Kind.specification where header.version == BlockHeader.version:
                layout.append(SpecificationBlock(offset: offset, header: header))
            case BlockHeader.Kind.index: break
            default: layout.unknownBlocks += 1
            }
            return true
        }
        var entry = IndexEntry(unread: header, at: offset)
        let isInJournal = segments.contains(Int(header.ordinal))
        switch try readHead(of: entry, in: file) {
        case .failure(let error):
            if isInJournal { return false }
            layout.appendLost(error, entry: entry)
        case .success(let head):
            if isInJournal, try !isWhole(entry, head, in: file) { return false }
            entry.first = head.first
            entry.last = head.last
            entry.earliest = head.earliest
            entry.latest = head.latest
            layout.append(entry)
            layout.totals.add(head)
        }
        return true
    }

    /// Whether all sections of a group are there and undamaged.
    private func isWhole<File: ByteSource & ~Copyable>(
        _ entry: IndexEntry, _ head: GroupHead, in file: borrowing File
    ) throws(StreamError) -> Bool {
        var offset = entry.bodyOffset
        for section in head.sections {
            if case .failure = try readSection(section, at: offset, in: file) { return false }
            offset += UInt64(section.storedSize)
        }
        return true
    }

    /// Reads and checks the bytes of a section.
    func readSection<File: ByteSource & ~Copyable>(
        _ section: GroupHead.Section, at offset: UInt64, in file: borrowing File
    ) throws(StreamError) -> Result<[UInt8], LogError> {
        let part: LogPart =
            switch section.kind {
            case GroupHead.Section.Kind.events: .events
            case GroupHead.Section.Kind.numbers: .numbers
            default: .columns
            }
        guard section.storedSize <= section.size else {
            return .failure(
                .malformed(part, at: offset, reason: "a section is longer than its content"))
        }
        let bytes = try file.bytes(at: offset, count: section.storedSize)
        guard bytes.count == section.storedSize else {
            let missing = UInt64(section.storedSize - bytes.count)
            return .failure(.truncated(part, at: offset, missing: missing))
        }
        let computed = bytes.span.crc32c
        guard computed == section.checksum else {
            return .failure(
                .checksum(part, at: offset, stored: section.checksum, computed: computed))
        }
        return .success(bytes)
    }

    /// Reads and checks the head of a group.
    func readHead<File: ByteSource & ~Copyable>(
        of entry: IndexEntry, in file: borrowing File
    ) throws(StreamError) -> Result<GroupHead, LogError> {
        let bytes = try file.bytes(at: entry.headOffset, count: Int(entry.header.headSize))
        return Self.head(in: bytes.span, of: entry)
    }

    /// Checks the head of a group, of which `bytes` were read.
    static func head(in bytes: Span<UInt8>, of entry: IndexEntry) -> Result<GroupHead, LogError> {
        let (start, size) = (entry.headOffset, Int(entry.header.headSize))
        guard bytes.count == size else {
            return .failure(
                .truncated(.groupHead, at: start, missing: UInt64(size - bytes.count)))
        }
        let computed = bytes.crc32c
        guard computed == entry.header.headChecksum else {
            return .failure(
                .checksum(
                    .groupHead, at: start, stored: entry.header.headChecksum, computed: computed))
        }
        guard let head = GroupHead(bytes, of: entry.header) else {
            return .failure(
                .malformed(.groupHead, at: start, reason: "its fields contradict each other"))
        }
        return .success(head)
    }
}

extension LogIndex {
    /// Whether groups follow one another, in the file and in their numbers.
    fileprivate var isAscending: Bool {
        zip(entries, entries.dropFirst()).allSatisfy { entry, next in
            next.offset > entry.offset && next.header.ordinal > entry.header.ordinal
                && next.header.firstFrameNumber >= entry.header.firstFrameNumber
                && next.header.firstFrameNumber - entry.header.firstFrameNumber
                    >= UInt64(entry.header.frameCount)
        }
    }
}

extension LogMetadata {
    /// Stands for the metadata of a header that cannot be read.
    static var unreadable: LogMetadata {
        LogMetadata(
            recording: .unknown, created: Timestamp(nanoseconds: 0), resolution: 1,
            program: "an unknown program")
    }
}
