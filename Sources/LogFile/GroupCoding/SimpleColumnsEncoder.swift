import CANFrame

/// Codes frames as simple columns: all of a group, or those of its bundle (LogFile.docc, Coding 1).
///
/// The buffers are kept from one group to the next.
struct SimpleColumnsEncoder: ~Copyable {
    /// The planes of the column that is being made.
    private var planes: [UInt8] = []
    /// Where the next payload of each entry goes among the planes.
    private var places: [Int] = []
    /// The payload word of the frame before of each entry, or that row's index for long payloads.
    private var previous: [UInt64] = []

    /// Which frames of a group are coded.
    struct Members: ~Copyable {
        /// The rows, ascending.
        var rows: [UInt32] = []
        /// The entry of each.
        var keys: [UInt32] = []
        var entries: [GroupHead.Entry] = []

        mutating func removeAll() {
            rows.removeAll(keepingCapacity: true)
            keys.removeAll(keepingCapacity: true)
            entries.removeAll(keepingCapacity: true)
        }
    }

    /// Appends the sections of `members` to `sections`.
    mutating func encode(
        _ members: borrowing Members, of group: borrowing FrameBatch, head: GroupHead,
        into sections: inout SectionWriter
    ) {
        appendKeys(members, into: &sections)
        appendTimes(members, group.rows, head: head, into: &sections)
        appendPayloads(members, group, into: &sections)
    }

    /// Gives the memory back.
    mutating func releaseBuffers() {
        planes = []
    }

    private mutating func resizePlanes(to size: Int) {
        planes.removeAll(keepingCapacity: true)
        planes.append(contentsOf: repeatElement(0, count: size))
    }

    private mutating func appendKeys(
        _ members: borrowing Members, into sections: inout SectionWriter
    ) {
        let count = members.keys.count
        let width = byteWidth(of: UInt64(max(1, members.entries.count) - 1))
        resizePlanes(to: count)
        for plane in 0..<width {
            for index in 0..<count {
                planes[index] = UInt8(truncatingIfNeeded: members.keys[index] >> UInt32(8 * plane))
            }
            sections.append(GroupHead.Section.Kind.keys, plane: plane, planes.span)
        }
    }

    private mutating func appendTimes(
        _ members: borrowing Members, _ rows: Span<FrameRow>, head: GroupHead,
        into sections: inout SectionWriter
    ) {
        let count = members.rows.count
        let coder = TimeCoder(unit: head.timeUnit, stepsBack: head.timesStepBack)
        var largest: UInt64 = 0
        var before = head.first.nanoseconds
        // Eight bytes a row, the low ones first; only the planes that are used are stored.
        resizePlanes(to: count * 8)
        var memory = planes.mutableSpan
        for index in members.rows.indices {
            let stamp = rows[Int(members.rows[index])].timestamp.nanoseconds
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
            let start = plane * count
            sections.append(
                GroupHead.Section.Kind.times, plane: plane,
                planes.span.extracting(start..<start + count))
        }
    }

    /// Entry after entry, byte after byte of the payload, each less that of the entry's frame before.
    private mutating func appendPayloads(
        _ members: borrowing Members, _ group: borrowing FrameBatch,
        into sections: inout SectionWriter
    ) {
        places.removeAll(keepingCapacity: true)
        previous.removeAll(keepingCapacity: true)
        var size = 0
        for entry in members.entries {
            places.append(size)
            // The row before the first one is all zeros; a long one marks that by no index.
            previous.append(entry.length <= 8 ? 0 : .max)
            size += entry.count * Int(entry.length)
        }
        guard size > 0 else { return }
        resizePlanes(to: size)
        let rows = group.rows
        for index in members.rows.indices {
            let number = Int(members.rows[index])
            let row = rows[number]
            let key = Int(members.keys[index])
            let stride = members.entries[key].count
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
                let payload = group.longPayload(at: number)
                let before = previous[key]
                previous[key] = UInt64(number)
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
        sections.append(GroupHead.Section.Kind.payloads, planes.span)
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
