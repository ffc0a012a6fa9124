import CANFrame
import LocalFiles
import Synchronization

/// What the writer leaves to the compactor, in order.
enum CompactionJob: Sendable {
    /// A journal segment is complete and becomes a group.
    case segment(OpenLog, EndedSegment)
    /// A log has all its segments; what could not be written before the end is told in it.
    case completion(OpenLog, Unwritten?)

    var log: OpenLog {
        switch self {
        case .segment(let log, _), .completion(let log, _): log
        }
    }
}

/// The jobs that wait, in order. Of each log one job is done at a time.
final class CompactionQueue: Sendable {
    /// Logs that may wait to be completed before the next one is begun: each is an open file.
    static let completionLimit = 32

    private struct Contents {
        var jobs: [CompactionJob] = []
        /// The logs of which a job is being done.
        var busy: [OpenLog] = []
        var isClosed = false
    }

    private let contents = Mutex(Contents())
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

    /// The oldest job of a log that nobody works at, if more than `backlog` wait; to be given back by
    /// ``giveBack(_:isDone:)``.
    func take(beyond backlog: Int) -> CompactionJob? {
        contents.withLock { contents in
            guard contents.jobs.count > backlog,
                let job = contents.jobs.first(where: { job in
                    !contents.busy.contains { $0 === job.log }
                })
            else { return nil }
            contents.busy.append(job.log)
            return job
        }
    }

    /// A job is done, or is to be tried again.
    func giveBack(_ job: CompactionJob, isDone: Bool) {
        contents.withLock { contents in
            contents.busy.removeAll { $0 === job.log }
            guard isDone, let place = contents.jobs.firstIndex(where: { $0.log === job.log })
            else { return }
            contents.jobs.remove(at: place)
        }
    }

    /// Waits at most `limit` until something was pushed.
    func wait(_ limit: Duration) { bell.wait(limit) }

    var isClosed: Bool { contents.withLock { $0.isClosed } }

    /// Whether so many logs wait that no other one is begun.
    var isBehind: Bool { openCompletions >= Self.completionLimit }

    /// How many logs wait to be completed.
    var openCompletions: Int {
        contents.withLock { contents in
            contents.jobs.count { if case .completion = $0 { true } else { false } }
        }
    }
}

/// Does the jobs of the compactor: on threads of its own, and at the end on that of the caller.
struct CompactionWork: ~Copyable, Sendable {
    /// When as many jobs wait, a second thread at normal priority helps: on a busy machine the one in
    /// the background may hardly get on.
    static let backlog = 4

    let state: RecordingState

    /// Works until the queue is closed; what fails because the disk is full is tried again.
    func run(beyond backlog: Int = 0, between: () -> Void = {}) {
        var complaint: String?
        while !state.jobs.isClosed {
            between()
            guard let job = state.jobs.take(beyond: backlog) else {
                if backlog == 0 {
                    state.jobs.wait(.milliseconds(500))
                } else {
                    HostClock.sleep(untilMonotonic: HostClock.monotonic() + 100_000_000)
                }
                continue
            }
            let failure = attempt(job)
            var isDone = true
            if case .passing? = failure { isDone = false }
            state.jobs.giveBack(job, isDone: isDone)
            let words = failure?.words.description
            if let words, complaint != words { state.notify(.cannotCompact(reason: words)) }
            complaint = words
            if !isDone { HostClock.sleep(untilMonotonic: HostClock.monotonic() + 200_000_000) }
        }
    }

    /// Does what is left, each job once, at the priority of the caller.
    func finish() {
        while let job = state.jobs.take(beyond: 0) {
            if case .passing(let error)? = attempt(job) { tell(job, error) }
            state.jobs.giveBack(job, isDone: true)
        }
    }

    private func attempt(_ job: CompactionJob) -> CompactionFailure? {
        switch job {
        case .segment(let log, let segment): return log.compact(segment)
        case .completion(let log, let unwritten):
            let failure = log.complete(telling: unwritten)
            switch failure {
            case .passing: return failure
            case .lasting(let error): tell(job, error)
            case nil: state.noteCompleted(log)
            }
            return nil
        }
    }

    /// The end of the recording does not wait for room on the disk: what is left stays in the journal.
    private func tell(_ job: CompactionJob, _ error: StreamError) {
        let words = error.description
        switch job {
        case .segment(let log, _): log.giveUp(because: error)
        case .completion(let log, _):
            state.notify(.cannotComplete(path: log.path, reason: words))
        }
        let path = job.log.path
        state.update { $0.closingFailure = "\(path): \(words)" }
    }
}
