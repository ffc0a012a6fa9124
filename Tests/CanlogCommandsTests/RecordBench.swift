import CANFrame
import Glibc
import LocalFiles
import LogFile
import LogTools
import Synchronization
import TestBench
import Testing

/// A folder, on a small disk if asked, in which the built program records.
final class RecordBench {
    let folder: String
    private let temporary: TemporaryFolder
    private let hasDisk: Bool
    private var path: String { folder + "/test.canlog" }

    init(diskSize: String? = nil) throws {
        temporary = try TemporaryFolder()
        folder = temporary.path + (diskSize == nil ? "" : "/disk")
        hasDisk = diskSize != nil
        if let diskSize {
            _ = unsafe mkdir(folder, 0o755)
            try succeed(["mount", "-t", "tmpfs", "-o", "size=\(diskSize)", "tmpfs", folder])
        }
    }

    deinit {
        if hasDisk { _ = try? succeed(["umount", folder]) }
    }

    /// Starts `canlog record` with these words.
    func start(_ words: [String]) throws -> Program {
        try Program([canlogPath, "record"] + words + ["-o", path])
    }

    /// Ends it and waits: how it ended, and how long that took.
    func stop(
        _ recorder: consuming Program, with signal: CInt
    ) -> (result: ProgramResult, duration: Duration) {
        let start = ContinuousClock.now
        recorder.signal(signal)
        let result = recorder.wait(.seconds(30))
        return (result, ContinuousClock.now - start)
    }

    /// Whether what arrives is in the journal from now on.
    var hasJournal: Bool { Folder.exists(path + LogFormat.journalSuffix + "0") }

    /// Takes all the room there is on the disk.
    func fillDisk() throws {
        // dd ends with an error when the disk is full, as it should.
        _ = try Program(["dd", "if=/dev/zero", "of=\(folder)/ballast", "bs=64k"]).wait()
    }

    /// Gives the room back.
    func emptyDisk() throws {
        try Folder.remove(folder + "/ballast")
    }

    /// What is in the log now.
    func read() throws -> RecordedLog {
        try RecordedLog(path: path)
    }
}

/// All that is in a log, read by the library as `canlog dump` reads it.
struct RecordedLog {
    var state: LogState
    var metadata: LogMetadata
    var frames: [Frame] = []
    var events: [BusEvent] = []
    var interfaces: [UInt8: String] = [:]

    var created: Timestamp { metadata.created }

    init(path: String) throws {
        var reader = try LogInput(path: path)
        var batch = FrameBatch(capacity: 4_096)
        while try reader.read(into: &batch, waiting: .zero) != .ended {
            for index in 0..<batch.count { frames.append(batch.frame(at: index)) }
            for index in batch.events.indices {
                let event = batch.events[index]
                events.append(event)
                if case .channel(let channel) = event.kind, let number = event.channel {
                    interfaces[number] = channel.interface
                }
            }
        }
        guard let state = reader.state, let metadata = reader.metadata else {
            throw BenchFailure(what: path, status: 0, errors: "is not a canlog file")
        }
        self.state = state
        self.metadata = metadata
    }

    /// Frames that the log says are missing.
    var lost: UInt64 {
        events.reduce(0) { sum, event in
            if case .loss(let loss) = event.kind { sum + loss.frames } else { sum }
        }
    }

    var silences: Int {
        events.count { if case .silence = $0.kind { true } else { false } }
    }

    func count(of kind: BusEvent.Kind) -> Int {
        events.count { $0.kind == kind }
    }

    /// The counters in the payloads of an interface's frames.
    func numbers(on interface: String) -> [UInt64] {
        frames.filter { interfaces[$0.channel] == interface }.map { frame in
            frame.payload.reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
    }

    func hasNoHole(on interface: String) -> Bool {
        let numbers = numbers(on: interface)
        return zip(numbers, numbers.dropFirst()).allSatisfy { $0 + 1 == $1 }
    }

    func numbersAscend(on interface: String) -> Bool {
        let numbers = numbers(on: interface)
        return zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 }
    }
}

/// Sends numbered frames at a steady rate from a thread of its own.
final class StreamingSender: Sendable {
    private let count = Atomic<UInt64>(0)
    private let stopped = Atomic<Bool>(false)
    private let times = Mutex<[Timestamp]>([])
    private let thread: Mutex<WorkerThread?>

    /// Starts to send on an interface of the calling thread's network.
    init(_ interface: String, framesPerSecond rate: Int64) throws {
        let sender = try BenchSender(interface)
        thread = Mutex(nil)
        let own = self
        let started = try WorkerThread("bench-sender") {
            let start = HostClock.monotonic()
            while !own.stopped.load(ordering: .relaxed) {
                let due = (HostClock.monotonic() - start) * rate / 1_000_000_000
                let sent = own.count.load(ordering: .relaxed)
                if UInt64(due) > sent {
                    do { try sender.sendNumbered(Int(UInt64(due) - sent), from: sent) } catch {
                        return
                    }
                    own.noteSent(until: UInt64(due))
                }
                HostClock.sleep(untilMonotonic: HostClock.monotonic() + 1_000_000)
            }
        }
        var passed: WorkerThread? = consume started
        thread.withLock { $0 = passed.take() }
    }

    /// How many frames have been sent.
    var sent: UInt64 { count.load(ordering: .relaxed) }

    /// When the frame with this number had been sent, or `nil` if it has not.
    func time(of number: UInt64) -> Timestamp? {
        times.withLock { number < $0.count ? $0[Int(number)] : nil }
    }

    private func noteSent(until number: UInt64) {
        let now = HostClock.realTime()
        times.withLock { times in
            while times.count < number { times.append(now) }
        }
        count.store(number, ordering: .relaxed)
    }

    /// Stops, and waits until the last frame is sent.
    func stop() {
        stopped.store(true, ordering: .relaxed)
        thread.withLock { $0.take() }?.join()
    }
}
