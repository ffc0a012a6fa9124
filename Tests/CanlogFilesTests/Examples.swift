import CANFrame
import CanlogFiles

// The examples of CanlogFiles.md and of the README, word for word.

func printNegativeResponses(in path: String) throws {
    let log = try CANLog(path: path)
    try log.read { frames in
        for frame in frames where frame.payload.count > 3 && frame.payload[1] == 0x7F {
            print(frame.number ?? 0, frame.timestamp, frame.interface, frame.identifier)
        }
    }
}

func countFrames(from: Int64, seconds: Int64, in path: String) throws(StreamError) -> Int {
    var wanted = LogSelection()
    wanted.from = .afterStart(from * 1_000_000_000)
    wanted.to = .afterStart((from + seconds) * 1_000_000_000)
    var frames = try CANLog(path: path).frames(wanted)
    var count = 0
    while try frames.next() != nil { count += 1 }
    return count
}

func greatestSpeed(in path: String) throws(StreamError) -> Double? {
    guard let identifier = ArbitrationID(candump: "0B4") else { return nil }
    let columns = try CANLog(path: path).columns(of: identifier, on: "can0")
    // Bytes 5 and 6, big-endian, in 0.01 km/h.
    let speeds = columns.words.map { Double(UInt16(truncatingIfNeeded: $0 >> 40).byteSwapped) }
    print(columns.count, "frames in", columns.timeRange as Any)
    return speeds.max().map { $0 / 100 }
}
