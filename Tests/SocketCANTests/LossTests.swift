import CANFrame
import LocalFiles
import TestBench
import Testing

@testable import SocketCAN

@Suite("losses", .enabled(if: Requirement.bus.shouldRun, "no kernel with CAN"))
struct LossTests {
    /// What SO_RCVBUF has by default (net.core.rmem_default), which is half of what it is counted as.
    static let defaultBuffer = 106_496

    @Test(
        "frames that a stopped reader could not hold are counted, where they are missing",
        arguments: [(defaultBuffer, 1_000, 278), (8 << 20, 30_000, 21_845)])
    func stoppedReader(buffer: Int, burst: Int, fitting: Int) throws {
        try withBenchNetwork(vcans: ["vcan0"]) {
            var source = try CANSource(.named(["vcan0"]), by: .socket) {
                $0.receiveBuffer = buffer
            }
            #expect(source.channels[0].receiveBuffer == buffer * 2)
            // Twice: the first burst's last drops are placed by the second burst's first frame.
            var captured = Captured()
            for _ in 0..<2 {
                try Self.send(burst, on: "vcan0")
                let before = captured.frameCount
                try captured.read(&source) { $0.frameCount >= before + fitting - 2 }
            }
            try captured.finish(&source)
            let lost = captured.losses(.socketBuffer)
            #expect(UInt64(captured.frameCount) + lost == UInt64(burst * 2))
            #expect(abs(captured.frameCount - fitting * 2) <= 4)
            Self.checkPlaces(of: captured)
        }
    }

    @Test("drops with nothing after them are told while the reader waits")
    func tail() throws {
        try withBenchNetwork(vcans: ["vcan0"]) {
            var source = try CANSource(.named(["vcan0"]), by: .socket) {
                $0.receiveBuffer = Self.defaultBuffer
            }
            try Self.send(1_000, on: "vcan0")
            var captured = Captured()
            try captured.read(&source) { $0.losses(.socketBuffer) > 0 }
            #expect(UInt64(captured.frameCount) + captured.losses(.socketBuffer) == 1_000)
            try captured.finish(&source)
            #expect(UInt64(captured.frameCount) + captured.losses(.socketBuffer) == 1_000)
        }
    }

    @Test("of two interfaces, the drops are the one's whose frames are missing")
    func attribution() throws {
        try withBenchNetwork(vcans: ["vcan0", "vcan1"]) {
            var source = try CANSource(.named(["vcan0", "vcan1"]), by: .socket) {
                $0.receiveBuffer = Self.defaultBuffer
            }
            try Self.send(1_000, on: "vcan1")
            try Self.send(100, on: "vcan0")
            var captured = Captured()
            try captured.finish(&source)
            let channels = captured.events.compactMap {
                if case .loss = $0.kind { $0.channel } else { nil }
            }
            #expect(Set(channels) == [1])
            #expect(captured.frames.count { $0.channel == 0 } == 100)
            let kept = captured.frames.count { $0.channel == 1 }
            #expect(UInt64(kept) + captured.losses(.socketBuffer) == 1_000)
        }
    }

    @Test("a batch that is full is no loss: the next one goes on", arguments: ReceivePath.both)
    func smallBatch(path: ReceivePath) throws {
        try withBenchNetwork(vcans: ["vcan0", "vcan1"]) {
            var source = try CANSource(.named(["vcan0", "vcan1"]), by: path)
            let (count, capacity) = (300, 7)
            try Self.send(count, on: "vcan0")
            try Self.send(count, on: "vcan1")
            var captured = Captured()
            try captured.read(&source, batchCapacity: capacity) { $0.frameCount >= count * 2 }
            for channel in UInt8(0)..<2 {
                let numbers = captured.frames.filter { $0.channel == channel }
                    .map(CANSourceTests.number)
                #expect(numbers == Array(0..<UInt64(count)))
            }
        }
    }

    /// Sends frames of 8 bytes that count up from 0, as fast as cangen can.
    static func send(_ count: Int, on interface: String) throws {
        let words = ["-g", "0", "-I", "123", "-L", "8", "-D", "i", "-n", "\(count)"]
        try succeed(["cangen", interface] + words, within: .seconds(60))
    }

    /// The numbers that are missing between two frames are those that the loss between them counts.
    static func checkPlaces(of captured: Captured) {
        var (expected, counted) = (UInt64(0), UInt64(0))
        for item in captured.items {
            switch item {
            case .event(let event):
                guard case .loss(let loss) = event.kind else { continue }
                counted += loss.frames
            case .frame(let frame):
                let number = CANSourceTests.number(frame)
                // The second burst counts from 0 again; what was counted before it is its tail.
                if number >= expected { #expect(number - expected == counted) }
                expected = number + 1
                counted = 0
            }
        }
    }

    @Test("a count of drops is told once, whichever of the kernel's two ways tells it first")
    func counter() {
        var drops = DropCounter()
        #expect(drops.newDrops(upTo: 0) == 0)
        #expect(drops.newDrops(upTo: 10) == 10)
        #expect(drops.newDrops(upTo: 7) == 0)
        #expect(drops.newDrops(upTo: 12) == 2)
    }

    @Test("the kernel's count of drops wraps at 32 bits")
    func wrap() {
        var drops = DropCounter()
        #expect(drops.newDrops(upTo: 0x7FFF_FFFF) == 0x7FFF_FFFF)
        #expect(drops.newDrops(upTo: 0xFFFF_FFF0) == 0x7FFF_FFF1)
        #expect(drops.newDrops(upTo: 0x10) == 0x20)
    }
}
