public import CANFrame

/// Writes Vector's binary log format (BLF), in packed containers of up to 128 KiB.
///
/// Classic frames become CAN_MESSAGE, CAN FD frames CAN_FD_MESSAGE, error frames CAN_ERROR_EXT, and
/// markers GLOBAL_MARKER; all are stamped in nanoseconds from the start, which is written in whole
/// milliseconds. No object reaches over the end of a container, so that a damaged one costs only its
/// own frames.
public struct BLFEncoder: InterchangeEncoder {
    /// The size of a container before it is packed; python-can's and Vector's have the same.
    static let containerSize = 128 * 1024
    /// libdeflate's level; on real logs it makes smaller containers than zlib's usual level does for
    /// python-can (measured, see the catalogue's page).
    static let level = 5

    private let options: EncodingOptions
    private let wall: LocalClock
    private var writer: BLFObjectWriter
    private var header: BLFFileHeader
    /// `content[..<filled]` is not packed yet.
    private var content = [UInt8](repeating: 0, count: Self.containerSize)
    private var filled = 0
    private var packed: [UInt8] = []
    /// Where in the output the log begins; `nil` before.
    private var logStart: UInt64?
    private var unheldContent = UnheldContent()

    /// Writes the start as ``EncodingOptions/localClock`` showed it, which is UTC unless it is set.
    public init(_ options: EncodingOptions) {
        self.options = options
        wall = options.localClock
        writer = BLFObjectWriter(from: options.start)
        header = BLFFileHeader(start: Self.date(writer.start, wall))
    }

    public var unheld: UnheldContent {
        var unheld = unheldContent
        unheld[.direction] = writer.lostDirections
        return unheld
    }

    public mutating func write<Output: ByteSink & ~Copyable>(
        _ batch: borrowing FrameBatch, to output: inout Output
    ) throws(StreamError) {
        try begin(&output)
        var next = 0
        for index in batch.events.indices {
            let event = batch.events[index]
            try write(batch, from: &next, to: event.rowIndex, &output)
            switch event.kind {
            case .channel: writer.numbering.describe(event, &unheldContent)
            case .marker(let text): try write(text, at: event.timestamp, &output)
            case let kind: unheldContent[.event] += kind.isTelling ? 1 : 0
            }
        }
        try write(batch, from: &next, to: batch.count, &output)
    }

    public mutating func finish<Output: ByteSink & ~Copyable>(
        to output: inout Output
    ) throws(StreamError) {
        try begin(&output)
        try pack(&output)
        guard output.canOverwrite, let logStart else { return }
        header.fileSize = output.byteCount - logStart
        header.objectCount = UInt32(clamping: writer.objects)
        header.last = Self.date(writer.latest.nanoseconds, wall)
        try output.overwrite(header.bytes.span, at: logStart)
    }

    private mutating func write<Output: ByteSink & ~Copyable>(
        _ batch: borrowing FrameBatch, from next: inout Int, to end: Int, _ output: inout Output
    ) throws(StreamError) {
        while next < end {
            (next, filled) = writer.write(
                batch, from: next, to: end, into: &content, at: filled)
            guard next < end else { return }
            let stamp = batch.rows[next].timestamp
            if stamp < options.start { throw options.tooEarly(stamp) }
            try pack(&output)
        }
    }

    private mutating func write<Output: ByteSink & ~Copyable>(
        _ marker: String, at time: Timestamp, _ output: inout Output
    ) throws(StreamError) {
        // The start is known from the frames; a marker before them has no place.
        guard marker.utf8.count <= BLFMarkerText.longest, time >= options.start else {
            unheldContent[.event] += 1
            return
        }
        let object = writer.marker(marker, at: time, program: options.program)
        if object.count > content.count - filled { try pack(&output) }
        for byte in object {
            content[filled] = byte
            filled += 1
        }
    }

    /// Writes the header as far as it is known, before anything else.
    private mutating func begin<Output: ByteSink & ~Copyable>(
        _ output: inout Output
    ) throws(StreamError) {
        guard logStart == nil else { return }
        guard header.start.timestamp != nil else {
            throw StreamError(
                place: options.place,
                cause: "the log starts in the year \(header.start.year), beyond those of BLF")
        }
        logStart = output.byteCount
        try output.append(header.bytes.span)
    }

    /// Writes what is not packed yet as a container.
    private mutating func pack<Output: ByteSink & ~Copyable>(
        _ output: inout Output
    ) throws(StreamError) {
        guard filled > 0 else { return }
        // A second name for it, since the span would hold all of the encoder.
        let content = self.content
        let count = Deflate.compress(
            content.span.extracting(0..<filled), level: Self.level, into: &packed)
        let frontSize = BLFLayout.baseHeaderSize + BLFLayout.containerFieldsSize
        let size = frontSize + count
        var front = Array("LOBJ".utf8)
        for field in [
            UInt32(BLFLayout.baseHeaderSize) | 1 << 16, UInt32(size), BLFObjectType.logContainer,
            UInt32(BLFLayout.zlib), 0, UInt32(filled), 0,
        ] {
            for shift: UInt32 in [0, 8, 16, 24] {
                front.append(UInt8(truncatingIfNeeded: field >> shift))
            }
        }
        try output.append(front.span)
        try output.append(packed.span.extracting(0..<count))
        // As many zeros as all readers expect: not up to a multiple of 4, but the rest of the size.
        try output.append([UInt8](repeating: 0, count: size % 4).span)
        header.unpackedSize += UInt64(frontSize + filled)
        filled = 0
    }

    /// What the wall showed at a moment, in whole milliseconds.
    private static func date(_ nanoseconds: Int64, _ wall: LocalClock) -> UTCTime {
        let timestamp = Timestamp(nanoseconds: nanoseconds)
        let whole: Int64 = 1_000_000_000
        let second = timestamp.truncated(to: whole).nanoseconds / whole
        let shift = wall.wall(ofUTC: second) - second
        return UTCTime(Timestamp(nanoseconds: nanoseconds &+ shift &* whole))
    }
}
