import CANFrame
import Glibc
import LocalFiles
import LogFile
import Synchronization
import TestBench
import Testing

@Suite(
    "canlog record on a real bus", .serialized,
    .enabled(if: Requirement.bus.shouldRun, "needs a kernel with CAN: run Tools/test bus"))
struct RecordBusTests {
    @Test("what was sent is in the log, and the log is closed in order by SIGINT and SIGTERM")
    func main() throws {
        try withBenchNetwork(vcans: ["vcan0", "vcan1"]) {
            for signal in [SIGINT, SIGTERM] {
                let bench = try RecordBench()
                let recorder = try bench.start(["vcan0", "vcan1"])
                #expect(waitForReceivers(on: "vcan0") && waitForReceivers(on: "vcan1"))
                try BenchSender("vcan0").sendNumbered(1_000)
                try BenchSender("vcan1").sendNumbered(500)
                let (result, _) = bench.stop(recorder, with: signal)
                #expect(result.status == 0)
                let log = try bench.read()
                #expect(log.state == .closed)
                #expect(log.numbers(on: "vcan0") == Array(0..<1_000))
                #expect(log.numbers(on: "vcan1") == Array(0..<500))
                #expect(log.lost == 0)
            }
        }
    }

    @Test("SIGTERM ends a recording in order and soon while frames stream in")
    func quickExit() throws {
        try withBenchNetwork {
            let bench = try RecordBench()
            let recorder = try bench.start(["vcan0"])
            #expect(waitForReceivers(on: "vcan0"))
            let sender = try StreamingSender("vcan0", framesPerSecond: 2_000)
            #expect(waitUntil(.seconds(120)) { sender.sent > 2_000 })
            let (result, duration) = bench.stop(recorder, with: SIGTERM)
            sender.stop()
            #expect(result.status == 0)
            print("SIGTERM to exit: \(duration)")
            // 0.5 s where one instruction is one nanosecond; emulation on a busy host is slower.
            #expect(duration < .seconds(5))
        }
    }

    @Test(
        "after SIGKILL at a random moment no frame older than 50 ms is missing, and there is no hole"
    )
    func kill() throws {
        var random = SystemRandomNumberGenerator()
        let rounds = environment("CANLOG_KILL_ROUNDS").flatMap { Int($0) } ?? 60
        try withBenchNetwork {
            let sender = try StreamingSender("vcan0", framesPerSecond: 1_000)
            defer { sender.stop() }
            var worst: Int64 = 0
            for round in 0..<rounds {
                let bench = try RecordBench()
                let recorder = try bench.start(["vcan0"])
                #expect(waitUntil(.seconds(60)) { bench.hasJournal })
                let firstExpected = sender.sent
                HostClock.sleep(
                    untilMonotonic: HostClock.monotonic()
                        + .random(in: 20_000_000...300_000_000, using: &random))
                recorder.signal(SIGKILL)
                let killed = HostClock.realTime()
                _ = recorder.wait()
                let log = try bench.read()
                #expect(log.state == .recovered, "round \(round)")
                #expect(log.hasNoHole(on: "vcan0"), "round \(round)")
                let missing = log.numbers(on: "vcan0").last.map { $0 + 1 } ?? firstExpected
                guard let sent = sender.time(of: missing), sent < killed else { continue }
                worst = max(worst, killed.nanoseconds(since: sent))
            }
            print("SIGKILL: \(rounds) rounds, at most \(worst / 1_000_000) ms of frames missing")
            // The journal promises 50 ms; a machine that is busy with other tests adds its own delay.
            #expect(worst < 250_000_000)
        }
    }

    @Test("a small disk filled three times: recorded and counted losses are what was sent")
    func fullDisk() throws {
        try withBenchNetwork {
            let bench = try RecordBench(diskSize: "16m")
            let recorder = try bench.start(["vcan0"])
            #expect(waitForReceivers(on: "vcan0"))
            let sender = try StreamingSender("vcan0", framesPerSecond: 8_000)
            // More than fits into memory the first time; then what memory holds until there is room.
            for missed in [150_000, 20_000, 20_000] as [UInt64] {
                try bench.fillDisk()
                let before = sender.sent
                #expect(waitUntil(.seconds(400)) { sender.sent > before + missed })
                try bench.emptyDisk()
                let after = sender.sent
                #expect(waitUntil(.seconds(300)) { sender.sent > after + 5_000 })
            }
            sender.stop()
            let sent = sender.sent
            let (result, _) = bench.stop(recorder, with: SIGTERM)
            #expect(result.status == 3)
            #expect(result.errors.contains("No space left on device"))
            let log = try bench.read()
            #expect(log.state == .closed)
            #expect(log.lost > 0)
            #expect(UInt64(log.frames.count) + log.lost == sent)
            #expect(log.numbersAscend(on: "vcan0"))
        }
    }

    @Test("a disk that stays full to the end leaves a closed log that counts what it lacks")
    func fullToTheEnd() throws {
        try withBenchNetwork {
            let bench = try RecordBench(diskSize: "16m")
            let recorder = try bench.start(["vcan0"])
            #expect(waitForReceivers(on: "vcan0"))
            let sender = try StreamingSender("vcan0", framesPerSecond: 8_000)
            #expect(waitUntil(.seconds(120)) { sender.sent > 5_000 })
            try bench.fillDisk()
            let before = sender.sent
            #expect(waitUntil(.seconds(300)) { sender.sent > before + 20_000 })
            sender.stop()
            let (result, _) = bench.stop(recorder, with: SIGTERM)
            #expect(result.status == 3, "\(result.errors)")
            let log = try bench.read()
            #expect(UInt64(log.frames.count) + log.lost == sender.sent)
        }
    }

    @Test("info reads a log that is being recorded, and a copy without its journal says so")
    func whileRecording() throws {
        try withBenchNetwork {
            let bench = try RecordBench()
            let recorder = try bench.start(["vcan0"])
            #expect(waitForReceivers(on: "vcan0"))
            try BenchSender("vcan0").sendNumbered(2_000)
            #expect(waitUntil(.seconds(60)) { (try? bench.read().frames.count) == 2_000 })
            #expect(try bench.read().state == .recording)
            let (result, _) = bench.stop(recorder, with: SIGINT)
            #expect(result.status == 0)
            #expect(try bench.read().state == .closed)
        }
    }

    @Test("an interface that is taken down, or deleted and made again, goes on in the same channel")
    func links() throws {
        try withBenchNetwork {
            let bench = try RecordBench()
            let recorder = try bench.start(["vcan0"])
            #expect(waitForReceivers(on: "vcan0"))
            try BenchSender("vcan0").sendNumbered(100)
            try ip("link", "set", "vcan0", "down")
            try ip("link", "set", "vcan0", "up")
            #expect(waitForReceivers(on: "vcan0"))
            try BenchSender("vcan0").sendNumbered(100, from: 100)
            try ip("link", "del", "vcan0")
            try addVCAN("vcan0")
            #expect(waitForReceivers(on: "vcan0"))
            try BenchSender("vcan0").sendNumbered(100, from: 200)
            let (result, _) = bench.stop(recorder, with: SIGINT)
            #expect(result.status == 0, "\(result.errors)")
            let log = try bench.read()
            #expect(log.numbers(on: "vcan0") == Array(0..<300))
            // Down by hand, and down before it is deleted.
            #expect(log.count(of: .linkDown) == 2)
            #expect(log.count(of: .linkGone) == 1)
            #expect(log.count(of: .linkUp) >= 2)
        }
    }

    @Test("an interface that does not exist is refused with what there is")
    func noInterface() throws {
        try withBenchNetwork {
            let bench = try RecordBench()
            let result = try bench.start(["vcan9"]).wait()
            #expect(result.status == 2)
            #expect(result.errors.hasPrefix("canlog: vcan9: "))
            #expect(result.errors.contains("vcan0"))
            #expect(try Folder.names(in: bench.folder) == [])
        }
    }

    @Test("a doubtful VIN warns, is stored as scanned and flagged, and stops nothing")
    func doubtfulVIN() throws {
        try withBenchNetwork {
            let bench = try RecordBench()
            let recorder = try bench.start(["vcan0", "--vin", "WAUZZZ8VO"])
            #expect(waitForReceivers(on: "vcan0"))
            let (result, _) = bench.stop(recorder, with: SIGINT)
            #expect(result.status == 0)
            #expect(
                result.errors.contains(
                    "canlog: warning: VIN 'WAUZZZ8VO' has 9 characters instead of 17; it is stored as scanned and flagged\n"
                ))
            let log = try bench.read()
            #expect(log.metadata.vin == "WAUZZZ8VO")
            #expect(log.metadata.vinIsDoubtful)
        }
    }

    @Test("the receiver stopped for 5 s at 4,000 frames/s loses nothing")
    func stalled() throws {
        try withBenchNetwork {
            let bench = try RecordBench()
            let recorder = try bench.start(["vcan0"])
            #expect(waitForReceivers(on: "vcan0"))
            recorder.signal(SIGSTOP)
            try BenchSender("vcan0").sendNumbered(20_000)
            recorder.signal(SIGCONT)
            let (result, _) = bench.stop(recorder, with: SIGINT)
            #expect(result.status == 0, "\(result.errors)")
            let log = try bench.read()
            #expect(log.numbers(on: "vcan0") == Array(0..<20_000))
        }
    }

    @Test("without any CAN interface 'any' is refused with what to do about it")
    func noInterfaces() throws {
        try withBenchNetwork(vcans: []) {
            let result = try RecordBench().start(["any"]).wait()
            #expect(
                result.errors
                    == "canlog: any: there is no CAN interface; plug one in, make one by "
                    + "'ip link add vcan0 type vcan', or wait by --wait\n")
            #expect(result.status == 2)
        }
    }

    @Test(
        "an interface that was waited for in vain is told, and is no success",
        arguments: ["typo", "any"])
    func neverThere(name: String) throws {
        try withBenchNetwork(vcans: name == "any" ? [] : ["vcan0"]) {
            let bench = try RecordBench()
            let recorder = try bench.start(
                (name == "any" ? [] : ["vcan0"]) + [name, "--wait", "--duration", "0.2"])
            let result = recorder.wait()
            #expect(
                result.errors.hasSuffix(
                    "\ncanlog: \(name): no such interface appeared, nothing was recorded of it\n"))
            #expect(result.status == 3)
            #expect(try bench.read().state == .closed)
        }
    }

    @Test("a silent interface is told on standard error and stands in the log")
    func silence() throws {
        try withBenchNetwork {
            let bench = try RecordBench()
            let recorder = try bench.start(["vcan0", "--silence", "0.3"])
            #expect(waitForReceivers(on: "vcan0"))
            try BenchSender("vcan0").sendNumbered(1)
            #expect(waitUntil(.seconds(60)) { (try? bench.read().silences) == 1 })
            let (result, _) = bench.stop(recorder, with: SIGINT)
            #expect(result.errors.contains("canlog: vcan0: no frame for 0.3 s\n"))
        }
    }
}
