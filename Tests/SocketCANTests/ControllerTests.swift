import CANFrame
import Glibc
import LocalFiles
import TestBench
import Testing

@testable import SocketCAN

/// Two controllers on one bus, as `bench-vm --controllers` has them.
@Suite(
    "controllers",
    .enabled(if: hasInterface("can1"), "no emulated controllers; run in bench-vm --controllers"))
struct ControllerTests {
    @Test(
        "ten times unplugged under load: ten pairs of events, frames after each, same channel",
        arguments: ReceivePath.both)
    func unplugged(path: ReceivePath) throws {
        try withHostNetwork {
            try setUp("can0")
            try setUp("can1")
            let device = try #require(
                try succeed(["readlink", "/sys/class/net/can1/device"]).output
                    .split(whereSeparator: { $0 == "/" || $0 == "\n" }).last)
            var source = try CANSource(.named(["can0", "can1"]), by: path)
            let load = try Program(["cangen", "can0", "-g", "5", "-p", "10"])
            var captured = Captured()
            try captured.read(&source) { $0.frameCounts[1, default: 0] > 10 }
            for round in 1...10 {
                try succeed(["sh", "-c", "echo \(device) > /sys/bus/pci/drivers/kvaser_pci/unbind"])
                try captured.read(&source) { $0.linkEvents(1).count { $0 == .linkGone } == round }
                try succeed(["sh", "-c", "echo \(device) > /sys/bus/pci/drivers/kvaser_pci/bind"])
                #expect(waitUntil { hasInterface("can1") })
                try setUp("can1")
                try captured.read(&source) { $0.linkEvents(1).count { $0 == .linkUp } == round }
                let before = captured.frameCounts[1, default: 0]
                try captured.read(&source) { $0.frameCounts[1, default: 0] > before + 10 }
            }
            load.signal(SIGTERM)
            #expect(!load.wait().timedOut)
            try captured.finish(&source)
            let once: [BusEvent.Kind] = [.linkDown, .linkGone, .linkUp]
            #expect(captured.linkEvents(1) == (0..<10).flatMap { _ in once })
            #expect(captured.linkEvents(0) == [])
            #expect(captured.losses(.socketBuffer) == 0)
            // The ring does not know, of the first second, what was sent before it was there.
            let isTold = captured.frames.allSatisfy {
                $0.flags.origin == ($0.channel == 1 ? .received : .thisHost)
                    || path == .ring && $0.flags.origin == .unknown
            }
            #expect(isTold)
            #expect(captured.frames.contains { $0.flags.origin == .received })
            #expect(captured.frames.contains { $0.flags.origin == .thisHost })
        }
    }

    @Test("the bit rate of a controller is told")
    func bitRate() throws {
        try withHostNetwork {
            try setUp("can0")
            var source = try CANSource(.named(["can0"]), stop: try StopSignal())
            var captured = Captured()
            try captured.finish(&source)
            #expect(
                captured.events.first?.kind
                    == .channel(
                        ChannelDescription(
                            interface: "can0", bitRate: 500_000, clock: .kernelRealTime)))
        }
    }

    private func setUp(_ interface: String) throws {
        try ip("link", "set", interface, "down")
        try ip("link", "set", interface, "type", "can", "bitrate", "500000")
        try ip("link", "set", interface, "up")
    }
}

func hasInterface(_ name: String) -> Bool {
    // The string lives for the call.
    unsafe access("/sys/class/net/\(name)/device", F_OK) == 0
}
