public import CANFrame

/// A stream whose first bytes can be looked at before they are read.
public protocol PeekedStream: ByteStream, ~Copyable {
    /// Bytes that were looked at and are read first.
    var ahead: [UInt8] { get set }
}

extension PeekedStream where Self: ~Copyable {
    /// The first bytes, at most `count`, which are read again afterwards; fewer only at the end, or
    /// where what came so far `isEnough`: a pipe may be silent behind it.
    public mutating func peek(
        _ count: Int, until isEnough: ([UInt8]) -> Bool = { _ in false }
    ) throws(StreamError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let more = try fill(&bytes, in: filled..<count)
            filled += more
            if more == 0 || isEnough(Array(bytes[..<filled])) { break }
        }
        bytes.removeLast(count - filled)
        ahead = bytes + ahead
        return bytes
    }

    /// Reads of what was looked at; whether there was any.
    public mutating func readAhead(into buffer: inout OutputRawSpan) -> Bool {
        guard !ahead.isEmpty else { return false }
        let count = min(ahead.count, buffer.freeCapacity)
        for byte in ahead[..<count] { buffer.append(byte) }
        ahead.removeFirst(count)
        return true
    }
}
