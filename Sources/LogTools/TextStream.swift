public import CANFrame
import LocalFiles
import LogInterchange

/// The bytes of a text log, decompressed if they are compressed.
///
/// Compressed data that is damaged or cut off ends the text there, if any of it could be read.
public struct TextStream: ByteStream, ~Copyable {
    public let place: String
    private var plain: StreamedFile?
    private var compressed: ZstdStream<StreamedFile>?
    private var isEmpty = true
    /// Why the text ends before its end.
    private(set) var damage: StreamError?

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
