/// A file in memory: for small logs, pipes and tests.
public struct MemoryBytes: ByteSource, ByteSink, Sendable {
    /// All of its bytes.
    public var bytes: [UInt8]

    public init(_ bytes: [UInt8] = []) {
        self.bytes = bytes
    }

    public var byteCount: UInt64 { UInt64(bytes.count) }

    /// Fills `buffer` from `offset`; short only where the bytes end.
    public borrowing func read(
        at offset: UInt64, into buffer: inout OutputRawSpan
    ) throws(StreamError) {
        guard offset < byteCount else { return }
        let start = Int(offset)
        let end = start + min(bytes.count - start, buffer.freeCapacity)
        for byte in bytes[start..<end] { buffer.append(byte) }
    }

    public mutating func append(_ bytes: Span<UInt8>) throws(StreamError) {
        self.bytes.reserveCapacity(self.bytes.count + bytes.count)
        for index in bytes.indices { self.bytes.append(bytes[index]) }
    }

    public mutating func overwrite(_ bytes: Span<UInt8>, at offset: UInt64) throws(StreamError) {
        guard let start = Int(exactly: offset), start <= self.bytes.count,
            bytes.count <= self.bytes.count - start
        else {
            throw StreamError(
                place: "byte \(offset)", cause: "only bytes that were written can be overwritten")
        }
        for index in bytes.indices { self.bytes[start + index] = bytes[index] }
    }
}
