import CANFrame

/// Turns a group into its sections by coding 1, simple columns (LogFile.docc, Coding 1).
///
/// All buffers are kept from one group to the next: a recorder encodes without allocating.
struct GroupEncoder: ~Copyable {
    /// Longer buffers, of groups with many long payloads, are given back.
    private static let keptSize = 2 << 20

    /// The compressed sections, one after another.
    private(set) var body: [UInt8] = []
    private var zstandard: ZstandardEncoder
    private var kinds = FrameKindTable()
    /// The kind of each row.
    private var keys: [UInt32] = []
    /// The planes of the column that is being made.
    private var planes: [UInt8] = []
    /// Where the next payload of each kind goes among the planes.
    private var places: [Int] = []
    /// The payload word of the row before of each kind, or that row's index for long payloads.
    private var previous: [UInt64] = []

    init() throws(LogError) {
        zstandard = try ZstandardEncoder()
    }

    /// Fills ``body`` and the parts of `head` that describe it, and the directory.
    mutating func encode(_ group: borrowing FrameBatch, head: inout GroupHead) {
        body.removeAll(keepingCapacity: true)
        head.sections.removeAll(keepingCapacity: true)
        scan(group, head: &head)
        head.directory = kinds.directory()
        appendKeys(head: &head)
        appendTimes(group.rows, head: &head)
        appendPayloads(group, head: &head)
        if !group.events.isEmpty {
            EventColumns.encode(group.events, into: &planes)
            appendSection(GroupHead.Section.Kind.events, planes.count, head: &head)
        }
        if planes.count > Self.keptSize { planes = [] }
        zstandard.trim(to: Self.keptSize)
    }

    /// Gives the buffers back until the next group.
    mutating func releaseBuffers() {
        body = []
        keys = []
        planes = []
        zstandard.trim(to: 0)
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

    private mutating func appendKeys(head: inout GroupHead) {
        let count = keys.count
        let width = byteWidth(of: UInt64(max(1, kinds.kinds.count) - 1))
        resizePlanes(to: count)
        for plane in 0..<width {
            for index in 0..<count {
                planes[index] = UInt8(truncatingIfNeeded: keys[index] >> UInt32(8 * plane))
            }
            appendSection(GroupHead.Section.Kind.keys, plane: plane, count, head: &head)
        }
    }

    private mutating func appendTimes(_ rows: Span<FrameRow>, head: inout GroupHead) {
        let count = rows.count
        let coder = TimeCoder(unit: head.timeUnit, stepsBack: head.timesStepBack)
        var largest: UInt64 = 0
        var before = head.first.nanoseconds
        // Eight bytes a row, the low ones first; only the planes that are used are stored.
        resizePlanes(to: count * 8)
        var memory = planes.mutableSpan
        for index in rows.indices {
            let stamp = rows[index].timestamp.nanoseconds
            var value = coder.value(of: stamp &- before)
            before = stamp
            largest |= value
            var place = index
            while value != 0 {
                memory[place] = UInt8(truncatingIfNeeded: value)
                value >>= 8
                place += count
            }
        }
        for plane in 0..<byteWidth(of: largest) {
            appendSection(
                GroupHead.Section.Kind.times, plane: plane, from: plane * count, count, head: &head)
        }
    }

    /// Kind after kind, byte after byte of the payload, each less that of the kind's row before.
    private mutating func appendPayloads(_ group: borrowing FrameBatch, head: inout GroupHead) {
        places.removeAll(keepingCapacity: true)
        previous.removeAll(keepingCapacity: true)
        var size = 0
        for entry in head.directory {
            places.append(size)
            // The row before the first one is all zeros; a long one marks that by no index.
            previous.append(entry.length <= 8 ? 0 : .max)
            size += entry.count * Int(entry.length)
        }
        guard size > 0 else { return }
        resizePlanes(to: size)
        let rows = group.rows
        for index in rows.indices {
            let row = rows[index]
            let key = Int(keys[index])
            let stride = Int(kinds.counts[key])
            var place = places[key]
            places[key] = place + 1
            if row.isShort {
                let word = FrameRow.maskedWord(row.payloadWord, length: row.length)
                var rest = bytewiseDifference(word, previous[key])
                previous[key] = word
                for _ in 0..<row.length {
                    planes[place] = UInt8(truncatingIfNeeded: rest)
                    rest >>= 8
                    place += stride
                }
            } else {
                let payload = group.longPayload(at: index)
                let before = previous[key]
                previous[key] = UInt64(index)
                if before == .max {
                    for byte in payload.indices { planes[place + byte * stride] = payload[byte] }
                } else {
                    let last = group.longPayload(at: Int(before))
                    for byte in payload.indices {
                        planes[place + byte * stride] = payload[byte] &- last[byte]
                    }
                }
            }
        }
        appendSection(GroupHead.Section.Kind.payloads, size, head: &head)
    }

    private mutating func resizePlanes(to size: Int) {
        planes.removeAll(keepingCapacity: true)
        planes.append(contentsOf: repeatElement(0, count: size))
    }

    /// Compresses `size` bytes of the planes into the body and notes them in `head`.
    private mutating func appendSection(
        _ kind: UInt8, plane: Int = 0, from start: Int = 0, _ size: Int, head: inout GroupHead
    ) {
        guard size > 0 else { return }
        let offset = body.count
        // A second reference for this call: a span of a stored property would hold all of self.
        let columns = planes
        let content = columns.span.extracting(start..<start + size)
        let isSmaller = zstandard.append(content, to: &body)
        if !isSmaller { body.append(content) }
        head.sections.append(
            GroupHead.Section(
                kind: kind, plane: UInt8(plane),
                compression: isSmaller
                    ? GroupHead.Section.Compression.zstandard
                    : GroupHead.Section.Compression.stored,
                storedSize: body.count - offset, size: size,
                checksum: body.crc32c(from: offset)))
    }
}

/// Differences of stamps as unsigned numbers of a group's unit.
struct TimeCoder {
    let unit: Int64
    let stepsBack: Bool

    @inline(__always)
    func value(of difference: Int64) -> UInt64 {
        let units = unit == 1 ? difference : difference / unit
        return stepsBack ? zigzag(units) : UInt64(bitPattern: units)
    }

    @inline(__always)
    func difference(of value: UInt64) -> Int64 {
        (stepsBack ? unzigzag(value) : Int64(bitPattern: value)) &* unit
    }
}

extension [UInt8] {
    /// CRC-32C of the bytes from `offset` on.
    func crc32c(from offset: Int) -> UInt32 { span.extracting(offset..<count).crc32c }
}

/// How many bytes hold `value`, none for 0.
func byteWidth(of value: UInt64) -> Int { (71 - value.leadingZeroBitCount) / 8 }

/// Each byte of `left` less that of `right`, modulo 256.
@inline(__always)
func bytewiseDifference(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let high: UInt64 = 0x8080_8080_8080_8080
    return ((left | high) &- (right & ~high)) ^ ((left ^ ~right) & high)
}

/// Each byte of `left` and that of `right` added, modulo 256.
@inline(__always)
func bytewiseSum(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let high: UInt64 = 0x8080_8080_8080_8080
    return ((left & ~high) &+ (right & ~high)) ^ ((left ^ right) & high)
}
