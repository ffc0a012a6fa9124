import CANFrame

/// Knows which channels have had no frame for too long; the clock is an argument.
struct SilenceWatch {
    /// What has changed.
    enum Change: Equatable {
        case silent(channel: UInt8, nanoseconds: Int64)
        case soundAgain(channel: UInt8)
    }

    private struct State {
        var lastHeard: Int64
        var isSilent = false
    }

    /// Nanoseconds without a frame that are too long.
    let limit: Int64
    private var states: [UInt8: State] = [:]

    init(limit: Int64) {
        self.limit = limit
    }

    /// Begins to watch a channel at this monotonic moment.
    mutating func expect(_ channel: UInt8, at now: Int64) {
        if states[channel] == nil { states[channel] = State(lastHeard: now) }
    }

    /// Takes note of frames on a channel; says so if it had been silent.
    mutating func heard(_ channel: UInt8, at now: Int64) -> Change? {
        let wasSilent = states[channel]?.isSilent ?? false
        states[channel] = State(lastHeard: now)
        return wasSilent ? .soundAgain(channel: channel) : nil
    }

    /// The channels that have just become silent, each told once.
    mutating func check(at now: Int64) -> [Change] {
        var changes: [Change] = []
        for channel in states.keys.sorted() {
            guard let state = states[channel], !state.isSilent, now - state.lastHeard >= limit
            else { continue }
            states[channel]?.isSilent = true
            changes.append(.silent(channel: channel, nanoseconds: now - state.lastHeard))
        }
        return changes
    }
}
