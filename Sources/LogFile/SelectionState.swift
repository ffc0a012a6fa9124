import CANFrame

/// What is wanted of a log, and what its reader has been told so far.
struct SelectionState {
    let selection: FrameSelection
    /// The nanoseconds between which frames are wanted, both included.
    let earliest: Int64
    let latest: Int64
    /// Whether groups are read as they stand, without events that introduce channels.
    var isVerbatim = false
    /// The channels as the events given so far describe them.
    private(set) var told: [UInt8: ChannelDescription] = [:]
    /// The channels as the log describes them here, told or not.
    private var current: [UInt8: ChannelDescription] = [:]

    init(_ selection: FrameSelection) {
        self.selection = selection
        earliest = selection.from?.nanoseconds ?? .min
        latest = selection.to?.nanoseconds ?? .max
    }

    mutating func note(_ description: ChannelDescription, of channel: UInt8) {
        current[channel] = description
    }

    /// The event that tells of `channel`, unless it is known already or not wanted.
    mutating func introduction(
        of channel: UInt8, _ description: ChannelDescription, at time: Timestamp
    ) -> BusEvent? {
        note(description, of: channel)
        guard !isVerbatim, told[channel] != description, wants(channel: channel) else {
            return nil
        }
        told[channel] = description
        return BusEvent(
            rowIndex: 0, timestamp: time, channel: channel, kind: .channel(description))
    }

    func wants(channel: UInt8) -> Bool {
        guard selection.channels.isEmpty || selection.channels.contains(channel) else {
            return false
        }
        if selection.interfaces.isEmpty { return true }
        return current[channel].map { selection.interfaces.contains($0.interface) } ?? false
    }

    func wants(_ identifier: PackedID, on channel: UInt8) -> Bool {
        selection.wants(identifier) && wants(channel: channel)
    }

    /// Whether an event is wanted. Ties are, whenever they were: without them the frames behind
    /// them could not be carried onto bus time.
    mutating func wants(_ event: BusEvent) -> Bool {
        if case .channel(let description) = event.kind, let channel = event.channel {
            note(description, of: channel)
            guard wants(channel: channel) else { return false }
            told[channel] = description
            return true
        }
        // What no description names concerns all channels of a recorder (``ChannelDescription``).
        if let channel = event.channel, current[channel] != nil, !wants(channel: channel) {
            return false
        }
        switch event.kind {
        case .channel, .clockTie, .clockSynchronisation: return true
        default: return selection.wants(event.timestamp)
        }
    }

    /// Whether anything of a group may be wanted.
    func overlaps(_ entry: IndexEntry) -> Bool {
        entry.latest.nanoseconds >= earliest && entry.earliest.nanoseconds <= latest
    }
}
