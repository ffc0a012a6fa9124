public import CANFrame
import CanlogFiles
public import LocalFiles
public import LogFile

extension LogVerifier where File == ReadableFile {
    /// Verifies the log at `path` with its journal.
    public init(path: String) throws(StreamError) {
        try self.init(CanlogFile(path, place: path).reader(LogSelection()))
    }
}
