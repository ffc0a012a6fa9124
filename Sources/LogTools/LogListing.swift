public import CANFrame
import LocalFiles
import Synchronization

/// Looks at all logs in folders and their subfolders, several at a time.
public final class LogListing: Sendable {
    /// What one thread looked at in one go.
    private struct Looked: Sendable {
        var count: Int
        var wanted: [ListedLog]
    }

    /// More than there are processors: a disk is faster where it may choose among requests.
    private static let threads = 8
    private static let batch = 64

    /// Folders that could not be read.
    public let unreadable: [StreamError]
    private let places: [LogSearch.Place]
    private let next = Atomic<Int>(0)

    /// Finds the logs in `folders`, or only those beside which there is a journal; throws where one
    /// of these folders cannot be read.
    public init(folders: [String], withJournalOnly: Bool = false) throws(StreamError) {
        var search = LogSearch()
        for folder in folders { try search.search(from: folder) }
        let found = withJournalOnly ? search.places.filter(\.hasJournal) : search.places
        // By their numbers on the file system: neighbours on the disk one after the other.
        places = found.sorted { $0.inode < $1.inode }
        unreadable = search.unreadable
    }

    /// How many logs there are.
    public var count: Int { places.count }

    /// Looks at each log and gives those that are wanted, ordered by their begin, then by path;
    /// `progress` is told how many have been looked at.
    public func read(
        where isWanted: @escaping @Sendable (ListedLog) -> Bool = { _ in true },
        progress: (Int) -> Void = { _ in }
    ) throws(StreamError) -> [ListedLog] {
        let queue = HandoverQueue<Looked>(capacity: Self.threads)
        var found: [ListedLog] = []
        let threads = min(Self.threads, (count + Self.batch - 1) / Self.batch)
        next.store(0, ordering: .relaxed)
        try streaming { () throws(SystemError) in
            try withThreads(
                threads, each: { self.look(isWanted, into: queue) },
                {
                    var done = 0
                    while done < self.count, let looked = queue.take() {
                        found += looked.wanted
                        done += looked.count
                        progress(done)
                    }
                })
        }
        return found.sorted { ($0.order, $0.path) < ($1.order, $1.path) }
    }

    /// Runs `work` on as many threads as are left to start, and `body` on this one, till all end.
    private func withThreads(
        _ left: Int, each work: @escaping @Sendable () -> Void, _ body: () -> Void
    ) throws(SystemError) {
        guard left > 0 else { return body() }
        let thread: WorkerThread
        do throws(SystemError) {
            thread = try WorkerThread("canlog list", body: work)
        } catch {
            // One is enough, only slower.
            guard left < min(Self.threads, (count + Self.batch - 1) / Self.batch) else {
                throw error
            }
            return body()
        }
        try withThreads(left - 1, each: work, body)
        thread.join()
    }

    private func look(
        _ isWanted: (ListedLog) -> Bool, into queue: HandoverQueue<Looked>
    ) {
        while true {
            let start = next.add(Self.batch, ordering: .relaxed).oldValue
            guard start < places.count else { return }
            let part = places[start..<min(start + Self.batch, places.count)]
            let logs = part.map { place in
                place.isLog
                    ? ListedLog(place)
                    : ListedLog(journalWithoutLog: place.path)
            }
            queue.put(Looked(count: part.count, wanted: logs.filter(isWanted)))
        }
    }
}

extension ListedLog {
    /// Logs of which nobody knows when they began stand first.
    fileprivate var order: Int64 { start?.nanoseconds ?? .min }
}
