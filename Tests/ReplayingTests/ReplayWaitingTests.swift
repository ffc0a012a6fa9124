import CANFrame
import LocalFiles
import Replaying
import SocketCAN
import Synchronization
import Testing
import TestBench

/// An ECU that answers each 7E0 on vcan0 with a 7E8, `delay` ns later.
private final class Responder: Sendable {
    private let isEnding = Atomic<Bool>(false)
    let answers = Atomic<Int>(0)

    func start(delay: Int64 = 0, answersEach: Int = 1) throws -> WorkerThread {
        let request = try #require(ArbitrationID(standard: 0x7E0))
        // Opened before the thread starts, so that no request is missed.
        let listener = try IdentifierListener(interface: "vcan0", identifiers: [request])
        let sender = try BenchSender("vcan0")
        let sockets = Sockets(listener: listener, sender: sender)
        return try WorkerThread("responder") {
            while !self.isEnding.load(ordering: .relaxed) {
                SocketWait.wait(
                    for: [sockets.listener.descriptor], toWrite: false, atMost: 20_000_000)
                for _ in 0..<sockets.listener.takeArrivals() {
                    HostClock.sleep(untilMonotonic: HostClock.monotonic() + delay)
                    for _ in 0..<answersEach { try? sockets.sender.send(0x7E8, [0x50]) }
                    self.answers.add(1, ordering: .relaxed)
                }
            }
        }
    }

    func end() { isEnding.store(true, ordering: .relaxed) }

    private final class Sockets: Sendable {
        let listener: IdentifierListener
        let sender: BenchSender

        init(listener: consuming IdentifierListener, sender: consuming BenchSender) {
            self.listener = listener
            self.sender = sender
        }
    }
}

@Suite(
    "A replay that waits", .serialized,
    .enabled(if: Requirement.bus.shouldRun, "no kernel with CAN"))
struct ReplayWaitingTests {
    /// The tester's view of `count` exchanges: a request, its answers 10 ms later, the next after 20.
    private func conversation(_ count: Int, answersEach: Int = 1) -> [Frame] {
        var log: [Frame] = []
        for number in 0..<count {
            let start = Int64(number) * 20_000
            log.append(frame(at: start, PackedID(rawValue: 0x7E0), [0x10, UInt8(number)]))
            for place in 0..<answersEach {
                let time = start + 10_000 + Int64(place)
                log.append(frame(at: time, PackedID(rawValue: 0x7E8), [0x50]))
            }
        }
        return log
    }

    private func answer() throws -> [ArbitrationID] {
        [try #require(ArbitrationID(standard: 0x7E8))]
    }

    @Test("requests alternate with the answers that are there", arguments: [1, 3])
    func answered(answersEach: Int) throws {
        try withBenchNetwork {
            let awaited = try answer()
            let listener = try candump(5 * (1 + answersEach))
            let responder = Responder()
            let thread = try responder.start(answersEach: answersEach)
            let (report, _) = try startReplay(conversation(5, answersEach: answersEach)) {
                $0.awaited = awaited
            }.result()
            #expect(report.sent == 5 && report.lateAnswers == 0 && report.isComplete)
            #expect(report.awaitedFrames == UInt64(5 * answersEach))
            // The answers come at once, the requests not before their time.
            #expect(report.duration >= 79_000_000)
            let answers = [String](repeating: "7E8#50", count: answersEach)
            #expect(contents(listener.wait()) == (0..<5).flatMap { ["7E0#100\($0)"] + answers })
            responder.end()
            thread.join()
        }
    }

    @Test("a slow answer moves the next request by as much as it is late")
    func slow() throws {
        try withBenchNetwork {
            let awaited = try answer()
            let responder = Responder()
            let thread = try responder.start(delay: 60_000_000)
            let (report, _) = try startReplay(conversation(4)) { $0.awaited = awaited }.result()
            #expect(report.sent == 4 && report.lateAnswers == 0)
            // Three times 60 ms to the answer and the log's 10 ms from it to the next request.
            #expect(report.duration >= 209_000_000)
            responder.end()
            thread.join()
        }
    }

    @Test("an answer that does not come is waited for to the limit, then counted")
    func missing() throws {
        try withBenchNetwork {
            let awaited = try answer()
            let (report, _) = try startReplay(conversation(4)) {
                $0.awaited = awaited
                $0.waitLimit = 50_000_000
            }.result()
            // The last answer is followed by no request.
            #expect(report.sent == 4 && report.lateAnswers == 3 && !report.isComplete)
            // Three times 10 ms to the answer's time, 50 ms, 10 ms from it to the next request.
            #expect(report.duration >= 209_000_000)
        }
    }

    @Test("answers that came before the request was sent do not count")
    func stale() throws {
        try withBenchNetwork {
            let awaited = try answer()
            let control = ReplayControl()
            let replay = try startReplay(conversation(3), control: control) {
                $0.awaited = awaited
                $0.waitLimit = 200_000_000
            }
            let sender = try BenchSender("vcan0")
            #expect(waitUntil { control.sent == 1 })
            // Three answers to the first request: one is enough, and the others are not for the second.
            for _ in 0..<3 { try sender.send(0x7E8, [0x50]) }
            let (report, _) = replay.result()
            #expect(report.sent == 3 && report.lateAnswers == 1)
        }
    }

    @Test(
        "an interface that goes down, or is taken out and put back, is waited for",
        arguments: [false, true])
    func link(isGone: Bool) throws {
        try withBenchNetwork {
            let control = ReplayControl()
            let replay = try startReplay(numbered(100_000, gap: 5000), control: control)
            #expect(waitUntil { control.sent > 10 })
            if isGone {
                try ip("link", "del", "vcan0")
            } else {
                try ip("link", "set", "vcan0", "down")
            }
            var notices: [String] = []
            #expect(
                waitUntil {
                    notices += control.takeNotices()
                    return !notices.isEmpty
                })
            #expect(notices == ["vcan0: the link is down; waiting for it, at most 10.0 s"])
            if isGone { try addVCAN("vcan0") } else { try ip("link", "set", "vcan0", "up") }
            let before = control.sent
            #expect(waitUntil { control.sent > before + 10 })
            control.stop()
            var report = replay.result().report
            report.account(forAll: 100_000)
            #expect(report.linkWaits == 1 && report.lostLink == nil && report.refusals.isEmpty)
            #expect(report.sent + report.abandoned == 100_000)
            #expect(control.takeNotices() == ["vcan0: the link is up again; the replay goes on"])
        }
    }

    @Test("an interface that does not come back ends the replay, and the rest is counted")
    func linkLost() throws {
        try withBenchNetwork {
            let control = ReplayControl()
            let replay = try startReplay(numbered(100_000, gap: 5000), control: control) {
                $0.linkLimit = 100_000_000
            }
            #expect(waitUntil { control.sent > 10 })
            try ip("link", "set", "vcan0", "down")
            var report = replay.result().report
            report.account(forAll: 100_000)
            #expect(report.lostLink == "vcan0" && !report.isComplete)
            #expect(report.sent + report.abandoned == 100_000)
        }
    }

    @Test("an interface that is not there is named")
    func noInterface() throws {
        try withBenchNetwork {
            let (report, failure) = try startReplay(numbered(1, gap: 0), to: "vcan7").result()
            #expect(report.sent == 0)
            #expect(
                failure?.description
                    == "vcan7: open a socket failed: No such device (errno 19)")
        }
    }
}
