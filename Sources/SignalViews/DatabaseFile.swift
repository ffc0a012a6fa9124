public import CANFrame
import LocalFiles
public import SignalDatabase

/// A database file, read whole.
public enum DatabaseFile {
    /// Reads the database at `path`, which may also be a pipe.
    public static func read(
        _ path: String, encoding: TextEncoding = .automatic
    ) throws(StreamError) -> Database {
        guard Folder.exists(path) else {
            throw StreamError(place: path, cause: "there is no such file", remedy: "check the name")
        }
        guard !Folder.isFolder(path) else {
            throw StreamError(
                place: path, cause: "this is a folder", remedy: "name the .dbc file in it")
        }
        let bytes = try bytes(of: path)
        return Database(dbc: bytes.span, encoding: encoding)
    }

    private static func bytes(of path: String) throws(StreamError) -> [UInt8] {
        var file = try streaming { () throws(SystemError) in try StreamedFile(path: path) }
        var bytes: [UInt8] = []
        var stretch = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = try file.fill(&stretch, in: 0..<stretch.count)
            guard count > 0 else { return bytes }
            guard bytes.count + count <= Database.maximumFileSize else {
                throw StreamError(
                    place: path,
                    cause:
                        "a database of more than \(Database.maximumFileSize >> 20) MiB is not read")
            }
            bytes += stretch[..<count]
        }
    }
}
