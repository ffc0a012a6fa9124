import CANFrame

/// Counts over a log or a part of it, as the index repeats them and ``LogSummary`` shows them.
struct ContentTotals: Equatable {
    /// Hostile traffic may use any identifier; beyond this many the index leaves the counts out.
    static let streamLimit = 65_536

    /// The latest description of each channel.
    var channels: [UInt8: ChannelDescription] = [:]
    /// Frames by channel (above bit 32) and identifier.
    var streams: [UInt64: UInt64] = [:]
    /// Events by the number of their kind.
    var events: [UInt8: UInt64] = [:]
    /// Lost frames by cause (above bit 16) and channel + 1, 0 for none.
    var losses: [UInt32: UInt64] = [:]

    static func key(_ channel: UInt8, _ identifier: PackedID) -> UInt64 {
        UInt64(channel) << 32 | UInt64(identifier.rawValue)
    }

    static func key(_ loss: GroupHead.LossTotal) -> UInt32 {
        UInt32(loss.cause) << 16 | (loss.channel.map { UInt32($0) + 1 } ?? 0)
    }

    /// Adds a group by its head.
    mutating func add(_ head: GroupHead) {
        for channel in head.channels { channels[channel.number] = channel.description }
        for entry in head.directory {
            streams[Self.key(entry.channel, entry.identifier), default: 0] &+= UInt64(entry.count)
        }
        for count in head.eventCounts { events[count.kind, default: 0] &+= UInt64(count.count) }
        for loss in head.losses { losses[Self.key(loss), default: 0] &+= loss.frames }
    }

    /// Adds one event.
    mutating func add(_ event: BusEvent) {
        events[EventKind(event.kind).rawValue, default: 0] += 1
        switch event.kind {
        case .channel(let description): channels[event.channel ?? 0] = description
        case .loss(let loss):
            let total = GroupHead.LossTotal(
                cause: loss.cause.rawValue, channel: event.channel, frames: loss.frames)
            losses[Self.key(total), default: 0] &+= loss.frames
        default: break
        }
    }

    /// The events, losses and channels of a group as its head lists them; `known` are the channels
    /// of the groups before it.
    func describe(in head: inout GroupHead, known: [UInt8: ChannelDescription]) {
        let introduced = channels.filter { known[$0.key] == nil }
        head.channels = known.merging(introduced) { $1 }.sorted { $0.key < $1.key }.map {
            GroupHead.Channel(
                number: $0.key, isIntroduced: known[$0.key] == nil, description: $0.value)
        }
        head.eventCounts = events.sorted { $0.key < $1.key }.map {
            GroupHead.EventCount(kind: $0.key, count: Int($0.value))
        }
        head.losses = lossTotals
    }

    var lossTotals: [GroupHead.LossTotal] {
        losses.sorted { $0.key < $1.key }.map {
            let channel = $0.key & 0xFFFF
            return GroupHead.LossTotal(
                cause: UInt8(truncatingIfNeeded: $0.key >> 16),
                channel: channel == 0 ? nil : UInt8(channel - 1), frames: $0.value)
        }
    }

    // MARK: In the index

    func append(to bytes: inout [UInt8]) {
        bytes.append(varint: UInt64(channels.count))
        for (number, description) in channels.sorted(by: { $0.key < $1.key }) {
            bytes += [number, 0]
            bytes.append(description)
        }
        bytes.append(varint: UInt64(events.count))
        for (kind, count) in events.sorted(by: { $0.key < $1.key }) {
            bytes.append(kind)
            bytes.append(varint: count)
        }
        bytes.append(varint: UInt64(losses.count))
        for loss in lossTotals { bytes.append(loss) }
        bytes.append(varint: UInt64(streams.count))
        for (key, count) in streams.sorted(by: { $0.key < $1.key }) {
            bytes.append(UInt8(truncatingIfNeeded: key >> 32))
            bytes.append(littleEndian: UInt32(truncatingIfNeeded: key))
            bytes.append(varint: count)
        }
    }

    init() {}

    init?(_ cursor: inout ByteCursor) {
        guard let channelCount = cursor.count(upTo: 256) else { return nil }
        for _ in 0..<channelCount {
            guard let channel = cursor.channel() else { return nil }
            channels[channel.number] = channel.description
        }
        guard let eventCount = cursor.count(upTo: 256) else { return nil }
        for _ in 0..<eventCount {
            guard let count = cursor.eventCount() else { return nil }
            events[count.kind] = UInt64(count.count)
        }
        guard let lossCount = cursor.count(upTo: 65_536) else { return nil }
        for _ in 0..<lossCount {
            guard let loss = cursor.lossTotal() else { return nil }
            losses[Self.key(loss)] = loss.frames
        }
        guard let streamCount = cursor.count(upTo: Self.streamLimit) else { return nil }
        for _ in 0..<streamCount {
            guard let channel = cursor.byte(), let identifier = cursor.uint32(),
                let count = cursor.varint()
            else { return nil }
            streams[Self.key(channel, PackedID(rawValue: identifier))] = count
        }
    }
}
