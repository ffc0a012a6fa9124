/// Bytes that come one after another and only once: a pipe, a decompressor, a file from its start.
public protocol ByteStream: ~Copyable {
    /// Where the bytes come from, for messages.
    var place: String { get }
    /// Appends to `buffer` what there is, waiting for at least one byte; nothing only at the end.
    mutating func read(into buffer: inout OutputRawSpan) throws(StreamError)
    /// Why the bytes ended before their end, once they have; a stream that can go on with what
    /// precedes the damage says so here instead of throwing.
    var damage: StreamError? { get }
}

extension ByteStream where Self: ~Copyable {
    public var damage: StreamError? { nil }
}

extension ByteStream where Self: ~Copyable {
    /// Reads once into `bytes` at `room`; gives how many bytes there were, 0 only at the end.
    public mutating func fill(
        _ bytes: inout [UInt8], in room: Range<Int>
    ) throws(StreamError) -> Int {
        var span = bytes.mutableSpan
        // The memory is initialised already and outlives the call.
        return try unsafe span.withUnsafeMutableBytes { (memory) throws(StreamError) in
            let free = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[room])
            var output = unsafe OutputRawSpan(buffer: free, initializedCount: 0)
            try read(into: &output)
            return output.byteCount
        }
    }
}

/// Bytes in memory as a stream, in stretches of a chosen size; for tests and small texts.
public struct MemoryStream: ByteStream, Sendable {
    public let place: String
    private let bytes: [UInt8]
    private let stretch: Int
    private var position = 0

    public init(_ bytes: [UInt8], place: String = "memory", stretch: Int = .max) {
        self.bytes = bytes
        self.place = place
        self.stretch = stretch
    }

    public mutating func read(into buffer: inout OutputRawSpan) throws(StreamError) {
        let end = position + min(stretch, buffer.freeCapacity, bytes.count - position)
        for byte in bytes[position..<end] { buffer.append(byte) }
        position = end
    }
}
