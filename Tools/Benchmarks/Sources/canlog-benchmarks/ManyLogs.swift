import CANFrame
import Glibc
import LogFile

/// A year of a line in small: logs of real traffic, a car each, in a folder for each day.
enum ManyLogs {
    private static let perDay = 400
    /// The frames of a log are a multiple of this many, 1 to 6.
    private static let leastFrames = 1_000
    private static let second: Int64 = 1_000_000_000

    /// Writes `frames` logs below `folder`; none of them is like another.
    static func run(_ options: Options) throws {
        let scratch = try output(of: "mktemp -d")
        let folder = String(decoding: scratch.dropLast(), as: UTF8.self)
        defer { _ = try? output(of: "rm -r '\(folder)'") }
        let log = try RealLog(named: "durango_mapswitch", in: folder)
        let parts = log.frames.count / leastFrames - 6
        for number in 0..<options.frames {
            let day = "\(options.folder)/day-\(1_000 + number / perDay)"
            if number % perDay == 0 { _ = try output(of: "mkdir -p '\(day)'") }
            try write(number, part: number % parts, of: log, into: day)
        }
    }

    private static func write(
        _ number: Int, part: Int, of log: borrowing RealLog, into folder: String
    ) throws {
        let start = 1_735_700_000 * second + Int64(number) * 132 * second
        let frames = leastFrames * (1 + number % 6)
        let car = String(String(10_000_000 + number).dropFirst())
        var metadata = LogMetadata(
            recording: RecordingID(random: UInt64(number), 0x5EED),
            created: Timestamp(nanoseconds: start),
            program: "canlog 0.1.0")
        metadata.vin = "WVWZZZ1JZX" + car
        metadata.station = "EOL-\(number % 7)"
        metadata.line = "L1"
        metadata.attempt = UInt32(1 + number % 3)
        metadata.host = "bench-\(number % 7)"
        var batch = FrameBatch(capacity: frames)
        let first = log.frames.rows[part * leastFrames].timestamp
        let channel = ChannelDescription(interface: "can0", bitRate: 500_000)
        batch.append(.channel(channel), at: Timestamp(nanoseconds: start), channel: 0)
        for index in part * leastFrames..<part * leastFrames + frames {
            var frame = log.frames.frame(at: index)
            frame.timestamp = Timestamp(
                nanoseconds: start + frame.timestamp.nanoseconds(since: first))
            frame.channel = 0
            batch.append(frame)
        }
        let path = "\(folder)/\(metadata.vin ?? "")_\(number).canlog"
        var writer = try LogWriter(
            file: try BenchmarkFile(path, isNew: true), metadata: metadata, place: path)
        try writer.write(batch)
        try writer.finish()
    }
}
