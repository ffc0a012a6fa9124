import CANFrame
import CANTransport
import TestBench
import Testing

/// Two connections with a bus between them, which takes 200 µs for a frame, and a listener to both.
struct ISOTPRoom: ~Copyable {
    var left: ISOTPConnection
    var right: ISOTPConnection
    var listener = ISOTPListener()
    /// Nanoseconds.
    var now: Int64 = 0
    /// The numbers of frames that the bus loses.
    var lost: Set<Int> = []
    private(set) var frames: [Frame] = []
    private(set) var toLeft: [[UInt8]] = []
    private(set) var toRight: [[UInt8]] = []
    private(set) var heard: [[UInt8]] = []
    private(set) var heardMessages: [ISOTPMessage] = []
    private(set) var failures: [ISOTPFailure] = []
    private var onTheBus: [(arrival: Int64, frame: Frame, isLost: Bool)] = []

    init(
        _ left: ISOTPAddress, _ right: ISOTPAddress, _ leftOptions: ISOTPConnection.Options,
        _ rightOptions: ISOTPConnection.Options
    ) {
        self.left = ISOTPConnection(sending: left, receiving: right, options: leftOptions)
        self.right = ISOTPConnection(sending: right, receiving: left, options: rightOptions)
        listener.addLink(data: left, flowControl: right, channel: 0)
        listener.addLink(data: right, flowControl: left, channel: 0)
    }

    /// Lets both talk until nothing is under way.
    mutating func settle(steps: Int = 1_000_000) {
        for _ in 0..<steps {
            while let frame = left.nextFrame(at: now) { put(frame) }
            while let frame = right.nextFrame(at: now) { put(frame) }
            var next = onTheBus.first?.arrival ?? .max
            next = min(next, left.deadline ?? .max, right.deadline ?? .max)
            if next == .max { return }
            now = max(now, next)
            while let first = onTheBus.first, first.arrival <= now {
                onTheBus.removeFirst()
                deliver(first.frame, at: first.arrival, isLost: first.isLost)
            }
        }
        Issue.record("the conversation does not end")
    }

    /// What failed last of either side.
    var failureKinds: [ISOTPFailure.Kind] {
        [left.failure, right.failure].compactMap { $0?.kind }
    }

    private mutating func put(_ frame: Frame) {
        let start = max(now, onTheBus.last?.arrival ?? now)
        onTheBus.append((start + 200_000, frame, lost.contains(frames.count)))
        frames.append(frame)
    }

    /// Everyone sees a frame when it was sent, also its sender; a lost one only its sender.
    private mutating func deliver(_ frame: Frame, at time: Int64, isLost: Bool) {
        let isLeft = frame.identifier == left.sending.identifier
        if isLeft || !isLost {
            let batch = Self.batch(frame, isOwn: isLeft)
            if left.take(batch.rows[0], longPayload: batch.longPayload(at: 0), at: time) {
                toLeft.append(copy(left.payload))
            }
        }
        if !isLeft || !isLost {
            let batch = Self.batch(frame, isOwn: !isLeft)
            if right.take(batch.rows[0], longPayload: batch.longPayload(at: 0), at: time) {
                toRight.append(copy(right.payload))
            }
        }
        if isLost { return }
        let batch = Self.batch(frame, isOwn: false)
        if listener.take(
            batch.rows[0], longPayload: batch.longPayload(at: 0), frame: 0, at: time)
        {
            heard.append(copy(listener.payload))
            if let message = listener.message { heardMessages.append(message) }
        }
        failures += listener.failures
    }

    private static func batch(_ frame: Frame, isOwn: Bool) -> FrameBatch {
        var frame = frame
        frame.flags.origin = isOwn ? .thisProcess : .received
        var batch = FrameBatch(capacity: 1)
        batch.append(frame)
        return batch
    }
}

extension ISOTPConnection.Options {
    init(
        isFD: Bool = false, size: Int = 8, blockSize: UInt8 = 0, separation: UInt8 = 0,
        padding: UInt8? = 0xCC
    ) {
        self.init()
        self.isFD = isFD
        maximumDataLength = size
        self.blockSize = blockSize
        separationTime = ISOTPSeparationTime(rawValue: separation)
        self.padding = padding
    }

    /// With confirmations, since two that send at once wait for each other's frames.
    static func random(isFD: Bool, by generator: inout SeededGenerator) -> Self {
        let sizes = isFD ? [8, 12, 16, 20, 24, 32, 48, 64] : [8]
        let separations: [UInt8] = [0, 0, 0xF1, 0xF9, 1, 2]
        var options = Self(
            isFD: isFD, size: sizes.randomElement(using: &generator) ?? 8,
            blockSize: [0, 1, 2, 7, 255].randomElement(using: &generator) ?? 0,
            separation: separations.randomElement(using: &generator) ?? 0,
            padding: [nil, 0xCC, 0].randomElement(using: &generator) ?? nil)
        options.awaitsConfirmation = true
        return options
    }
}

extension ISOTPAddress {
    /// A pair of each addressing there is.
    static let pairs: [(ISOTPAddress, ISOTPAddress)] = [
        (.normal(0x7E0), .normal(0x7E8)), (.normal(0x18DB_1234), .normal(0x123)),
        (
            .normalFixed(target: 0x10, source: 0xF1),
            .normalFixed(target: 0xF1, source: 0x10)
        ),
        (
            .extended(arbitration(0x6F1), target: 0x12),
            .extended(arbitration(0x612), target: 0xF1)
        ),
        (
            .mixed(arbitration(0x7E0), extension: 0x55),
            .mixed(arbitration(0x7E8), extension: 0x55)
        ),
        (
            .mixed(target: 0x10, source: 0xF1, extension: 0x55),
            .mixed(target: 0xF1, source: 0x10, extension: 0x55)
        ),
    ]
}
