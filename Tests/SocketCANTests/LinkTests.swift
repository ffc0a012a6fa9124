import CANFrame
import Glibc
import LocalFiles
import Synchronization
import TestBench
import Testing

@testable import SocketCAN

@Suite("links", .enabled(if: Requirement.bus.shouldRun, "no kernel with CAN"))
struct LinkTests {
    @Test(
        "an interface that is set down and up again goes on, on the same channel",
        arguments: ReceivePath.both)
    func downAndUp(path: ReceivePath) throws {
        try withBenchNetwork(vcans: ["vcan0"]) {
            var source = try CANSource(.named(["vcan0"]), by: path)
            var captured = Captured()
            for round in 1...3 {
                try BenchSender("vcan0").sendNumbered(5)
                try captured.read(&source) { $0.frameCount >= round * 10 - 5 }
                try ip("link", "set", "vcan0", "down")
                try captured.read(&source) { $0.linkEvents(0).last == .linkDown }
                try ip("link", "set", "vcan0", "up")
                try captured.read(&source) { $0.linkEvents(0).last == .linkUp }
                try BenchSender("vcan0").sendNumbered(5)
                try captured.read(&source) { $0.frameCount >= round * 10 }
            }
            #expect(
                captured.linkEvents(0) == [
                    .linkDown, .linkUp, .linkDown, .linkUp, .linkDown, .linkUp,
                ])
            #expect(captured.losses(.socketBuffer) == 0)
        }
    }

    @Test(
        "an interface that is deleted and made anew goes on by its name", arguments: [false, true],
        ReceivePath.both)
    func deletedAndMade(all: Bool, path: ReceivePath) throws {
        try withBenchNetwork(vcans: ["vcan0", "vcan1"]) {
            let interfaces = all ? CaptureInterfaces.all : .named(["vcan0", "vcan1"])
            var source = try CANSource(interfaces, by: path)
            var captured = Captured()
            for round in 1...3 {
                try BenchSender("vcan1").sendNumbered(2)
                try BenchSender("vcan0").sendNumbered(2)
                try captured.read(&source) { $0.frameCount >= round * 4 }
                try ip("link", "del", "vcan1")
                try captured.read(&source) { $0.linkEvents(1).last == .linkGone }
                #expect(!source.channels[1].isPresent)
                try addVCAN("vcan1")
                try captured.read(&source) { $0.linkEvents(1).last == .linkUp }
            }
            try captured.finish(&source)
            let once: [BusEvent.Kind] = [.linkDown, .linkGone, .linkUp]
            #expect(captured.linkEvents(1) == once + once + once)
            #expect(captured.linkEvents(0) == [])
            #expect(captured.frames.count { $0.channel == 1 } == 6)
            #expect(source.channels.map(\.interface) == ["vcan0", "vcan1"])
        }
    }

    @Test(
        "a change that happens between two reads is told whole",
        arguments: ReceivePath.both)
    func deletedAndMadeUnseen(path: ReceivePath) throws {
        try withBenchNetwork(vcans: ["vcan0"]) {
            var source = try CANSource(.named(["vcan0"]), by: path)
            var captured = Captured()
            try BenchSender("vcan0").sendNumbered(3)
            try ip("link", "del", "vcan0")
            try addVCAN("vcan0")
            try captured.read(&source) { $0.linkEvents(0).last == .linkUp }
            try BenchSender("vcan0").sendNumbered(3)
            try captured.read(&source) { $0.frameCount >= 6 }
            #expect(captured.linkEvents(0) == [.linkDown, .linkGone, .linkUp])
        }
    }

    @Test(
        "a name that another interface takes over is followed",
        arguments: ReceivePath.both)
    func renamed(path: ReceivePath) throws {
        try withBenchNetwork(vcans: ["vcan0", "vcan1"]) {
            var source = try CANSource(.named(["vcan0"]), by: path)
            var captured = Captured()
            for name in ["vcan0", "vcan1"] { try ip("link", "set", name, "down") }
            try ip("link", "set", "vcan0", "name", "old")
            try ip("link", "set", "vcan1", "name", "vcan0")
            for name in ["vcan0", "old"] { try ip("link", "set", name, "up") }
            try captured.read(&source) { $0.linkEvents(0).last == .linkUp }
            try BenchSender("old").send(0x1)
            try BenchSender("vcan0").send(0x2)
            try captured.read(&source) { $0.frameCount >= 1 }
            #expect(captured.frames.map(\.identifier.number) == [2])
            #expect(captured.linkEvents(0) == [.linkDown, .linkGone, .linkUp])
        }
    }

    @Test(
        "an interface that is absent at the start is waited for, if that was asked for",
        arguments: ReceivePath.both)
    func waited(path: ReceivePath) throws {
        try withBenchNetwork(vcans: []) {
            var source = try CANSource(.named(["vcan0"]), by: path) { $0.waitsForAbsent = true }
            var captured = Captured()
            try captured.read(&source) { $0.events.contains { $0.kind == .tick } }
            try addVCAN("vcan0")
            try captured.read(&source) { $0.linkEvents(0).last == .linkUp }
            try BenchSender("vcan0").send(0x7)
            try captured.read(&source) { $0.frameCount == 1 }
            #expect(captured.linkEvents(0) == [.linkGone, .linkUp])
        }
    }

    @Test("what cannot be read is named, with what to do")
    func errors() throws {
        try withBenchNetwork(vcans: ["vcan0", "vcan1"]) {
            let stop = try StopSignal()
            func failure(_ names: [String]) -> String? {
                do throws(SocketCANError) {
                    _ = try CANSource(.named(names), stop: stop)
                    return nil
                } catch {
                    return error.description
                }
            }
            #expect(
                failure(["vcan7"])
                    == "vcan7: there is no interface of this name; present are vcan0, vcan1")
            #expect(
                failure(["lo"])
                    == "lo: not a CAN interface; list CAN interfaces by 'ip link show type can' or "
                    + "'type vcan'")
            #expect(
                failure(["vcan0", "vcan0"]) == "vcan0: named twice; name each interface once")
        }
    }

    @Test(
        "calls that fail for a moment lose nothing",
        arguments: [EINTR, ENETDOWN, ENODEV, ENOBUFS, EAGAIN])
    func receiveFailures(code: CInt) throws {
        try withBenchNetwork(vcans: ["vcan0"]) {
            var options = CaptureOptions()
            options.receivePath = .socket
            let calls = Atomic(0)
            let faults = FaultInjection { call in
                guard call == .receive else { return nil }
                return calls.add(1, ordering: .relaxed).newValue % 3 == 1 ? code : nil
            }
            var source = try CANSource(
                .named(["vcan0"]), options: options, stop: try StopSignal(),
                faults: faults,
                clocks: CANSource.readClocks)
            try BenchSender("vcan0").sendNumbered(300)
            var captured = Captured()
            try captured.read(&source) { $0.frameCount >= 300 }
            #expect(captured.frames.map(CANSourceTests.number) == Array(0..<300))
        }
    }

    @Test(
        "rtnetlink that fails costs no frame: it is told once, and the links are asked for later",
        arguments: ReceivePath.both)
    func netlinkFailure(path: ReceivePath) throws {
        try withBenchNetwork(vcans: ["vcan0"]) {
            var options = CaptureOptions()
            options.receivePath = path
            let faults = FaultInjection { $0 == .netlink ? EIO : nil }
            var source = try CANSource(
                .named(["vcan0"]), options: options, stop: try StopSignal(),
                faults: faults, clocks: CANSource.readClocks)
            var captured = Captured()
            for round in 1...2 {
                try BenchSender("vcan0").sendNumbered(300)
                try ip("link", "set", "vcan0", "down")
                try captured.read(&source) { $0.linkEvents(0).last == .linkDown }
                #expect(captured.frameCount == round * 300)
                try ip("link", "set", "vcan0", "up")
                try captured.read(&source) { $0.linkEvents(0).last == .linkUp }
            }
            try captured.finish(&source)
            #expect(captured.linkEvents(0) == [.linkDown, .linkUp, .linkDown, .linkUp])
            let notes = captured.events.filter { if case .note = $0.kind { true } else { false } }
            // The first says how frames are received.
            #expect(notes.count == 2)
        }
    }

    @Test("an error that comes after frames is thrown when they have been handed over")
    func errorAfterFrames() throws {
        try withBenchNetwork(vcans: ["vcan0"]) {
            var options = CaptureOptions()
            options.receivePath = .socket
            let calls = Atomic(0)
            // The first call takes as many as it can hold, the second one fails.
            let faults = FaultInjection { call in
                guard call == .receive else { return nil }
                return calls.add(1, ordering: .relaxed).newValue == 2 ? EIO : nil
            }
            var source = try CANSource(
                .named(["vcan0"]), options: options, stop: try StopSignal(),
                faults: faults, clocks: CANSource.readClocks)
            try BenchSender("vcan0").sendNumbered(ReceiveSlots.capacity + 10)
            var captured = Captured()
            do {
                try captured.read(&source) { _ in false }
                Issue.record("no error")
            } catch {
                #expect(error is StreamError)
            }
            #expect(captured.frameCount == ReceiveSlots.capacity)
        }
    }

    @Test(
        "frames that wait in the kernel when an interface is unplugged are kept at the end",
        arguments: ReceivePath.both)
    func unplugged(path: ReceivePath) throws {
        try withBenchNetwork(vcans: ["vcan0"]) {
            var options = CaptureOptions()
            options.receivePath = path
            // rtnetlink tells nothing, so that only asking shows that the interface is gone.
            let faults = FaultInjection { $0 == .netlink ? EIO : nil }
            var source = try CANSource(
                .named(["vcan0"]), options: options, stop: try StopSignal(),
                faults: faults, clocks: CANSource.readClocks)
            var captured = Captured()
            try captured.read(&source) { !$0.events.isEmpty }
            try BenchSender("vcan0").sendNumbered(50)
            try ip("link", "del", "vcan0")
            try captured.finish(&source)
            #expect(captured.frameCount == 50)
            #expect(captured.linkEvents(0).last == .linkGone)
        }
    }

    @Test("a stop is heard while a drain does not end", arguments: ReceivePath.both)
    func stopWhileBusy(path: ReceivePath) throws {
        try withBenchNetwork(vcans: ["vcan0"]) {
            var source = try CANSource(.named(["vcan0"]), by: path)
            try BenchSender("vcan0").sendNumbered(300)
            var captured = Captured()
            try captured.read(&source, batchCapacity: 10) { $0.frameCount >= 10 }
            let isUnfinished = source.isUnfinished
            #expect(isUnfinished)
            source.stop.raise()
            var batch = FrameBatch(capacity: 10)
            _ = try source.read(into: &batch, waiting: .zero)
            let phase = source.phase
            #expect(phase == .closing)
            captured.take(batch)
            try captured.read(&source, batchCapacity: 10) { _ in false }
            #expect(captured.frameCount == 300)
        }
    }

    @Test("link messages that the kernel had to leave out are made up for")
    func netlinkOverrun() throws {
        try withBenchNetwork(vcans: ["vcan0"]) {
            // Each look at the messages begins with an overrun; the messages themselves are taken too.
            let isFirst = Atomic(true)
            var monitor = try LinkMonitor(
                faults: FaultInjection { _ in
                    isFirst.exchange(false, ordering: .relaxed) ? FaultInjection.overrun : nil
                })
            try ip("link", "set", "vcan0", "down")
            let changes = try monitor.changes()
            #expect(changes.count == 1)
            #expect(monitor.table[name: "vcan0"]?.isUp == false)
            #expect(monitor.table[name: "vcan0"]?.isVirtual == true)
            #expect(monitor.table[name: "vcan0"]?.carriesFD == true)
            #expect(monitor.table[name: "lo"]?.isCAN == false)
        }
    }
}
