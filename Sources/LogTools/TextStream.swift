public import CANFrame
import LocalFiles
import LogInterchange

/// The bytes of a text log, decompressed if they are compressed.
public struct TextStream: ByteStream, ~Copyable {
    public let place: String
    private var plain: StreamedFile?
    private var compressed: ZstdStream<StreamedFile>?

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
        try compressed?.read(into: &buffer)
    }
}
