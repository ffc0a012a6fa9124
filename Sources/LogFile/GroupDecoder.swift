import CANFrame

/// Turns the sections of a group back into rows and events (LogFile.docc, Groups).
///
/// Everything is checked before the first row is given, and the memory is bounded by a full group.
struct GroupDecoder: ~Copyable {
    /// The group's events; those that this version does not know are left out.
    private(set) var events: [BusEvent] = []
    /// The number of each row, where they do not follow from the first one's.
    private(set) var numbers: [UInt64] = []

    private var coding = GroupHead.Coding.simple
    private var zstandard: ZstandardDecoder
    private var simple = SimpleColumnsDecoder()
    private var streams = StreamDecoder()

    init() throws(LogError) {
        zstandard = try ZstandardDecoder()
    }

    /// How many rows there are; 0 when they could not be decoded.
    var rowCount: Int {
        coding == GroupHead.Coding.streams ? streams.rowCount : simple.rowCount
    }
    /// The row that is given next.
    var nextRow: Int { coding == GroupHead.Coding.streams ? streams.nextRow : simple.nextRow }

    /// Forgets the group before.
    mutating func removeAll() {
        events = []
        numbers = []
        simple.removeAll()
        streams.removeAll()
    }

    /// Starts a group whose head was checked; says why it cannot.
    mutating func begin(_ head: GroupHead) -> String? {
        removeAll()
        coding = head.coding
        guard coding == GroupHead.Coding.streams else {
            simple.begin(head.directory, of: head)
            return nil
        }
        simple.begin(head.directory.filter { $0.segment == nil }, of: head)
        return streams.begin(head)
    }

    /// Says which entries are wanted; before any section is taken. Without frame numbers no more is
    /// decoded than those need.
    mutating func select(_ wants: (GroupHead.Entry) -> Bool, isNumbered: Bool) {
        simple.select(wants)
        if coding == GroupHead.Coding.streams {
            streams.select(wants, isNumbered: isNumbered, needsBundle: simple.hasWanted)
        }
    }

    /// Whether rows are given without gaps, so that their numbers are known.
    var isNumbered: Bool { coding == GroupHead.Coding.simple || streams.isNumbered }
    /// Whether a section is of use for what is wanted.
    func needs(_ section: GroupHead.Section) -> Bool {
        coding == GroupHead.Coding.simple || streams.needs(section)
    }

    // MARK: Sections

    /// Takes the events; says why it cannot. `unknown` is raised by those that are left out.
    mutating func takeEvents(
        _ section: GroupHead.Section, _ bytes: Span<UInt8>, count: Int, frames: Int,
        unknown: inout Int
    ) -> String? {
        guard section.plane == 0, section.size <= EventColumns.sizeLimit else {
            return "a section does not fit the group"
        }
        var memory = [UInt8](repeating: 0, count: section.size)
        if let reason = zstandard.expand(section, bytes, into: &memory, at: 0) { return reason }
        guard
            let decoded = EventColumns.decode(
                memory.span, count: count, frames: frames, unknown: &unknown)
        else { return "its columns contradict each other" }
        events = decoded
        return nil
    }

    /// Takes one section of the frames, in the order of the head; says why it cannot.
    mutating func takeFrames(_ section: GroupHead.Section, _ bytes: Span<UInt8>) -> String? {
        typealias Kind = GroupHead.Section.Kind
        guard coding == GroupHead.Coding.streams else {
            return simple.take(section, bytes, &zstandard)
        }
        switch section.kind {
        case Kind.tables: return streams.takeTables(bytes)
        case Kind.order: return streams.takeOrder(bytes, &zstandard)
        default: return simple.take(section, bytes, &zstandard)
        }
    }

    /// The streams whose segments are of use.
    var neededStreams: [Int] { streams.neededStreams }
    /// Whether that is all of them.
    var needsAllStreams: Bool { streams.needsAllStreams }

    /// Where the segment of a stream lies in its section, and its checksum.
    func segment(of stream: Int) -> (bytes: Range<Int>, checksum: UInt32) {
        streams.segment(of: stream)
    }

    /// Takes the segment of a stream.
    mutating func takeSegment(of stream: Int, _ bytes: Span<UInt8>) {
        streams.takeSegment(of: stream, bytes)
    }

    /// Takes the segments of all streams; false if they are not of the size that the head says.
    mutating func takeSegments(_ bytes: Span<UInt8>) -> Bool { streams.takeSegments(bytes) }

    /// Frames of a group that cannot be given.
    struct Lost {
        var frames: Int
        /// The bytes of a segment in its section.
        var segment: Range<Int>?
        var reason: String
    }

    /// Checks that all fits together, and makes the rows ready; gives what cannot be read.
    /// A section that `failure` says is damaged was not taken.
    mutating func finishFrames(failure: [UInt8: String]) -> [Lost] {
        typealias Kind = GroupHead.Section.Kind
        let simpleFailure = failure[Kind.keys] ?? failure[Kind.times] ?? failure[Kind.payloads]
        let isBundleNeeded = coding == GroupHead.Coding.simple || streams.needsBundle
        var lost: [Lost] = []
        if isBundleNeeded, let reason = simpleFailure ?? simple.finish() {
            lost.append(Lost(frames: simple.expectedCount, segment: nil, reason: reason))
            simple.removeAll()
        }
        if coding == GroupHead.Coding.streams {
            lost += streams.finish(
                bundle: &simple, tablesFailure: failure[Kind.tables],
                orderFailure: failure[Kind.order], &zstandard)
        }
        return lost
    }

    // MARK: Rows

    /// Appends the wanted rows before `end` to `batch`, until it is full.
    mutating func append(
        rowsBefore end: Int, from earliest: Int64, to latest: Int64, numbers: RowNumbers,
        into batch: inout FrameBatch
    ) {
        if coding == GroupHead.Coding.streams {
            streams.append(
                rowsBefore: end, from: earliest, to: latest, numbers: numbers, into: &batch)
        } else {
            simple.append(
                rowsBefore: end, from: earliest, to: latest, numbers: numbers, into: &batch)
        }
    }

    // MARK: Numbers

    /// Takes the numbers of the frames, which are ready; says why it cannot.
    mutating func takeNumbers(
        _ section: GroupHead.Section, _ bytes: Span<UInt8>, of head: GroupHead
    ) -> String? {
        guard section.plane == 0, section.size <= FrameNumbers.sizeLimit else {
            return "a section does not fit the group"
        }
        var memory = [UInt8](repeating: 0, count: section.size)
        if let reason = zstandard.expand(section, bytes, into: &memory, at: 0) { return reason }
        let rowChannels =
            coding == GroupHead.Coding.streams ? streams.rowChannels : simple.rowChannels
        guard
            let decoded = FrameNumbers.decode(
                memory.span, rowChannels: rowChannels, channels: head.channels)
        else { return "they are not those of the frames" }
        numbers = decoded
        return nil
    }
}

/// The numbers of a group's rows.
struct RowNumbers {
    /// That of the first row, by the block; of a merged log its place in the log.
    var first: UInt64
    /// That of each row, where they do not follow from the first.
    var listed: [UInt64] = []
    /// False if rows are missing, nobody knows which.
    var isKnown = true

    @inline(__always)
    subscript(row: Int) -> UInt64 {
        listed.isEmpty ? first &+ UInt64(row) : listed[row]
    }

    /// The number that a row must have to follow those of `batch`; one that no row has if it is
    /// empty, so that the first one is told.
    func next(in batch: borrowing FrameBatch) -> UInt64 {
        batch.count == 0 ? .max : batch.nextFrameNumber
    }

    /// Tells `batch` the number of `row`, which comes next.
    @inline(never)
    func start(_ row: Int, in batch: inout FrameBatch) {
        guard isKnown || batch.count == 0 else { return }
        batch.numberNext(as: self[row], place: first &+ UInt64(row))
    }
}
