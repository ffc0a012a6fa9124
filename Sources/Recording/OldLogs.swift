import CANFrame
import LocalFiles
import LogFile
import Synchronization

/// How much a recorder leaves on the disk of its own logs.
public struct Retention: Sendable, Hashable {
    /// All its logs together have at most these bytes, those that are kept apart; the oldest go.
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
/// what was completed. The newest log is never removed.
struct OldLogs: ~Copyable {
    static let scanInterval: Int64 = 3_600_000_000_000
    static let checkInterval: Int64 = 60_000_000_000
    /// When a log that should go was still written or synchronized.
    static let retryInterval: Int64 = 1_000_000_000
    /// Stamps before 2026, before canlog, are of a clock that was not set: nobody knows the age.
    static let earliestTime = Timestamp(nanoseconds: 1_767_225_600_000_000_000)

    private struct Entry {
        var created: Timestamp
        var bytes: UInt64
    }

    private let options: RecordingOptions
    private let folder: String
    private var entries: [String: Entry] = [:]
    private var nextScan: Int64 = 0
    private var nextCheck: Int64 = 0
    private var complaint: String?

    init(options: RecordingOptions) {
        self.options = options
        folder = options.naming.folder.isEmpty ? "." : options.naming.folder
    }

    /// Removes what is too old or too much, when that is due or something was completed.
    mutating func tidy(_ state: RecordingState, at now: Int64) {
        let completed = state.takeCompleted()
        guard !options.retention.isForEver else { return }
        for path in completed { entries[path] = ownLog(path) }
        if now >= nextScan {
            guard scan(state) else { return }
            nextScan = now + Self.scanInterval
        } else if completed.isEmpty && now < nextCheck {
            return
        }
        nextCheck = now + (removeOldest(state) ? Self.checkInterval : Self.retryInterval)
    }

    /// Looks at all logs of the folder; `false` if the recording ends meanwhile, which does not
    /// wait for a large folder: what is known of a part does not tell which are the oldest.
    private mutating func scan(_ state: RecordingState) -> Bool {
        var found: [String: Entry] = [:]
        for (path, bytes) in journalBytes(state) {
            if state.stopRequested.load(ordering: .relaxed) { return false }
            guard var entry = ownLog(path) else { continue }
            entry.bytes += bytes
            found[path] = entry
        }
        entries = found
        return true
    }

    /// The paths of all logs in the folder, and the bytes of their journals.
    private mutating func journalBytes(_ state: RecordingState) -> [String: UInt64] {
        var bytes: [String: UInt64] = [:]
        do throws(SystemError) {
            for name in try Folder.names(in: folder) {
                let path = options.naming.inFolder(name)
                if name.hasSuffix(LogFormat.suffix) { bytes[path, default: 0] += 0 }
                guard let log = Self.log(ofSegment: path) else { continue }
                bytes[log, default: 0] += Folder.regularFileSize(path) ?? 0
            }
        } catch {
            complain(error.description, state)
        }
        return bytes
    }

    /// The log that a segment belongs to, by its name.
    private static func log(ofSegment path: String) -> String? {
        guard let dash = path.lastIndex(of: "-") else { return nil }
        let (log, ordinal) = (path[...dash], path[path.index(after: dash)...])
        let suffix = LogFormat.suffix + LogFormat.journalSuffix
        guard log.hasSuffix(suffix), !ordinal.isEmpty, ordinal.allSatisfy(\.isNumber) else {
            return nil
        }
        return String(log.dropLast(LogFormat.journalSuffix.count))
    }

    /// What it is if it is a log of this recorder; links and what is no file never are.
    private borrowing func ownLog(_ path: String) -> Entry? {
        guard let bytes = Folder.regularFileSize(path),
            let metadata = try? Self.header(of: path).metadata,
            metadata.recorder != nil, metadata.recorder == options.metadata.recorder,
            metadata.host == options.metadata.host, metadata.source == nil,
            metadata.cuts.isEmpty, metadata.sources.isEmpty
        else { return nil }
        return Entry(created: metadata.created, bytes: bytes)
    }

    private static func header(of path: String) throws -> LogHeader {
        let file = try ReadableFile(path: path)
        let count = Int(min(file.byteCount, UInt64(LogHeader.size)))
        let start = try file.bytes(at: 0, count: count)
        return try LogHeader(decoding: start.span)
    }

    /// `false` if a log that should have gone is still in use.
    private mutating func removeOldest(_ state: RecordingState) -> Bool {
        let current = state.log.path
        let oldest = options.retention.age.map {
            HostClock.realTime().nanoseconds - $0.wholeNanoseconds
        }
        let candidates = entries.filter { $0.key != current && !KeepMark.isSet(on: $0.key) }
            .sorted { ($0.value.created, $0.key) < ($1.value.created, $1.key) }
        var total = candidates.reduce(state.log.figures.bytes) { $0 + $1.value.bytes }
        var isDone = true
        for (path, entry) in candidates.dropLast() {
            let isTooMuch = options.retention.bytes.map { total > $0 } ?? false
            let isTooOld =
                entry.created >= Self.earliestTime
                && oldest.map { entry.created.nanoseconds < $0 } ?? false
            // Its name and its content are looked at again: it may be another file by now.
            guard isTooMuch || isTooOld, ownLog(path) != nil else { continue }
            guard isUnused(path) else {
                // It goes in a moment: no newer log goes in its place.
                total -= entry.bytes
                isDone = false
                continue
            }
            do throws(SystemError) {
                try remove(path)
                entries[path] = nil
                total -= entry.bytes
                state.notify(.removed(path: path))
            } catch {
                complain(error.description, state)
            }
        }
        if let limit = options.retention.bytes, total > limit {
            complain("its newest logs alone have more than the \(limit) bytes allowed", state)
        }
        return isDone
    }

    private borrowing func isUnused(_ path: String) -> Bool {
        guard !KeepMark.isSet(on: path), let file = try? ReadableFile(path: path) else {
            return false
        }
        return !file.isLockedByWriter()
    }

    /// Removes a log and what is left of its journal: of a closed log nothing is.
    private borrowing func remove(_ path: String) throws(SystemError) {
        var segments: [String] = []
        let isClosed =
            if case .closed? = (try? Self.header(of: path))?.state { true } else { false }
        if !isClosed {
            for name in try Folder.names(in: folder) {
                let segment = options.naming.inFolder(name)
                if Self.log(ofSegment: segment) == path { segments.append(segment) }
            }
        }
        for segment in segments { try Folder.remove(segment) }
        try Folder.remove(path)
    }

    private mutating func complain(_ words: String, _ state: RecordingState) {
        guard complaint != words else { return }
        complaint = words
        state.notify(.cannotRemove(reason: words))
    }
}
