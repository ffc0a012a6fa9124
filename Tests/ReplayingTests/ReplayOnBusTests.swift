import CANFrame
import LocalFiles
import Replaying
import SocketCAN
import Testing
import TestBench

@Suite(
    "A replay on a bus", .serialized, .enabled(if: Requirement.bus.shouldRun, "no kernel with CAN"))
struct ReplayOnBusTests {
    @Test("candump sees all kinds of frames as in the log and in its order")
    func kinds() throws {
        let fd: FrameFlags = .flexibleDataRate
        let log = [
            frame(at: 0, PackedID(rawValue: 0x123), [0xDE, 0xAD]),
            frame(at: 1000, PackedID(rawValue: 0x98DA_F110), [1, 2, 3, 4, 5, 6, 7, 8]),
            frame(at: 1000, PackedID(rawValue: 0x7FF)),
            frame(at: 1000, PackedID(rawValue: 0x4000_0321), dlc: 4),
            frame(at: 2000, PackedID(rawValue: 0x100), [9, 9, 9, 9, 9, 9, 9, 9], dlc: 13),
            frame(at: 3000, PackedID(rawValue: 0x101), [1], flags: fd),
            frame(at: 3001, PackedID(rawValue: 0x102), [2, 2], flags: [fd, .bitRateSwitch]),
            frame(at: 3001, PackedID(rawValue: 0x103), [3], flags: [fd, .errorStateIndicator]),
            frame(
                at: 4000, PackedID(rawValue: 0x8000_0104), [UInt8](repeating: 0xAB, count: 64),
                flags: [fd, .bitRateSwitch, .errorStateIndicator]),
        ]
        // By candump's documented log format: R and the DLC, _ and the raw DLC, ## and the flags.
        let expected = [
            "123#DEAD", "18DAF110#0102030405060708", "7FF#", "321#R4", "100#0909090909090909_D",
            "101##001", "102##10202", "103##203",
            "00000104##3" + String(repeating: "AB", count: 64),
        ]
        try withBenchNetwork {
            let listener = try candump(log.count)
            let (report, failure) = try startReplay(log).result()
            #expect(failure == nil)
            #expect(report.sent == UInt64(log.count) && report.isComplete)
            // Newer kernels set CANFD_FDF, bit 2 of the flags digit, in what they deliver; candump of
            // Debian 12 does not show a raw DLC (WireFrameTests have it).
            let seen = contents(listener.wait()).map {
                $0.replacing("##4", with: "##0").replacing("##5", with: "##1")
                    .replacing("##6", with: "##2").replacing("##7", with: "##3")
            }
            #expect(seen == expected || seen == expected.map { $0.replacing("_D", with: "") })
        }
    }

    @Test("a log faster than the bus arrives whole and in order, and says that it was late")
    func throttled() throws {
        try withBenchNetwork {
            // 16 bytes a frame: about 3,900 frames/s, a full bus of 500 kbit/s; sent are 10,000/s.
            let tbf = "tc qdisc add dev vcan0 root tbf rate 500kbit burst 32 limit 160"
            try succeed(tbf.split(separator: " ").map(String.init))
            let listener = try candump(5000)
            let (report, failure) = try startReplay(numbered(5000, gap: 100)).result()
            #expect(failure == nil)
            #expect(report.sent == 5000 && report.notSent == 0)
            #expect(report.late > 1000 && report.socketFull + report.queueFull > 0)
            #expect(contents(listener.wait()) == numberedText(5000))
        }
    }

    @Test("a full bus does not delay the frames of another")
    func independentBuses() throws {
        try withBenchNetwork(vcans: ["vcan0", "vcan1"]) {
            let tbf = "tc qdisc add dev vcan0 root tbf rate 500kbit burst 32 limit 160"
            try succeed(tbf.split(separator: " ").map(String.init))
            // 1,000 frames at once for the slow bus, and 20 ms later one for the other.
            let log =
                numbered(1000, gap: 0) + [
                    frame(at: 20_000, PackedID(rawValue: 0x200), channel: 1)
                ]
            let listener = try candump(1, of: "vcan1")
            let routing = try ReplayRouting(
                channels: ["can0", "can1"], interface: nil,
                map: ["can0": "vcan0", "can1": "vcan1"], exists: { _ in false }, place: "test")
            let control = ReplayControl()
            let replay = try Replayer(
                to: routing, takesFD: [true, true], options: ReplayOptions(), place: "test",
                control: control
            ) { () throws(StreamError) in MemorySource(log, channels: ["can0", "can1"]) }
            #expect(contents(listener.wait()) == ["200#"])
            // The slow bus takes at least 1,000 / 4,000 s for its frames.
            #expect(control.sent < 1001)
            let (report, _) = replay.result()
            #expect(report.sent == 1001)
        }
    }

    @Test("a step of the wall clock while it runs changes nothing", arguments: [2, -2])
    func wallClock(step: Int) throws {
        try withBenchNetwork {
            let listener = try candump(200)
            let control = ReplayControl()
            let replay = try startReplay(numbered(200, gap: 5000), control: control)
            #expect(waitUntil { control.sent > 80 })
            try stepWallClock(by: step)
            let (report, _) = replay.result()
            try stepWallClock(by: -step)
            #expect(contents(listener.wait()) == numberedText(200))
            #expect(report.duration >= 995_000_000 && report.duration < 1_900_000_000)
        }
    }

    @Test("loops, speed and shortened gaps: as many frames, as long as they should take")
    func loops() throws {
        try withBenchNetwork {
            // 3 passes of 0.5 + 0.1 s (of 60 s) at twice the speed: 0.9 s.
            var log = numbered(101, gap: 5000)
            log.append(frame(at: 60_500_000, PackedID(rawValue: 0x7)))
            let listener = try candump(306)
            let (report, _) = try startReplay(log) {
                $0.passes = 3
                $0.pace = .factor(2)
                $0.longestGap = 100_000_000
            }.result()
            #expect(report.sent == 306 && report.passes == 3)
            #expect(report.duration >= 895_000_000 && report.duration < 1_900_000_000)
            let once = numberedText(101) + ["007#"]
            #expect(contents(listener.wait()) == once + once + once)
        }
    }

    @Test(
        "error frames are counted and not sent, unless that is asked for", arguments: [false, true])
    func errorFrames(areSent: Bool) throws {
        try withBenchNetwork {
            let log = [
                frame(at: 0, PackedID(errorClass: 0x40), [0, 0, 0, 0, 0, 0, 0, 0]),
                frame(at: 100, PackedID(rawValue: 0x55)),
            ]
            let listener = try candump(areSent ? 2 : 1, filter: ",0:0,#FFFFFFFF")
            #expect(
                waitUntil {
                    (try? succeed(["cat", "/proc/net/can/rcvlist_err"]).output.contains("vcan0"))
                        == true
                })
            let (report, _) = try startReplay(log) { $0.sendsErrorFrames = areSent }.result()
            #expect(report.sent == (areSent ? 2 : 1) && report.errorFrames == (areSent ? 0 : 1))
            let expected = ["20000040#0000000000000000", "055#"]
            #expect(contents(listener.wait()) == Array(expected.suffix(areSent ? 2 : 1)))
        }
    }

    @Test("CAN FD frames for a classic interface are counted, by us or by the kernel's refusal")
    func unfit() throws {
        try withBenchNetwork {
            try ip("link", "set", "vcan0", "down")
            try ip("link", "set", "vcan0", "mtu", "16", "up")
            let log = [
                frame(at: 0, PackedID(rawValue: 0x1), [1], flags: .flexibleDataRate),
                frame(at: 100, PackedID(rawValue: 0x2)),
            ]
            #expect(try InterfaceQuery.mtu(of: "vcan0") == 16)
            let known = try startReplay(log, takesFD: false).result().report
            #expect(known.sent == 1 && known.unfitFDFrames == 1 && !known.isComplete)
            let refused = try startReplay(log).result().report
            #expect(refused.sent == 1 && refused.refusals == [22: 1])  // EINVAL
        }
    }

    @Test("a stopped replay counts what it did not send")
    func stop() throws {
        try withBenchNetwork {
            let control = ReplayControl()
            let replay = try startReplay(numbered(20_000, gap: 1000), control: control)
            #expect(waitUntil { control.sent > 10 })
            control.stop()
            var report = replay.result().report
            report.account(forAll: 20_000)
            #expect(report.wasStopped && report.sent < 20_000)
            #expect(report.sent + report.abandoned == 20_000)
        }
    }

    @Test("a replay that is stopped while its bus is full counts each frame once")
    func stopWhileFull() throws {
        try withBenchNetwork {
            let tbf = "tc qdisc add dev vcan0 root tbf rate 500kbit burst 32 limit 160"
            try succeed(tbf.split(separator: " ").map(String.init))
            let control = ReplayControl()
            // All are due at once: runs of the greatest length, and a backlog that fills.
            let replay = try startReplay(numbered(8_000, gap: 0), control: control)
            #expect(waitUntil { control.sent > 500 })
            control.stop()
            var report = replay.result().report
            report.account(forAll: 8_000)
            #expect(report.wasStopped && report.sent < 8_000)
            #expect(report.sent + report.abandoned == 8_000)
        }
    }

    @Test("a pause holds the frames and moves those that follow")
    func pause() throws {
        try withBenchNetwork {
            let control = ReplayControl()
            let replay = try startReplay(numbered(100, gap: 5000), control: control)
            #expect(waitUntil { control.sent > 10 })
            control.togglePause()
            let began = HostClock.monotonic()
            // Nothing is sent for 0.3 s, though 60 frames would be due.
            #expect(!waitUntil(.milliseconds(300)) { control.sent > 15 })
            control.togglePause()
            let pause = HostClock.monotonic() - began
            let (report, _) = replay.result()
            #expect(report.sent == 100)
            #expect(report.duration > 495_000_000 + pause - 20_000_000)
        }
    }

    @Test("single steps send one frame each, whatever the gaps")
    func steps() throws {
        try withBenchNetwork {
            let control = ReplayControl()
            control.stepFromNowOn()
            let replay = try startReplay(numbered(3, gap: 3_000_000), control: control)
            for number in 0..<3 {
                #expect(waitUntil { control.held?.ordinal == UInt64(number) })
                #expect(control.held?.frame.bytes[8] == UInt8(number))
                #expect(control.sent == UInt64(number))
                control.step()
            }
            #expect(replay.result().report.sent == 3)
        }
    }
}
