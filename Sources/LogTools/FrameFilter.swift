import CANFrame
import CanlogFiles

/// Leaves out what a selection does not want, for sources that cannot do so themselves.
struct FrameFilter {
    private let wanted: LogSelection
    private var selection: FrameSelection?
    /// The stamp of the first frame, wanted or not.
    private(set) var start: Timestamp?
    /// Whether a channel's frames are wanted, by its number.
    private var isChannelWanted = [Bool](repeating: false, count: 256)
    /// The names among ``LogSelection/interfaces`` that have appeared.
    private(set) var seenInterfaces: Set<String> = []

    init(_ wanted: LogSelection) {
        self.wanted = wanted
        if wanted.interfaces.isEmpty {
            for channel in 0..<256 { isChannelWanted[channel] = isNumberWanted(UInt8(channel)) }
        }
    }

    /// Appends what is wanted of `source` to `batch`, with the events among it.
    mutating func copy(_ source: borrowing FrameBatch, to batch: inout FrameBatch) {
        var nextEvent = 0
        for index in 0..<source.count {
            copyEvents(of: source, before: index, from: &nextEvent, to: &batch)
            let row = source.rows[index]
            let selection = resolved(start: row.timestamp)
            guard isChannelWanted[Int(row.channel)], selection.wants(row.timestamp),
                selection.wants(row.identifier)
            else { continue }
            batch.numberNext(as: source.firstFrameNumber + UInt64(index))
            batch.append(frameAt: index, of: source)
        }
        copyEvents(of: source, before: source.count, from: &nextEvent, to: &batch)
    }

    private mutating func copyEvents(
        of source: borrowing FrameBatch, before row: Int, from next: inout Int,
        to batch: inout FrameBatch
    ) {
        while next < source.events.count && source.events[next].rowIndex <= row {
            let event = source.events[next]
            next += 1
            if case .channel(let description) = event.kind, let channel = event.channel,
                !wanted.interfaces.isEmpty
            {
                let isWanted = wanted.interfaces.contains(description.interface)
                isChannelWanted[Int(channel)] = isWanted && isNumberWanted(channel)
                if isWanted { seenInterfaces.insert(description.interface) }
            }
            guard event.channel.map({ isChannelWanted[Int($0)] }) ?? true else { continue }
            batch.append(event.kind, at: event.timestamp, channel: event.channel)
        }
    }

    private func isNumberWanted(_ channel: UInt8) -> Bool {
        wanted.channels.isEmpty || wanted.channels.contains(channel)
    }

    /// The selection, whose relative bounds count from the first frame.
    private mutating func resolved(start: Timestamp) -> FrameSelection {
        if let selection { return selection }
        let resolved = wanted.resolved(start: start)
        (self.start, selection) = (start, resolved)
        return resolved
    }
}
