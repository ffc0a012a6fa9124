import CANFrame
import Glibc
import LogFile
import Recording
import Synchronization

/// A day of recording with time compressed: what a recorder uses at its end beside what it used at its
/// beginning. 86.4 million frames, 1,000 a second by their stamps; a new log for each car (132 s),
/// the oldest logs removed.
enum DayBenchmark {
    static let framesPerCar = 132_000
    static let carsPerRow = 65

    static func run(_ options: Options) throws {
        let folder = try DayFolder(options.folder)
        let frames = options.frames > 0 ? options.frames : 86_400_000
        let gate = DayGate()
        var recording = RecordingOptions(
            naming: try LogNaming(folder: folder.path), metadata: metadata(car: 0))
        recording.retention = Retention(bytes: 50_000_000)
        recording.silenceLimit = nil
        let session = try RecordingSession(source: DaySource(gate: gate), options: recording) {
            gate.end()
        }
        print("frames, M   logs   VmRSS MiB   anonymous MiB   descriptors   M frames/s of real time")
        let cars = frames / framesPerCar
        var moment = Moment()
        for car in 1...max(1, cars) {
            gate.allow(car * framesPerCar)
            while gate.given < car * framesPerCar { usleep(1_000) }
            _ = try session.control.next(metadata(car: car))
            guard car % carsPerRow == 0 || car == cars else { continue }
            settle(session.control)
            tell(session.control.progress(), moment.elapsed.real, cars: car % carsPerRow)
            moment = Moment()
        }
        gate.end()
        let progress = session.finish()
        guard progress.frames == UInt64(cars * framesPerCar), progress.lost == 0,
            progress.completedFiles == cars + 1, progress.closingFailure == nil
        else {
            throw BenchmarkError(
                description: "\(progress.frames) frames, \(progress.lost) lost, "
                    + "\(progress.completedFiles) logs; \(progress.closingFailure ?? "")")
        }
        print("\(progress.frames) frames in \(progress.completedFiles) logs, 0 lost")
    }

    private static func metadata(car: Int) -> LogMetadata {
        var metadata = LogMetadata(
            recording: RecordingID(random: 1, 2),
            created: Timestamp(nanoseconds: 1_800_000_000_000_000_000 + Int64(car) * 132_000_000_000),
            resolution: 1_000, program: "canlog-benchmarks")
        (metadata.vin, metadata.recorder, metadata.host) = ("CAR\(car)", "day", "bench")
        return metadata
    }

    private static func settle(_ control: RecordingControl) {
        while control.progress().completing > 0 { usleep(10_000) }
    }

    private static func tell(_ progress: RecordingProgress, _ nanoseconds: Double, cars: Int) {
        let frames = Double((cars == 0 ? carsPerRow : cars) * framesPerCar)
        print(
            (Double(progress.frames) / 1e6).text(1, width: 9)
                + Double(progress.completedFiles).text(0, width: 7)
                + (status("VmRSS:") / 1024).text(1, width: 12)
                + (status("RssAnon:") / 1024).text(1, width: 16)
                + Double(descriptors()).text(0, width: 14)
                + (frames / nanoseconds * 1e3).text(2, width: 16))
    }

    private static func status(_ word: String) -> Double {
        guard let text = try? output(of: "cat /proc/\(getpid())/status") else { return .nan }
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n")
        where line.hasPrefix(word) {
            return Double(line.split(whereSeparator: \.isWhitespace)[1]) ?? .nan
        }
        return .nan
    }

    private static func descriptors() -> Int {
        guard let text = try? output(of: "ls /proc/\(getpid())/fd | wc -l"),
            let count = Int(
                String(decoding: text, as: UTF8.self).split(whereSeparator: \.isWhitespace)[0])
        else { return -1 }
        return count
    }
}

/// A folder of its own for the logs, removed at the end.
private final class DayFolder {
    let path: String

    init(_ parent: String) throws {
        let text = try output(of: "mktemp -d \(parent.isEmpty ? "/tmp" : parent)/canlog-day-XXXXXX")
        path = String(String(decoding: text, as: UTF8.self).dropLast())
    }

    deinit { _ = try? output(of: "rm -rf '\(path)'") }
}

/// How many frames the source may give, and how many it gave.
private final class DayGate: Sendable {
    private let allowed = Atomic<Int>(0)
    private let count = Atomic<Int>(0)
    private let isEnded = Atomic<Bool>(false)

    var given: Int { count.load(ordering: .acquiring) }
    var hasEnded: Bool { isEnded.load(ordering: .acquiring) }
    var left: Int { allowed.load(ordering: .acquiring) - given }
    func allow(_ frames: Int) { allowed.store(frames, ordering: .releasing) }
    func note(_ frames: Int) { count.add(frames, ordering: .releasing) }
    func end() { isEnded.store(true, ordering: .releasing) }
}

/// Forty identifiers in turn, each a counter and a slow value: as control units send.
private struct DaySource: FrameSource, Sendable {
    let gate: DayGate
    private var next: UInt64 = 0

    init(gate: DayGate) { self.gate = gate }

    mutating func read(
        into batch: inout FrameBatch, waiting limit: Duration
    ) throws(StreamError) -> ReadOutcome {
        let start: Int64 = 1_800_000_000_000_000_000
        if next == 0 {
            batch.append(
                .channel(ChannelDescription(interface: "can0")), at: Timestamp(nanoseconds: start),
                channel: 0)
        }
        let count = min(gate.left, 2_000)
        for _ in 0..<max(0, count) {
            let time = start + Int64(next) * 1_000_000 + Int64(next &* 2_654_435_761 % 40_000)
            batch.append(
                FrameRow(
                    timestamp: Timestamp(nanoseconds: time),
                    identifier: PackedID(rawValue: 0x100 + UInt32(next % 40) * 8), channel: 0,
                    flags: [], length: 8, dlc: 8,
                    payloadWord: next / 40 % 16 | (next / 3_000) << 8 | (next &* next >> 9 % 64) << 40))
            next += 1
        }
        gate.note(max(0, count))
        if gate.hasEnded && gate.left <= 0 { return .ended }
        if batch.isEmpty {
            usleep(200)
            return .idle
        }
        return .batch
    }
}
