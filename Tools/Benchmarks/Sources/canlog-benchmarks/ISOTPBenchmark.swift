import CANFrame
import CANTransport
import Glibc

/// What it costs to put messages of ISO 15765-2 together by listening, beside Python libraries with the
/// same frames.
enum ISOTPBenchmark {
    /// How many frames the Python libraries are given; canlog has ten times as many.
    static let peerFrames = 100_000

    static func run(_ options: Options) throws {
        let traffic = ISOTPTraffic(frames: peerFrames)
        print("isotp: CPU time on one core, median of \(options.rounds) interleaved rounds")
        print(
            "\(traffic.frames.count) frames of eight testers and their control units at once: "
                + "requests, VINs, trouble codes, flow control")
        var times: [Double] = []
        for round in 0...options.rounds {
            let start = processTime()
            var frames = 0
            for _ in 0..<10 {
                let sum = traffic.listen()
                guard sum.messages == traffic.sum.messages, sum.bytes == traffic.sum.bytes else {
                    throw BenchmarkError(description: "canlog reads something else")
                }
                frames += traffic.frames.count
            }
            if round > 0 { times.append((processTime() - start) / Double(frames)) }
        }
        show("canlog", median(times))
        if options.withPeers { try peers(traffic, options) }
    }

    private static func show(_ name: String, _ time: Double) {
        print(
            "  \(name.padded(40)) \((1_000 / time).text(3, width: 9)) M frames/s "
                + "\(time.text(1, width: 9)) ns")
    }

    private static func peers(
        _ traffic: borrowing ISOTPTraffic, _ options: Options
    ) throws {
        let folder = String(decoding: try output(of: "mktemp -d"), as: UTF8.self)
            .split(separator: "\n").joined()
        defer { _ = try? output(of: "rm -r '\(folder)'") }
        guard let file = unsafe fopen("\(folder)/frames", "we") else {
            throw BenchmarkError(description: "cannot write into \(folder)")
        }
        // The text lives for the call.
        _ = unsafe fputs(traffic.text, file)
        _ = unsafe fclose(file)
        let cache = environment("XDG_CACHE_HOME") ?? (environment("HOME") ?? "") + "/.cache"
        let command =
            "'\(cache)/canlog/peers/bin/python3' -B Tools/Benchmarks/isotp/python_peers.py "
            + "'\(folder)/frames'"
        var times: [String: [Double]] = [:]
        for _ in 0..<options.rounds {
            for line in String(decoding: try output(of: command), as: UTF8.self)
                .split(separator: "\n")
            {
                let words = line.split(separator: "\t").map(String.init)
                guard words.count == 4, let seconds = Double(words[3]) else {
                    throw BenchmarkError(description: "a peer says: \(line)")
                }
                guard words[1] == "\(traffic.sum.messages)", words[2] == "\(traffic.sum.bytes)"
                else {
                    throw BenchmarkError(description: "\(words[0]) reads something else: \(line)")
                }
                times[words[0], default: []].append(
                    seconds * 1e9 / Double(traffic.frames.count))
            }
        }
        for (name, values) in times.sorted(by: { $0.key < $1.key }) { show(name, median(values)) }
    }
}

/// Frames of eight conversations that go on at the same time.
struct ISOTPTraffic: ~Copyable {
    struct Sum {
        var messages = 0
        /// The sum of all bytes of all messages.
        var bytes = 0
    }

    var frames: FrameBatch
    private(set) var sum = Sum()

    init(frames limit: Int) {
        frames = FrameBatch(capacity: limit + 2_000)
        var waiting = [[Frame]](repeating: [], count: 8)
        var numbers = NumberSequence()
        while frames.count < limit {
            for unit in waiting.indices {
                if waiting[unit].isEmpty { waiting[unit] = exchange(unit, &numbers).reversed() }
                if let frame = waiting[unit].popLast() { append(frame) }
            }
        }
        while let unit = waiting.firstIndex(where: { !$0.isEmpty }) {
            if let frame = waiting[unit].popLast() { append(frame) }
        }
    }

    private mutating func append(_ frame: Frame) {
        var frame = frame
        frame.timestamp = Timestamp(nanoseconds: Int64(frames.count) * 250_000)
        frames.append(frame)
    }

    /// A request of three bytes and its answer: a VIN, trouble codes, or a value.
    private mutating func exchange(_ unit: Int, _ numbers: inout NumberSequence) -> [Frame] {
        let length = [20, 4, 203, 20, 6][numbers.next(below: 5)]
        let answer = (0..<length).map { _ in UInt8(numbers.next(below: 256)) }
        let request: [UInt8] = [0x22, 0xF1, UInt8(numbers.next(below: 256))]
        for payload in [request, answer] {
            sum.messages += 1
            sum.bytes += payload.reduce(0) { $0 + Int($1) }
        }
        return Self.talk(request, answer, unit)
    }

    private static func talk(_ request: [UInt8], _ answer: [UInt8], _ unit: Int) -> [Frame] {
        let (tester, control) = (Self.tester(unit), Self.control(unit))
        var one = ISOTPConnection(sending: tester, receiving: control)
        var other = ISOTPConnection(sending: control, receiving: tester)
        var result: [Frame] = []
        // Neither is sending, and neither message is empty.
        try? one.send(request.span, at: 0)
        try? other.send(answer.span, at: 0)
        while let frame = one.nextFrame(at: 0) { result.append(frame) }
        while true {
            let count = result.count
            while let frame = other.nextFrame(at: 0) {
                result.append(frame)
                hand(frame, to: &one)
            }
            while let frame = one.nextFrame(at: 0) {
                result.append(frame)
                hand(frame, to: &other)
            }
            if result.count == count { return result }
        }
    }

    private static func hand(_ frame: Frame, to connection: inout ISOTPConnection) {
        var batch = FrameBatch(capacity: 1)
        batch.append(frame)
        _ = connection.take(batch.rows[0], longPayload: batch.longPayload(at: 0), at: 0)
    }

    private static func tester(_ unit: Int) -> ISOTPAddress { address(0x7E0 + UInt32(unit)) }
    private static func control(_ unit: Int) -> ISOTPAddress { address(0x7E8 + UInt32(unit)) }

    private static func address(_ number: UInt32) -> ISOTPAddress {
        ISOTPAddress(ArbitrationID(PackedID(rawValue: number)))
    }

    /// Reads all of it once.
    func listen() -> Sum {
        var listener = ISOTPListener()
        for unit in 0..<8 {
            listener.addLink(
                data: Self.tester(unit), flowControl: Self.control(unit), channel: 0)
            listener.addLink(
                data: Self.control(unit), flowControl: Self.tester(unit), channel: 0)
        }
        var sum = Sum()
        let rows = frames.rows
        let none = frames.longPayloadBytes.extracting(0..<0)
        for index in rows.indices {
            let row = rows[index]
            if listener.take(
                row, longPayload: none, frame: UInt64(index), at: row.timestamp.nanoseconds)
            {
                sum.messages += 1
                let payload = listener.payload
                for place in payload.indices { sum.bytes += Int(payload[place]) }
            }
        }
        return sum
    }

    /// Identifier and payload in hexadecimal, a frame a line.
    var text: String {
        var text = ""
        for index in 0..<frames.count {
            text += "\(frames.rows[index].identifier) "
            for byte in frames.payloadBytes(at: index) { text += byte.hexadecimal }
            text += "\n"
        }
        return text
    }
}
