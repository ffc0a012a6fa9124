import CANFrame
import LocalFiles
import LogFile

/// How much a recorder leaves on the disk of its own logs.
public struct Retention: Sendable, Hashable {
    /// All its logs together have at most these bytes; the oldest go.
    public var bytes: UInt64?
    /// Logs older than this go.
    public var age: Duration?

    public init(bytes: UInt64? = nil, age: Duration? = nil) {
        self.bytes = bytes
        self.age = age
    }

    var isForEver: Bool { bytes == nil && age == nil }
}

/// Removes the oldest logs of one recorder when there are too many.
///
/// Its own are those in its folder whose header names this recorder and this host, that were recorded
/// (not converted, cut or merged), that no process writes, and beside which no keep mark stands
/// (``KeepMark``). It looks at all names of the folder when it starts and once an hour, and else at
/// what was completed.
struct OldLogs: ~Copyable {
    static let scanInterval: Int64 = 3_600_000_000_000
    static let checkInterval: Int64 = 60_000_000_000

    private struct Entry {
        var path: String
        var created: Timestamp
        var bytes: UInt64
    }

    private let options: RecordingOptions
    private var entries: [Entry] = []
    private var nextScan: Int64 = 0
    private var nextCheck: Int64 = 0
    private var complaint: String?

    init(options: RecordingOptions) {
        self.options = options
    }

    /// Removes what is too old or too much, when that is due or something was completed.
    mutating func tidy(_ state: RecordingState, at now: Int64) {
        let completed = state.takeCompleted()
        guard !options.retention.isForEver else { return }
        for path in completed { take(path) }
        if now >= nextScan {
            nextScan = now + Self.scanInterval
            scan(state)
        } else if completed.isEmpty && now < nextCheck {
            return
        }
        nextCheck = now + Self.checkInterval
        removeOldest(state)
    }

    private mutating func scan(_ state: RecordingState) {
        entries.removeAll()
        let folder = options.naming.folder
        do throws(SystemError) {
            for name in try Folder.names(in: folder.isEmpty ? "." : folder)
            where name.hasSuffix(LogFormat.suffix) {
                take(options.naming.inFolder(name))
            }
        } catch {
            complain(error.description, state)
        }
        entries.sort { ($0.created, $0.path) < ($1.created, $1.path) }
    }

    /// Adds a log if it is the recorder's own.
    private mutating func take(_ path: String) {
        guard !entries.contains(where: { $0.path == path }), let log = ownLog(path) else { return }
        entries.append(log)
    }

    private borrowing func ownLog(_ path: String) -> Entry? {
        guard let (metadata, bytes) = try? Self.header(of: path),
            metadata.recorder != nil, metadata.recorder == options.metadata.recorder,
            metadata.host == options.metadata.host, metadata.source == nil,
            metadata.cuts.isEmpty, metadata.sources.isEmpty
        else { return nil }
        return Entry(path: path, created: metadata.created, bytes: bytes)
    }

    private static func header(
        of path: String
    ) throws -> (metadata: LogMetadata, bytes: UInt64) {
        let file = try ReadableFile(path: path)
        let bytes = file.byteCount
        let start = try file.bytes(at: 0, count: Int(min(bytes, UInt64(LogHeader.size))))
        return (try LogHeader(decoding: start.span).metadata, bytes)
    }

    private mutating func removeOldest(_ state: RecordingState) {
        let oldest = options.retention.age.map {
            HostClock.realTime().nanoseconds - $0.wholeNanoseconds
        }
        var total = entries.reduce(0) { $0 + $1.bytes } + state.log.figures.bytes
        var kept: [Entry] = []
        for entry in entries {
            let isTooMuch = options.retention.bytes.map { total > $0 } ?? false
            let isTooOld = oldest.map { entry.created.nanoseconds < $0 } ?? false
            guard isTooMuch || isTooOld, entry.path != state.log.path,
                !KeepMark.isSet(on: entry.path), isClosed(entry.path)
            else {
                kept.append(entry)
                continue
            }
            do throws(SystemError) {
                try remove(entry.path)
                total -= entry.bytes
                state.notify(.removed(path: entry.path))
            } catch {
                kept.append(entry)
                complain(error.description, state)
            }
        }
        entries = kept
        if let limit = options.retention.bytes, total > limit {
            complain(
                "its logs have \(total) bytes, more than the \(limit) allowed, and all that are left "
                    + "are marked to be kept or being recorded", state)
        }
    }

    /// Its name and its content are looked at again: it may have been replaced by another file.
    private borrowing func isClosed(_ path: String) -> Bool {
        guard ownLog(path) != nil, let file = try? ReadableFile(path: path) else { return false }
        return !file.isLockedByWriter()
    }

    private borrowing func remove(_ path: String) throws(SystemError) {
        let prefix = Folder.name(of: path) + LogFormat.journalSuffix
        let folder = options.naming.folder
        for name in try Folder.names(in: folder.isEmpty ? "." : folder)
        where name.hasPrefix(prefix) && name.dropFirst(prefix.count).allSatisfy(\.isNumber) {
            try Folder.remove(options.naming.inFolder(name))
        }
        try Folder.remove(path)
    }

    private mutating func complain(_ words: String, _ state: RecordingState) {
        guard complaint != words else { return }
        complaint = words
        state.notify(.cannotRemove(reason: words))
    }
}
