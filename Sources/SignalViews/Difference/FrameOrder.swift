import CANFrame
import LogTools

/// Whether two logs hold the same frames in the same order, and how far their stamps are apart.
public struct FrameOrder: Sendable {
    /// Where the order departs: the how-many-th frame of both, and what each log has there.
    public struct Departure: Sendable {
        public var frame: UInt64
        /// `nil` where a log has ended.
        public var first: String?
        public var second: String?
    }

    /// How many frames both begin with.
    public private(set) var same: UInt64 = 0
    public private(set) var departure: Departure?
    /// Nanoseconds by which the second log's first frame is stamped later.
    public private(set) var offset: Int64 = 0
    /// The greatest difference of stamps in nanoseconds beside that, and at which frame, from 0.
    public private(set) var apart: Int64 = 0
    public private(set) var apartAt: UInt64 = 0

    /// Reads both logs side by side up to the first difference. `partner` gives the interface of the
    /// second log that stands for one of the first.
    static func compare(
        _ first: String, _ second: String, _ options: LogInputOptions, partner: [String: String],
        progress: (Double?) -> Void
    ) throws(StreamError) -> FrameOrder {
        var order = FrameOrder()
        var left = try OrderedFrames(first, options)
        var right = try OrderedFrames(second, options)
        while order.departure == nil {
            let (one, other) = (try left.fill(), try right.fill())
            guard one > 0, other > 0 else {
                if one > 0 || other > 0 {
                    order.departure = Departure(
                        frame: order.same, first: one > 0 ? left.text : nil,
                        second: other > 0 ? right.text : nil)
                }
                break
            }
            order.take(&left, &right, min(one, other), partner)
            progress(left.fraction)
        }
        return order
    }

    private mutating func take(
        _ left: inout OrderedFrames, _ right: inout OrderedFrames, _ count: Int,
        _ partner: [String: String]
    ) {
        for _ in 0..<count {
            guard left.isSame(as: right, partner) else {
                departure = Departure(frame: same, first: left.text, second: right.text)
                return
            }
            let difference = right.stamp &- left.stamp
            if same == 0 { offset = difference }
            let apart = (difference &- offset).magnitude
            if apart > self.apart.magnitude {
                (self.apart, apartAt) = (Int64(clamping: apart), same)
            }
            same += 1
            left.next += 1
            right.next += 1
        }
    }
}

/// The frames of a log, one after another.
private struct OrderedFrames: ~Copyable {
    private var input: LogInput
    private var batch = FrameBatch(capacity: 8_192)
    private var names = (0..<256).map { "can\($0)" }
    var next = 0

    init(_ path: String, _ options: LogInputOptions) throws(StreamError) {
        input = try LogInput(path: path, options: options)
    }

    var fraction: Double? { input.fraction }
    var stamp: Int64 { batch.rows[next].timestamp.nanoseconds }

    /// How many frames are there to be looked at; 0 at the end.
    mutating func fill() throws(StreamError) -> Int {
        while next == batch.count {
            next = 0
            guard try input.read(into: &batch, waiting: .zero) != .ended else {
                batch.removeAll()
                return 0
            }
            for index in batch.events.indices {
                let event = batch.events[index]
                if case .channel(let description) = event.kind, let channel = event.channel {
                    names[Int(channel)] = description.interface
                }
            }
        }
        return batch.count - next
    }

    func isSame(as other: borrowing OrderedFrames, _ partner: [String: String]) -> Bool {
        let (row, theirs) = (batch.rows[next], other.batch.rows[other.next])
        guard row.identifier == theirs.identifier, row.length == theirs.length,
            row.dlc == theirs.dlc,
            (row.flags.rawValue ^ theirs.flags.rawValue) & FrameFlags.wire.rawValue == 0,
            !row.isShort || row.payloadWord == theirs.payloadWord
        else { return false }
        let interface = names[Int(row.channel)]
        guard partner[interface] ?? interface == other.names[Int(theirs.channel)] else {
            return false
        }
        guard !row.isShort else { return true }
        let (mine, others) = (batch.longPayload(at: next), other.batch.longPayload(at: other.next))
        return mine.indices.allSatisfy { mine[$0] == others[$0] }
    }

    /// The next frame, as candump writes it.
    var text: String {
        let frame = batch.frame(at: next)
        let payload = frame.payload.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }
        return "\(names[Int(frame.channel)]) \(frame.identifier)#"
            + (frame.flags.isFD ? "#" : "") + (frame.identifier.isRemote ? "R" : payload.joined())
    }
}
