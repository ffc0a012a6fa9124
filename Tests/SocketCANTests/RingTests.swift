import CANFrame
import LocalFiles
import TestBench
import Testing

@testable import SocketCAN

@Suite("the packet ring", .enabled(if: Requirement.bus.shouldRun, "no kernel with CAN"))
struct RingTests {
    @Test("the way that frames are received is chosen and told", arguments: ReceivePath.allCases)
    func choice(path: ReceivePath) throws {
        try withBenchNetwork(vcans: ["vcan0"]) {
            var source = try CANSource(.named(["vcan0"]), by: path)
            let chosen = source.receivePath
            #expect(chosen == (path == .auto ? .ring : path))
            var captured = Captured()
            try captured.finish(&source)
            let words = chosen == .ring ? "receives by the packet ring" : "receives by raw sockets"
            #expect(captured.notes.count == 1)
            #expect(captured.notes.first?.hasPrefix(words) == true)
        }
    }

    @Test("what only sockets have is taken from sockets, and refused where the ring is asked for")
    func sockets() throws {
        try withBenchNetwork(vcans: ["vcan0"]) {
            let source = try CANSource(.named(["vcan0"]), by: .auto) { $0.includesOwnFrames = true }
            #expect(source.receivePath == .socket)
            #expect(throws: SocketCANError.ringLacks("own frames")) {
                _ = try CANSource(.named(["vcan0"]), by: .ring) { $0.includesOwnFrames = true }
            }
        }
    }

    @Test("without the right there is no ring: the error names it, and sockets take its place")
    func notPermitted() throws {
        try withBenchNetwork(vcans: ["vcan0"]) {
            // A thread keeps the rights that it has; a program that is started anew may have fewer.
            let words = ["setpriv", "--reuid", "65534", "--clear-groups", "--bounding-set", "-all"]
            let refused = try Program(
                words + [
                    canlogPath, "record", "vcan0", "--receive", "ring", "-o", "/dev/shm/no.canlog",
                ]
            ).wait()
            #expect(refused.status == 2)
            #expect(refused.errors.contains("it needs CAP_NET_RAW: an administrator runs 'setcap"))
        }
    }

    @Test(
        "frames that found no room in the ring are counted, where they are missing",
        arguments: [1, 2, 3])
    func drops(bursts: Int) throws {
        try withBenchNetwork(vcans: ["vcan0", "vcan1"]) {
            var source = try CANSource(.named(["vcan0"]), by: .ring) { $0.ringSize = 64 << 10 }
            #expect(source.channels[0].receiveBuffer == 64 << 10)
            var captured = Captured()
            for _ in 0..<bursts {
                // What is not wanted takes no room, and is not lost.
                try LossTests.send(1_000, on: "vcan1")
                try LossTests.send(2_000, on: "vcan0")
                let before = captured.frameCount
                try captured.read(&source) { $0.frameCount >= before + 300 }
            }
            try captured.finish(&source)
            let lost = captured.losses(.socketBuffer)
            #expect(lost > UInt64(bursts) * 1_000)
            #expect(UInt64(captured.frameCount) + lost == UInt64(bursts) * 2_000)
            #expect(captured.losses(.malformed) == 0)
            LossTests.checkPlaces(of: captured)
        }
    }

    @Test("drops with nothing after them are told while the reader waits")
    func tail() throws {
        try withBenchNetwork(vcans: ["vcan0"]) {
            var source = try CANSource(.named(["vcan0"]), by: .ring) { $0.ringSize = 64 << 10 }
            try LossTests.send(2_000, on: "vcan0")
            var captured = Captured()
            try captured.read(&source) { $0.losses(.socketBuffer) > 0 }
            #expect(UInt64(captured.frameCount) + captured.losses(.socketBuffer) == 2_000)
        }
    }

    @Test("of a frame from another node the origin is received, as soon as it is known")
    func received() throws {
        try withBenchNetwork(vcans: []) {
            // Two interfaces on one wire: what one sends, the other receives.
            try ip("link", "add", "vxcan0", "type", "vxcan", "peer", "name", "vxcan1")
            for name in ["vxcan0", "vxcan1"] { try ip("link", "set", name, "mtu", "72", "up") }
            var source = try CANSource(.named(["vxcan1"]), by: .ring)
            let sender = try BenchSender("vxcan0")
            var captured = Captured()
            for number in UInt64(0)..<200 {
                try sender.sendNumbered(1, from: number)
                try captured.read(&source) { $0.frameCount > number }
            }
            let origins = captured.frames.map(\.flags.origin)
            #expect(!origins.contains(.thisHost))
            #expect(origins.first == .unknown)
            let known = origins.drop { $0 == .unknown }
            #expect(!known.isEmpty)
            #expect(known.allSatisfy { $0 == .received })
        }
    }

    @Test("where frames were lost the origin is not guessed")
    func lostOrigin() throws {
        try withBenchNetwork(vcans: ["vcan0"]) {
            var source = try CANSource(.named(["vcan0"]), by: .ring) { $0.ringSize = 64 << 10 }
            try LossTests.send(3_000, on: "vcan0")
            var captured = Captured()
            try captured.finish(&source)
            let origins = Set(captured.frames.map(\.flags.origin))
            #expect(origins.isSubset(of: [.thisHost, .unknown]))
        }
    }

    @Test("eight interfaces at once: each has all its frames in order", arguments: ReceivePath.both)
    func eight(path: ReceivePath) throws {
        let names = (0..<8).map { "vcan\($0)" }
        try withBenchNetwork(vcans: names) {
            var source = try CANSource(.named(names), by: path)
            let senders = try names.map { name in Sender(sender: try BenchSender(name)) }
            var captured = Captured()
            for round in UInt64(0)..<20 {
                for sender in senders { try sender.sender.sendNumbered(50, from: round * 50) }
                try captured.read(&source) { $0.frameCount >= Int(round) * 400 }
            }
            try captured.finish(&source)
            for channel in UInt8(0)..<8 {
                let numbers = captured.frames.filter { $0.channel == channel }
                #expect(numbers.map(CANSourceTests.number) == Array(0..<1_000))
            }
            #expect(captured.losses(.socketBuffer) == 0)
        }
    }

    /// Arrays do not hold noncopyable values yet.
    private final class Sender {
        let sender: BenchSender
        init(sender: consuming BenchSender) { self.sender = sender }
    }
}

extension Captured {
    /// The words of all notes.
    var notes: [String] {
        events.compactMap { if case .note(let text) = $0.kind { text } else { nil } }
    }
}
