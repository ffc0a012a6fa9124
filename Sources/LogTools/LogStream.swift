public import CANFrame
public import LocalFiles
import LogInterchange

/// The bytes of another tool's log, decompressed if they are compressed by zstd.
///
/// Compressed data that is damaged or cut off ends the log there, if any of it could be read.
public struct LogStream: PeekedStream, ~Copyable {
    public let place: String
    private var plain: StreamedFile?
    private var compressed: ZstdStream<StreamedFile>?
    private var isEmpty = true
    public var ahead: [UInt8] = []
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

    public mutating func read(into buffer: inout OutputRawSpan) throws(StreamError) {
        if readAhead(into: &buffer) { return }
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
