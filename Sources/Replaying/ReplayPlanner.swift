import CANFrame
import SocketCAN

/// Turns batches of a log into planned frames: which interface, when, and encoded for the kernel.
struct ReplayPlanner {
    private static let nowhere: UInt8 = .max

    private let routing: ReplayRouting
    private let takesFD: [Bool]
    private let awaited: [UInt32]
    private let sendsErrorFrames: Bool
    private let place: String
    private var schedule: ReplaySchedule
    /// The outlet of each channel number; filled by the log's channel events.
    private var outlets = [UInt8](repeating: nowhere, count: 256)
    private var channelNames: Set<String> = []
    /// Only what planning counts; the sender counts the rest.
    private(set) var report = ReplayReport()

    /// `takesFD` says for each interface of `routing` whether it takes CAN FD frames.
    init(routing: ReplayRouting, takesFD: [Bool], options: ReplayOptions, place: String) {
        self.routing = routing
        self.takesFD = takesFD
        self.place = place
        awaited = options.awaited.map { PackedID($0).rawValue }
        sendsErrorFrames = options.sendsErrorFrames
        schedule = ReplaySchedule(pace: options.pace, longestGap: options.longestGap)
        if routing.hasOnlyFallback { outlets = [UInt8](repeating: 0, count: 256) }
    }

    mutating func beginPass() {
        schedule.beginPass()
        report.passes += 1
    }

    /// Plans rows of `batch` from `start` on until `plan` is full, with the events that belong to
    /// them, and returns the first row that is not planned.
    mutating func plan(
        _ batch: borrowing FrameBatch, from start: Int, into plan: inout PlannedFrames
    ) throws(StreamError) -> Int {
        let rows = batch.rows
        let events = batch.events
        var nextEvent = 0
        // Events before `start` were seen when the rows before it were planned.
        while nextEvent < events.count && start > 0 && events[nextEvent].rowIndex <= start - 1 {
            nextEvent += 1
        }
        var index = start
        while index < rows.count && !plan.isFull {
            while nextEvent < events.count && events[nextEvent].rowIndex <= index {
                try note(events[nextEvent])
                nextEvent += 1
            }
            append(rows[index], longPayload: batch.longPayload(at: index), to: &plan)
            index += 1
        }
        if index == rows.count {
            while nextEvent < events.count {
                try note(events[nextEvent])
                nextEvent += 1
            }
        }
        return index
    }

    private mutating func note(_ event: borrowing BusEvent) throws(StreamError) {
        schedule.note(event)
        switch event.kind {
        case .channel(let description):
            guard let channel = event.channel else { return }
            channelNames.insert(description.interface)
            if routing.hasOnlyFallback && channelNames.count > 1 {
                throw StreamError(
                    place: place,
                    cause: "a second channel, \(description.interface), for one interface",
                    remedy: "say where each goes: --map \(description.interface)=vcan0")
            }
            outlets[Int(channel)] =
                routing.outlet(of: description.interface).map { UInt8($0) } ?? Self.nowhere
        case .loss(let loss) where loss.cause == .damage || loss.cause == .malformed:
            report.damagedFrames.add(upToLimit: loss.frames)
        default: break
        }
    }

    private mutating func append(
        _ row: FrameRow, longPayload: Span<UInt8>, to plan: inout PlannedFrames
    ) {
        let outlet = outlets[Int(row.channel)]
        // A frame that is not sent takes its place in time all the same.
        let due = schedule.due(row.timestamp, channel: row.channel)
        guard outlet != Self.nowhere else {
            report.unroutedFrames += 1
            return
        }
        if row.identifier.isError && !sendsErrorFrames {
            report.errorFrames += 1
            return
        }
        let isAwaited = isAwaited(row.identifier)
        if row.flags.isFD && !takesFD[Int(outlet)] && !isAwaited {
            report.unfitFDFrames += 1
            return
        }
        if isAwaited { report.awaitedFrames += 1 }
        plan.append(
            PlannedStep(due: due, outlet: outlet, isAwaited: isAwaited),
            WireFrame(row, longPayload: longPayload))
    }

    private func isAwaited(_ identifier: PackedID) -> Bool {
        guard !awaited.isEmpty, !identifier.isError else { return false }
        return awaited.contains(PackedID(ArbitrationID(identifier)).rawValue)
    }
}
