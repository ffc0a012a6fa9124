public import CANFrame
import CANTransport
import CanlogFiles
import LogFile
public import LogTools
import SignalDatabase

/// The wanted signals of a log, frame by frame, in bounded memory.
public struct SignalReader: ~Copyable {
    private var input: LogInput
    private let databases: BoundDatabases
    private let selection: SignalSelection
    private var frames: FrameBatch
    /// The frame of ``frames`` to go on with.
    private var next = 0
    private var nextEvent = 0
    private var outcome = ReadOutcome.batch
    private var clock: LogClock
    /// What decodes each channel; `nil` before its first frame and where there is no database.
    private var decoders: [DecodedChannel?] = Array(repeating: nil, count: 256)
    private var isKnown = [Bool](repeating: false, count: 256)
    private var interfaces = (0..<256).map { "can\($0)" }

    /// The streams met so far, in the order of their first frames.
    public private(set) var streams: [SignalStream] = []
    /// What is in the log and what of it was decoded.
    public private(set) var tally = DecodeTally()
    /// Markers and losses among the frames, and how many more there were than are kept.
    public private(set) var marks: [LogMark] = []
    public private(set) var refusedMarks = 0

    /// Reads `input`, which was opened with ``LogInputOptions`` that `options(for:)` made.
    public init(
        _ input: consuming LogInput, databases: BoundDatabases, selection: SignalSelection,
        start: LogStart? = nil
    ) {
        clock = LogClock(start: start, resolution: input.resolution)
        self.input = input
        self.databases = databases
        self.selection = selection
        frames = FrameBatch(capacity: 8_192)
    }

    /// The part of the log that has been read, 0 to 1; `nil` where it cannot be told.
    public var fraction: Double? { input.fraction }
    /// What the log lacks, as far as it was read.
    public var losses: LogLosses { LogLosses(of: input) }

    /// Fills the emptied `batch`; false at the end.
    public mutating func read(into batch: inout SignalBatch) throws(StreamError) -> Bool {
        batch.removeAll()
        while batch.storedRows.isEmpty {
            if next == frames.count {
                guard outcome != .ended else { return false }
                noteEvents(before: frames.count)
                outcome = try input.read(into: &frames, waiting: .zero)
                (next, nextEvent) = (0, 0)
                if outcome == .ended { finish() }
            }
            decode(to: &batch)
        }
        return true
    }

    private mutating func decode(to batch: inout SignalBatch) {
        let end = min(frames.count, next + batch.capacity)
        while next < end, batch.storedValues.count < SignalBatch.maximumValues {
            if nextEvent < frames.events.count, frames.events[nextEvent].rowIndex <= next {
                noteEvents(before: next)
            }
            let row = frames.rows[next]
            decode(row, at: next, to: &batch)
            next += 1
        }
    }

    @inline(__always)
    private mutating func decode(_ row: FrameRow, at index: Int, to batch: inout SignalBatch) {
        let channel = Int(row.channel)
        let time = clock.time(of: row)
        guard row.identifier.rawValue & 0x6000_0000 == 0 else { return }
        tally.frames &+= 1
        if !isKnown[channel] { makeDecoder(of: row.channel) }
        guard let decoded = decoders[channel] else {
            tally.noteUnknown(row)
            return
        }
        var isDecoded = false
        if decoded.decoder.isPart(row), let message = decoded.decoder.reassemble(row, at: time) {
            isDecoded = true
            append(message.stream, of: decoded, row, message.identifier, time, to: &batch)
        }
        if let stream = stream(of: row, at: index, decoded) {
            isDecoded = true
            append(stream, of: decoded, row, row.identifier, time, to: &batch)
        }
        if isDecoded { tally.decodedFrames &+= 1 } else { tally.noteUnknown(row) }
    }

    @inline(__always)
    private borrowing func stream(
        of row: FrameRow, at index: Int, _ decoded: DecodedChannel
    ) -> Int? {
        let payload = frames.longPayload(at: index)
        return decoded.decoder.decode(row, longPayload: payload)
    }

    @inline(__always)
    private mutating func append(
        _ stream: Int, of decoded: DecodedChannel, _ row: FrameRow, _ identifier: PackedID,
        _ time: Int64, to batch: inout SignalBatch
    ) {
        var known = decoded.decoder.stream(of: stream)
        if known == ChannelDecoder.unknown {
            known = makeStream(stream, of: decoded, channel: row.channel)
        }
        guard known != ChannelDecoder.none else { return }
        let first = batch.storedValues.count
        guard decoded.decoder.append(stream, streams[known].places, to: &batch) else { return }
        batch.storedRows.append(
            SignalRow(
                stream: known, time: time, timestamp: row.timestamp, identifier: identifier,
                firstValue: first))
        tally.rows &+= 1
    }

    // MARK: Interfaces and streams

    private mutating func noteEvents(before row: Int) {
        while nextEvent < frames.events.count, frames.events[nextEvent].rowIndex <= row {
            let event = frames.events[nextEvent]
            nextEvent += 1
            clock.note(event)
            noteMark(event)
            guard case .channel(let description) = event.kind, let channel = event.channel,
                interfaces[Int(channel)] != description.interface
            else { continue }
            interfaces[Int(channel)] = description.interface
            // A number that stands for another interface from here on is decoded anew.
            close(Int(channel))
            isKnown[Int(channel)] = false
        }
    }

    private mutating func noteMark(_ event: borrowing BusEvent) {
        let text: String
        var isLoss = false
        switch event.kind {
        case .marker(let words): text = words
        case .loss(let loss):
            text = loss.frames.counting("frame") + " lost"
            isLoss = true
        default: return
        }
        guard marks.count < LogMark.limit else { return refusedMarks += 1 }
        marks.append(LogMark(time: clock.time(of: event) ?? 0, text: text, isLoss: isLoss))
    }

    @inline(never)
    private mutating func makeDecoder(of channel: UInt8) {
        let name = interfaces[Int(channel)]
        isKnown[Int(channel)] = true
        guard let index = databases.index(forInterface: name) else {
            tally.interfacesWithoutDatabase.insert(name)
            return
        }
        decoders[Int(channel)] = DecodedChannel(interface: name, database: index, of: databases)
    }

    @inline(never)
    private mutating func makeStream(
        _ stream: Int, of decoded: DecodedChannel, channel: UInt8
    ) -> Int {
        let found = decoded.decoder.messageStream(stream)
        let message = databases.databases[decoded.database].database.messages[found.message]
        let places = selection.places(
            of: message, interface: decoded.interface, sourceAddress: found.sourceAddress)
        guard !places.isEmpty else {
            decoded.decoder.setStream(of: stream, to: ChannelDecoder.none)
            return ChannelDecoder.none
        }
        streams.append(
            SignalStream(
                channel: channel, interface: decoded.interface, database: decoded.database,
                message: found.message, identifier: found.identifier,
                sourceAddress: found.sourceAddress, places: places))
        decoded.decoder.setStream(of: stream, to: streams.count - 1)
        return streams.count - 1
    }

    private mutating func finish() {
        for channel in decoders.indices { close(channel) }
    }

    private mutating func close(_ channel: Int) {
        guard let decoded = decoders[channel] else { return }
        decoded.decoder.finish(at: clock.last)
        tally.refusedStreams += decoded.decoder.refusedStreams
        tally.transportFailures.add(decoded.decoder.transportFailures)
        decoders[channel] = nil
    }
}
