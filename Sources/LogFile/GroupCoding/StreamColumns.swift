import CANFrame

/// The frames of a group's streams, stream after stream: stamps and payloads in *slots*.
///
/// A stream is an entry of the directory with many frames; the frames of all others are the bundle,
/// whose slots come last. The buffers are kept from one group to the next.
struct StreamColumns: ~Copyable {
    /// Fewer frames do not pay for predictors of their own.
    static let leastFrames = 64
    /// From so many frames on, two coder states alternate: faster, and 4 bytes more.
    static let twoStatesFrom = 1_024

    /// What the order is about.
    private(set) var slots = FrameOrder.Slots(
        times: [], streamOfSlot: [], starts: [], channels: [])
    /// The slots in order of arrival.
    private(set) var arrival: [UInt32] = []
    /// The payloads as 64-bit words, `widths` of them for each frame.
    var words: [UInt64] = []
    /// Where the words of each stream begin.
    private(set) var wordStarts: [Int] = []
    /// The directory entry of each stream.
    private(set) var entries: [GroupHead.Entry] = []
    /// The frames of no stream.
    private(set) var bundle = SimpleColumnsEncoder.Members()
    /// The next slot of each stream and of the bundle.
    private var next: [Int] = []
    /// The stream of each kind of frame, or that of the bundle; and the entry in the bundle.
    private var streamOfKind: [UInt16] = []
    private var bundleEntryOfKind: [UInt32] = []

    /// 64-bit words of a payload.
    static func width(of length: UInt8) -> Int { max(1, (Int(length) + 7) / 8) }

    /// Gives the memory back.
    mutating func releaseBuffers() {
        slots.times = []
        slots.streamOfSlot = []
        arrival = []
        words = []
        bundle = SimpleColumnsEncoder.Members()
    }

    /// Takes a group apart. `keys` are the entries of its frames; with `bundlesAll` no entry becomes
    /// a stream.
    mutating func fill(
        _ group: borrowing FrameBatch, keys: [UInt32], head: GroupHead, bundlesAll: Bool
    ) {
        divide(head.directory, bundlesAll: bundlesAll)
        arrival.removeAll(keepingCapacity: true)
        guard !entries.isEmpty else {
            bundle.rows.append(contentsOf: 0..<UInt32(keys.count))
            bundle.keys.append(contentsOf: keys)
            return
        }
        let rows = group.rows
        let (base, unit) = (head.first.nanoseconds, head.timeUnit)
        let bundleStream = UInt16(entries.count)
        // Taken out and put back: the span of a stored property would hold all of self.
        var (timeArray, streamArray, wordArray) = (slots.times, slots.streamOfSlot, words)
        (slots.times, slots.streamOfSlot, words) = ([], [], [])
        var times = timeArray.mutableSpan
        var streams = streamArray.mutableSpan
        var payloads = wordArray.mutableSpan
        for index in rows.indices {
            let row = rows[index]
            let stream = streamOfKind[Int(keys[index])]
            let slot = next[Int(stream)]
            next[Int(stream)] = slot + 1
            arrival.append(UInt32(slot))
            let distance = row.timestamp.nanoseconds &- base
            times[slot] = unit == 1 ? distance : distance / unit
            streams[slot] = stream
            if stream == bundleStream {
                bundle.rows.append(UInt32(index))
                bundle.keys.append(bundleEntryOfKind[Int(keys[index])])
            } else if row.isShort {
                let place = wordStarts[Int(stream)] + slot - slots.starts[Int(stream)]
                payloads[place] = FrameRow.maskedWord(row.payloadWord, length: row.length)
            } else {
                let width = Self.width(of: row.length)
                let place = wordStarts[Int(stream)] + (slot - slots.starts[Int(stream)]) * width
                let payload = group.longPayload(at: index)
                for byte in payload.indices {
                    payloads[place + byte / 8] |= UInt64(payload[byte]) << UInt64(byte % 8 * 8)
                }
            }
        }
        (slots.times, slots.streamOfSlot, words) = (timeArray, streamArray, wordArray)
    }

    /// Makes streams and bundle of the directory, and room for them.
    private mutating func divide(_ directory: [GroupHead.Entry], bundlesAll: Bool) {
        entries.removeAll(keepingCapacity: true)
        bundle.removeAll()
        streamOfKind.removeAll(keepingCapacity: true)
        bundleEntryOfKind.removeAll(keepingCapacity: true)
        wordStarts.removeAll(keepingCapacity: true)
        next.removeAll(keepingCapacity: true)
        var (slot, word) = (0, 0)
        for entry in directory {
            let isStream = entry.count >= Self.leastFrames && !bundlesAll
            streamOfKind.append(isStream ? UInt16(entries.count) : .max)
            bundleEntryOfKind.append(UInt32(bundle.entries.count))
            guard isStream else {
                bundle.entries.append(entry)
                continue
            }
            entries.append(entry)
            next.append(slot)
            wordStarts.append(word)
            slot += entry.count
            word += entry.count * Self.width(of: entry.length)
        }
        for kind in streamOfKind.indices where streamOfKind[kind] == .max {
            streamOfKind[kind] = UInt16(entries.count)
        }
        slots.starts = next + [slot]
        next.append(slot)
        let count = slot + bundle.entries.reduce(0) { $0 + $1.count }
        slots.channels = entries.map(\.channel)
        slots.starts.append(count)
        slots.times.resize(to: entries.isEmpty ? 0 : count, filledWith: 0)
        slots.streamOfSlot.resize(to: entries.isEmpty ? 0 : count, filledWith: 0)
        words.resize(to: word, filledWith: 0)
    }
}

extension Array {
    /// Makes `count` elements of `value`, and keeps the memory.
    mutating func resize(to count: Int, filledWith value: Element) {
        removeAll(keepingCapacity: true)
        append(contentsOf: repeatElement(value, count: count))
    }
}
