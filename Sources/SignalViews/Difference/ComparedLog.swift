public import CANFrame
import LogTools
import SignalDatabase

/// One of two logs that are compared: what came on which interface, counted in one pass.
struct ComparedLog: ~Copyable {
    let place: String
    private var input: LogInput
    private(set) var traffic = TrafficCounter()
    /// Beside the streams of ``traffic``.
    private(set) var payloads: [PayloadContent] = []
    private var batch = FrameBatch(capacity: 8_192)

    init(path: String, options: LogInputOptions) throws(StreamError) {
        input = try LogInput(path: path, options: options)
        place = input.place
    }

    var fraction: Double? { input.fraction }
    var losses: LogLosses { LogLosses(of: input) }

    /// Reads some of the log; false at its end.
    mutating func step() throws(StreamError) -> Bool {
        guard try input.read(into: &batch, waiting: .zero) != .ended else { return false }
        traffic.take(batch)
        for _ in payloads.count..<traffic.streams.count { payloads.append(PayloadContent()) }
        Self.take(batch, traffic.rowStreams, &payloads)
        return true
    }

    // All are arguments, so that one changes while the others are read.
    private static func take(
        _ batch: borrowing FrameBatch, _ streams: [Int32], _ payloads: inout [PayloadContent]
    ) {
        let rows = batch.rows
        for index in rows.indices where streams[index] >= 0 {
            payloads[Int(streams[index])].add(rows[index], batch.longPayload(at: index))
        }
    }

    /// What was counted of each identifier, by interface and identifier.
    func content() -> LogContent {
        var names: [UInt8: String] = [:]
        for channel in traffic.channels { names[channel.number] = channel.interface }
        var content = LogContent(place: place, frames: traffic.frames, interfaces: [])
        content.interfaces = traffic.channels.map(\.interface)
        for channel in traffic.channels {
            content.errorFrames[channel.interface, default: 0] += channel.errors.frames
        }
        for (stream, payload) in zip(traffic.streams, payloads) {
            let key = StreamKey(
                interface: names[stream.channel] ?? "can\(stream.channel)",
                identifier: stream.identifier)
            content.streams[key] = LogContent.Stream(
                frames: stream.timing.frames, period: stream.timing.period,
                intervals: stream.timing.intervals, payload: payload)
        }
        return content
    }
}

/// An identifier on an interface.
public struct StreamKey: Sendable, Hashable, Comparable {
    public var interface: String
    public var identifier: PackedID

    public static func < (left: StreamKey, right: StreamKey) -> Bool {
        (left.interface, left.identifier.rawValue) < (right.interface, right.identifier.rawValue)
    }
}

/// What is in a log, by interface and identifier.
struct LogContent: Sendable {
    struct Stream: Sendable {
        var frames: UInt64
        /// Nanoseconds; `nil` of fewer than two frames.
        var period: Double?
        var intervals: UInt64
        var payload: PayloadContent
    }

    var place: String
    var frames: UInt64
    var interfaces: [String]
    var streams: [StreamKey: Stream] = [:]
    var errorFrames: [String: UInt64] = [:]
}
