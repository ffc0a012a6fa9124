import CANFrame
import LocalFiles
import LogFile
import Recording
import Synchronization
import TestBench
import Testing

/// A source whose frames a test hands in: each with its number as payload, stamped when read.
struct FedSource: FrameSource, Sendable {
    /// What a test hands in.
    final class Feed: Sendable {
        private let state = Mutex<(waiting: [UInt32], isEnded: Bool)>(([], false))
        private let taken = Atomic<Int>(0)

        /// Frames of these identifiers come next.
        func give(_ identifiers: [UInt32]) { state.withLock { $0.waiting += identifiers } }
        /// Gives frames of identifier 100 and waits until they have been read.
        func giveAndWait(_ count: Int) {
            let before = taken.load(ordering: .acquiring)
            give(Array(repeating: 0x100, count: count))
            _ = waitUntil { taken.load(ordering: .acquiring) >= before + count }
        }
        func end() { state.withLock { $0.isEnded = true } }

        fileprivate func take(_ limit: Int) -> (identifiers: [UInt32], isEnded: Bool) {
            state.withLock { state in
                let identifiers = Array(state.waiting.prefix(limit))
                state.waiting.removeFirst(identifiers.count)
                return (identifiers, state.isEnded && state.waiting.isEmpty)
            }
        }
        fileprivate func note(_ count: Int) { taken.add(count, ordering: .releasing) }
    }

    let feed: Feed
    private var next: UInt64 = 0
    private var hasTold = false

    init(_ feed: Feed) { self.feed = feed }

    mutating func read(
        into batch: inout FrameBatch, waiting limit: Duration
    ) throws(StreamError) -> ReadOutcome {
        if !hasTold {
            hasTold = true
            batch.append(
                .channel(ChannelDescription(interface: "vcan0")), at: HostClock.realTime(),
                channel: 0)
            let tie = HostClock.tie()
            batch.append(.clockTie(ClockTie(monotonic: tie.monotonic)), at: tie.realTime)
        }
        let (identifiers, isEnded) = feed.take(500)
        for identifier in identifiers {
            batch.append(
                FrameRow(
                    timestamp: HostClock.realTime(), identifier: PackedID(rawValue: identifier),
                    channel: 0, flags: [], length: 8, dlc: 8, payloadWord: next))
            next += 1
        }
        feed.note(identifiers.count)
        if isEnded { return .ended }
        if batch.isEmpty {
            HostClock.sleep(untilMonotonic: HostClock.monotonic() + 1_000_000)
            return .idle
        }
        return .batch
    }
}

/// A recorder fed by a test, in a folder of its own.
final class FedBench {
    let folder: TemporaryFolder
    let feed = FedSource.Feed()
    private(set) var control: RecordingControl
    private let session: Mutex<RecordingSession?>

    init(
        in folder: TemporaryFolder? = nil, recorder: String = "r",
        _ change: (inout RecordingOptions) -> Void = { _ in }
    ) throws {
        let folder = try folder ?? TemporaryFolder()
        var options = RecordingOptions(
            naming: try LogNaming(folder: folder.path), metadata: Self.metadata(recorder: recorder))
        change(&options)
        let session = try RecordingSession(source: FedSource(feed), options: options) {}
        self.folder = folder
        control = session.control
        self.session = Mutex(session)
    }

    /// The metadata of a recorder's log that begins now.
    static func metadata(recorder: String = "r", vin: String? = nil) -> LogMetadata {
        var metadata = LogMetadata(
            recording: RecordingID(random: 1, 2), created: HostClock.realTime(),
            resolution: 1_000, program: "test")
        metadata.recorder = recorder
        metadata.host = "bench"
        metadata.vin = vin
        return metadata
    }

    /// Ends the feed and the recording.
    @discardableResult
    func finish() -> RecordingProgress? {
        feed.end()
        return session.withLock { $0.take() }?.finish()
    }

    /// The complete logs, in the order of their first frame numbers.
    func logs() throws -> [FedLog] {
        try Folder.names(in: folder.path).filter { $0.hasSuffix(".canlog") }
            .map { try FedLog(path: folder.path + "/" + $0) }
            .sorted { ($0.firstNumber ?? .max, $0.path) < ($1.firstNumber ?? .max, $1.path) }
    }
}

/// What is in a log that a ``FedBench`` made.
struct FedLog {
    var path: String
    var state: LogState
    var metadata: LogMetadata
    /// The payloads, which count the frames, and the numbers of the frames.
    var counters: [UInt64] = []
    var numbers: [UInt64] = []
    var stamps: [Timestamp] = []
    var events: [BusEvent] = []
    var firstNumber: UInt64? { numbers.first }

    init(path: String) throws {
        self.path = path
        var reader = try LogReader(file: ReadableFile(path: path), place: path)
        state = reader.state
        metadata = reader.metadata
        var batch = FrameBatch(capacity: 4_096)
        while try reader.read(into: &batch, waiting: .zero) != .ended {
            for index in 0..<batch.count {
                counters.append(batch.rows[index].payloadWord)
                numbers.append(batch.frameNumber(at: index))
                stamps.append(batch.rows[index].timestamp)
            }
            for index in batch.events.indices { events.append(batch.events[index]) }
            batch.removeAll()
        }
    }

    var markers: [String] {
        events.compactMap { if case .marker(let text) = $0.kind { text } else { nil } }
    }
}
