import CANFrame
import LocalFiles
import LogFile
import TestBench
import Testing

@Suite("canlog merge")
struct MergeCommandTests {
    /// Frames of one PC on `buses`, a line each, `step` microseconds apart from `start` on.
    private static func text(
        _ count: Int, start: Int, step: Int, buses: [String], first identifier: Int
    ) -> String {
        (0..<count).map { index in
            let time = start + index * step
            let digits = String(time % 1_000_000 + 1_000_000).dropFirst()
            let number = String(identifier + index % 7, radix: 16, uppercase: true)
            let payload = String(0x10_0000 + index, radix: 16, uppercase: true)
            let bus = buses[index * 5 % 7 % buses.count]
            return "(\(time / 1_000_000).\(digits)) \(bus) \(number)#\(payload)\n"
        }.joined()
    }

    private static let left = text(
        3_000, start: 1_700_000_000_000_000, step: 700, buses: ["can0", "can1"], first: 0x100)
    private static let right = text(
        2_000, start: 1_700_000_000_350_000, step: 1_050, buses: ["can0", "can2"], first: 0x105)

    private func workshop() throws -> Workshop {
        let workshop = try Workshop(["left.log": Self.left, "right.log": Self.right])
        let made = try workshop.run(
            "canlog convert left.log left.canlog --vin WVWZZZ1JZXW000001 --station L --tag side=l && canlog convert right.log right.canlog --vin WVWZZZ1JZXW000001 --station R"
        )
        #expect(made.status == 0)
        return workshop
    }

    /// The same by sort(1), which merges and knows nothing of logs.
    private static let sorted =
        "sed 's/ can0 / can0@A /' left.log > l; sed 's/ can0 / can0@B /' right.log > r; LC_ALL=C sort -s -m -k1,1 l r > expected"

    @Test("takes other tools' logs as they are")
    func others() throws {
        let workshop = try workshop()
        let result = try workshop.run(
            """
            set -e; \(Self.sorted); canlog convert right.log right.pcapng
            canlog merge left.log right.pcapng -o both.canlog > /dev/null; canlog dump both.canlog | cmp - expected
            """)
        #expect(result.status == 0, "\(result.errors)")
    }

    @Test("is what sort makes of the texts, and each frame has its number in its own recording")
    func merged() throws {
        let workshop = try workshop()
        let result = try workshop.run(
            """
            set -e; \(Self.sorted); canlog merge left.canlog right.canlog -o both.canlog
            canlog verify both.canlog; canlog dump both.canlog | cmp - expected
            canlog compact --best both.canlog > compacted; canlog verify both.canlog
            canlog dump both.canlog | cmp - expected; canlog convert both.canlog - --to-format candump | cmp - expected
            canlog convert both.canlog again.canlog; canlog verify again.canlog
            """)
        #expect(result.status == 0)
        #expect(
            result.errors
                == "canlog: standard output: candump has no place for what the log says of itself\n"
        )
        #expect(result.lines[0].hasPrefix("both.canlog: 5,000 frames of 2 recordings, "))
        let digests = result.lines.dropFirst().map { $0.split(separator: " ").last }
        #expect(result.lines.dropFirst().allSatisfy { $0.contains(": whole, 5,000 frames") })
        #expect(Set(digests).count == 1)
        // Line by line of the texts: which PC's frame it is, and the how many-th.
        let lines = try workshop.run("cat expected").lines
        let originals = [Self.left, Self.right].map { text in
            Dictionary(
                uniqueKeysWithValues: text.split(separator: "\n").enumerated().map {
                    (String($1.split(separator: " ", maxSplits: 1)[0] + $1.suffix(11)), $0)
                })
        }
        for name in ["both", "again"] {
            let numbers = try frameNumbers(of: workshop.folder.path + "/\(name).canlog")
            #expect(numbers.count == lines.count)
            var wrong = 0
            for (line, number) in zip(lines, numbers) {
                let isRight = line.contains("@B") || line.contains(" can2 ")
                let key = String(line.split(separator: " ", maxSplits: 1)[0] + line.suffix(11))
                if originals[isRight ? 1 : 0][key] != Int(number) { wrong += 1 }
            }
            #expect(wrong == 0)
        }
    }

    @Test("a part of a merged log, and one that is merged again, keep the numbers")
    func again() throws {
        let workshop = try workshop()
        let result = try workshop.run(
            """
            set -e; \(Self.sorted); canlog merge left.canlog right.canlog -o both.canlog > /dev/null
            canlog cut both.canlog -o part.canlog --only 103-106 --channel can0@B --channel can1 > /dev/null
            canlog verify part.canlog; canlog dump part.canlog > part
            grep -E ' (can0@B|can1) 10[3-6]#' expected | cmp - part
            grep -n ' can0 10[56]#' right.log | cut -d: -f1 > b; grep -n ' can1 10[3-6]#' left.log | cut -d: -f1 > a
            (sed 's/^/1700000009.9 can9 /; s/$/#11/' a > /dev/null)
            printf '(1700000000.900000) can7 123#11\\n' > third.log; canlog convert third.log third.canlog
            canlog merge part.canlog third.canlog -o three.canlog; canlog verify three.canlog
            canlog info three.canlog | grep -c '  recorder '
            (cat part; printf '(1700000000.900000) can7 123#11\\n') | LC_ALL=C sort -s -k1,1 > want
            canlog dump three.canlog | cmp - want
            """)
        #expect(result.status == 0 && result.errors == "")
        #expect(result.lines.last == "3")
        let numbers = try frameNumbers(of: workshop.folder.path + "/part.canlog")
        let a = try workshop.run("cat a").lines.compactMap { UInt64($0) }.map { $0 - 1 }
        let b = try workshop.run("grep -n ' can0 10[5-6]#' right.log | cut -d: -f1").lines
            .compactMap { UInt64($0) }.map { $0 - 1 }
        let lines = try workshop.run("cat part").lines
        #expect(zip(lines, numbers).filter { $0.0.contains(" can1 ") }.map(\.1) == a)
        #expect(zip(lines, numbers).filter { $0.0.contains("@B ") }.map(\.1) == b)
    }

    @Test("no log's own order changes, and at equal moments the log named first goes first")
    func order() throws {
        let workshop = try Workshop([
            "a.log": """
            (1700000001.000000) can0 100#01
            (1700000003.000000) can0 100#02
            (1700000002.500000) can0 100#03
            (1700000004.000000) can0 100#04

            """,
            "b.log": """
            (1700000001.000000) can1 200#01
            (1700000002.000000) can1 200#02
            (1700000003.000000) can1 200#03
            (1700000004.000000) can1 200#04

            """,
        ])
        let result = try workshop.run(
            """
            canlog convert a.log a.canlog; canlog convert b.log b.canlog
            canlog merge a.canlog b.canlog -o ab.canlog > log; canlog dump ab.canlog | cut -c 26-
            canlog merge a.canlog b.canlog -o off.canlog --offset B=-1500ms > log; canlog dump off.canlog | cut -c 26-
            canlog dump off.canlog --channel can1 | cmp - b.log; canlog info off.canlog | grep -c 'ordered as if 1.500000 s earlier'
            """)
        #expect(result.status == 0 && result.errors == "")
        let orders = result.lines.dropLast()
        // By hand: a's 3.0 waits for b's 2.0, and its 2.5 follows its own 3.0.
        #expect(
            Array(orders.prefix(8))
                == ["100#01", "200#01", "200#02", "100#02", "100#03", "200#03", "100#04", "200#04"])
        // b is at -0.5, 0.5, 1.5 and 2.5 then.
        #expect(
            Array(orders.suffix(8))
                == ["200#01", "200#02", "100#01", "200#03", "200#04", "100#02", "100#03", "100#04"])
        #expect(result.lines.last == "1")
    }

    /// A log of `host` whose monotonic clock began at `boot`, with a tie, a tick and a frame each
    /// second.
    private func recorded(_ path: String, host: String, boot: Int64, phase: Int64) throws {
        var metadata = LogMetadata(
            recording: RecordingID(random: UInt64(boot), UInt64(phase)),
            created: Timestamp(nanoseconds: 1_700_000_000_000_000_000), program: "canlog 0.1.0")
        metadata.host = host
        metadata.station = "EOL " + host
        var writer = try LogWriter(
            file: ResultFile(path: path, replacing: true), metadata: metadata, place: path)
        var batch = FrameBatch(capacity: 10)
        let start = 1_700_000_000_000_000_000 + phase
        batch.append(
            .channel(ChannelDescription(interface: "can0", bitRate: 500_000)),
            at: Timestamp(nanoseconds: start), channel: 0)
        for second in 0..<5 {
            let stamp = start + Int64(second) * 1_000_000_000
            batch.append(
                .clockTie(ClockTie(monotonic: stamp - boot)), at: Timestamp(nanoseconds: stamp))
            batch.append(.tick, at: Timestamp(nanoseconds: stamp + 1_000))
            batch.append(
                Frame(
                    timestamp: Timestamp(nanoseconds: stamp + 500_000_000),
                    identifier: PackedID(rawValue: 0x123), payload: [UInt8(second)]))
        }
        try writer.write(batch)
        try writer.finish()
        var file = writer.intoFile()
        try file.complete()
    }

    @Test("clock ties, ticks and metadata stay those of their recorder")
    func recorders() throws {
        let workshop = try Workshop()
        let folder = workshop.folder.path
        try recorded(folder + "/a.canlog", host: "bench1", boot: 1_000_000_000, phase: 0)
        try recorded(
            folder + "/b.canlog", host: "bench2", boot: 9_000_000_000_000, phase: 250_000_000)
        let result = try workshop.run(
            "canlog merge a.canlog b.canlog -o ab.canlog && canlog verify ab.canlog && canlog info ab.canlog && canlog dump ab.canlog"
        )
        #expect(result.status == 0 && result.errors == "")
        #expect(result.output.contains(" on bench1; station EOL bench1; can0 as can0@bench1\n"))
        #expect(result.output.contains(" on bench2; station EOL bench2; can0 as can0@bench2\n"))
        var reader = try LogReader(file: ReadableFile(path: folder + "/ab.canlog"), place: "ab")
        var batch = FrameBatch(capacity: 100)
        var timeline = BusTimeline()
        var (times, stamps, ties, ticks) = ([Int64](), [Int64](), [UInt8?](), [UInt8?]())
        while try reader.read(into: &batch, waiting: .zero) != .ended {
            for row in 0...batch.count {
                for index in batch.events.indices where batch.events[index].rowIndex == row {
                    let event = batch.events[index]
                    timeline.note(event)
                    if case .clockTie = event.kind { ties.append(event.channel) }
                    if case .tick = event.kind { ticks.append(event.channel) }
                }
                guard row < batch.count else { continue }
                let frame = batch.frame(at: row)
                stamps.append(frame.timestamp.nanoseconds)
                times.append(timeline.busTime(of: frame.timestamp, channel: frame.channel))
            }
        }
        // Channel 0 and recorder 1 of the first log, 2 and 3 of the second.
        #expect(ties == (0..<10).map { $0 % 2 == 0 ? 1 : 3 } && ticks == ties)
        // Neither clock was set, so bus time is as the stamps, 8999 s apart though the clocks are.
        #expect(times == stamps && times.count == 10)
        let one = try workshop.run(
            "canlog cut ab.canlog -o one.canlog --channel can0@bench2 && canlog dump one.canlog | wc -l && canlog info one.canlog | grep events"
        )
        #expect(one.lines.suffix(2).first == "5" && one.lines.last?.contains("clockTie") == true)
    }

    @Test("refuses text, one log, and logs of the same recording")
    func refused() throws {
        let workshop = try workshop()
        let result = try workshop.run(
            """
            canlog cut left.canlog -o part.canlog --to +1 > /dev/null
            canlog merge left.canlog part.canlog -o a.canlog 2>&1 | sed 's/: [0-9a-f-]*;/: ID;/'
            canlog merge left.canlog -o a.canlog 2>&1 | head -n 1; canlog merge left.canlog right.canlog -o a.canlog --offset C=1s 2>&1 | head -n 1
            canlog merge left.canlog right.canlog -o left.canlog --force; ls a.canlog
            """)
        #expect(
            result.errors.hasPrefix(
                """
                canlog: left.canlog: this would replace left.canlog, of which it is made; name another file

                """))
        #expect(
            result.output == """
                canlog: part.canlog: it is of the same recording as left.canlog: ID; merge logs of different recorders
                Error: name at least two logs, for example 'canlog merge a.canlog b.canlog -o both.canlog'
                Error: --offset names the log C, and there are 2 logs

                """)
    }
}
