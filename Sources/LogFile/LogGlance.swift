public import CANFrame

/// What the beginning and the end of a log tell: who, where and what, how many frames, from when to
/// when, and whether header, index and footer are whole.
///
/// It costs two reads where the log was closed, however long it is. Groups are neither read nor
/// checked: that is ``LogVerifier``'s.
public struct LogGlance: Sendable {
    /// How the log ends.
    public enum End: Sendable, Hashable {
        /// Closed in order, or written whole to a pipe.
        case closed
        /// Never closed: it is being recorded, or its writer died. What is counted are the groups in
        /// the file; the journal is not looked at.
        case open
        /// The header, the index or the end of the file is damaged or missing.
        case damaged(LogError)
    }

    /// `nil` where neither the header nor the copy in the index can be read.
    public private(set) var metadata: LogMetadata?
    public private(set) var end = End.open
    /// Interfaces by the number of their channel.
    public private(set) var interfaces: [String] = []
    /// `nil` where the index is damaged or missing.
    public private(set) var frames: UInt64?
    /// The stamps of the first and the last frame, in order of arrival.
    public private(set) var first: Timestamp?
    public private(set) var last: Timestamp?
    /// The least and the greatest stamp of all frames and events.
    public private(set) var earliest: Timestamp?
    public private(set) var latest: Timestamp?
    public let fileBytes: UInt64

    /// A file of at most this many bytes is read in one piece.
    private static let wholeLimit: UInt64 = 16_384
    /// The end is read from a page's begin on, and at least this much of it: most indexes are shorter.
    private static let tail: UInt64 = 3_072

    /// Looks at the header and the end of `file`; throws only where it cannot be read.
    public init<File: ByteSource & ~Copyable>(of file: borrowing File) throws(StreamError) {
        fileBytes = file.byteCount
        let whole = fileBytes <= Self.wholeLimit
        let start = try file.bytes(at: 0, count: whole ? Int(fileBytes) : LogHeader.size)
        var failure: LogError?
        do throws(LogError) {
            metadata = try LogHeader(decoding: start.span).metadata
        } catch {
            failure = error
        }
        var closedSize: UInt64?
        var isOpen = false
        switch LogHeader.state(in: start.span) {
        case .closed(let finalSize): closedSize = finalSize
        case .recording, .damaged: isOpen = true
        case .streamed: break
        }
        if let closedSize, fileBytes < closedSize {
            end = .damaged(
                failure ?? .truncated(.footer, at: fileBytes, missing: closedSize - fileBytes))
            return
        }
        let size = closedSize ?? fileBytes
        var held = HeldBytes(start, isWhole: whole)
        if let footer = try footer(endingAt: size, of: file, &held) {
            try take(footer, of: file, &held)
            if fileBytes > size {
                let reason = "the \(fileBytes - size) bytes behind it are not the log's"
                end = .damaged(.malformed(.footer, at: size, reason: reason))
            }
            if case .damaged = LogHeader.state(in: start.span), failure == nil {
                let place = LogHeader.size(in: start.span) - LogHeader.sector
                let reason = "the state record is damaged"
                end = .damaged(.malformed(.state, at: UInt64(place), reason: reason))
            }
        } else if let metadata, isOpen {
            let header = UInt64(LogHeader.size(in: start.span))
            try takeGroups(of: file, from: header, metadata, held)
        } else if let closedSize, closedSize >= UInt64(LogFooter.size) {
            let place = closedSize - UInt64(LogFooter.size)
            end = .damaged(
                .malformed(.footer, at: place, reason: "no footer of this log is there"))
        } else {
            end = .damaged(
                .truncated(.footer, at: fileBytes, missing: UInt64(LogFooter.size)))
        }
        if let failure { end = .damaged(failure) }
        groups = []
    }

    /// Nanoseconds from the first to the last frame; between the least and the greatest stamp where
    /// the clock stepped back in between, or where there is no frame.
    public var duration: Int64? {
        if let first, let last, last >= first { return last.nanoseconds(since: first) }
        guard let earliest, let latest, latest >= earliest else { return nil }
        return latest.nanoseconds(since: earliest)
    }

    // MARK: Closed logs

    /// The first and the last bytes of the log, as far as they were read.
    private struct HeldBytes {
        private let start: [UInt8]
        private let isWhole: Bool
        private var end: [UInt8] = []
        private var endOffset: UInt64 = 0

        init(_ start: [UInt8], isWhole: Bool) {
            self.start = start
            self.isWhole = isWhole
        }

        /// Reads the end of a log of `size` bytes, unless all of it is held.
        mutating func readEnd<File: ByteSource & ~Copyable>(
            of file: borrowing File, size: UInt64
        ) throws(StreamError) {
            guard !isWhole else { return }
            // Whole pages: the kernel reads no others, and no page for a few bytes of it.
            endOffset = (size - min(size, LogGlance.tail)) & ~4_095
            end = try file.bytes(at: endOffset, count: Int(size - endOffset))
        }

        /// These bytes of the log, fewer only where it ends.
        func bytes<File: ByteSource & ~Copyable>(
            at offset: UInt64, count: Int, of file: borrowing File
        ) throws(StreamError) -> ArraySlice<UInt8> {
            if let part = Self.part(of: start, from: 0, at: offset, count: count) { return part }
            if let part = Self.part(of: end, from: endOffset, at: offset, count: count) {
                return part
            }
            return try file.bytes(at: offset, count: count)[...]
        }

        private static func part(
            of bytes: [UInt8], from start: UInt64, at offset: UInt64, count: Int
        ) -> ArraySlice<UInt8>? {
            guard offset >= start, offset - start <= UInt64(bytes.count),
                bytes.count - Int(offset - start) >= count
            else { return nil }
            return bytes[Int(offset - start)...].prefix(count)
        }
    }

    private func footer<File: ByteSource & ~Copyable>(
        endingAt size: UInt64, of file: borrowing File, _ held: inout HeldBytes
    ) throws(StreamError) -> LogFooter? {
        guard size >= UInt64(LogHeader.leastSize + LogFooter.size) else { return nil }
        try held.readEnd(of: file, size: size)
        let place = size - UInt64(LogFooter.size)
        let bytes = try held.bytes(at: place, count: LogFooter.size, of: file)
        guard
            let footer = LogFooter(bytes.span), footer.fileSize == size
        else { return nil }
        return footer
    }

    private mutating func take<File: ByteSource & ~Copyable>(
        _ footer: LogFooter, of file: borrowing File, _ held: inout HeldBytes
    ) throws(StreamError) {
        let (offset, size) = (footer.indexOffset, Int(footer.indexSize))
        guard UInt64(size) <= LogScanner.indexLimit,
            metadata.map({ $0.recording.check == footer.recordingCheck }) ?? true
        else {
            end = .damaged(.malformed(.footer, at: offset, reason: "it is another's"))
            return
        }
        let bytes = try held.bytes(at: offset, count: size, of: file)
        do throws(LogError) {
            take(try LogIndex(bytes.span, at: offset, check: footer.recordingCheck))
            end = .closed
        } catch {
            end = .damaged(error)
        }
        guard interfaces.isEmpty, let first = groups.first else { return }
        // An index leaves its counts out where there is one group only, or very many identifiers.
        try takeHead(of: first, in: file, held)
    }

    /// The groups that were found, of which only the first and the last are looked at again.
    private var groups: [IndexEntry] = []

    private mutating func take(_ index: LogIndex) {
        if metadata == nil { metadata = index.metadata }
        groups = index.entries
        count()
        for (_, channel) in (index.totals?.channels ?? [:]).sorted(by: { $0.key < $1.key })
        where !interfaces.contains(channel.interface) {
            interfaces.append(channel.interface)
        }
    }

    private mutating func count() {
        var sum: UInt64 = 0
        for group in groups {
            sum += UInt64(group.header.frameCount)
            earliest = earliest.map { min($0, group.earliest) } ?? group.earliest
            latest = latest.map { max($0, group.latest) } ?? group.latest
        }
        frames = sum
        first = groups.first { $0.header.frameCount > 0 }?.first
        last = groups.last { $0.header.frameCount > 0 }?.last
    }

    // MARK: Logs that were not closed

    /// Counts the groups from block header to block header, as far as they follow one another.
    private mutating func takeGroups<File: ByteSource & ~Copyable>(
        of file: borrowing File, from start: UInt64, _ metadata: LogMetadata, _ held: HeldBytes
    ) throws(StreamError) {
        var offset = start
        while fileBytes > offset {
            let bytes = try file.bytes(at: offset, count: BlockHeader.size)
            guard let header = BlockHeader(bytes.span),
                header.recordingCheck == metadata.recording.check,
                header.blockSize <= fileBytes - offset
            else { break }
            if header.kind == BlockHeader.Kind.group {
                groups.append(IndexEntry(unread: header, at: offset))
            }
            offset += header.blockSize
        }
        // All that is known of the times is what the heads at both ends say.
        var ends = groups.first.map { [$0] } ?? []
        if let last = groups.last, groups.count > 1 { ends.append(last) }
        var counted: UInt64 = 0
        for group in groups { counted += UInt64(group.header.frameCount) }
        groups = []
        for group in ends { try takeHead(of: group, in: file, held) }
        count()
        frames = counted
    }

    /// Takes interfaces and times from the head of a group; a damaged one tells nothing.
    private mutating func takeHead<File: ByteSource & ~Copyable>(
        of group: IndexEntry, in file: borrowing File, _ held: HeldBytes
    ) throws(StreamError) {
        let bytes = try held.bytes(
            at: group.headOffset, count: Int(group.header.headSize), of: file)
        guard case .success(let head) = LogScanner.head(in: bytes.span, of: group) else { return }
        var group = group
        (group.first, group.last) = (head.first, head.last)
        (group.earliest, group.latest) = (head.earliest, head.latest)
        if end == .open { groups.append(group) }
        for channel in head.channels where !interfaces.contains(channel.description.interface) {
            interfaces.append(channel.description.interface)
        }
    }
}

extension RecordingID {
    /// What all blocks of the recording carry.
    fileprivate var check: UInt32 { bytes.span.crc32c }
}
