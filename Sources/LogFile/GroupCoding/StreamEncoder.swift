import CANFrame

/// Codes the streams of a group by prediction (LogFile.docc, Coding 2).
struct StreamEncoder: ~Copyable {
    /// Where the parts of a segment lie until all of them can be coded.
    private struct Parts {
        var parameters: Range<Int>
        var runs: Range<Int>
        var bits: Range<Int>
    }

    private let effort: CodingEffort
    private let log2 = BinaryLogarithm()
    private var runs = SymbolRuns()
    private var bits = BitWriter()
    private var payload = PayloadEncoder()
    private var entropy: EntropyEncoder
    private var parameters: [UInt8] = []
    private var parts: [Parts] = []
    private var output: [UInt8] = []

    init(effort: CodingEffort) throws(LogError) {
        self.effort = effort
        entropy = try EntropyEncoder(effort: effort)
    }

    /// Gives the memory back.
    mutating func releaseBuffers() {
        runs = SymbolRuns()
        bits = BitWriter()
        payload = PayloadEncoder()
        output = []
    }

    /// Appends tables, order and segments to `sections`, and tells the directory of `head` leaders,
    /// sizes and checksums. The payload words of `columns` are used up.
    mutating func encode(
        _ columns: inout StreamColumns, head: inout GroupHead, into sections: inout SectionWriter
    ) {
        runs.removeAll()
        bits.removeAll()
        parameters.removeAll(keepingCapacity: true)
        parts.removeAll(keepingCapacity: true)
        let leaders = LeaderChoice(
            times: columns.slots.times.span, starts: Array(columns.slots.starts.dropLast()),
            arrival: columns.arrival.span, streamOfSlot: columns.slots.streamOfSlot.span,
            unit: head.timeUnit, log2)
        for stream in columns.entries.indices {
            model(stream, of: &columns, leaders.choices[stream], unit: head.timeUnit)
        }
        let order = appendOrder(columns, head: &head)
        output.removeAll(keepingCapacity: true)
        entropy.makeTables(&runs, frames: columns.arrival.count, into: &output)
        sections.append(coded: GroupHead.Section.Kind.tables, output.span)
        if head.order != .sorted {
            output.removeAll(keepingCapacity: true)
            appendSegment(order)
            sections.append(coded: GroupHead.Section.Kind.order, output.span)
        }
        appendStreams(columns, leaders.choices, head: &head, into: &sections)
    }

    /// First pass over a stream: symbols, bits and parameters.
    private mutating func model(
        _ stream: Int, of columns: inout StreamColumns, _ choice: LeaderChoice.Choice, unit: Int64
    ) {
        let starts = columns.slots.starts
        let entry = columns.entries[stream]
        let (firstParameter, firstRun, firstBit) = (
            parameters.count, runs.runs.count, bits.bitCount / 8
        )
        parameters.append(choice.mode)
        let times = columns.slots.times
        let leader = choice.leader.map { starts[$0]..<starts[$0 + 1] } ?? 0..<0
        TimeCoding.encode(
            times.span.extracting(starts[stream]..<starts[stream + 1]),
            leader: times.span.extracting(leader), mode: choice.mode, unit: unit, runs: &runs,
            bits: &bits)
        bits.align()
        let start = columns.wordStarts[stream]
        let size = entry.count * StreamColumns.width(of: entry.length)
        var memory = columns.words.mutableSpan
        var words = memory._mutatingExtracting(start..<start + size)
        payload.encode(
            &words, count: entry.count, length: Int(entry.length), effort: effort, runs: &runs,
            parameters: &parameters)
        parts.append(
            Parts(
                parameters: firstParameter..<parameters.count,
                runs: firstRun..<runs.runs.count, bits: firstBit..<bits.bitCount / 8))
    }

    /// Notes the symbols of the order, whose counts are the parameters of its segment.
    private mutating func appendOrder(
        _ columns: borrowing StreamColumns, head: inout GroupHead
    ) -> Parts {
        let (mode, contexts) = FrameOrder.encode(columns.slots, arrival: columns.arrival.span)
        head.order = mode
        let (firstParameter, firstRun) = (parameters.count, runs.runs.count)
        for context in contexts {
            parameters.append(varint: UInt64(context.count))
            runs.open(context.count, .payloads)
            for symbol in context { runs.append(symbol) }
            runs.close()
        }
        return Parts(
            parameters: firstParameter..<parameters.count, runs: firstRun..<runs.runs.count,
            bits: bits.bitCount / 8..<bits.bitCount / 8)
    }

    private mutating func appendSegment(_ part: Parts, twoStates: Bool = false) {
        output += parameters[part.parameters]
        let bytes = bits.bytes
        entropy.appendSegment(
            runs, part.runs, bits: bytes.span.extracting(part.bits), twoStates: twoStates,
            into: &output)
    }

    private mutating func appendStreams(
        _ columns: borrowing StreamColumns, _ choices: [LeaderChoice.Choice],
        head: inout GroupHead, into sections: inout SectionWriter
    ) {
        output.removeAll(keepingCapacity: true)
        var stream = 0
        for index in head.directory.indices
        where head.directory[index].count >= StreamColumns.leastFrames {
            let start = output.count
            let count = head.directory[index].count
            appendSegment(parts[stream], twoStates: count >= StreamColumns.twoStatesFrom)
            head.directory[index].segment = GroupHead.Segment(
                leader: choices[stream].leader, size: output.count - start,
                checksum: output.crc32c(from: start))
            stream += 1
        }
        sections.append(coded: GroupHead.Section.Kind.streams, output.span)
    }
}
