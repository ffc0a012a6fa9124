import CANFrame
import LocalFiles
import LogInterchange

/// The log of a replay, opened again for each pass.
struct ReplayLog: Sendable {
    let path: String

    func open() throws(StreamError) -> CandumpTextReader<FileStream> {
        CandumpTextReader(try FileStream(path: path))
    }
}

/// A file from its start.
struct FileStream: ByteStream, ~Copyable {
    let place: String
    private let file: ReadableFile
    private var position: UInt64 = 0

    init(path: String) throws(StreamError) {
        do throws(SystemError) {
            file = try ReadableFile(path: path)
            place = path
        } catch {
            throw error.streamError()
        }
    }

    mutating func read(into buffer: inout OutputRawSpan) throws(StreamError) {
        let before = buffer.byteCount
        try file.read(at: position, into: &buffer)
        position += UInt64(buffer.byteCount - before)
    }
}
