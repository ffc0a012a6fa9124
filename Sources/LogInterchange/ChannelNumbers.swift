import CANFrame

/// Channels of a log whose format has numbers and no names: channel 1 is can0, as with can-utils'
/// asc2log and python-can.
struct NumberedChannels: Sendable {
    private var channels: [UInt32: UInt8] = [:]
    private var latest: (number: UInt32, channel: UInt8)?

    /// The channel of `number`; one that is new is described in `batch`, before its first frame, by
    /// its name if it has one. `nil` if a log has more than 256.
    @inline(__always)
    mutating func channel(
        _ number: UInt32, named name: String? = nil, at time: Timestamp,
        in batch: inout FrameBatch
    ) -> UInt8? {
        if let latest, latest.number == number { return latest.channel }
        return find(number, name, at: time, in: &batch)
    }

    private mutating func find(
        _ number: UInt32, _ name: String?, at time: Timestamp, in batch: inout FrameBatch
    ) -> UInt8? {
        if let channel = channels[number] {
            latest = (number, channel)
            return channel
        }
        guard let channel = UInt8(exactly: channels.count) else { return nil }
        channels[number] = channel
        latest = (number, channel)
        batch.append(
            .channel(ChannelDescription(interface: name ?? Self.name(of: number))), at: time,
            channel: channel)
        return channel
    }

    /// The interface that a reader makes of a channel's number.
    static func name(of number: UInt32) -> String {
        number == 0 ? "channel0" : "can\(number - 1)"
    }
}

/// The numbers that channels get in a format without names: can0 is channel 1, and other names get
/// the lowest numbers that are free.
struct ChannelNumbering: Sendable {
    private var numbers = [UInt16](repeating: 0, count: 256)
    private var taken: Set<UInt16> = []
    private static let greatest: UInt16 = 256

    /// The number of a channel; a channel that was not described gets one too.
    @inline(__always)
    mutating func number(of channel: UInt8) -> UInt16 {
        let number = numbers[Int(channel)]
        return number > 0 ? number : take(nil, for: channel)
    }

    /// Takes note of what a batch says of its channels before `row`; names that will not come back
    /// are counted as lost.
    mutating func describe(_ event: borrowing BusEvent, _ unheld: inout UnheldContent) {
        guard case .channel(let description) = event.kind, let channel = event.channel else {
            return
        }
        var number = numbers[Int(channel)]
        if number == 0 { number = take(description.interface, for: channel) }
        if NumberedChannels.name(of: UInt32(number)) != description.interface {
            unheld[.interfaceName] += 1
        }
    }

    private mutating func take(_ name: String?, for channel: UInt8) -> UInt16 {
        var number: UInt16 = 0
        if let name, name.hasPrefix("can"), let place = UInt16(name.dropFirst(3)),
            place < Self.greatest, !taken.contains(place + 1)
        {
            number = place + 1
        }
        if number == 0 {
            number = 1
            while taken.contains(number) { number += 1 }
        }
        taken.insert(number)
        numbers[Int(channel)] = number
        return number
    }
}
