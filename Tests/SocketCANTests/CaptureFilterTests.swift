import CANFrame
import Glibc
import LocalFiles
import TestBench
import Testing

@testable import SocketCAN

@Suite("filters by identifier")
struct CaptureFilterTests {
    @Test(
        "candump's words are read as candump reads them",
        arguments: [
            ("123:7FF", UInt32(0x123), UInt32(0x7FF), false),
            ("123~7ff", 0x123, 0x7FF, true),
            ("1:F", 0x1, 0xF, false),
            ("123:C00007FF", 0x123, 0xC000_07FF, false),
            // 8 digits make the identifier extended; a mask without bit 31 does not ask for that.
            ("18DA00F1:1FFFFFFF", 0x18DA_00F1, 0x1FFF_FFFF, false),
            ("00000123:DFFFFFFF", 0x8000_0123, 0xDFFF_FFFF, false),
            // Bit 29 is not of the identifier; where bit 31 must be zero, 11 bits count.
            ("123:FFFFFFFF", 0x123, 0xC000_07FF, false),
            ("000:0", 0, 0, false),
        ])
    func words(text: String, identifier: UInt32, mask: UInt32, isInverted: Bool) throws {
        let filter = try #require(CaptureFilter(candump: text))
        #expect(filter.identifier == identifier)
        #expect(filter.mask == mask)
        #expect(filter.isInverted == isInverted)
        #expect(CaptureFilter(candump: filter.description)?.mask == mask)
    }

    @Test(
        "what is no filter is refused",
        arguments: [
            "", ":", "123", "123:", ":7FF", "1234:7FF", "123:7FF:1", "800:7FF", "+12:7FF", "123:-1",
            "0x123:7FF", "123:123456789", "123456789:7FF", "12G:7FF", "123 :7FF",
        ])
    func refused(text: String) {
        #expect(CaptureFilter(candump: text) == nil)
    }

    @Test(
        "candump with the same filters sees the same frames",
        .enabled(if: Requirement.bus.shouldRun, "no kernel with CAN"),
        arguments: [
            ["123:7FF"], ["123:C00007FF"], ["120:7F0", "18DA0000:1FFF0000"], ["123~7FF"],
            ["0000012C:DFFFFFFF"], ["000:40000000"], ["40000000:40000000"], ["7FF~7F0", "00A:00F"],
        ], ReceivePath.both)
    func besideCandump(words: [String], path: ReceivePath) throws {
        try withBenchNetwork(vcans: ["vcan0"]) {
            let filters = words.compactMap(CaptureFilter.init(candump:))
            #expect(filters.count == words.count)
            let candump = try Program([
                "candump", "-L", (["vcan0"] + words).joined(separator: ","),
            ])
            #expect(waitUntil { Self.hasFilters(words.count) })
            var source = try CANSource(.named(["vcan0"]), by: path) { $0.filters = filters }
            try Self.sendMix(by: BenchSender("vcan0"))
            var captured = Captured()
            try captured.finish(&source)
            let errors = captured.frames.filter(\.identifier.isError)
            #expect(errors.count == 2)
            let frames = captured.frames.filter { !$0.identifier.isError }
            #expect(!frames.isEmpty)
            _ = waitUntil(.seconds(5)) {
                candump.outputSoFar.count { $0.isNewline } >= frames.count
            }
            candump.signal(SIGINT)
            let logged = candump.wait().lines.map { String($0.split(separator: " ").last ?? "") }
            #expect(frames.map(CANSourceTests.candumpText) == logged)
            #expect(
                captured.notes.last
                    == "receives only what the filters let pass: "
                    + filters.map(\.description).joined(separator: " "))
        }
    }

    @Test(
        "as many filters as the kernel takes on a socket work on both paths; more are refused there",
        .enabled(if: Requirement.bus.shouldRun, "no kernel with CAN"), arguments: ReceivePath.both)
    func many(path: ReceivePath) throws {
        try withBenchNetwork(vcans: ["vcan0"]) {
            // Masks in turn, so that the program of the ring is about as long as it can be.
            let filters = (UInt32(0)..<512).map {
                CaptureFilter(identifier: $0, mask: 0x8000_07FF | $0 << 11)
            }
            var source = try CANSource(.named(["vcan0"]), by: path) { $0.filters = filters }
            let sender = try BenchSender("vcan0")
            for identifier in UInt32(0)..<0x7FF { try sender.send(identifier) }
            var captured = Captured()
            try captured.finish(&source)
            #expect(captured.frames.map(\.identifier.number) == Array(0..<512))
            #expect(throws: SocketCANError.self) {
                _ = try CANSource(.named(["vcan0"]), by: path) {
                    $0.filters = filters + filters + filters
                }
            }
        }
    }

    @Test(
        "error frames can be left out",
        .enabled(if: Requirement.bus.shouldRun, "no kernel with CAN"),
        arguments: ReceivePath.both, [true, false])
    func withoutErrors(path: ReceivePath, isFiltered: Bool) throws {
        try withBenchNetwork(vcans: ["vcan0"]) {
            var source = try CANSource(.named(["vcan0"]), by: path) {
                $0.includesErrorFrames = false
                if isFiltered { $0.filters = [CaptureFilter(identifier: 0, mask: 0)] }
            }
            let sender = try BenchSender("vcan0")
            for frame in CANSourceTests.everyKind { try sender.send(frame) }
            var captured = Captured()
            try captured.finish(&source)
            let errors = captured.frames.filter(\.identifier.isError)
            #expect(errors.isEmpty)
            #expect(captured.frameCount == CANSourceTests.everyKind.count - 1)
        }
    }

    /// Standard and extended identifiers, remote frames, two error frames.
    static func sendMix(by sender: borrowing BenchSender) throws {
        for step in UInt32(0)..<256 {
            try sender.send(step * 7, [UInt8(step)])
            try sender.send(0x120 + step % 16, [UInt8(step)])
            try sender.send(0x98DA_0000 + step * 3, [UInt8(step), 1])
            try sender.send(0x8000_0000 + step * 5, [UInt8(step), 2])
        }
        for identifier: UInt32 in [0x4000_0123, 0xC000_0123, 0x2000_0044, 0x2000_0002] {
            let payload = identifier & 0x2000_0000 == 0 ? [] : [UInt8](repeating: 0, count: 8)
            try sender.send(
                Frame(
                    timestamp: Timestamp(nanoseconds: 0),
                    identifier: PackedID(rawValue: identifier),
                    dlc: UInt8(payload.count), payload: payload))
        }
    }

    /// Whether as many receivers are listed as candump has filters.
    private static func hasFilters(_ count: Int) -> Bool {
        let lists = ["rcvlist_all", "rcvlist_fil", "rcvlist_inv", "rcvlist_sff", "rcvlist_eff"]
        let tables = try? succeed(["cat"] + lists.map { "/proc/net/can/" + $0 })
        return (tables?.lines.count { $0.contains("vcan0  ") && $0.contains("raw") } ?? 0) >= count
    }
}
