import LocalFiles
import TestBench
import Testing

/// The simulated ECUs on a bus, asked by implementations that are not ours: udsoncan over can-isotp, and
/// the kernel's ISO-TP by can-utils.
@Suite(
    "canlog simulate on a bus", .serialized,
    .enabled(if: Requirement.bus.shouldRun, "needs a kernel with CAN: run Tools/test bus"))
struct SimulateBusTests {
    /// The example's ECUs on vcan0, until the value goes away.
    private static func start(
        in workshop: Workshop, _ words: String...
    ) throws -> Program {
        _ = try workshop.run("canlog simulate --example > car.yaml")
        let program = try Program(
            [canlogPath, "simulate", workshop.folder.path + "/car.yaml", "--bus", "PT=vcan0"]
                + words)
        #expect(try waitUntil { try isHeard("7DF") })
        return program
    }

    /// Whether a socket listens for a standard identifier.
    private static func isHeard(_ identifier: String) throws -> Bool {
        // The kernel keeps listeners for one identifier and those by a mask apart.
        try Program.run(
            "grep", "-qiw", identifier, "/proc/net/can/rcvlist_sff", "/proc/net/can/rcvlist_fil"
        ).status == 0
    }

    /// Sends a request by isotpsend; what isotprecv makes of the answers, one a line.
    private static func ask(
        _ request: String, to address: String = "7E0", answers: Int = 1
    ) throws -> ProgramResult {
        // Each answer is written when it is there, and not when the pipe is full.
        let receiver = try Program(
            [
                "timeout", "20", "stdbuf", "-oL", "isotprecv", "-s", "7E0", "-d", "7E8", "-l",
                "vcan0",
            ])
        #expect(try waitUntil { try isHeard("7E8") })
        let sent = try Program.shell("echo '\(request)' | isotpsend -s \(address) -d 7E9 vcan0")
        #expect(sent.status == 0, "\(sent.errors)")
        _ = waitUntil(.seconds(15)) {
            receiver.outputSoFar.split(separator: "\n").count >= answers
        }
        receiver.signal(15)
        return receiver.wait()
    }

    @Test("udsoncan reads, writes, unlocks, waits, clears and resets")
    func udsoncan() throws {
        try withBenchNetwork {
            let workshop = try Workshop()
            let simulator = try Self.start(in: workshop, "--json")
            let script = Folder.resolved("Tests/Peers/ask_simulated_ecu.py")
            let result = try Program([PeerPython.path, script, "vcan0"]).wait(.seconds(300))
            #expect(
                result.output == """
                    vin WVWZZZ1KZ6W000001
                    several {61831: '03L906018', 61836: (32, 38, 17, 34)}
                    codes ['011817 28', 'C10087 26']
                    count 1
                    snapshot 0xf40c (3000,)
                    refusal RequestOutOfRange
                    session 0.05 5.0
                    refusal SecurityAccessDenied
                    written 1HGBH41JXMN109186
                    routine True
                    cleared 0
                    session (1,)

                    """, "\(result.errors)")
            simulator.signal(2)
            let end = simulator.wait(.seconds(30))
            #expect(end.status == 0)
            // Of 18 requests two are refused, and the tester present is not answered.
            #expect(
                end.output.contains(
                    "\"negative\":2,\"pending\":3,\"periodic\":0,\"positive\":15,\"requests\":18"))
        }
    }

    @Test("the kernel's ISO-TP reads OBD-II, one frame and several")
    func obd() throws {
        try withBenchNetwork {
            let simulator = try Self.start(in: Workshop(), "--seed", "3")
            #expect(try Self.ask("01 00", to: "7DF").output == "41 00 98 18 80 01 \n")
            #expect(try Self.ask("01 05 42").output == "41 05 82 42 37 14 \n")
            let vin = "57 56 57 5A 5A 5A 31 4B 5A 36 57 30 30 30 30 30 31"
            #expect(try Self.ask("09 02").output == "49 02 01 \(vin) \n")
            #expect(try Self.ask("03").output == "43 01 01 18 \n")
            simulator.signal(2)
            #expect(simulator.wait(.seconds(30)).status == 0)
        }
    }

    @Test("a storm of pending responses comes whole, a wrong sequence number breaks an answer off")
    func faults() throws {
        try withBenchNetwork {
            let simulator = try Self.start(
                in: Workshop(), "--fault", "pending:ECM:20", "--fault", "wrong-sequence:ECM")
            let storm = try Self.ask("3E 00", answers: 21).lines
            #expect(storm.count == 21)
            #expect(storm.dropLast().allSatisfy { $0 == "7F 3E 78 " })
            #expect(storm.last == "7E 00 ")
            let broken = try Self.ask("22 F1 90", answers: 21)
            #expect(!broken.output.contains("62 F1 90"))
            simulator.signal(2)
            #expect(simulator.wait(.seconds(30)).status == 0)
        }
    }

    @Test("what it sends is recorded at the cycle times of the database, and decodes to its limits")
    func cyclic() throws {
        try withBenchNetwork {
            let workshop = try Workshop()
            let path = workshop.folder.path + "/s.canlog"
            let recorder = try Program([canlogPath, "record", "vcan0", "-o", path])
            #expect(waitForReceivers(on: "vcan0"))
            let simulator = try Self.start(
                in: workshop, "--duration", "5s", "--fault", "stuck:Engine.Coolant")
            #expect(simulator.wait(.seconds(60)).status == 0)
            recorder.signal(2)
            #expect(recorder.wait(.seconds(30)).status == 0)
            _ = try workshop.run(
                "sed -n '/dbc: |/,/VAL_/p' car.yaml | sed '1d; s/^        //' > car.dbc")
            let means = try workshop.run(
                "canlog stats s.canlog --db car.dbc --no-project --json | python3 -c 'import json, sys\n"
                    + "for row in json.load(sys.stdin)[\"ids\"]:\n"
                    + "    print(row[\"id\"], row[\"frames\"], row[\"cycleMs\"], round(row[\"meanMs\"]))'"
            )
            // From the first to the last within 5 s; the phases leave room for one more or less.
            let counts = Set(["500", "501"]), slow = Set(["250", "251"])
            let rows = means.lines.map { $0.split(separator: " ").map(String.init) }
            #expect(
                rows.map { [$0[0], $0[2], $0[3]] } == [
                    ["100", "10.0", "10"], ["200", "20.0", "20"],
                ])
            #expect(counts.contains(rows[0][1]) && slow.contains(rows[1][1]))
            let values = try workshop.run(
                "canlog decode s.canlog --db car.dbc --no-project -s Coolant --format jsonl | "
                    + "grep -o '\"value\":[-0-9.]*' | sort -u | wc -l")
            #expect(values.output == "1\n")
        }
    }

    @Test("the same seed gives the same frames, another one others")
    func seeds() throws {
        try withBenchNetwork {
            var logs: [String] = []
            for seed in ["7", "7", "8"] {
                let workshop = try Workshop()
                let dump = try Program(["candump", "-L", "vcan0"])
                #expect(waitForReceivers(on: "vcan0"))
                let simulator = try Self.start(in: workshop, "--seed", seed, "--duration", "1s")
                let end = simulator.wait(.seconds(60))
                // One message each 10 ms, one each 20 ms; the phases leave room for one more.
                let sent = try #require(
                    [150, 151].first { end.errors.contains("sent \($0) frames") })
                #expect(end.status == 0)
                _ = waitUntil(.seconds(20)) {
                    dump.outputSoFar.split(separator: "\n").count >= sent
                }
                dump.signal(2)
                // Without the times, which are the machine's.
                logs.append(
                    dump.wait().lines.compactMap { $0.split(separator: " ").last.map(String.init) }
                        .joined(separator: "\n"))
            }
            #expect(logs[0] == logs[1] && logs[0] != logs[2])
        }
    }
}
