import CANFrame
import LocalFiles
import Synchronization

/// What the writer leaves to the compactor, in order.
enum CompactionJob: Sendable {
    /// A journal segment is complete and becomes a group.
    case segment(OpenLog, EndedSegment)
    /// A log has all its segments; what could not be written before the end is told in it.
    case completion(OpenLog, Unwritten?)
}

/// The jobs that wait, in order.
final class CompactionQueue: Sendable {
    private let contents = Mutex<(jobs: [CompactionJob], isClosed: Bool)>(([], false))
    private let bell: Doorbell

    init() throws(SystemError) {
        bell = try Doorbell()
    }

    func push(_ job: CompactionJob) {
        contents.withLock { $0.jobs.append(job) }
        bell.ring()
    }

    func close() {
        contents.withLock { $0.isClosed = true }
        bell.ring()
    }

    /// The oldest job, which stays in the queue until it is done with.
    func first(waiting limit: Duration) -> CompactionJob? {
        if let job = contents.withLock({ $0.jobs.first }) { return job }
        bell.wait(limit)
        return contents.withLock { $0.jobs.first }
    }

    /// Takes the oldest job off the queue.
    func removeFirst() {
        contents.withLock { if !$0.jobs.isEmpty { $0.jobs.removeFirst() } }
    }

    var isClosed: Bool { contents.withLock { $0.isClosed } }

    /// Logs that may wait to be completed before the next one is begun: each is an open file.
    static let completionLimit = 32

    /// Whether so many logs wait that no other one is begun, unless someone insists.
    var isBehind: Bool { openCompletions >= Self.completionLimit }

    /// How many logs wait to be completed.
    var openCompletions: Int {
        contents.withLock { contents in
            contents.jobs.count { if case .completion = $0 { true } else { false } }
        }
    }
}

/// Does the jobs of the compactor: on its own thread, and at the end on that of the caller.
struct CompactionWork: ~Copyable, Sendable {
    let state: RecordingState

    /// Works until the queue is closed; what fails because the disk is full is tried again.
    func run(between: () -> Void) {
        var complaint: String?
        while !state.jobs.isClosed {
            between()
            guard let job = state.jobs.first(waiting: .milliseconds(500)) else { continue }
            guard let failure = attempt(job) else {
                state.jobs.removeFirst()
                complaint = nil
                continue
            }
            let words = failure.words.description
            if complaint != words { state.notify(.cannotCompact(reason: words)) }
            complaint = words
            if case .lasting = failure {
                state.jobs.removeFirst()
            } else {
                HostClock.sleep(untilMonotonic: HostClock.monotonic() + 200_000_000)
            }
        }
    }

    /// Does what is left, each job once, at the priority of the caller.
    func finish() {
        while let job = state.jobs.first(waiting: .zero) {
            if case .passing(let error)? = attempt(job) { tell(job, error) }
            state.jobs.removeFirst()
        }
    }

    private func attempt(_ job: CompactionJob) -> CompactionFailure? {
        switch job {
        case .segment(let log, let segment): return log.compact(segment)
        case .completion(let log, let unwritten):
            if let error = log.complete(telling: unwritten) {
                tell(job, error)
            } else {
                state.noteCompleted(log)
            }
            return nil
        }
    }

    /// The end of the recording does not wait for room on the disk: what is left stays in the journal.
    private func tell(_ job: CompactionJob, _ error: StreamError) {
        let words = error.description
        switch job {
        case .segment(let log, _): log.giveUp(because: error)
        case .completion(let log, _): state.notify(.cannotComplete(path: log.path, reason: words))
        }
        state.update { $0.closingFailure = words }
    }
}
