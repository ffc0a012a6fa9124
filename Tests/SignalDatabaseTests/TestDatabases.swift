import CANFrame
import LocalFiles
import SignalDatabase
import TestBench

/// The real databases of the test data.
enum TestDatabases {
    static let names: [String] = {
        let result = try? Program.shell("ls '\(testDataFolder)/dbc' | grep -i '[.]dbc$'")
        let names = result?.lines.map(String.init) ?? []
        // The tests say what they lack.
        return names.isEmpty ? ["none"] : names
    }()

    static func bytes(_ name: String) throws -> [UInt8] {
        let file = try ReadableFile(path: "\(testDataFolder)/dbc/\(name)")
        var bytes = [UInt8](repeating: 0, count: Int(file.byteCount))
        var span = bytes.mutableSpan
        // The memory is initialised already and outlives the call.
        try unsafe span.withUnsafeMutableBytes { (memory) throws(StreamError) in
            var output = unsafe OutputRawSpan(buffer: memory, initializedCount: 0)
            try file.read(at: 0, into: &output)
        }
        return bytes
    }

    static func database(_ name: String) throws -> Database {
        let bytes = try bytes(name)
        return Database(dbc: bytes.span)
    }
}

/// A database out of a text.
func database(_ text: String) -> Database {
    let bytes = Array(text.utf8)
    return Database(dbc: bytes.span)
}

/// The values of a payload, in the order of the message's signals.
func values(_ payload: [UInt8], ofMessage message: Int, _ plan: DecodePlan) -> [SignalValue] {
    var values = [SignalValue](repeating: .unknown, count: plan.signals(of: message).count)
    var places = values.mutableSpan
    plan.decode(payload.span, ofMessage: message, into: &places)
    return values
}

/// A data frame as a decoder gets it.
func row(_ identifier: ArbitrationID, _ payload: [UInt8]) -> FrameRow {
    var batch = FrameBatch(capacity: 1)
    batch.append(
        Frame(
            timestamp: Timestamp(nanoseconds: 0), identifier: PackedID(identifier),
            payload: payload))
    return batch.rows[0]
}
