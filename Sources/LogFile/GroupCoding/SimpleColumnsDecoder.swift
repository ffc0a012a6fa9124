import CANFrame

/// Turns simple columns back into rows: all of a group, or those of its bundle
/// (LogFile.docc, Coding 1).
///
/// Everything is checked before the first row is given: counts against the entries, sizes against
/// counts. The memory is bounded by a full group of 64-byte payloads, and kept.
struct SimpleColumnsDecoder: ~Copyable {
    /// How many rows there are; 0 when they could not be decoded.
    private(set) var rowCount = 0
    /// The row that is given next.
    private(set) var nextRow = 0
    /// The entry of each row.
    private var keys: [UInt32] = []

    private var entries: [GroupHead.Entry] = []
    /// How many rows there should be.
    private(set) var expectedCount = 0
    /// A row of each entry, with its time and payload left out.
    private var templates: [FrameRow] = []
    /// Which entries are wanted.
    private var isWanted: [Bool] = []
    private var timePlanes: [UInt8] = []
    private var timeWidth = 0
    private var time = TimeCoder(unit: 1, stepsBack: false)
    private var stamp: Int64 = 0
    private var payloadPlanes: [UInt8] = []
    /// Payloads of at most 8 bytes, entry after entry.
    private var words: [UInt64] = []
    /// Where the next payload of each entry is, among the words or among the planes.
    private var places: [Int] = []
    private var strides: [Int] = []
    private var longPayload: [UInt8] = []

    /// Whether any entry is wanted.
    var hasWanted: Bool { isWanted.contains(true) }

    /// Forgets what was decoded before.
    mutating func removeAll() {
        rowCount = 0
        nextRow = 0
    }

    // MARK: Sections

    private var payloadSize: Int { entries.reduce(0) { $0 + $1.count * Int($1.length) } }

    /// Starts the frames of `entries`, whose counts were checked.
    mutating func begin(_ entries: [GroupHead.Entry], of head: GroupHead) {
        removeAll()
        self.entries = entries
        expectedCount = entries.reduce(0) { $0 + $1.count }
        time = TimeCoder(unit: head.timeUnit, stepsBack: head.timesStepBack)
        stamp = head.first.nanoseconds
        let planes = byteWidth(of: UInt64(max(1, entries.count) - 1))
        keys.resize(to: planes == 0 ? expectedCount : 0, filledWith: 0)
        timePlanes.removeAll(keepingCapacity: true)
        timeWidth = 0
        payloadPlanes.removeAll(keepingCapacity: true)
    }

    /// How long a section is when it is decoded; `nil` if it cannot belong to these entries.
    func size(of section: GroupHead.Section) -> Int? {
        switch section.kind {
        case GroupHead.Section.Kind.keys where section.plane < 3,
            GroupHead.Section.Kind.times where section.plane < 8:
            section.size == expectedCount ? expectedCount : nil
        case GroupHead.Section.Kind.payloads where section.plane == 0:
            section.size == payloadSize ? payloadSize : nil
        default: nil
        }
    }

    /// Takes one section, in the order of the head; says why it cannot.
    mutating func take(
        _ section: GroupHead.Section, _ bytes: Span<UInt8>,
        _ zstandard: inout ZstandardDecoder
    ) -> String? {
        guard size(of: section) != nil else { return "a section does not fit the group" }
        var memory: [UInt8] = []
        switch section.kind {
        case GroupHead.Section.Kind.keys:
            memory = Array(repeating: 0, count: section.size)
            if let reason = zstandard.expand(section, bytes, into: &memory, at: 0) {
                return reason
            }
            if section.plane == 0 {
                keys.append(contentsOf: repeatElement(0, count: section.size - keys.count))
            }
            guard keys.count == memory.count else { return "a plane is missing" }
            for index in keys.indices {
                keys[index] |= UInt32(memory[index]) << (8 * UInt32(section.plane))
            }
        case GroupHead.Section.Kind.times:
            guard Int(section.plane) == timeWidth else { return "its planes are out of order" }
            swap(&memory, &timePlanes)
            let offset = memory.count
            memory.append(contentsOf: repeatElement(0, count: section.size))
            let reason = zstandard.expand(section, bytes, into: &memory, at: offset)
            swap(&memory, &timePlanes)
            timeWidth += 1
            return reason
        default:
            guard payloadPlanes.isEmpty else { return "there are two of them" }
            swap(&memory, &payloadPlanes)
            memory.append(contentsOf: repeatElement(0, count: section.size))
            let reason = zstandard.expand(section, bytes, into: &memory, at: 0)
            swap(&memory, &payloadPlanes)
            return reason
        }
        return nil
    }

    // MARK: Rows

    /// Checks that the columns fit together, and makes them ready; says why they do not.
    mutating func finish() -> String? {
        guard keys.count == expectedCount, timePlanes.count == timeWidth * expectedCount,
            payloadPlanes.count == payloadSize
        else { return "a section is missing" }
        var counts = [Int](repeating: 0, count: entries.count)
        for key in keys {
            guard Int(key) < counts.count else { return "a row is of a kind that is not there" }
            counts[Int(key)] += 1
        }
        guard zip(counts, entries).allSatisfy({ $0 == $1.count }) else {
            return "its rows are not those of the directory"
        }
        undoDifferences()
        rowCount = expectedCount
        nextRow = 0
        return nil
    }

    /// Payloads are stored as differences to the row before of their kind.
    private mutating func undoDifferences() {
        templates.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        strides.removeAll(keepingCapacity: true)
        words.removeAll(keepingCapacity: true)
        var start = 0
        for entry in entries {
            templates.append(entry.template)
            strides.append(entry.count)
            if entry.length <= 8 {
                places.append(words.count)
                appendWords(at: start, count: entry.count, length: Int(entry.length))
            } else {
                places.append(start)
                sumPlanes(at: start, count: entry.count, length: Int(entry.length))
            }
            start += entry.count * Int(entry.length)
        }
    }

    private mutating func appendWords(at start: Int, count: Int, length: Int) {
        // A second reference: a span of a stored property would hold all of self.
        let columns = payloadPlanes
        let planes = columns.span
        var word: UInt64 = 0
        for index in 0..<count {
            var difference: UInt64 = 0
            var place = start + index + count * (length - 1)
            for _ in 0..<length {
                difference = difference << 8 | UInt64(planes[place])
                place -= count
            }
            word = bytewiseSum(word, difference)
            words.append(word)
        }
    }

    private mutating func sumPlanes(at start: Int, count: Int, length: Int) {
        for plane in 0..<length {
            let first = start + plane * count
            for index in first + 1..<first + count {
                payloadPlanes[index] &+= payloadPlanes[index - 1]
            }
        }
    }

    /// Leaves out rows of entries that are not wanted.
    mutating func select(_ wants: (GroupHead.Entry) -> Bool) {
        isWanted = entries.map(wants)
    }

    /// Appends the wanted rows before `end` to `batch`, until it is full.
    mutating func append(
        rowsBefore end: Int, from earliest: Int64, to latest: Int64, numbers: RowNumbers,
        into batch: inout FrameBatch
    ) {
        var next = numbers.next(in: batch)
        let count = rowCount
        let width = timeWidth
        var (row, stamp) = (nextRow, stamp)
        var room = batch.capacity - batch.count
        while row < end, room > 0 {
            let key = Int(keys[row])
            var value: UInt64 = 0
            var plane = row
            for shift in 0..<width {
                value |= UInt64(timePlanes[plane]) << UInt64(8 * shift)
                plane += count
            }
            stamp = stamp &+ time.difference(of: value)
            let place = places[key]
            places[key] = place + 1
            if isWanted[key], stamp >= earliest, stamp <= latest {
                let number = numbers[row]
                if number != next { numbers.start(row, in: &batch) }
                next = number &+ 1
                var template = templates[key]
                template.timestamp = Timestamp(nanoseconds: stamp)
                if template.isShort {
                    template.payloadWord = words[place]
                    batch.append(template)
                } else {
                    gather(at: place, stride: strides[key], length: Int(template.length))
                    batch.append(template, payload: longPayload.span)
                }
                room -= 1
            }
            row += 1
        }
        nextRow = row
        self.stamp = stamp
    }

    /// Appends all rows, wanted or not.
    mutating func appendAll(into batch: inout FrameBatch) {
        let wanted = isWanted
        isWanted = Array(repeating: true, count: entries.count)
        append(
            rowsBefore: rowCount, from: .min, to: .max, numbers: RowNumbers(first: 0),
            into: &batch)
        isWanted = wanted
    }

    /// Whether each row is of a wanted entry.
    func rowsWanted() -> [Bool] { keys.map { isWanted[Int($0)] } }

    /// The channel of each row.
    var rowChannels: [UInt8] { keys.map { entries[Int($0)].channel } }

    private mutating func gather(at start: Int, stride: Int, length: Int) {
        longPayload.removeAll(keepingCapacity: true)
        for byte in 0..<length { longPayload.append(payloadPlanes[start + byte * stride]) }
    }
}

extension GroupHead.Entry {
    /// A row of this entry, with its time and payload left out.
    var template: FrameRow {
        FrameRow(
            timestamp: Timestamp(nanoseconds: 0), identifier: identifier, channel: channel,
            flags: flags, length: length, dlc: dlc, payloadWord: 0)
    }
}

extension ZstandardDecoder {
    /// Decodes a section of a size that was checked into `memory` at `offset`; says why it cannot.
    mutating func expand(
        _ section: GroupHead.Section, _ bytes: Span<UInt8>, into memory: inout [UInt8],
        at offset: Int
    ) -> String? {
        switch section.compression {
        case GroupHead.Section.Compression.stored:
            guard bytes.count == section.size else { return "its sizes disagree" }
            for index in bytes.indices { memory[offset + index] = bytes[index] }
            return nil
        case GroupHead.Section.Compression.zstandard:
            return decode(bytes, into: &memory, from: offset)
        default: return "compression \(section.compression) is unknown"
        }
    }
}
