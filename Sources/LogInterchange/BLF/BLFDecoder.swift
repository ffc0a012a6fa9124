public import CANFrame

/// Reads Vector's binary log format (BLF).
///
/// Read are CAN_MESSAGE, CAN_MESSAGE2, CAN_FD_MESSAGE, CAN_FD_MESSAGE_64, CAN_ERROR, CAN_ERROR_EXT and
/// CAN_FD_ERROR_64; GLOBAL_MARKER and EVENT_COMMENT become markers. They may lie in containers, packed
/// or not, or outside of any. Other objects are passed over by their size and counted, as
/// CAN_OVERLOAD is.
///
/// A faulty object is passed over by its size and counted as a loss. Where the size cannot be, or a
/// container is damaged, the next object is searched for, and that counts as one loss.
///
/// An error frame without further fields reads as `CAN_ERR_PROT` with 8 zero bytes.
public struct BLFDecoder: InterchangeDecoder {
    /// A batch with so many events is passed on; a log may have markers and no frames.
    static let mostEvents = 4096

    private let localClock: LocalClock
    private var window = StreamWindow()
    private var containers = BLFContainers()
    private var parser = BLFObjectParser()
    private var stage = Stage.header
    /// How many bytes the window must hold to go on.
    private var needed = BLFFileHeader.knownSize
    /// This many bytes to come are passed over.
    private var skipping: UInt64 = 0
    /// The next object has to be searched for.
    private var isSearching = false
    /// Where the container is that was unpacked last.
    private var containerOffset: UInt64 = 0
    private var frames: UInt64 = 0
    private var losses = UnreportedLosses()
    private var faults = ReadingGaps()

    private enum Stage {
        case header, objects, ended
    }

    /// Faulty objects that no event tells of yet.
    private struct UnreportedLosses {
        var count: UInt64 = 0
        /// The row before which they were.
        var row = 0
    }

    /// The start of the log is what a clock on the wall showed: in UTC, as python-can writes and reads it,
    /// unless `localClock` says otherwise. Vector's tools write the local time of the measuring computer.
    public init(localClock: LocalClock = .utc) {
        self.localClock = localClock
    }

    /// Whether a file that begins with `content` is a BLF log.
    public static func matches(_ content: [UInt8]) -> Bool {
        content.starts(with: BLFFileHeader.signature)
    }

    public var gaps: ReadingGaps {
        var gaps = faults
        gaps.otherContent = parser.otherObjects
        return gaps
    }
    public var resolution: Int64 { parser.resolution }

    public mutating func read<Input: ByteStream & ~Copyable>(
        from input: inout Input, into batch: inout FrameBatch
    ) throws(StreamError) -> ReadOutcome {
        batch.firstFrameNumber = frames
        while !batch.isFull && batch.events.count < Self.mostEvents {
            if stage == .objects && containers.hasContent {
                readContent(into: &batch, place: input.place)
            } else if stage != .ended && window.count >= needed {
                try readWindow(into: &batch, place: input.place)
            } else if !batch.isEmpty || stage == .ended {
                // What is there goes on before a slow pipe is waited for.
                break
            } else {
                if try window.hold(needed, from: &input) { continue }
                try end(into: &batch, place: input.place)
            }
        }
        reportLosses(in: &batch)
        frames += UInt64(batch.count)
        return batch.isEmpty && stage == .ended ? .ended : .batch
    }
}

// MARK: - Outside of containers

extension BLFDecoder {
    private mutating func readWindow(
        into batch: inout FrameBatch, place: String
    ) throws(StreamError) {
        if stage == .header {
            try readHeader(place: place)
        } else if skipping > 0 {
            let step = Int(min(skipping, UInt64(window.count)))
            window.take(step)
            skipping -= UInt64(step)
            needed = 1
        } else if isSearching {
            search()
        } else {
            readObjects(into: &batch, place: place)
        }
    }

    private mutating func readHeader(place: String) throws(StreamError) {
        let header = BLFFileHeader(
            window.bytes[window.start..<window.start + BLFFileHeader.knownSize])
        guard Self.matches(Array(window.bytes[window.start..<window.start + 4])) else {
            throw StreamError(
                place: place, cause: "this is no BLF log: it does not begin with LOGG")
        }
        guard header.headerSize >= BLFFileHeader.knownSize else {
            faults.damage = StreamError(
                place: "\(place): byte 4",
                cause: "the file header claims \(header.headerSize) bytes, fewer than it has")
            stage = .ended
            return
        }
        if let start = header.wallStart {
            let whole: Int64 = 1_000_000_000
            let second = start.truncated(to: whole).nanoseconds / whole
            let shift = localClock.utc(ofWall: second) - second
            parser.start = start.nanoseconds &+ shift &* whole
        }
        parser.latest = Timestamp(nanoseconds: parser.start)
        skipping = UInt64(header.headerSize)
        needed = 1
        stage = .objects
    }

    private mutating func readObjects(into batch: inout FrameBatch, place: String) {
        let bytes = window.bytes
        let progress = parser.parse(
            bytes.span, from: window.start, end: window.end, into: &batch)
        window.take(progress.used - window.start)
        needed = 1
        switch progress.stop {
        case .full: break
        case .needs(let count): needed = count
        case .skip(let size): skipping = UInt64(size)
        case .fault(let fault, let size):
            skip(fault, at: outside(place), in: batch)
            skipping = UInt64(size)
        case .lost(let fault):
            skip(fault, at: outside(place), in: batch)
            window.take(1)
            isSearching = true
        case .container(let header):
            guard header.size <= BLFLayout.largestContainer else {
                skip(.containerTooLarge(header.size), at: outside(place), in: batch)
                containers.breakOff()
                skipping = UInt64(header.size)
                return
            }
            guard window.count >= header.size else {
                needed = header.size
                return
            }
            unpack(header, count: header.size, in: batch, place: place)
        }
    }

    /// Unpacks the container at the window's start, of which `count` bytes are held.
    private mutating func unpack(
        _ header: BLFBaseHeader, count: Int, in batch: borrowing FrameBatch, place: String
    ) {
        let bytes = window.bytes
        let container = bytes.span.extracting(window.start..<window.start + count)
        let fault = containers.add(container, header)
        containerOffset = window.offset
        if let fault, count == header.size { skip(fault, at: outside(place), in: batch) }
        window.take(count)
        needed = 1
    }

    /// Passes over bytes until an object begins.
    private mutating func search() {
        let bytes = window.bytes
        needed = BLFLayout.baseHeaderSize
        if let place = BLFBaseHeader.find(in: bytes.span, from: window.start, end: window.end) {
            window.take(place - window.start)
            isSearching = false
        } else {
            window.take(max(0, window.count - BLFLayout.baseHeaderSize + 1))
        }
    }

    private func outside(_ place: String) -> String { "\(place): byte \(window.offset)" }

    /// The input has ended before ``needed`` bytes were there.
    private mutating func end(
        into batch: inout FrameBatch, place: String
    ) throws(StreamError) {
        let rest = window.bytes[window.start..<window.end]
        if stage == .header {
            try endInHeader(rest, place: place)
        } else if skipping > 0 {
            setDamage("the log ends inside an object that claims \(skipping) bytes more", place)
        } else if !isSearching && rest.contains(where: { $0 != 0 }) {
            endInObject(batch, place)
        }
        window.take(window.count)
        if !containers.hasContent { endContent(place) }
    }

    private mutating func endInHeader(
        _ rest: ArraySlice<UInt8>, place: String
    ) throws(StreamError) {
        guard Self.matches(Array(rest.prefix(4))) else {
            throw StreamError(
                place: place, cause: "this is no BLF log: it does not begin with LOGG")
        }
        setDamage("the log ends inside its header", place)
    }

    /// Of a container that was cut off, what is there is unpacked.
    private mutating func endInObject(_ batch: borrowing FrameBatch, _ place: String) {
        var kind = "an object's header"
        if window.count >= BLFLayout.baseHeaderSize {
            let bytes = window.bytes
            let header = BLFBaseHeader(bytes.span, at: window.start)
            kind = "\(BLFObjectType.name(header.type)) of \(header.size) bytes"
            setDamage("the log ends inside \(kind)", outside(place))
            if header.type == BLFObjectType.logContainer {
                unpack(header, count: window.count, in: batch, place: place)
            }
        } else {
            setDamage("the log ends inside \(kind)", outside(place))
        }
    }

    private mutating func setDamage(_ cause: String, _ place: String) {
        if faults.damage == nil { faults.damage = StreamError(place: place, cause: cause) }
    }
}

// MARK: - Inside of containers

extension BLFDecoder {
    private mutating func readContent(into batch: inout FrameBatch, place: String) {
        // Held by a second name while the parser and the batch change.
        let bytes = containers.bytes
        if containers.isSearching {
            searchContent(bytes.span)
            return
        }
        let progress = parser.parse(
            bytes.span, from: containers.start, end: containers.end, into: &batch)
        containers.take(to: progress.used)
        switch progress.stop {
        case .full: break
        case .needs:
            containers.exhaust()
        case .skip(let size):
            containers.skip(size)
        case .fault(let fault, let size):
            skip(fault, at: inside(place), in: batch)
            containers.skip(size)
        case .lost(let fault):
            skip(fault, at: inside(place), in: batch)
            containers.take(to: progress.used + 1)
            containers.isSearching = true
        case .container(let header):
            skip(.containerInside, at: inside(place), in: batch)
            containers.skip(header.size)
        }
    }

    private mutating func searchContent(_ bytes: Span<UInt8>) {
        if let place = BLFBaseHeader.find(
            in: bytes, from: containers.start, end: containers.end)
        {
            containers.take(to: place)
            containers.isSearching = false
        } else {
            let kept = containers.end - BLFLayout.baseHeaderSize + 1
            containers.take(to: max(containers.start, kept))
            containers.exhaust()
        }
    }

    private func inside(_ place: String) -> String {
        "\(place): unpacked byte \(containers.offset), of the container at byte \(containerOffset) or before"
    }

    private mutating func endContent(_ place: String) {
        if containers.isInsideObject {
            setDamage("the log ends inside an object", inside(place))
        }
        stage = .ended
    }
}

// MARK: - Losses

extension BLFDecoder {
    private mutating func skip(
        _ fault: BLFFault, at place: String, in batch: borrowing FrameBatch
    ) {
        faults.skip(StreamError(place: place, cause: fault.description))
        losses.row = losses.count == 0 ? batch.count : losses.row
        losses.count += 1
    }

    /// Puts the losses that are not in the batch yet before the row where they were.
    private mutating func reportLosses(in batch: inout FrameBatch) {
        guard losses.count > 0 else { return }
        batch.insert(
            BusEvent(
                rowIndex: losses.row, timestamp: parser.latest, channel: nil,
                kind: .loss(Loss(cause: .malformed, frames: losses.count))))
        losses.count = 0
    }
}
