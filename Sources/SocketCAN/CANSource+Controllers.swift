import CANFrame
import LocalFiles

/// What was told of an interface's controller and settings.
struct ToldController {
    var settings: InterfaceSettings?
    var state: ControllerState?
    var counters: ErrorCounters?
    /// The controller's own counts when they were looked at last.
    var statistics: ControllerStatistics?
    /// What error frames told since then.
    var busOffs: UInt32 = 0
    var restarts: UInt32 = 0

    /// What a description of the interface says that was not told.
    mutating func news(of link: Link) -> [BusEvent.Kind] {
        var news: [BusEvent.Kind] = []
        if settings != link.settings {
            settings = link.settings
            news.append(.interfaceSettings(link.settings))
        }
        guard let controller = link.controller else { return news }
        notePassed(controller, in: &news)
        if let now = controller.state, now != state {
            state = now
            news.append(.controllerState(now))
        }
        if let now = controller.errorCounters, now != counters {
            counters = now
            news.append(.errorCounters(now))
        }
        return news
    }

    /// A bus-off and a restart that came and went since the last look, and no error frame told.
    private mutating func notePassed(_ controller: Controller, in news: inout [BusEvent.Kind]) {
        if let before = statistics, let after = controller.statistics {
            if after.busOffs > before.busOffs, after.busOffs - before.busOffs > busOffs,
                state != .busOff
            {
                state = .busOff
                news.append(.controllerState(.busOff))
            }
            if after.restarts > before.restarts, after.restarts - before.restarts > restarts {
                news.append(.restarted)
            }
        }
        statistics = controller.statistics
        busOffs = 0
        restarts = 0
    }
}

extension CANSource {
    /// Tells what error frames from `row` on say of their controllers, behind each of them.
    ///
    /// Their counters are told where the state changes; in between the frames themselves have them.
    mutating func noteErrorFrames(from row: Int, in batch: inout FrameBatch) {
        for index in Self.errorFrames(from: row, in: batch) {
            noteErrorFrame(at: index, in: &batch)
        }
    }

    private static func errorFrames(from row: Int, in batch: borrowing FrameBatch) -> [Int] {
        var found: [Int] = []
        let rows = batch.rows
        for index in row..<rows.count where rows[index].identifier.isError { found.append(index) }
        return found
    }

    private mutating func noteErrorFrame(at index: Int, in batch: inout FrameBatch) {
        let row = batch.rows[index]
        let place = Int(row.channel)
        guard row.isShort, place < channelStates.count else { return }
        let report = ErrorFrameReport(
            errorClass: row.identifier.rawValue & 0x1FFF_FFFF, payload: row.payloadWord)
        func tell(_ kind: BusEvent.Kind) {
            batch.insert(
                BusEvent(
                    rowIndex: index + 1, timestamp: row.timestamp, channel: row.channel, kind: kind)
            )
        }
        if report.isRestart {
            channelStates[place].told.restarts &+= 1
            tell(.restarted)
        }
        guard let state = report.state, state != channelStates[place].told.state else { return }
        if state == .busOff { channelStates[place].told.busOffs &+= 1 }
        channelStates[place].told.state = state
        tell(.controllerState(state))
        guard let counters = report.counters, counters != channelStates[place].told.counters else {
            return
        }
        channelStates[place].told.counters = counters
        tell(.errorCounters(counters))
    }

    /// Tells what the kernel says of a channel's controller and settings, as far as it is news.
    mutating func tellController(_ place: Int, _ link: Link, into batch: inout FrameBatch) {
        let number = channelStates[place].number
        let time = Timestamp(nanoseconds: clock.latest.realTime)
        for kind in channelStates[place].told.news(of: link) {
            batch.append(kind, at: time, channel: number)
        }
    }

    /// Tells what the keeper of the interfaces did, each on its interface's channel.
    mutating func tellKeeper(into batch: inout FrameBatch) {
        guard let keeper = options.keeper else { return }
        for word in keeper.takeWords() {
            let channel = channelStates.first { $0.name == word.interface }?.number
            batch.append(
                .note("\(word.interface): \(word.text)"),
                at: Timestamp(nanoseconds: clock.latest.realTime), channel: channel)
        }
    }
}
