import CANFrame
import Glibc
import LocalFiles
import LogFile
import RecorderControl
import Synchronization
import TestBench
import Testing

@Suite(
    "A recorder at the line, on a real bus", .serialized,
    .enabled(if: Requirement.bus.shouldRun, "needs a kernel with CAN: run Tools/test bus"))
struct RecorderBusTests {
    @Test("of 1,000 next under load every frame that was sent is in exactly one log")
    func thousand() throws {
        try withBenchNetwork(vcans: ["vcan0", "vcan1"]) {
            let bench = try LineBench()
            let recorder = try bench.start(["vcan0", "vcan1"])
            #expect(waitForReceivers(on: "vcan0") && waitForReceivers(on: "vcan1"))
            let senders = try ["vcan0", "vcan1"].map {
                try StreamingSender($0, framesPerSecond: 1_000)
            }
            var slowest = Duration.zero
            for round in 0..<1_000 {
                let start = ContinuousClock.now
                let reply = try bench.ask("next", ["vin": "V\(round)"])
                slowest = max(slowest, ContinuousClock.now - start)
                #expect(reply?.status == 0, "\(reply?.text ?? "no answer")")
            }
            for sender in senders { sender.stop() }
            recorder.signal(SIGTERM)
            let result = recorder.wait()
            #expect(result.status == 0, "\(result.errors.suffix(500))")
            let logs = try bench.read()
            #expect(logs.count == 1_001)
            #expect(logs.allSatisfy { $0.state == .closed })
            #expect(LineBench.numbers(of: logs, on: "vcan0") == Array(0..<senders[0].sent))
            #expect(LineBench.numbers(of: logs, on: "vcan1") == Array(0..<senders[1].sent))
            print("slowest of 1,000 next: \(slowest)")
        }
    }

    @Test("next, mark, trigger and status as people type them")
    func words() throws {
        try withBenchNetwork {
            let bench = try LineBench()
            let recorder = try bench.start(["vcan0"])
            #expect(waitForReceivers(on: "vcan0"))
            try BenchSender("vcan0").sendNumbered(10)
            let marked = try bench.run(["mark", "door", "replaced"])
            #expect(marked.status == 0 && marked.output.hasPrefix("marked in "))
            let next = try bench.run(["next", "--vin", "WVWZZZ1JZXW000001", "--attempt", "3"])
            #expect(next.status == 0)
            #expect(next.output.contains("recording to \(bench.logs)/WVWZZZ1JZXW000001_3_"))
            let again = try bench.run(["next", "--vin", "WVWZZZ1JZXW000001", "--json"])
            #expect(again.output.contains("/WVWZZZ1JZXW000001_4_"))
            let trigger = try bench.run(["trigger"])
            #expect(trigger.status == 2 && trigger.errors.contains("not in trigger mode"))
            let status = try bench.run(["status"])
            #expect(status.output.contains("VIN       WVWZZZ1JZXW000001, attempt 4"))
            #expect(try bench.run(["status", "--json"]).output.contains("\"lost\":0"))
            let unknown = try bench.run(["status", "--name", "other"])
            #expect(unknown.status == 2 && unknown.errors.contains("there are: bench"))
            recorder.signal(SIGTERM)
            #expect(recorder.wait().status == 0)
            #expect(!Folder.exists(bench.socket()))
            let none = try bench.run(["status"])
            #expect(none.status == 2 && none.errors.contains("no recorder runs"))
        }
    }

    @Test("logs carry the specs of their vehicle, and a VIN that is of none costs no frame")
    func specs() throws {
        try withBenchNetwork {
            let workshop = try Workshop(MadeCar.specs)
            let bench = try LineBench()
            let recorder = try bench.start([
                "vcan0", "--vin", MadeCar.vin, "--specs", workshop.folder.path + "/Firmware-Specs",
            ])
            #expect(waitForReceivers(on: "vcan0"))
            try BenchSender("vcan0").sendNumbered(10)
            let status = try bench.run(["status"])
            #expect(status.output.contains("specs     five/petrol (sha256 "))
            let next = try bench.run(["next", "--vin", "WVWZZZ1JZXW000001"])
            #expect(next.status == 0)
            #expect(next.output.contains("warning: recorded without specs: "))
            try BenchSender("vcan0").sendNumbered(10, from: 10)
            recorder.signal(SIGTERM)
            #expect(recorder.wait().status == 0)
            let logs = try bench.read()
            #expect(LineBench.numbers(of: logs, on: "vcan0") == Array(0..<20))
            #expect(logs.compactMap(\.metadata.specification?.name) == ["five/petrol"])
            #expect(logs.allSatisfy { $0.metadata.specification?.isCarried ?? true })
        }
    }

    @Test("an interface that is unplugged and comes back while logs change costs nothing")
    func unplugged() throws {
        try withBenchNetwork(vcans: ["vcan0", "vcan1"]) {
            let bench = try LineBench()
            let recorder = try bench.start(["vcan0", "vcan1"])
            #expect(waitForReceivers(on: "vcan0") && waitForReceivers(on: "vcan1"))
            let sender = try StreamingSender("vcan0", framesPerSecond: 1_000)
            for round in 0..<20 {
                try ip("link", "del", "vcan1")
                #expect(try bench.ask("next", ["vin": "A\(round)"])?.status == 0)
                try addVCAN("vcan1")
                #expect(try bench.ask("next", ["vin": "B\(round)"])?.status == 0)
                #expect(waitForReceivers(on: "vcan1"))
                try BenchSender("vcan1").sendNumbered(10, from: UInt64(round) * 10)
            }
            sender.stop()
            recorder.signal(SIGTERM)
            #expect(recorder.wait().status == 0)
            let logs = try bench.read()
            #expect(LineBench.numbers(of: logs, on: "vcan0") == Array(0..<sender.sent))
            #expect(LineBench.numbers(of: logs, on: "vcan1") == Array(0..<200))
        }
    }

    @Test("two recorders on one folder, both told next, take nothing from one another")
    func two() throws {
        try withBenchNetwork(vcans: ["vcan0", "vcan1"]) {
            let bench = try LineBench()
            let first = try bench.start(["vcan0", "--keep-size", "60k"], name: "first")
            let second = try bench.start(["vcan1"], name: "second")
            #expect(waitForReceivers(on: "vcan0") && waitForReceivers(on: "vcan1"))
            let senders = try ["vcan0", "vcan1"].map {
                try StreamingSender($0, framesPerSecond: 500)
            }
            for _ in 0..<50 {
                for name in ["first", "second"] {
                    #expect(try bench.ask("next", ["vin": "SAME"], of: name)?.status == 0)
                }
            }
            for sender in senders { sender.stop() }
            first.signal(SIGTERM)
            second.signal(SIGTERM)
            #expect(first.wait().status == 0)
            #expect(second.wait().status == 0)
            let logs = try bench.read()
            // The first one removed its own oldest; of the second everything is there.
            #expect(LineBench.numbers(of: logs, on: "vcan1") == Array(0..<senders[1].sent))
            #expect(logs.count { $0.metadata.recorder == "second" } == 51)
            #expect(logs.count { $0.metadata.recorder == "first" } < 51)
        }
    }

    @Test(
        "the clock set back an hour across a rotation loses nothing, and the ties tell the step once"
    )
    func clock() throws {
        try withBenchNetwork {
            let bench = try LineBench()
            let recorder = try bench.start(["vcan0", "--rotate-every", "1s"])
            #expect(waitForReceivers(on: "vcan0"))
            let sender = try StreamingSender("vcan0", framesPerSecond: 1_000)
            #expect(waitUntil(.seconds(60)) { sender.sent > 1_500 })
            try stepWallClock(by: -3_600)
            defer { try? stepWallClock(by: 3_600) }
            let before = sender.sent
            #expect(waitUntil(.seconds(60)) { sender.sent > before + 2_500 })
            sender.stop()
            recorder.signal(SIGTERM)
            #expect(recorder.wait().status == 0)
            let logs = try bench.read()
            #expect(logs.count >= 3)
            #expect(LineBench.numbers(of: logs, on: "vcan0") == Array(0..<sender.sent))
            // Real time less monotonic time, in seconds: what it was, and an hour less.
            var offsets: Set<Int64> = []
            for log in logs {
                #expect(log.state == .closed)
                for event in log.events {
                    guard case .clockTie(let tie) = event.kind else { continue }
                    let offset = event.timestamp.nanoseconds - tie.monotonic
                    offsets.insert((offset + 500_000_000) / 1_000_000_000)
                }
            }
            let sorted = offsets.sorted()
            #expect(sorted.last.map { $0 - sorted[0] }.map { (3_599...3_601).contains($0) } == true)
        }
    }

    @Test("orders from several terminals at once, and a hostile client, and no frame is lost")
    func terminals() throws {
        try withBenchNetwork {
            let bench = try LineBench()
            let recorder = try bench.start(["vcan0"])
            #expect(waitForReceivers(on: "vcan0"))
            let sender = try StreamingSender("vcan0", framesPerSecond: 2_000)
            let refused = Atomic<Int>(0)
            let path = bench.socket()
            var threads: [JoinableThread] = []
            for terminal in 0..<8 {
                threads.append(
                    try JoinableThread("terminal") {
                        for round in 0..<25 {
                            let word = ["mark", "next", "status"][round % 3]
                            let request = ControlRequest(
                                word, ["text": "t\(terminal) r\(round)", "vin": "T\(terminal)"])
                            let reply = try? RecorderSocket.ask(
                                request, at: path, waiting: .seconds(60))
                            if reply?.status != 0 { refused.add(1, ordering: .relaxed) }
                        }
                    })
            }
            threads.append(
                try JoinableThread("hostile") {
                    var held: [LocalConnection] = []
                    for round in 0..<10_000 {
                        guard let connection = try? LocalConnection(to: path) else { continue }
                        let bytes = [UInt8](repeating: UInt8(round % 256), count: round % 3 * 6_000)
                        _ = connection.write(bytes[...])
                        held.append(connection)
                        if held.count > 300 { held.removeFirst(200) }
                    }
                })
            for thread in threads { thread.join() }
            sender.stop()
            let asked = try bench.ask("status")
            #expect(asked?.status == 0)
            recorder.signal(SIGTERM)
            #expect(recorder.wait().status == 0)
            let logs = try bench.read()
            #expect(LineBench.numbers(of: logs, on: "vcan0") == Array(0..<sender.sent))
            print(
                "of 200 orders beside 10,000 hostile connections \(refused.load(ordering: .relaxed)) unanswered"
            )
        }
    }

    @Test(
        "after SIGKILL in the middle of changes no frame older than 250 ms is missing in the logs")
    func killed() throws {
        try withBenchNetwork {
            for _ in 0..<10 {
                let bench = try LineBench()
                let recorder = try bench.start(["vcan0"])
                #expect(waitForReceivers(on: "vcan0"))
                let sender = try StreamingSender("vcan0", framesPerSecond: 2_000)
                for round in 0..<10 { _ = try bench.ask("next", ["vin": "K\(round)"]) }
                let sent = sender.sent
                #expect(waitUntil(.seconds(60)) { sender.sent > sent + 500 })
                recorder.signal(SIGKILL)
                _ = recorder.wait()
                sender.stop()
                let logs = try bench.read()
                #expect(logs.allSatisfy { $0.state == .closed || $0.state == .recovered })
                let numbers = LineBench.numbers(of: logs, on: "vcan0")
                #expect(numbers == Array(0..<UInt64(numbers.count)))
                #expect(UInt64(numbers.count) >= sent)
            }
        }
    }

    @Test("trigger mode keeps what is around an error frame, and nothing else")
    func triggered() throws {
        try withBenchNetwork {
            let bench = try LineBench()
            let recorder = try bench.start(
                ["vcan0", "--trigger", "error-frame", "--trigger-before", "60s"])
            #expect(waitForReceivers(on: "vcan0"))
            try BenchSender("vcan0").sendNumbered(300)
            let waiting = try bench.run(["status"])
            #expect(waiting.output.contains("waits for a trigger"))
            // CAN_ERR_FLAG with class CAN_ERR_BUSERROR
            try BenchSender("vcan0").send(0x2000_0080, [UInt8](repeating: 0, count: 8))
            try BenchSender("vcan0").sendNumbered(100, from: 300)
            #expect(
                waitUntil(.seconds(60)) {
                    ((try? bench.run(["status", "--json"]).output) ?? "").contains("\"triggers\":1")
                })
            recorder.signal(SIGTERM)
            #expect(recorder.wait().status == 0)
            let logs = try bench.read()
            #expect(logs.count == 1)
            let data = logs[0].frames.filter { !$0.identifier.isError }
            #expect(data.count == 400 && logs[0].frames.count == 401)
            #expect(logs[0].count(of: .marker("trigger: error-frame")) == 1)
        }
    }

    @Test("an unprivileged user records, and is asked, without any right")
    func unprivileged() throws {
        try withBenchNetwork {
            let bench = try LineBench()
            try succeed(["chmod", "-R", "777", bench.logs + "/.."])
            try succeed(["chown", "-R", "nobody", bench.logs + "/../run"])
            let recorder = try bench.start(
                ["vcan0"],
                as: ["setpriv", "--reuid=65534", "--clear-groups", "--bounding-set=-all"])
            #expect(waitForReceivers(on: "vcan0"))
            try BenchSender("vcan0").sendNumbered(500)
            #expect(try bench.ask("next", ["vin": "U"])?.status == 0)
            try BenchSender("vcan0").sendNumbered(500, from: 500)
            recorder.signal(SIGTERM)
            let result = recorder.wait()
            #expect(result.status == 0, "\(result.errors)")
            #expect(LineBench.numbers(of: try bench.read(), on: "vcan0") == Array(0..<1_000))
        }
    }
}

/// A thread of a test that arrays can hold.
private final class JoinableThread: Sendable {
    private let thread: Mutex<WorkerThread?>

    init(_ name: String, _ body: @escaping @Sendable () -> Void) throws {
        let started = try WorkerThread(name, body: body)
        var passed: WorkerThread? = consume started
        thread = Mutex(nil)
        thread.withLock { $0 = passed.take() }
    }

    func join() { thread.withLock { $0.take() }?.join() }
}
