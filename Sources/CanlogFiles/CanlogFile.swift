public import CANFrame
import Glibc
public import LocalFiles
public import LogFile

/// A `.canlog` file with its journal segments, perhaps while a recorder writes both.
public struct CanlogFile: Sendable {
    private let path: String
    private let place: String

    /// The file at `path`, which messages call `place`.
    public init(_ path: String, place: String? = nil) {
        self.path = path
        self.place = place ?? path
    }

    /// Opens the log; relative times count from its first frame.
    public func reader(
        _ wanted: LogSelection = LogSelection()
    ) throws(StreamError) -> LogReader<ReadableFile> {
        var reader = try opened()
        guard wanted != LogSelection() else { return reader }
        let channels = reader.summary.channels.map(\.description.interface)
        for interface in wanted.interfaces where !channels.contains(interface) {
            throw StreamError(
                place: place, cause: "the log has no channel \(interface)",
                remedy: channels.isEmpty
                    ? nil : "it has " + Set(channels).sorted().joined(separator: ", "))
        }
        let start = reader.summary.firstStamp ?? Timestamp(nanoseconds: 0)
        reader.select(wanted.resolved(start: start))
        return reader
    }

    /// A live recorder may write a group and remove its segment between two looks: then all is
    /// looked at again, a few times.
    private func opened() throws(StreamError) -> LogReader<ReadableFile> {
        for _ in 1..<10 {
            let watch = SegmentWatch()
            let reader = try open(watch)
            if !watch.hasMissed { return reader }
        }
        return try open(SegmentWatch())
    }

    private func open(_ watch: SegmentWatch) throws(StreamError) -> LogReader<ReadableFile> {
        // The segments before the file: one that goes meanwhile is a group of the file then.
        let ordinals = segmentOrdinals()
        let file = try streaming { () throws(SystemError) in
            try ReadableFile(path: path)
        }
        let isAlive = file.isLockedByWriter()
        let segments = path + LogFormat.journalSuffix
        let journal = JournalFolder<ReadableFile>(ordinals: ordinals) {
            (ordinal) throws(StreamError) in
            do throws(SystemError) {
                return try ReadableFile(path: segments + String(ordinal))
            } catch {
                guard error.code == ENOENT else { throw error.streamError() }
                watch.hasMissed = true
                return nil
            }
        }
        return try LogReader(
            file: file, journal: journal, writerIsAlive: isAlive, place: place)
    }

    /// The N of all `NAME.canlog.journal-N`; none where the folder cannot be listed, as for a pipe.
    public func segmentOrdinals() -> [Int] {
        let prefix = Folder.name(of: path) + LogFormat.journalSuffix
        let names = (try? Folder.names(in: Folder.parent(of: path))) ?? []
        return names.filter { $0.hasPrefix(prefix) }.compactMap { name in
            let digits = name.dropFirst(prefix.count)
            // Only the form in which the recorder writes it: `+1` and `01` are other files.
            // The ordinal of a group has 32 bits, and there is always one behind it.
            guard let ordinal = UInt32(digits), ordinal < .max, String(ordinal) == digits else {
                return nil
            }
            return Int(ordinal)
        }.sorted()
    }
}

/// Notes whether a segment that was listed was gone when it was opened.
private final class SegmentWatch {
    var hasMissed = false
}
