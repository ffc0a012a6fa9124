import CANFrame

/// Turns the sections of a group of coding 1 back into rows (LogFile.docc, Coding 1).
///
/// Everything is checked before the first row is given: counts against the directory, sizes against
/// counts. The memory is bounded by a full group of 64-byte payloads, and kept.
struct GroupDecoder: ~Copyable {
    /// The group's events; those that this version does not know are left out.
    private(set) var events: [BusEvent] = []
    /// How many rows there are; 0 when they could not be decoded.
    private(set) var rowCount = 0
    /// The row that is given next.
    private(set) var nextRow = 0

    private var zstandard: ZstandardDecoder
    /// A row of each kind, with its time and payload left out.
    private var templates: [FrameRow] = []
    /// Which kinds are wanted.
    private var isWanted: [Bool] = []
    private var keys: [UInt32] = []
    private var timePlanes: [UInt8] = []
    private var timeWidth = 0
    private var time = TimeCoder(unit: 1, stepsBack: false)
    private var stamp: Int64 = 0
    private var payloadPlanes: [UInt8] = []
    /// Payloads of at most 8 bytes, kind after kind.
    private var words: [UInt64] = []
    /// Where the next payload of each kind is, among the words or among the planes.
    private var places: [Int] = []
    private var strides: [Int] = []
    private var longPayload: [UInt8] = []

    init() throws(LogError) {
        zstandard = try ZstandardDecoder()
    }

    /// Forgets the group before.
    mutating func removeAll() {
        events = []
        rowCount = 0
        nextRow = 0
    }

    // MARK: Sections

    /// How long a section may be when it is decoded, given what the head says; `nil` if it cannot
    /// belong to such a group.
    static func size(of section: GroupHead.Section, head: GroupHead, frames: Int) -> Int? {
        typealias Kind = GroupHead.Section.Kind
        switch section.kind {
        case Kind.keys where section.plane < 3, Kind.times where section.plane < 8:
            return section.size == frames ? frames : nil
        case Kind.payloads where section.plane == 0:
            let size = head.directory.reduce(0) { $0 + $1.count * Int($1.length) }
            return section.size == size ? size : nil
        case Kind.events where section.plane == 0:
            return section.size <= EventColumns.sizeLimit ? section.size : nil
        default: return nil
        }
    }

    /// Decodes a section of a size that was checked into `memory` at `offset`; says why it cannot.
    private mutating func expand(
        _ section: GroupHead.Section, _ bytes: Span<UInt8>, into memory: inout [UInt8],
        at offset: Int
    ) -> String? {
        switch section.compression {
        case GroupHead.Section.Compression.stored:
            guard bytes.count == section.size else { return "its sizes disagree" }
            for index in bytes.indices { memory[offset + index] = bytes[index] }
            return nil
        case GroupHead.Section.Compression.zstandard:
            return zstandard.decode(bytes, into: &memory, from: offset)
        default: return "compression \(section.compression) is unknown"
        }
    }

    /// Starts the frames of a group.
    mutating func beginFrames(_ head: GroupHead, count: Int) {
        let planes = byteWidth(of: UInt64(max(1, head.directory.count) - 1))
        keys.removeAll(keepingCapacity: true)
        keys.append(contentsOf: repeatElement(0, count: planes == 0 ? count : 0))
        timePlanes.removeAll(keepingCapacity: true)
        timeWidth = 0
        payloadPlanes.removeAll(keepingCapacity: true)
    }

    /// Takes one section of the frames, in the order of the head; says why it cannot.
    mutating func takeFrames(_ section: GroupHead.Section, _ bytes: Span<UInt8>) -> String? {
        var memory: [UInt8] = []
        switch section.kind {
        case GroupHead.Section.Kind.keys:
            memory = Array(repeating: 0, count: section.size)
            if let reason = expand(section, bytes, into: &memory, at: 0) { return reason }
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
            let reason = expand(section, bytes, into: &memory, at: offset)
            swap(&memory, &timePlanes)
            timeWidth += 1
            return reason
        default:
            guard payloadPlanes.isEmpty else { return "there are two of them" }
            swap(&memory, &payloadPlanes)
            memory.append(contentsOf: repeatElement(0, count: section.size))
            let reason = expand(section, bytes, into: &memory, at: 0)
            swap(&memory, &payloadPlanes)
            return reason
        }
        return nil
    }

    /// Takes the events; says why it cannot. `unknown` is raised by those that are left out.
    mutating func takeEvents(
        _ section: GroupHead.Section, _ bytes: Span<UInt8>, count: Int, frames: Int,
        unknown: inout Int
    ) -> String? {
        var memory = [UInt8](repeating: 0, count: section.size)
        if let reason = expand(section, bytes, into: &memory, at: 0) { return reason }
        guard
            let decoded = EventColumns.decode(
                memory.span, count: count, frames: frames, unknown: &unknown)
        else { return "its columns contradict each other" }
        events = decoded
        return nil
    }

    // MARK: Frames

    /// Checks that the columns fit together, and makes them ready; says why they do not.
    mutating func finishFrames(_ head: GroupHead, count: Int) -> String? {
        let payloadSize = head.directory.reduce(0) { $0 + $1.count * Int($1.length) }
        guard keys.count == count, timePlanes.count == timeWidth * count,
            payloadPlanes.count == payloadSize
        else { return "a section is missing" }
        var counts = [Int](repeating: 0, count: head.directory.count)
        for key in keys {
            guard Int(key) < counts.count else { return "a row is of a kind that is not there" }
            counts[Int(key)] += 1
        }
        guard zip(counts, head.directory).allSatisfy({ $0 == $1.count }) else {
            return "its rows are not those of the directory"
        }
        time = TimeCoder(unit: head.timeUnit, stepsBack: head.timesStepBack)
        stamp = head.first.nanoseconds
        undoDifferences(head.directory)
        rowCount = count
        nextRow = 0
        return nil
    }

    /// Payloads are stored as differences to the row before of their kind.
    private mutating func undoDifferences(_ directory: [GroupHead.Entry]) {
        templates.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        strides.removeAll(keepingCapacity: true)
        words.removeAll(keepingCapacity: true)
        var start = 0
        for entry in directory {
            templates.append(
                FrameRow(
                    timestamp: Timestamp(nanoseconds: 0), identifier: entry.identifier,
                    channel: entry.channel, flags: entry.flags, length: entry.length,
                    dlc: entry.dlc, payloadWord: 0))
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

    /// Leaves out rows of kinds that are not wanted.
    mutating func select(_ wants: (GroupHead.Entry) -> Bool, of directory: [GroupHead.Entry]) {
        isWanted = directory.map(wants)
    }

    /// Appends the wanted rows before `end` to `batch`, until it is full. The number of the
    /// first row that was appended is returned, if any was.
    mutating func append(
        rowsBefore end: Int, from earliest: Int64, to latest: Int64, into batch: inout FrameBatch
    ) -> Int? {
        var first: Int?
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
                var template = templates[key]
                template.timestamp = Timestamp(nanoseconds: stamp)
                if template.isShort {
                    template.payloadWord = words[place]
                    batch.append(template)
                } else {
                    gather(at: place, stride: strides[key], length: Int(template.length))
                    batch.append(template, payload: longPayload.span)
                }
                if first == nil { first = row }
                room -= 1
            }
            row += 1
        }
        nextRow = row
        self.stamp = stamp
        return first
    }

    private mutating func gather(at start: Int, stride: Int, length: Int) {
        longPayload.removeAll(keepingCapacity: true)
        for byte in 0..<length { longPayload.append(payloadPlanes[start + byte * stride]) }
    }
}
