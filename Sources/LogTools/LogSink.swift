public import CANFrame
public import LocalFiles
import LogInterchange

/// Where the bytes of another tool's log go, compressed by zstd if its name says so.
public struct LogSink: ByteSink, ~Copyable {
    private var plain: ResultFile?
    private var compressed: ZstdSink<ResultFile>?
    public private(set) var byteCount: UInt64 = 0

    public init(_ file: consuming ResultFile, isCompressed: Bool, place: String) throws(StreamError)
    {
        if isCompressed {
            compressed = try ZstdSink(file, place: place)
            plain = nil
        } else {
            plain = consume file
            compressed = nil
        }
    }

    /// What is compressed, or goes down a pipe, is written once, from its start to its end.
    public var canOverwrite: Bool {
        switch plain {
        case .some(let plain): plain.canOverwrite
        case .none: false
        }
    }

    public mutating func append(_ bytes: Span<UInt8>) throws(StreamError) {
        try plain?.append(bytes)
        try compressed?.append(bytes)
        byteCount += UInt64(bytes.count)
    }

    public mutating func overwrite(_ bytes: Span<UInt8>, at offset: UInt64) throws(StreamError) {
        try plain?.overwrite(bytes, at: offset)
    }

    /// Ends the compressed data, if it is any.
    public mutating func finish() throws(StreamError) {
        try compressed?.finish()
    }

    /// The file behind it, to be completed.
    public consuming func intoFile() -> ResultFile? {
        if let compressed = compressed.take() { return compressed.intoOutput() }
        return plain.take()
    }
}
