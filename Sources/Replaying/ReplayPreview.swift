public import CANFrame

/// What a log would send, found by reading it once before anything is sent.
public struct ReplayPreview: Sendable {
    /// The channels that have frames, by name, in the order of their first frame.
    public private(set) var channels: [String] = []
    /// Those of ``channels`` that have CAN FD frames.
    public private(set) var channelsWithFD: Set<String> = []
    /// Frames of one pass, of any kind.
    public private(set) var frames: UInt64 = 0
    /// When the last frame of all passes is due, in nanoseconds after the first; with the pace and
    /// the gaps of the options.
    public private(set) var duration: Int64 = 0
    /// Whether the log names every channel that it uses.
    public private(set) var hasNamelessChannel = false

    /// By channel number: its name, and what kinds of frames it has (1 any, 2 CAN FD).
    private var names = [String?](repeating: nil, count: 256)
    private var uses = [UInt8](repeating: 0, count: 256)
    private var schedule: ReplaySchedule

    /// Reads `source` to its end.
    public init<Source: FrameSource & ~Copyable>(
        of source: consuming Source, options: ReplayOptions
    ) throws(StreamError) {
        var source = source
        schedule = ReplaySchedule(pace: options.pace, longestGap: options.longestGap)
        var batch = FrameBatch(capacity: PlannedFrames.capacity)
        while try source.read(into: &batch, waiting: .milliseconds(100)) != .ended {
            note(batch)
            batch.removeAll()
        }
        let (total, overflow) = duration.multipliedReportingOverflow(
            by: Int64(max(1, options.passes)))
        duration = overflow ? .max : total
    }

    private mutating func note(_ batch: borrowing FrameBatch) {
        var arrivals = ArrivalCursor()
        while let next = arrivals.next(in: batch) {
            switch next {
            case .event(let place): note(batch.events[place])
            case .frame(let index, _): note(batch.rows[index])
            }
        }
        frames += UInt64(batch.count)
    }

    private mutating func note(_ row: FrameRow) {
        duration = schedule.due(row.timestamp, channel: row.channel)
        let channel = Int(row.channel)
        let use: UInt8 = row.flags.isFD ? 3 : 1
        if uses[channel] & use != use {
            uses[channel] |= use
            note(names[channel], hasFD: use == 3)
        }
    }

    private mutating func note(_ event: borrowing BusEvent) {
        schedule.note(event)
        if case .channel(let description) = event.kind, let channel = event.channel {
            names[Int(channel)] = description.interface
            uses[Int(channel)] = 0
        }
    }

    private mutating func note(_ name: String?, hasFD: Bool) {
        guard let name else {
            hasNamelessChannel = true
            return
        }
        if !channels.contains(name) { channels.append(name) }
        if hasFD { channelsWithFD.insert(name) }
    }
}
