import CANFrame

/// Turns a group into its sections (LogFile.docc, Groups): frequent frames as streams of their own
/// by coding 2, where there are any, the others as simple columns.
///
/// All buffers are kept from one group to the next, until they are released.
struct GroupEncoder: ~Copyable {
    /// Stamps farther apart than this many nanoseconds (146 years) are not predicted.
    private static let spanLimit: UInt64 = 1 << 62

    private var sections: SectionWriter
    private var kinds = FrameKindTable()
    /// The kind of each row.
    private var keys: [UInt32] = []
    private var columns = StreamColumns()
    private var streams: StreamEncoder
    private var simple = SimpleColumnsEncoder()
    private var eventBytes: [UInt8] = []

    init(effort: CodingEffort) throws(LogError) {
        let sections = try SectionWriter()
        let streams = try StreamEncoder(effort: effort)
        self.sections = sections
        self.streams = streams
    }

    /// The sections, one after another.
    var body: [UInt8] { sections.body }

    /// Encodes a group into ``body`` and the parts of `head` that describe it.
    mutating func encode(_ group: borrowing FrameBatch, head: inout GroupHead) {
        sections.removeAll()
        scan(group, head: &head)
        head.directory = kinds.directory()
        let span = head.latest.nanoseconds.subtractingReportingOverflow(
            head.earliest.nanoseconds)
        let isTooWide = span.overflow || UInt64(span.partialValue) > Self.spanLimit
        columns.fill(group, keys: keys, head: head, bundlesAll: isTooWide)
        if columns.entries.isEmpty {
            head.coding = GroupHead.Coding.simple
        } else {
            head.coding = GroupHead.Coding.streams
            streams.encode(&columns, head: &head, into: &sections)
        }
        if !columns.bundle.rows.isEmpty {
            simple.encode(columns.bundle, of: group, head: head, into: &sections)
        }
        if !group.events.isEmpty {
            EventColumns.encode(group.events, into: &eventBytes)
            // A second reference: a span of a stored property would hold all of self.
            let bytes = eventBytes
            sections.append(GroupHead.Section.Kind.events, bytes.span)
        }
        FrameNumbers.encode(group, channels: head.channels, into: &eventBytes)
        let numbers = eventBytes
        sections.append(GroupHead.Section.Kind.numbers, numbers.span)
        head.sections = sections.sections
    }

    /// Gives the memory back; the next group takes it anew.
    mutating func releaseBuffers() {
        sections.releaseBuffers()
        columns.releaseBuffers()
        streams.releaseBuffers()
        simple.releaseBuffers()
        keys = []
        eventBytes = []
    }

    /// First pass: kinds, stamps and their unit.
    private mutating func scan(_ group: borrowing FrameBatch, head: inout GroupHead) {
        kinds.removeAll()
        keys.removeAll(keepingCapacity: true)
        let rows = group.rows
        var unit: UInt64 = 0
        var before = rows.isEmpty ? 0 : rows[0].timestamp.nanoseconds
        var (earliest, latest, stepsBack) = (before, before, false)
        head.first = Timestamp(nanoseconds: before)
        for index in rows.indices {
            let row = rows[index]
            keys.append(kinds.number(of: row))
            let stamp = row.timestamp.nanoseconds
            let difference = stamp &- before
            // Dividing is dear: once the unit is 1, or divides, nothing is left to find.
            if unit != 1, unit == 0 || difference.magnitude % unit != 0 {
                unit = greatestCommonDivisor(unit, difference.magnitude)
            }
            stepsBack = stepsBack || difference < 0
            earliest = min(earliest, stamp)
            latest = max(latest, stamp)
            before = stamp
        }
        head.last = Timestamp(nanoseconds: before)
        head.timeUnit = Int64(exactly: unit).map { max(1, $0) } ?? 1
        head.timesStepBack = stepsBack
        let events = group.events
        if rows.isEmpty, !events.isEmpty {
            earliest = events[0].timestamp.nanoseconds
            latest = earliest
        }
        for index in events.indices {
            earliest = min(earliest, events[index].timestamp.nanoseconds)
            latest = max(latest, events[index].timestamp.nanoseconds)
        }
        head.earliest = Timestamp(nanoseconds: earliest)
        head.latest = Timestamp(nanoseconds: latest)
    }
}

extension [UInt8] {
    /// CRC-32C of the bytes from `offset` on.
    func crc32c(from offset: Int) -> UInt32 { span.extracting(offset..<count).crc32c }
}
