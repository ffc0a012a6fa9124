import CANFrame
import Glibc
import SocketCAN

/// What receiving a frame costs, beside candump: the receiver's own CPU time and what it makes the
/// sender's side of the kernel cost more; and how many of a million frames at 100,000/s are lost.
///
/// To be run where one instruction is one nanosecond:
/// `Tools/bench-vm run --icount --preload BINARY -- BINARY capture`; `--only 8000` runs one rate alone.
enum CaptureBenchmark {
    /// CPU time of the sender and of the receiver in nanoseconds, and what arrived.
    struct Figures {
        var sender = 0.0
        var receiver = 0.0
        var recorded = 0
        var lost: UInt64?
    }

    static let interface = "vcan0"

    static func run(_ options: Options) throws {
        _ = try output(
            of: "ip link add \(interface) type vcan && ip link set \(interface) mtu 72 up")
        // Once through everything, so that no program page is read while it counts.
        _ = try (send(500, perSecond: 5_000), canlog(500, perSecond: 5_000))
        if options.withPeers { _ = try candump(500, perSecond: 5_000) }

        print("capture: one vcan, 8 bytes, evenly spaced, one send each; CPU in µs per frame")
        print("         (under bench-vm --icount: thousand instructions)\n")
        print("receiver".padded(24) + "frames/s   receiver      total   recorded       lost")
        for (count, rate) in [(16_000, 8_000), (4_000, 2_000), (1_000_000, 100_000)]
        where options.only.isEmpty || options.only == "\(rate)" {
            let alone = try send(count, perSecond: rate)
            show("canlog (CANSource)", count, rate, alone, try canlog(count, perSecond: rate))
            guard options.withPeers else { continue }
            show("candump -l", count, rate, alone, try candump(count, perSecond: rate))
        }
    }

    private static func show(
        _ name: String, _ count: Int, _ rate: Int, _ alone: Double, _ figures: Figures
    ) {
        let own = figures.receiver / Double(count) / 1_000
        let total = own + (figures.sender - alone) / Double(count) / 1_000
        let lost = figures.lost.map { "\($0)" } ?? "\(count - figures.recorded)"
        var line = name.padded(24)
        line += "\(rate)".leftPadded(8) + own.text(3, width: 11) + total.text(3, width: 11)
        line += "\(figures.recorded)".leftPadded(11) + lost.leftPadded(11)
        print(line)
        // Line by line, since a million frames take minutes in emulation.
        _ = fflush(nil)
    }

    // MARK: Receivers

    private static func canlog(_ count: Int, perSecond rate: Int) throws -> Figures {
        let stop = try StopSignal()
        var source = try CANSource(.named([interface]), stop: stop)
        var batch = FrameBatch(capacity: 8_192)
        _ = try source.read(into: &batch, waiting: .zero)
        var figures = Figures()
        var lost: UInt64 = 0
        let command = senderCommand(count, perSecond: rate)
        // Closed below, once.
        guard let stream = unsafe popen(command, "re") else {
            throw BenchmarkError(description: "cannot start: \(command)")
        }
        let start = processTime()
        var idle = 0
        reading: while true {
            batch.removeAll()
            switch try source.read(into: &batch, waiting: .milliseconds(100)) {
            case .ended: break reading
            case .batch, .idle:
                figures.recorded += batch.count
                for index in batch.events.indices {
                    if case .loss(let loss) = batch.events[index].kind { lost += loss.frames }
                }
                idle = batch.count == 0 ? idle + 1 : 0
                if figures.recorded + Int(lost) >= count || idle > 100 {
                    if idle <= 100 { figures.receiver = processTime() - start }
                    stop.raise()
                }
            }
        }
        if figures.receiver == 0 { figures.receiver = processTime() - start }
        var line = [CChar](repeating: 0, count: 100)
        _ = unsafe fgets(&line, 100, stream)
        _ = unsafe pclose(stream)
        figures.sender = unsafe strtod(&line, nil)
        figures.lost = lost
        return figures
    }

    private static func candump(_ count: Int, perSecond rate: Int) throws -> Figures {
        let script = """
            cd $(mktemp -d /dev/shm/XXXXXX); candump -l \(interface) >/dev/null 2>&1 & P=$!
            until grep -q \(interface) /proc/net/can/rcvlist_all; do sleep 0.01; done
            read A REST < /proc/$P/schedstat
            \(senderCommand(count, perSecond: rate))
            sleep 0.5; read B REST < /proc/$P/schedstat; kill $P; wait $P
            echo $((B - A)); cat candump*.log | wc -l
            """
        let words = String(decoding: try output(of: script), as: UTF8.self)
            .split(whereSeparator: \.isWhitespace)
        guard words.count == 3 else {
            throw BenchmarkError(description: "candump did not run: \(words)")
        }
        return Figures(
            sender: Double(words[0]) ?? .nan, receiver: Double(words[1]) ?? .nan,
            recorded: Int(words[2]) ?? 0)
    }

    // MARK: The sender

    private static func senderCommand(_ count: Int, perSecond rate: Int) -> String {
        "\(CommandLine.arguments[0]) capture-sender --frames \(count) --rate \(rate)"
    }

    /// The CPU time of a sender to which nobody listens.
    private static func send(_ count: Int, perSecond rate: Int) throws -> Double {
        let text = String(
            decoding: try output(of: senderCommand(count, perSecond: rate)), as: UTF8.self)
        return Double(text.split(whereSeparator: \.isWhitespace).first ?? "") ?? .nan
    }

    /// Sends `frames` frames by absolute times and prints its CPU time in nanoseconds.
    static func runSender(_ options: Options) throws {
        let sender = try FrameSender(interface: interface)
        var batch = FrameBatch(capacity: 1)
        let start = processTime()
        var time = timespec()
        // Both calls are given a local.
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        let step = 1_000_000_000 / options.rate
        for number in 0..<options.frames {
            time.tv_nsec += step
            if time.tv_nsec >= 1_000_000_000 {
                time.tv_nsec -= 1_000_000_000
                time.tv_sec += 1
            }
            _ = unsafe clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil)
            batch.removeAll()
            batch.append(
                FrameRow(
                    timestamp: Timestamp(nanoseconds: 0), identifier: PackedID(rawValue: 0x123),
                    channel: 0, flags: [], length: 8, dlc: 8, payloadWord: UInt64(number)))
            let frame: InlineArray<1, WireFrame> = [
                WireFrame(batch.rows[0], longPayload: batch.longPayload(at: 0))
            ]
            _ = sender.send(frame.span)
        }
        print(Int(processTime() - start))
    }
}

extension String {
    fileprivate func leftPadded(_ width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }
}
