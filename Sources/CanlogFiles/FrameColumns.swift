public import CANFrame
public import LogFile

/// The data frames of one identifier, column by column, in order of arrival.
public struct FrameColumns: Hashable, Sendable {
    public let identifier: ArbitrationID
    /// When each frame came; may step back, as the clock did.
    public private(set) var timestamps: [Timestamp] = []
    /// The number of each frame's channel.
    public private(set) var channels: [UInt8] = []
    /// The length of each payload in bytes, 0 to 64.
    public private(set) var lengths: [UInt8] = []
    /// The payloads as little-endian words, ``wordsPerFrame`` for each frame, bytes beyond the
    /// length zero. With one word per frame, element i is the payload of frame i: its byte 0 in the
    /// low bits, as DBC counts the bits of Intel signals.
    public private(set) var words: [UInt64] = []
    /// 1, or more if a payload is longer than 8 bytes: as many as the longest needs.
    public private(set) var wordsPerFrame = 1
    /// What of the log could not be read, where that was accepted.
    public internal(set) var damages: [LogDamage] = []

    init(of identifier: ArbitrationID) {
        self.identifier = identifier
    }

    /// How many frames there are.
    public var count: Int { timestamps.count }

    /// The least and the greatest stamp; `nil` without frames.
    public var timeRange: ClosedRange<Timestamp>? {
        guard let least = timestamps.min(), let greatest = timestamps.max() else { return nil }
        return least...greatest
    }

    /// The payload of one frame.
    public func payload(at index: Int) -> [UInt8] {
        let start = index * wordsPerFrame
        return (0..<Int(lengths[index])).map {
            UInt8(truncatingIfNeeded: words[start + $0 / 8] >> UInt64($0 % 8 * 8))
        }
    }

    // MARK: Filling

    /// Room for as many frames as the log says it has of this identifier.
    mutating func reserve(_ summary: LogSummary) {
        // What a file says costs no more memory than this before it is seen.
        let limit: UInt64 = 1 << 20
        var frames: UInt64 = 0
        for stream in summary.streams where stream.identifier == PackedID(identifier) {
            frames = min(limit, frames + min(limit, stream.frames))
        }
        timestamps.reserveCapacity(Int(frames))
        channels.reserveCapacity(Int(frames))
        lengths.reserveCapacity(Int(frames))
        words.reserveCapacity(Int(frames))
    }

    mutating func append(_ batch: borrowing FrameBatch) {
        let rows = batch.rows
        for index in rows.indices {
            let row = rows[index]
            timestamps.append(row.timestamp)
            channels.append(row.channel)
            lengths.append(row.length)
            if wordsPerFrame == 1, row.isShort {
                words.append(row.payloadWord)
            } else {
                append(row, batch.longPayload(at: index))
            }
        }
    }

    private mutating func append(_ row: FrameRow, _ longPayload: Span<UInt8>) {
        let needed = (Int(row.length) + 7) / 8
        if needed > wordsPerFrame { widen(to: needed) }
        let start = words.count
        words.append(contentsOf: repeatElement(0, count: wordsPerFrame))
        if row.isShort {
            words[start] = row.payloadWord
        } else {
            for byte in longPayload.indices {
                words[start + byte / 8] |= UInt64(longPayload[byte]) << UInt64(byte % 8 * 8)
            }
        }
    }

    /// Makes room for longer payloads; at most seven times.
    private mutating func widen(to width: Int) {
        var wide = [UInt64](repeating: 0, count: words.count / wordsPerFrame * width)
        for index in words.indices {
            wide[index / wordsPerFrame * width + index % wordsPerFrame] = words[index]
        }
        words = wide
        wordsPerFrame = width
    }
}
