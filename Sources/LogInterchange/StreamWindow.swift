import CANFrame

/// The bytes of a stream that are held at a time, and where in the stream they are; for formats that
/// are made of objects with sizes.
struct StreamWindow: Sendable {
    /// `bytes[start..<end]` is read and not yet taken.
    private(set) var bytes: [UInt8]
    private(set) var start = 0
    private(set) var end = 0
    /// Where in the stream `start` is.
    private(set) var offset: UInt64 = 0
    /// The stream has no more bytes than those that are held.
    private(set) var hasEnded = false

    /// Holds `size` bytes, and more where an object is larger.
    init(size: Int = 256 * 1024) {
        bytes = [UInt8](repeating: 0, count: size)
    }

    /// How many bytes are held.
    var count: Int { end - start }

    /// Holds at least `wanted` bytes, for which memory is taken: check it first. False if the stream
    /// ends before; what there is of it is held then.
    mutating func hold<Input: ByteStream & ~Copyable>(
        _ wanted: Int, from input: inout Input
    ) throws(StreamError) -> Bool {
        if count >= wanted { return true }
        if bytes.count - start < wanted {
            for index in start..<end { bytes[index - start] = bytes[index] }
            end -= start
            start = 0
            if bytes.count < wanted {
                bytes += [UInt8](repeating: 0, count: wanted - bytes.count)
            }
        }
        while count < wanted && !hasEnded {
            let more = try input.fill(&bytes, in: end..<bytes.count)
            end += more
            hasEnded = more == 0
        }
        return count >= wanted
    }

    /// Gives up the first `taken` of the held bytes.
    mutating func take(_ taken: Int) {
        start += taken
        offset += UInt64(taken)
        if start == end { (start, end) = (0, 0) }
    }

    /// Passes over `wanted` bytes, however many; false if the stream ends before.
    mutating func skip<Input: ByteStream & ~Copyable>(
        _ wanted: UInt64, from input: inout Input
    ) throws(StreamError) -> Bool {
        var left = wanted
        while left > 0 {
            guard try hold(1, from: &input) else { return false }
            let step = Int(min(left, UInt64(count)))
            take(step)
            left -= UInt64(step)
        }
        return true
    }
}
