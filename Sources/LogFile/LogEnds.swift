import CANFrame

/// What stands before and behind the groups of a log, looked at on its own: a reader does without
/// most of it.
struct LogEnds {
    private(set) var damages: [LogDamage] = []
    private(set) var index: LogIndex?
    /// Where the index is, as far as the footer tells.
    private(set) var indexBytes: Range<UInt64> = 0..<0
    /// Where the footer is, or should be.
    private var footerStart: UInt64?

    init<File: ByteSource & ~Copyable>(
        of file: borrowing File, _ layout: LogLayout, state: LogState
    ) throws(StreamError) {
        let size = file.byteCount
        let header = try file.bytes(at: 0, count: LogHeader.size)
        checkState(header.span)
        let scanner = LogScanner(place: "", segments: [])
        guard let footer = try scanner.footer(of: file, header: header, size: size) else {
            missFooter(layout, header: header.span, size: size)
            return
        }
        footerStart = footer.fileSize - UInt64(LogFooter.size)
        if size > footer.fileSize {
            damages.append(
                LogDamage(
                    .malformed(
                        .footer, at: footer.fileSize,
                        reason: "the \(size - footer.fileSize) bytes behind it are not the log's"),
                    bytes: footer.fileSize..<size))
        }
        try checkIndex(footer, of: file, layout, header: header)
    }

    /// Whether `bytes` are those of the index or the footer, with no frame in them.
    func contains(_ bytes: Range<UInt64>, next frame: UInt64) -> Bool {
        if !indexBytes.isEmpty, bytes.lowerBound >= indexBytes.lowerBound { return true }
        return footerStart.map { bytes.lowerBound >= $0 } ?? false
    }

    private mutating func checkState(_ header: Span<UInt8>) {
        guard LogHeader.state(in: header) == .damaged else { return }
        let start = LogHeader.size(in: header) - LogHeader.sector
        let bytes = UInt64(start)..<UInt64(start + LogHeader.stateSize)
        guard header.count >= start + LogHeader.stateSize else {
            // The header is too short as a whole, which is told elsewhere.
            return
        }
        let record = header.extracting(start..<start + LogHeader.stateSize)
        let stored = record.uint32(at: LogHeader.stateSize - 4)
        let computed = record.extracting(0..<LogHeader.stateSize - 4).crc32c
        damages.append(
            LogDamage(
                stored == computed
                    ? .malformed(.state, at: bytes.lowerBound, reason: "no such state is known")
                    : .checksum(.state, at: bytes.lowerBound, stored: stored, computed: computed),
                bytes: bytes))
    }

    /// A log that was closed has a footer.
    private mutating func missFooter(_ layout: LogLayout, header: Span<UInt8>, size: UInt64) {
        switch layout.headerState {
        case .closed(let finalSize) where size < finalSize:
            damages.append(
                LogDamage(
                    .truncated(.footer, at: size, missing: finalSize - size),
                    bytes: size..<finalSize, frames: nil, from: layout.lastStamp,
                    firstFrame: layout.nextFrameNumber))
        case .closed(let finalSize) where finalSize >= UInt64(LogFooter.size):
            let start = finalSize - UInt64(LogFooter.size)
            footerStart = start
            damages.append(
                LogDamage(
                    .malformed(.footer, at: start, reason: "no footer of this log is there"),
                    bytes: start..<finalSize))
        case .streamed:
            damages.append(
                LogDamage(
                    .truncated(.footer, at: size, missing: UInt64(LogFooter.size)),
                    bytes: size..<size, frames: nil, from: layout.lastStamp,
                    firstFrame: layout.nextFrameNumber))
        default: break
        }
    }

    private mutating func checkIndex<File: ByteSource & ~Copyable>(
        _ footer: LogFooter, of file: borrowing File, _ layout: LogLayout, header: [UInt8]
    ) throws(StreamError) {
        indexBytes = footer.indexOffset..<footer.indexOffset + UInt64(footer.indexSize)
        guard UInt64(footer.indexSize) <= LogScanner.indexLimit,
            footer.recordingCheck == layout.recordingCheck
        else {
            return note(.malformed(.footer, at: indexBytes.upperBound, reason: "it is another's"))
        }
        let bytes = try file.bytes(at: footer.indexOffset, count: Int(footer.indexSize))
        do throws(LogError) {
            index = try LogIndex(bytes.span, at: footer.indexOffset, check: footer.recordingCheck)
        } catch {
            return note(error)
        }
        guard let index else { return }
        let groups = layout.steps.compactMap {
            if case .group(let entry) = $0 { entry } else { nil }
        }
        if layout.damages.isEmpty, index.entries != groups {
            note(
                .malformed(
                    .index, at: footer.indexOffset, reason: "its groups are not those of the file"))
        }
        if layout.damages.isEmpty, index.metadata != layout.metadata {
            note(
                .malformed(
                    .index, at: footer.indexOffset, reason: "its metadata is not the header's"))
        }
    }

    private mutating func note(_ error: LogError) {
        damages.append(LogDamage(error, bytes: indexBytes))
    }
}
