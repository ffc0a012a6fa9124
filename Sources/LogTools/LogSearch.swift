import CANFrame
import LocalFiles
import LogFile

/// Finds the logs in folders and their subfolders by their names, without opening them.
struct LogSearch {
    /// Something that is a log by its name.
    struct Place: Sendable {
        var path: String
        var inode: UInt64
        var kind: Folder.Entry.Kind
        /// Whether segments of its journal are beside it.
        var hasJournal = false
        /// False where segments of its journal are all there is.
        var isLog = true
    }

    private(set) var places: [Place] = []
    /// Subfolders that could not be read.
    private(set) var unreadable: [StreamError] = []

    /// Searches `folder` and what is below it; links to folders are not followed. Throws only where
    /// `folder` itself cannot be read.
    mutating func search(from folder: String) throws(StreamError) {
        guard let kind = Folder.kind(of: folder) else {
            throw StreamError(place: folder, cause: "there is no such folder")
        }
        guard kind == .folder else {
            throw StreamError(
                place: folder, cause: "this is no folder", remedy: "`canlog info` tells of a log")
        }
        var waiting = [folder]
        while let folder = waiting.popLast() {
            let entries: [Folder.Entry]
            do throws(SystemError) {
                entries = try Folder.entries(in: folder)
            } catch {
                unreadable.append(error.streamError())
                continue
            }
            take(entries, in: folder, subfolders: &waiting)
        }
    }

    private mutating func take(
        _ entries: [Folder.Entry], in folder: String, subfolders: inout [String]
    ) {
        let prefix = folder == "." ? "" : folder.hasSuffix("/") ? folder : folder + "/"
        var journals: Set<String> = []
        var logs: Set<String> = []
        let suffix = Array(LogFormat.suffix.utf8)
        for entry in entries {
            var kind = entry.kind
            if kind == .unknown { kind = Folder.kind(of: prefix + entry.name) ?? .unknown }
            if kind == .folder {
                subfolders.append(prefix + entry.name)
            } else if entry.name.utf8.suffix(suffix.count).elementsEqual(suffix) {
                logs.insert(entry.name)
                places.append(
                    Place(path: prefix + entry.name, inode: entry.inode, kind: entry.kind))
            } else if let log = Self.log(ofSegment: entry.name) {
                journals.insert(log)
            }
        }
        guard !journals.isEmpty else { return }
        let first = places.count - logs.count
        for index in places.indices[first...]
        where journals.contains(Folder.name(of: places[index].path)) {
            places[index].hasJournal = true
        }
        for log in journals.subtracting(logs).sorted() {
            places.append(
                Place(
                    path: prefix + log, inode: 0, kind: .unknown, hasJournal: true, isLog: false))
        }
    }

    /// `a.canlog` of `a.canlog.journal-7`.
    private static func log(ofSegment name: String) -> String? {
        guard let dash = name.lastIndex(of: "-"),
            let ordinal = UInt32(name[name.index(after: dash)...]),
            name.hasSuffix(LogFormat.suffix + LogFormat.journalSuffix + String(ordinal))
        else { return nil }
        return String(name.dropLast((LogFormat.journalSuffix + String(ordinal)).count))
    }
}
