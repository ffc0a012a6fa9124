import CANFrame
import LocalFiles
import Testing

@testable import SocketCAN

/// What a source handed over, in order.
struct Captured {
    enum Item {
        case frame(Frame)
        case event(BusEvent)
    }

    private(set) var items: [Item] = []
    /// How many of the items are frames.
    private(set) var frameCount = 0
    /// Frames by channel, and all events: kept up to date, since a test asks after each batch.
    private(set) var frameCounts: [UInt8: Int] = [:]
    private(set) var events: [BusEvent] = []
    var hasEnded = false

    var frames: [Frame] {
        items.compactMap { if case .frame(let frame) = $0 { frame } else { nil } }
    }

    /// Frames known to be lost, by this cause.
    func losses(_ cause: Loss.Cause) -> UInt64 {
        events.reduce(0) { sum, event in
            if case .loss(let loss) = event.kind, loss.cause == cause { return sum + loss.frames }
            return sum
        }
    }

    /// The link events of a channel, in order.
    func linkEvents(_ channel: UInt8) -> [BusEvent.Kind] {
        events.filter { $0.channel == channel }.map(\.kind).filter {
            $0 == .linkUp || $0 == .linkDown || $0 == .linkGone
        }
    }

    mutating func take(_ batch: borrowing FrameBatch) {
        var event = 0
        for row in 0...batch.count {
            while event < batch.events.count, batch.events[event].rowIndex <= row {
                items.append(.event(batch.events[event]))
                events.append(batch.events[event])
                event += 1
            }
            guard row < batch.count else { continue }
            items.append(.frame(batch.frame(at: row)))
            frameCount += 1
            frameCounts[batch.rows[row].channel, default: 0] += 1
        }
    }

    /// Reads until `isEnough` holds or the source ends; an issue after `limit`.
    mutating func read(
        _ source: inout CANSource, batchCapacity: Int = 1_024, limit: Duration = .seconds(20),
        until isEnough: (Captured) -> Bool
    ) throws {
        let deadline = HostClock.monotonic() + limit.wholeNanoseconds
        var batch = FrameBatch(capacity: batchCapacity)
        while !hasEnded, !isEnough(self) {
            if HostClock.monotonic() > deadline {
                Issue.record(
                    "not enough within \(limit): \(frameCount) frames, \(events.count) events")
                return
            }
            batch.removeAll()
            switch try source.read(into: &batch, waiting: .milliseconds(50)) {
            case .batch: take(batch)
            case .idle:
                let isEmpty = batch.isEmpty
                #expect(isEmpty)
            case .ended: hasEnded = true
            }
        }
    }

    /// Asks the source to stop and reads all that it still has.
    mutating func finish(_ source: inout CANSource) throws {
        source.stop.raise()
        try read(&source) { _ in false }
    }
}

extension ReceivePath {
    /// Both ways to receive: tests of what is the same with both take them as arguments.
    static let both: [ReceivePath] = [.socket, .ring]
}

extension CANSource {
    /// A source that receives in this way, with a stop signal of its own.
    init(
        _ interfaces: CaptureInterfaces, by path: ReceivePath,
        _ change: (inout CaptureOptions) -> Void = { _ in }
    ) throws {
        var options = CaptureOptions()
        options.receivePath = path
        change(&options)
        try self.init(interfaces, options: options, stop: try StopSignal())
    }
}
