import CANFrame
import CANTransport
import SignalDatabase

/// Compares what was counted with what the databases say.
struct TimingJudge {
    private let traffic: TrafficCounter
    private let databases: BoundDatabases?
    private let options: LogStatistics.Options
    private let origin: Int64

    init(
        _ traffic: TrafficCounter, _ databases: BoundDatabases?, _ options: LogStatistics.Options
    ) {
        self.traffic = traffic
        self.databases = databases
        self.options = options
        origin = traffic.origin ?? 0
    }

    /// The identifiers of the log, by channel and number.
    var rows: [StatisticsReport.Row] {
        traffic.streams.sorted { $0.order < $1.order }.map { stream in
            let channel = traffic.channel(stream.channel)
            let silence = silence(of: stream, channel)
            var message: Message?
            if let database = stream.expectation.database, let place = stream.expectation.message {
                message = databases?.databases[database].database.messages[place]
            }
            return StatisticsReport.Row(
                interface: channel?.interface ?? "", traffic: stream, message: message,
                verdict: verdict(of: stream, silence), silence: silence)
        }
    }

    /// The messages that no frame carried of an interface that has their database.
    var absent: [StatisticsReport.AbsentMessage] {
        guard let databases else { return [] }
        var result: [StatisticsReport.AbsentMessage] = []
        for (place, bound) in databases.databases.enumerated() {
            let seen = Set(
                traffic.streams.filter { $0.expectation.database == place }
                    .compactMap(\.expectation.message))
            for (index, message) in bound.database.messages.enumerated()
            where !seen.contains(index) && isWanted(message) {
                result.append(
                    StatisticsReport.AbsentMessage(database: bound.path, message: message))
            }
        }
        return result
    }

    /// Whether the selection would show a message's frames, and they could come in one frame.
    private func isWanted(_ message: Message) -> Bool {
        guard let identifier = message.identifier, message.length <= 64 else { return false }
        return options.selection.wants(PackedID(identifier))
    }

    private func silence(
        of stream: StreamTraffic, _ channel: ChannelTraffic?
    ) -> StatisticsReport.Silence {
        let timing = stream.timing
        var silence = StatisticsReport.Silence(
            began: timing.longestBegan &- origin, length: timing.longest)
        if timing.intervals == 0 { silence = .init(began: 0, length: 0) }
        guard let first = channel?.first, let last = channel?.last else { return silence }
        if timing.first &- first > silence.length {
            silence = .init(began: first &- origin, length: timing.first &- first)
        }
        if last &- timing.last > silence.length {
            silence = .init(began: timing.last &- origin, length: last &- timing.last)
        }
        return silence
    }

    private func verdict(
        of stream: StreamTraffic, _ silence: StatisticsReport.Silence
    ) -> StatisticsReport.Verdict? {
        let expectation = stream.expectation
        guard let database = expectation.database else { return nil }
        guard expectation.message != nil else {
            return isExplained(stream.identifier, by: database) ? nil : .unknown
        }
        let cycle = Double(expectation.cycle)
        guard cycle > 0 else { return nil }
        if Double(silence.length) > 3 * cycle { return .late }
        guard let period = stream.timing.period else { return nil }
        if period > cycle * (1 + options.tolerance) { return .late }
        return period < cycle * (1 - options.tolerance) ? .tooFast : .ok
    }

    /// Whether frames that are no message's belong to one: they ask for it, or carry a part of it.
    private func isExplained(_ identifier: PackedID, by database: Int) -> Bool {
        guard let bound = databases?.databases[database] else { return false }
        if identifier.isRemote {
            return bound.plan.messageIndex(of: PackedID(ArbitrationID(identifier))) != nil
        }
        return J1939Transport.carries(identifier) && bound.isJ1939
    }
}

extension StreamTraffic {
    /// Channels one after another, standard identifiers before extended ones.
    var order: UInt64 {
        UInt64(channel) << 34 | (identifier.isExtended ? 1 << 33 : 0)
            | UInt64(identifier.number) << 1 | (identifier.isRemote ? 1 : 0)
    }
}
