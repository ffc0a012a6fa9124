import CANFrame

/// What was told last of everything that stays as it is until it is told again: channels, links,
/// clocks, counters. A log that begins in the middle of a recording begins with it.
struct StandingEvents {
    private struct Key: Hashable {
        var aspect: Aspect
        var channel: UInt8?
    }

    /// Of what an event tells; a later one of the same aspect takes its place.
    private enum Aspect: Int, Hashable {
        case channel, tie, synchronisation, settings, statistics, link, state, counters
    }

    private var latest: [Key: BusEvent] = [:]
    /// The stamp of the last row or event.
    private(set) var time = Timestamp(nanoseconds: 0)

    /// Takes note of all that a batch tells.
    mutating func note(_ batch: borrowing FrameBatch) {
        for index in batch.events.indices {
            let event = batch.events[index]
            time = event.timestamp
            guard let aspect = Self.aspect(of: event.kind) else { continue }
            latest[Key(aspect: aspect, channel: event.channel)] = event
        }
        if batch.count > 0 { time = batch.rows[batch.count - 1].timestamp }
    }

    /// Tells it all again at the end of `batch`, at `time`; a tie keeps the time at which both clocks
    /// were read.
    func tell(into batch: inout FrameBatch, at time: Timestamp) {
        let ordered = latest.sorted {
            ($0.key.aspect.rawValue, $0.key.channel ?? 0)
                < ($1.key.aspect.rawValue, $1.key.channel ?? 0)
        }
        for (key, event) in ordered {
            // A link that is up is what a log begins with.
            if event.kind == .linkUp { continue }
            batch.append(
                event.kind, at: key.aspect == .tie ? event.timestamp : time, channel: event.channel)
        }
    }

    private static func aspect(of kind: BusEvent.Kind) -> Aspect? {
        switch kind {
        case .channel: .channel
        case .clockTie: .tie
        case .clockSynchronisation: .synchronisation
        case .statistics: .statistics
        case .linkUp, .linkDown, .linkGone: .link
        case .interfaceSettings: .settings
        case .controllerState: .state
        case .errorCounters: .counters
        case .tick, .restarted, .loss, .silence, .marker, .note: nil
        }
    }
}
