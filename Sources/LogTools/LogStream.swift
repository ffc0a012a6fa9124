public import CANFrame
import LocalFiles
import LogInterchange

/// The bytes of another tool's log, decompressed if they are compressed by zstd.
///
/// Compressed data that is damaged or cut off ends the log there, if any of it could be read.
public struct LogStream: ByteStream, ~Copyable {
    public let place: String
    private var plain: StreamedFile?
    private var compressed: ZstdStream<StreamedFile>?
    private var isEmpty = true
    /// Bytes that were looked at ahead and are read first.
    private var ahead: [UInt8] = []
    /// Why the log ends before its end.
    public private(set) var damage: StreamError?

    init(_ file: consuming StreamedFile, isCompressed: Bool) throws(StreamError) {
        place = file.place
        if isCompressed {
            compressed = try ZstdStream(consume file)
            plain = nil
        } else {
            plain = consume file
            compressed = nil
        }
    }

    /// The first bytes, at most `count`, which are read again afterwards; fewer only at the end.
    mutating func peek(_ count: Int) throws(StreamError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let more = try fill(&bytes, in: filled..<count)
            if more == 0 { break }
            filled += more
        }
        bytes.removeLast(count - filled)
        ahead = bytes + ahead
        return bytes
    }

    public mutating func read(into buffer: inout OutputRawSpan) throws(StreamError) {
        if !ahead.isEmpty {
            let count = min(ahead.count, buffer.freeCapacity)
            for byte in ahead[..<count] { buffer.append(byte) }
            ahead.removeFirst(count)
            return
        }
        try plain?.read(into: &buffer)
        guard damage == nil else { return }
        do throws(StreamError) {
            try compressed?.read(into: &buffer)
            isEmpty = isEmpty && buffer.byteCount == 0
        } catch {
            guard !isEmpty, compressed?.damage == error else { throw error }
            damage = error
        }
    }
}
