import CANFrame

/// Gives the frames of a group of coding 2 (LogFile.docc, Coding 2).
///
/// Streams are decoded one by one, each after its leader; the order of arrival comes last.
struct StreamDecoder: ~Copyable {
    /// How many rows there are; 0 when they could not be decoded.
    private(set) var rowCount = 0
    /// The row that is given next.
    private(set) var nextRow = 0

    private struct Stream {
        var entry: GroupHead.Entry
        var segment: GroupHead.Segment
        /// Where its segment begins in the section.
        var offset: Int
        var firstWord = 0
        /// Where its segment begins in ``segments``, once it is there.
        var place: Int?
        var state = State.waiting

        enum State {
            case waiting, decoded, lost
        }
    }

    private var streams: [Stream] = []
    private var base: Int64 = 0
    private var unit: Int64 = 1
    private var mode = FrameOrder.Mode.sorted
    private var slots = FrameOrder.Slots(times: [], streamOfSlot: [], starts: [], channels: [])
    private var words: [UInt64] = []
    private var order: [UInt32] = []
    private var orderContexts: [[UInt8]] = []
    /// Whether rows are given without gaps, so that their numbers are known.
    private(set) var isNumbered = true
    /// Whether the frames of no stream are of use.
    private(set) var needsBundle = true
    /// Whether all is of use, for the numbers or the order.
    private var needsAll = true
    /// Whether all that is wanted is one stream, or the bundle.
    private var hasOneSource = false
    /// How many frames are of no stream.
    private var bundleCount = 0
    /// The streams whose segments are of use.
    private(set) var neededStreams: [Int] = []
    private var segments: [UInt8] = []
    private var tables = TableSet()
    private var payload = PayloadDecoder()
    private var symbols: [UInt8] = []
    /// The frames of no stream.
    private var bundle = FrameBatch(capacity: 1)
    private var bundleIsWanted: [Bool] = []
    /// Its rows, if no payload is longer than 8 bytes.
    private var bundleRows: [FrameRow] = []
    /// Whether all rows are wanted, and none has more than 8 bytes.
    private var isPlain = false
    /// A row of each stream, with its time and payload left out.
    private var templates: [FrameRow] = []
    private var streamIsWanted: [Bool] = []
    /// Where the words of slot 0 would begin if it were of each stream.
    private var wordBases: [Int] = []

    /// Forgets the group before.
    mutating func removeAll() {
        rowCount = 0
        nextRow = 0
    }

    // MARK: Sections

    /// Starts a group whose counts were checked; says why it cannot.
    mutating func begin(_ head: GroupHead) -> String? {
        removeAll()
        streams.removeAll(keepingCapacity: true)
        slots.channels.removeAll(keepingCapacity: true)
        (base, unit, mode) = (head.first.nanoseconds, head.timeUnit, head.order)
        var offset = 0
        bundleCount = 0
        for entry in head.directory {
            guard let segment = entry.segment else {
                bundleCount += entry.count
                continue
            }
            streams.append(Stream(entry: entry, segment: segment, offset: offset))
            slots.channels.append(entry.channel)
            offset += segment.size
        }
        guard streams.count < Int(UInt16.max) else {
            streams.removeAll(keepingCapacity: true)
            return "it has too many streams"
        }
        if let reason = contradictionOfLeaders {
            streams.removeAll(keepingCapacity: true)
            return reason
        }
        segments.removeAll(keepingCapacity: true)
        bundle.removeAll()
        bundleIsWanted = []
        orderContexts = []
        return nil
    }

    private var contradictionOfLeaders: String? {
        for stream in streams {
            guard let leader = stream.segment.leader else { continue }
            guard leader < streams.count else { return "a leader is not there" }
            // Else the work would grow with the square of the streams.
            guard streams[leader].entry.count <= stream.entry.count * LeaderChoice.ratioLimit
            else { return "a leader has too many frames" }
        }
        return nil
    }

    /// Says which streams are wanted. Numbers need the stamps of all, and so does the order of
    /// arrival of several streams where stamps alone do not tell it.
    mutating func select(
        _ wants: (GroupHead.Entry) -> Bool, isNumbered: Bool, needsBundle: Bool
    ) {
        streamIsWanted.removeAll(keepingCapacity: true)
        for stream in streams { streamIsWanted.append(wants(stream.entry)) }
        let wanted = streamIsWanted.reduce(needsBundle ? 1 : 0) { $0 + ($1 ? 1 : 0) }
        needsAll = isNumbered || mode != .sorted && wanted > 1
        self.isNumbered = needsAll
        self.needsBundle = needsAll || needsBundle
        hasOneSource = wanted == 1 && !needsAll
        var isNeeded = streamIsWanted
        if needsAll { isNeeded = Array(repeating: true, count: streams.count) }
        for stream in streams.indices where streamIsWanted[stream] {
            // Chains are short; a circle ends where it has been.
            var next = streams[stream].segment.leader
            while let leader = next, !isNeeded[leader] {
                isNeeded[leader] = true
                next = streams[leader].segment.leader
            }
        }
        neededStreams.removeAll(keepingCapacity: true)
        for stream in streams.indices {
            if isNeeded[stream] {
                neededStreams.append(stream)
            } else {
                streams[stream].state = .lost
            }
        }
        layOut(isNeeded)
    }

    /// Gives slots to the streams that are needed, and words to those that are wanted: what else is
    /// in the group costs nothing.
    private mutating func layOut(_ isNeeded: [Bool]) {
        templates.removeAll(keepingCapacity: true)
        wordBases.removeAll(keepingCapacity: true)
        slots.starts.removeAll(keepingCapacity: true)
        slots.streamOfSlot.removeAll(keepingCapacity: true)
        var (word, slot) = (0, 0)
        for index in streams.indices {
            let entry = streams[index].entry
            templates.append(entry.template)
            slots.starts.append(slot)
            streams[index].firstWord = word
            let width = StreamColumns.width(of: entry.length)
            wordBases.append(word - slot * width)
            guard isNeeded[index] else { continue }
            if streamIsWanted[index] { word += entry.count * width }
            slot += entry.count
            slots.streamOfSlot.append(
                contentsOf: repeatElement(UInt16(index), count: entry.count))
        }
        slots.starts.append(slot)
        let rest = needsBundle ? bundleCount : 0
        slots.starts.append(slot + rest)
        slots.streamOfSlot.append(contentsOf: repeatElement(UInt16(streams.count), count: rest))
        slots.times.resize(to: slot + rest, filledWith: 0)
        words.resize(to: word, filledWith: 0)
    }

    var needsAllStreams: Bool { neededStreams.count == streams.count }

    /// Whether a section is of use for what is wanted.
    func needs(_ section: GroupHead.Section) -> Bool {
        switch section.kind {
        case GroupHead.Section.Kind.tables, GroupHead.Section.Kind.streams: !neededStreams.isEmpty
        case GroupHead.Section.Kind.order: needsAll
        default: needsBundle
        }
    }

    mutating func takeTables(_ bytes: Span<UInt8>) -> String? { tables.read(bytes) }

    /// Takes the symbols of the order, whose counts come first.
    mutating func takeOrder(
        _ bytes: Span<UInt8>, _ zstandard: inout ZstandardDecoder
    ) -> String? {
        let reason = "the symbols of its order contradict themselves"
        let contextCount = mode.contextCount
        var cursor = ByteCursor(bytes)
        var counts: [Int] = []
        for _ in 0..<contextCount {
            // A frame takes at most a symbol to stay, one to choose a lane and one at a tie.
            guard let count = cursor.count(upTo: slots.times.count) else { return reason }
            counts.append(count)
        }
        guard
            var reader = RunReader(
                bytes.extracting(cursor.offset..<bytes.count), runCount: contextCount,
                twoStates: false)
        else { return reason }
        for count in counts {
            var context = [UInt8](repeating: 0, count: count)
            var memory = context.mutableSpan
            if let reason = reader.next(
                count, into: &memory, tables: &tables, zstandard: &zstandard)
            {
                return reason
            }
            orderContexts.append(context)
        }
        return nil
    }

    /// Where the segment of a stream lies in its section, and its checksum.
    func segment(of stream: Int) -> (bytes: Range<Int>, checksum: UInt32) {
        let (offset, segment) = (streams[stream].offset, streams[stream].segment)
        return (offset..<offset + segment.size, segment.checksum)
    }

    /// Takes the segments of all streams; false if they are not of the size that the head says.
    mutating func takeSegments(_ bytes: Span<UInt8>) -> Bool {
        let size = streams.reduce(0) { $0 + $1.segment.size }
        guard bytes.count == size, segments.isEmpty else { return false }
        segments.append(bytes)
        for stream in streams.indices { streams[stream].place = streams[stream].offset }
        return true
    }

    /// Takes the segment of one stream.
    mutating func takeSegment(of stream: Int, _ bytes: Span<UInt8>) {
        streams[stream].place = segments.count
        segments.append(bytes)
    }

    // MARK: Streams

    /// Decodes all that is of use, and the order; gives what cannot be read.
    mutating func finish(
        bundle rest: inout SimpleColumnsDecoder, tablesFailure: String?, orderFailure: String?,
        _ zstandard: inout ZstandardDecoder
    ) -> [GroupDecoder.Lost] {
        var lost: [GroupDecoder.Lost] = []
        for index in neededStreams {
            let reason = tablesFailure ?? decode(index, depth: 0, &zstandard)
            guard let reason else { continue }
            streams[index].state = .lost
            let segment = segment(of: index).bytes
            lost.append(
                GroupDecoder.Lost(
                    frames: streams[index].entry.count, segment: segment, reason: reason))
        }
        let hasBundle = needsBundle && rest.rowCount == rest.expectedCount
        if hasBundle { takeBundle(&rest) }
        if let reason = orderRows(isWhole: lost.isEmpty && hasBundle, failure: orderFailure) {
            lost.append(GroupDecoder.Lost(frames: 0, segment: nil, reason: reason))
        }
        rowCount = order.count
        nextRow = 0
        isPlain =
            bundle.longPayloadBytes.isEmpty && templates.allSatisfy(\.isShort)
            && !streamIsWanted.contains(false) && !bundleIsWanted.contains(false)
        bundleRows.removeAll(keepingCapacity: true)
        if isPlain {
            for index in 0..<bundle.count {
                let row = bundle.rows[index]
                bundleRows.append(row)
            }
        }
        return lost
    }

    /// Puts what was decoded in order; where something is missing only stamps can tell it.
    private mutating func orderRows(isWhole: Bool, failure: String?) -> String? {
        var included = streams.indices.map {
            streams[$0].state == .decoded && (needsAll || streamIsWanted[$0])
        }
        included.append(bundle.count == slots.bundle.count)
        if hasOneSource, takeSlots(included) { return nil }
        var reason = failure
        if isWhole, reason == nil {
            reason = FrameOrder.decode(
                mode, contexts: orderContexts, slots, included: included, into: &order)
            if reason == nil { return nil }
        }
        isNumbered = false
        let byStamp = FrameOrder.decode(
            .sorted, contexts: [], slots, included: included, into: &order)
        return byStamp ?? reason
    }

    /// Gives the one source in the order of its slots, which is that of arrival; false if its stamps
    /// contradict that.
    private mutating func takeSlots(_ included: [Bool]) -> Bool {
        order.removeAll(keepingCapacity: true)
        let sources = included.indices.filter { included[$0] && !slotRange(of: $0).isEmpty }
        guard let source = sources.first else { return true }
        let range = slotRange(of: source)
        let isOrdered = mode == .explicit || mode == .lanes && source == streams.count
        if !isOrdered {
            for slot in range.dropFirst() where slots.times[slot] < slots.times[slot - 1] {
                return false
            }
        }
        for slot in range { order.append(UInt32(truncatingIfNeeded: slot)) }
        return true
    }

    private func slotRange(of source: Int) -> Range<Int> {
        slots.starts[source]..<slots.starts[source + 1]
    }

    /// Decodes the stamps of a stream, after those of its leader, and its payloads if it is wanted.
    private mutating func decode(
        _ index: Int, depth: Int, _ zstandard: inout ZstandardDecoder
    ) -> String? {
        switch streams[index].state {
        case .decoded: return nil
        case .lost: return "its leader is damaged"
        case .waiting: break
        }
        guard let place = streams[index].place else { return "its segment is damaged" }
        guard depth <= LeaderChoice.depthLimit else { return "leaders follow one another" }
        let stream = streams[index]
        if let leader = stream.segment.leader {
            if let reason = decode(leader, depth: depth + 1, &zstandard) { return reason }
        }
        // Taken out and put back: the span of a stored property would hold all of self.
        var (times, words, symbols) = (slots.times, words, symbols)
        (slots.times, self.words, self.symbols) = ([], [], [])
        let reason = decode(index, stream, at: place, &times, &words, &symbols, &zstandard)
        (slots.times, self.words, self.symbols) = (times, words, symbols)
        streams[index].state = reason == nil ? .decoded : .lost
        return reason
    }

    private mutating func decode(
        _ index: Int, _ stream: Stream, at place: Int, _ times: inout [Int64],
        _ words: inout [UInt64], _ symbols: inout [UInt8], _ zstandard: inout ZstandardDecoder
    ) -> String? {
        let (count, length) = (stream.entry.count, Int(stream.entry.length))
        // A second reference, for the same reason.
        let all = segments
        let bytes = all.span.extracting(place..<place + stream.segment.size)
        var cursor = ByteCursor(bytes)
        guard let predictor = cursor.byte(), predictor < PhasePredictor.modeCount,
            let plan = PayloadPlan(&cursor, length: length, count: count),
            var reader = RunReader(
                bytes.extracting(cursor.offset..<bytes.count), runCount: 1 + plan.runCount,
                twoStates: count >= StreamColumns.twoStatesFrom)
        else { return "the parameters of a stream contradict themselves" }
        if symbols.count < count { symbols.resize(to: count, filledWith: 0) }
        var classes = symbols.mutableSpan
        if let reason = reader.next(
            count, into: &classes, tables: &tables, zstandard: &zstandard)
        {
            return reason
        }
        let leader = stream.segment.leader.map { slots.starts[$0]..<slots.starts[$0 + 1] } ?? 0..<0
        // Copied: one array cannot be read and written at once.
        let leaderTimes = Array(times[leader])
        var allTimes = times.mutableSpan
        var ownTimes = allTimes._mutatingExtracting(
            slots.starts[index]..<slots.starts[index + 1])
        guard
            TimeCoding.decode(
                classes.span, bits: &reader.bits, leader: leaderTimes.span, mode: predictor,
                unit: unit, into: &ownTimes), !reader.bits.isOverrun
        else { return "the stamps of a stream contradict themselves" }
        guard streamIsWanted[index] else { return nil }
        var allWords = words.mutableSpan
        let size = count * StreamColumns.width(of: stream.entry.length)
        var ownWords = allWords._mutatingExtracting(stream.firstWord..<stream.firstWord + size)
        return payload.decode(
            plan, count: count, length: length, from: &reader, tables: &tables,
            zstandard: &zstandard, into: &ownWords)
    }

    /// Puts the frames of the bundle behind those of the streams.
    private mutating func takeBundle(_ rest: inout SimpleColumnsDecoder) {
        let start = slots.starts[streams.count]
        let count = slots.times.count - start
        if bundle.capacity < count { bundle = FrameBatch(capacity: count) }
        rest.appendAll(into: &bundle)
        bundleIsWanted = rest.rowsWanted()
        for index in 0..<bundle.count {
            let stamp = bundle.rows[index].timestamp.nanoseconds
            slots.times[start + index] = (stamp &- base) / unit
        }
    }

    // MARK: Rows

    /// Appends the wanted rows before `end` to `batch`, until it is full.
    mutating func append(
        rowsBefore end: Int, from earliest: Int64, to latest: Int64, numbers: RowNumbers,
        into batch: inout FrameBatch
    ) {
        if isPlain, numbers.listed.isEmpty, earliest == .min, latest == .max {
            appendPlain(rowsBefore: end, numbers: numbers, into: &batch)
            return
        }
        var next = numbers.next(in: batch)
        var row = nextRow
        let bundleStart = slots.starts[streams.count]
        let (order, times, streamOfSlot) = (order, slots.times, slots.streamOfSlot)
        var room = batch.capacity - batch.count
        while row < end, room > 0 {
            let slot = Int(order[row])
            let stamp = base &+ times[slot] &* unit
            row += 1
            guard stamp >= earliest, stamp <= latest else { continue }
            let isWanted =
                slot >= bundleStart
                ? bundleIsWanted[slot - bundleStart] : streamIsWanted[Int(streamOfSlot[slot])]
            guard isWanted else { continue }
            let number = numbers[row - 1]
            if number != next { numbers.start(row - 1, in: &batch) }
            next = number &+ 1
            if slot >= bundleStart {
                batch.append(frameAt: slot - bundleStart, of: bundle)
            } else {
                append(slot, of: Int(streamOfSlot[slot]), at: stamp, to: &batch)
            }
            room -= 1
        }
        nextRow = row
    }

    /// The same where all rows are wanted and short: most groups.
    private mutating func appendPlain(
        rowsBefore end: Int, numbers: RowNumbers, into batch: inout FrameBatch
    ) {
        let first = nextRow
        let last = first + min(end - first, batch.capacity - batch.count)
        guard first < last else { return }
        if numbers[first] != numbers.next(in: batch) { numbers.start(first, in: &batch) }
        let bundleStart = slots.starts[streams.count]
        let (base, unit) = (base, unit)
        // Second references: spans of stored properties would hold all of self.
        let (orderArray, timeArray, streamArray) = (order, slots.times, slots.streamOfSlot)
        let (wordArray, baseArray, templateArray) = (words, wordBases, templates)
        let bundleArray = bundleRows
        batch.append(upTo: last - first) { output in
            let (order, times, streams) = (orderArray.span, timeArray.span, streamArray.span)
            let (words, bases, templates) = (wordArray.span, baseArray.span, templateArray.span)
            for row in first..<last {
                let slot = Int(order[row])
                guard slot < bundleStart else {
                    output.append(bundleArray[slot - bundleStart])
                    continue
                }
                let stream = Int(streams[slot])
                var frame = templates[stream]
                frame.timestamp = Timestamp(nanoseconds: base &+ times[slot] &* unit)
                frame.payloadWord = words[bases[stream] &+ slot]
                output.append(frame)
            }
        }
        nextRow = last
    }

    /// The channel of each row.
    var rowChannels: [UInt8] {
        let bundleStart = slots.starts[streams.count]
        return order.map { slot in
            let slot = Int(slot)
            return slot >= bundleStart
                ? bundle.rows[slot - bundleStart].channel
                : slots.channels[Int(slots.streamOfSlot[slot])]
        }
    }

    @inline(__always)
    private func append(
        _ slot: Int, of stream: Int, at stamp: Int64, to batch: inout FrameBatch
    ) {
        var template = templates[stream]
        template.timestamp = Timestamp(nanoseconds: stamp)
        guard !template.isShort else {
            template.payloadWord = words[wordBases[stream] + slot]
            batch.append(template)
            return
        }
        let place = wordBases[stream] + slot * StreamColumns.width(of: template.length)
        var payload = InlineArray<64, UInt8>(repeating: 0)
        for byte in 0..<Int(template.length) {
            let word = words[place + byte / 8]
            payload[byte] = UInt8(truncatingIfNeeded: word >> UInt64(byte % 8 * 8))
        }
        batch.append(template, payload: payload.span.extracting(0..<Int(template.length)))
    }
}

extension FrameOrder.Mode {
    /// How many runs of symbols tell the order.
    var contextCount: Int {
        switch self {
        case .sorted: 0
        case .ties, .lanes: OrderModel.Context.count
        case .explicit: 3
        }
    }
}
