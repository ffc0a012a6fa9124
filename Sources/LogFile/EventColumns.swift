import CANFrame

/// The events of a group as columns (LogFile.docc, Events of a group).
///
/// An idle bus has ten ticks and a clock tie each second: columns of small differences let zstd
/// store one in two or three bytes.
enum EventColumns {
    /// The events section, not yet compressed, is at most this long.
    static let sizeLimit = 16 << 20
    /// Set in a kind when the event has a channel.
    static let channelBit: UInt8 = 0x80

    /// Replaces `output` by the section of `events`.
    static func encode(_ events: Span<BusEvent>, into output: inout [UInt8]) {
        var columns: [[UInt8]] = Array(repeating: [], count: 6)
        var coder = EventBodyCoder()
        let unit = unit(of: events)
        var row = 0
        var stamp = events.isEmpty ? 0 : events[0].timestamp.nanoseconds
        output.removeAll(keepingCapacity: true)
        output.append(varint: UInt64(unit))
        output.append(zigzag: stamp)
        for index in events.indices {
            let event = events[index]
            let kind = EventKind(event.kind).rawValue
            columns[0].append(kind | (event.channel == nil ? 0 : channelBit))
            if let channel = event.channel { columns[1].append(channel) }
            columns[2].append(varint: UInt64(event.rowIndex - row))
            columns[3].append(zigzag: (event.timestamp.nanoseconds &- stamp) / unit)
            let size = columns[5].count
            coder.append(event, to: &columns[5])
            columns[4].append(varint: UInt64(columns[5].count - size))
            row = event.rowIndex
            stamp = event.timestamp.nanoseconds
        }
        for column in columns {
            output.append(varint: UInt64(column.count))
            output += column
        }
    }

    private static func unit(of events: Span<BusEvent>) -> Int64 {
        var unit: UInt64 = 0
        for index in events.indices.dropFirst() {
            let difference =
                events[index].timestamp.nanoseconds &- events[index - 1].timestamp.nanoseconds
            unit = greatestCommonDivisor(unit, difference.magnitude)
        }
        return Int64(exactly: unit).map { max(1, $0) } ?? 1
    }

    /// Reads a section; `nil` if it contradicts itself. `unknown` counts what was left out because
    /// this version does not know it.
    static func decode(
        _ bytes: Span<UInt8>, count: Int, frames: Int, unknown: inout Int
    ) -> [BusEvent]? {
        var cursor = ByteCursor(bytes)
        guard let unit = cursor.varint(), unit >= 1, unit <= UInt64(Int64.max),
            var stamp = cursor.zigzag()
        else { return nil }
        guard var kinds = cursor.column(), var channels = cursor.column(),
            var rows = cursor.column(), var stamps = cursor.column(),
            var sizes = cursor.column(), var bodies = cursor.column()
        else { return nil }
        var events: [BusEvent] = []
        var coder = EventBodyCoder()
        var row = 0
        events.reserveCapacity(count)
        for _ in 0..<count {
            guard let tagged = kinds.byte(), let step = rows.count(upTo: frames - row),
                let difference = stamps.zigzag(), let size = sizes.count(upTo: bodies.left),
                let body = bodies.take(size)
            else { return nil }
            var channel: UInt8?
            if tagged & channelBit != 0 {
                guard let number = channels.byte() else { return nil }
                channel = number
            }
            row += step
            stamp = stamp &+ difference &* Int64(unit)
            let time = Timestamp(nanoseconds: stamp)
            if let kind = EventKind(rawValue: tagged & ~channelBit),
                let content = coder.decode(kind, at: time, channel: channel, body: body)
            {
                events.append(
                    BusEvent(rowIndex: row, timestamp: time, channel: channel, kind: content))
            } else {
                unknown += 1
            }
        }
        return events
    }
}

extension ByteCursor {
    /// A length and as many bytes, to be read on their own.
    @_lifetime(copy self)
    fileprivate mutating func column() -> ByteCursor? {
        guard let count = count(upTo: left), let bytes = take(count) else { return nil }
        return ByteCursor(bytes)
    }
}

/// Euclid's; 0 and n give n.
func greatestCommonDivisor(_ first: UInt64, _ second: UInt64) -> UInt64 {
    var (a, b) = (first, second)
    while b != 0 { (a, b) = (b, a % b) }
    return a
}
