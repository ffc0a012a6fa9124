import CANFrame
import Glibc
import LocalFiles
import LogFile

/// A `.canlog` file with its journal segments, perhaps while a recorder writes both.
struct CanlogFile {
    private let path: String
    private let place: String

    /// The file at `path`, which messages call `place`.
    init(_ path: String, place: String) {
        self.path = path
        self.place = place
    }

    /// Opens the log; relative times count from its first frame.
    func reader(_ wanted: LogSelection) throws(StreamError) -> LogReader<ReadableFile> {
        let whole = try reader(FrameSelection())
        guard wanted != LogSelection() else { return whole }
        let channels = whole.summary.channels.map(\.description.interface)
        for interface in wanted.interfaces where !channels.contains(interface) {
            throw StreamError(
                place: place, cause: "the log has no channel \(interface)",
                remedy: channels.isEmpty
                    ? nil : "it has " + Set(channels).sorted().joined(separator: ", "))
        }
        let start = whole.summary.firstStamp ?? Timestamp(nanoseconds: 0)
        return try reader(wanted.resolved(start: start))
    }

    /// A live recorder may write a group and remove its segment between two looks: then all is
    /// looked at again, a few times.
    private func reader(_ selection: FrameSelection) throws(StreamError) -> LogReader<ReadableFile>
    {
        for _ in 1..<10 {
            let watch = SegmentWatch()
            let reader = try open(selection, watch)
            if !watch.hasMissed { return reader }
        }
        return try open(selection, SegmentWatch())
    }

    private func open(
        _ selection: FrameSelection, _ watch: SegmentWatch
    ) throws(StreamError) -> LogReader<ReadableFile> {
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
            file: file, journal: journal, writerIsAlive: isAlive, selection: selection, place: place
        )
    }

    /// The N of all `NAME.canlog.journal-N`; none where the folder cannot be listed, as for a pipe.
    func segmentOrdinals() -> [Int] {
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
