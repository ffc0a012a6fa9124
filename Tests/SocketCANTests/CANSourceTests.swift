import CANFrame
import Glibc
import LocalFiles
import TestBench
import Testing

@testable import SocketCAN

@Suite("receiving", .enabled(if: Requirement.bus.shouldRun, "no kernel with CAN"))
struct CANSourceTests {
    @Test(
        "each kind of frame is handed over as it was sent, as another program's",
        arguments: ReceivePath.both)
    func kinds(path: ReceivePath) throws {
        try withBenchNetwork(vcans: ["vcan0"]) {
            let sent = Self.everyKind
            var source = try CANSource(.named(["vcan0"]), by: path)
            let sender = try BenchSender("vcan0")
            for frame in sent { try sender.send(frame) }
            var captured = Captured()
            try captured.read(&source) { $0.frameCount >= sent.count }
            #expect(captured.frames.map(Self.withoutTime) == sent)
            let ascending = zip(captured.frames, captured.frames.dropFirst()).allSatisfy {
                $0.timestamp <= $1.timestamp
            }
            #expect(ascending)
            let age = HostClock.realTime().nanoseconds(since: captured.frames[0].timestamp)
            #expect(age >= 0 && age < 20_000_000_000)
            guard case .channel(let description) = captured.events.first?.kind else {
                Issue.record("the channel is not told first")
                return
            }
            #expect(
                description == ChannelDescription(interface: "vcan0", clock: .kernelRealTime))
            try captured.finish(&source)
            #expect(captured.frames.count == sent.count)
            #expect(captured.losses(.socketBuffer) == 0)
        }
    }

    @Test(
        "what candump logs of cangen's mix is what the source hands over",
        arguments: ReceivePath.both)
    func besideCandump(path: ReceivePath) throws {
        try withBenchNetwork(vcans: ["vcan0"]) {
            var source = try CANSource(.named(["vcan0"]), by: path)
            let candump = try Program(["candump", "-L", "-n", "2000", "-r", "8000000", "vcan0"])
            #expect(waitForReceivers(2, on: "vcan0"))
            try succeed(["cangen", "vcan0", "-g", "0", "-n", "2000", "-m", "-I", "r", "-L", "r"])
            var captured = Captured()
            try captured.read(&source) { $0.frameCount >= 2_000 }
            let logged = candump.wait().lines.map { $0.split(separator: " ").last ?? "" }
            #expect(captured.frames.map(Self.candumpText) == logged.map(String.init))
        }
    }

    @Test(
        "frames of several interfaces are told apart, and each keeps its order",
        arguments: ReceivePath.both)
    func severalInterfaces(path: ReceivePath) throws {
        try withBenchNetwork(vcans: ["vcan0", "vcan1", "vcan2"]) {
            var source = try CANSource(.named(["vcan2", "vcan0"]), by: path)
            let first = try BenchSender("vcan2")
            let second = try BenchSender("vcan0")
            let other = try BenchSender("vcan1")
            for number in UInt64(0)..<500 {
                try first.sendNumbered(1, from: number)
                try other.sendNumbered(1, from: number)
                try second.sendNumbered(1, from: number)
            }
            var captured = Captured()
            try captured.read(&source) { $0.frameCount >= 1_000 }
            try captured.finish(&source)
            for channel in UInt8(0)..<2 {
                let numbers = captured.frames.filter { $0.channel == channel }.map(Self.number)
                #expect(numbers == Array(0..<500))
            }
            let stamps = captured.frames.map(\.timestamp)
            #expect(stamps == stamps.sorted())
        }
    }

    @Test(
        "all interfaces are heard by one source, those that appear later too",
        arguments: ReceivePath.both)
    func all(path: ReceivePath) throws {
        try withBenchNetwork(vcans: ["vcan0", "vcan1"]) {
            var source = try CANSource(.all, by: path)
            var captured = Captured()
            try BenchSender("vcan0").send(0x100)
            try BenchSender("vcan1").send(0x101)
            try captured.read(&source) { $0.frameCount >= 2 }
            try addVCAN("vcan9")
            try BenchSender("vcan9").send(0x109)
            try captured.read(&source) { $0.frameCount >= 3 }
            try captured.finish(&source)
            #expect(captured.frames.map(\.channel) == [0, 1, 2])
            #expect(captured.frames.map(\.identifier.number) == [0x100, 0x101, 0x109])
            #expect(source.channels.map(\.interface) == ["vcan0", "vcan1", "vcan9"])
            // The channel is told before its first frame.
            let places = captured.items.indices.filter { place in
                switch captured.items[place] {
                case .frame(let frame): frame.channel == 2
                case .event(let event): event.channel == 2 && event.isChannel
                }
            }
            guard case .event = captured.items[try #require(places.first)] else {
                Issue.record("a frame came before its channel was told")
                return
            }
        }
    }

    @Test("frames sent through the source's own socket come back only if asked, as our own")
    func ownFrames() throws {
        try withBenchNetwork(vcans: ["vcan0"]) {
            for wanted in [true, false] {
                var source = try CANSource(.named(["vcan0"]), by: .socket) {
                    $0.includesOwnFrames = wanted
                }
                var raw = [UInt8](repeating: 0, count: 16)
                raw[1] = 0x03  // 300, little-endian
                // Sixteen bytes, a can_frame without payload.
                let written = unsafe write(source.receivers[0].rawValue, &raw, 16)
                #expect(written == 16)
                try BenchSender("vcan0").send(0x301)
                var captured = Captured()
                try captured.read(&source) { $0.frames.last?.identifier.number == 0x301 }
                let origins = captured.frames.map(\.flags.origin)
                #expect(origins == (wanted ? [.thisProcess, .thisHost] : [.thisHost]))
            }
        }
    }

    // MARK: Frames

    /// One frame of each kind, as `BenchSender` sends them.
    static var everyKind: [Frame] {
        func frame(
            _ identifier: UInt32, _ payload: [UInt8] = [], dlc: UInt8? = nil, flags: FrameFlags = []
        ) -> Frame {
            var flags = flags
            flags.origin = .thisHost
            return Frame(
                timestamp: Timestamp(nanoseconds: 0), identifier: PackedID(rawValue: identifier),
                flags: flags, dlc: dlc, payload: payload)
        }
        let eight: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
        let fd = FrameFlags.flexibleDataRate
        return [
            frame(0x123, [0xDE, 0xAD]), frame(0x7FF), frame(0x8000_0123, eight),
            frame(0x9FFF_FFFF, [0xFF]), frame(0x321, eight, dlc: 15),
            frame(0x4000_0123, dlc: 4), frame(0xC000_0123, dlc: 0),
            // CAN_ERR_FLAG with CAN_ERR_CRTL and CAN_ERR_BUSOFF.
            frame(0x2000_0044, [0, 4, 0, 0, 0, 0, 96, 97]),
            frame(0x123, eight, flags: fd), frame(0x123, flags: fd),
            frame(0x124, [UInt8](0..<64), flags: [fd, .bitRateSwitch]),
            frame(0x8000_0125, [UInt8](0..<12), flags: [fd, .errorStateIndicator]),
            frame(0x126, [UInt8](0..<20), flags: [fd, .bitRateSwitch, .errorStateIndicator]),
        ]
    }

    static func withoutTime(_ frame: Frame) -> Frame {
        var frame = frame
        frame.timestamp = Timestamp(nanoseconds: 0)
        return frame
    }

    /// As `candump -L` writes it (lib.c of can-utils, `sprint_canframe`).
    static func candumpText(_ frame: Frame) -> String {
        let data = frame.payload.map {
            let digits = String($0, radix: 16, uppercase: true)
            return digits.count < 2 ? "0" + digits : digits
        }.joined()
        if frame.flags.isFD {
            let flags = String(frame.flags.rawValue & 7, radix: 16, uppercase: true)
            return "\(frame.identifier)##\(flags)\(data)"
        }
        if frame.identifier.isRemote {
            return "\(frame.identifier)#R" + (frame.dlc == 0 ? "" : "\(frame.dlc)")
        }
        return "\(frame.identifier)#\(data)"
    }

    /// The number in a frame of `sendNumbered`.
    static func number(_ frame: Frame) -> UInt64 {
        frame.payload.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension BusEvent {
    var isChannel: Bool { if case .channel = kind { true } else { false } }
}
