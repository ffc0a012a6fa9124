import CANFrame
import Glibc
import LocalFiles
import TestBench
import Testing

/// How `canlog record` sets interfaces up, and again when they come back.
@Suite(
    "canlog record sets interfaces up", .serialized,
    .enabled(if: Requirement.bus.shouldRun, "needs a kernel with CAN: run Tools/test bus"))
struct RecordInterfacesBusTests {
    private static let hasControllers = Folder.exists("/sys/class/net/can1/device")

    @Test("a vcan that is made anew is set up again as it was, without anybody's help")
    func virtual() throws {
        try withBenchNetwork {
            let bench = try RecordBench()
            let recorder = try bench.start(["vcan0"])
            #expect(waitForReceivers(on: "vcan0"))
            try BenchSender("vcan0").sendNumbered(10)
            for round in UInt64(1)...2 {
                try ip("link", "del", "vcan0")
                // As a driver makes it: down, and here without CAN FD.
                try ip("link", "add", "vcan0", "mtu", "16", "type", "vcan")
                #expect(
                    waitUntil {
                        (try? succeed(["ip", "link", "show", "vcan0", "up"]))?.output != ""
                    })
                #expect(waitForReceivers(on: "vcan0"))
                try BenchSender("vcan0").sendNumbered(10, from: round * 10)
            }
            let (result, _) = bench.stop(recorder, with: SIGINT)
            #expect(result.status == 0, "\(result.errors)")
            #expect(
                result.errors.contains("canlog: vcan0: is back, set up again as it was: MTU 72\n"))
            let log = try bench.read()
            #expect(log.numbers(on: "vcan0") == Array(0..<30))
            #expect(log.count(of: .note("vcan0: is back, set up again as it was: MTU 72")) == 2)
            #expect(log.count(of: .interfaceSettings(InterfaceSettings(mtu: 72))) == 3)
        }
    }

    @Test("an interface that somebody sets down stays down")
    func setDown() throws {
        try withBenchNetwork {
            let bench = try RecordBench()
            let recorder = try bench.start(["vcan0", "--silence", "1.5"])
            #expect(waitForReceivers(on: "vcan0"))
            try ip("link", "set", "vcan0", "down")
            // Longer than the recorder would have needed.
            #expect(waitUntil { (try? bench.read().silences) == 1 })
            #expect(try succeed(["ip", "link", "show", "vcan0", "up"]).output == "")
            let (result, _) = bench.stop(recorder, with: SIGINT)
            #expect(result.status == 0)
        }
    }

    @Test("settings that do not apply are refused before a file is made")
    func refused() throws {
        try withBenchNetwork {
            let bench = try RecordBench()
            let result = try bench.start(["vcan0", "--bitrate", "vcan0=500k"]).wait()
            #expect(result.status == 2)
            #expect(
                result.errors
                    == "canlog: vcan0: a bit rate does not apply: a vcan is no controller, it has "
                    + "no bits; leave it out for this interface\n")
            let unknown = try bench.start(["vcan0", "--bitrate", "can7=500k"]).wait()
            #expect(unknown.status == 64)
            #expect(try Folder.names(in: bench.folder) == [])
        }
    }

    @Test("bus-off and restart in error frames are told at once and stand in the log")
    func busOff() throws {
        try withBenchNetwork {
            let bench = try RecordBench()
            let recorder = try bench.start(["vcan0"])
            #expect(waitForReceivers(on: "vcan0"))
            let sender = try BenchSender("vcan0")
            for errorClass: UInt32 in [0x40, 0x100] {
                try sender.send(
                    Frame(
                        timestamp: Timestamp(nanoseconds: 0),
                        identifier: PackedID(errorClass: errorClass),
                        payload: [UInt8](repeating: 0, count: 8)))
            }
            #expect(waitUntil { (try? bench.read().count(of: .restarted)) == 1 })
            let (result, _) = bench.stop(recorder, with: SIGINT)
            #expect(
                result.errors.contains(
                    "canlog: vcan0: BUS-OFF: it neither sends nor receives until it is restarted\n"
                        + "canlog: vcan0: restarted after a bus-off\n"
                        + "canlog: vcan0: ERROR-ACTIVE\n"))
            let log = try bench.read()
            #expect(log.count(of: .controllerState(.busOff)) == 1)
            #expect(log.count(of: .controllerState(.errorActive)) == 1)
        }
    }

    // MARK: Controllers

    /// Unbinds the driver of can1 and binds it again, which is what a plug does.
    private func replug() throws {
        let device = try #require(
            try succeed(["readlink", "/sys/class/net/can1/device"]).output
                .split(whereSeparator: { $0 == "/" || $0 == "\n" }).last)
        let driver = "/sys/bus/pci/drivers/kvaser_pci"
        try succeed(["sh", "-c", "echo \(device) > \(driver)/unbind"])
        #expect(!Folder.exists("/sys/class/net/can1"))
        try succeed(["sh", "-c", "echo \(device) > \(driver)/bind"])
    }

    private func isUp(_ name: String) -> Bool {
        (try? succeed(["ip", "link", "show", name, "up"]))?.output.contains(name) ?? false
    }

    /// What iproute2 says of the controller's settings, in one line.
    private func settings(of name: String) throws -> String {
        let lines = try succeed(["ip", "-details", "link", "show", name]).lines
        return lines.filter { $0.contains(" can ") || $0.contains("bitrate") }
            .joined(separator: " ").split(separator: " ").joined(separator: " ")
    }

    @Test(
        "controllers are set up, and one that is unplugged under load is set up again by itself",
        .enabled(if: hasControllers, "no controllers"))
    func replugged() throws {
        try withHostNetwork {
            for name in ["can0", "can1"] { try ip("link", "set", name, "down") }
            let bench = try RecordBench()
            let recorder = try bench.start([
                "can0", "can1", "--bitrate", "500k", "--restart-ms", "can1=120",
                "--sample-point", "can1=0.75", "--berr-reporting", "--silence", "0",
            ])
            #expect(waitForReceivers(on: "can1"))
            #expect(waitUntil { isUp("can0") && isUp("can1") })
            let expected = try settings(of: "can1")
            #expect(expected.contains("BERR-REPORTING") && expected.contains("restart-ms 120"))
            #expect(expected.contains("bitrate 500000 sample-point 0.750"))
            let load = try Program(["cangen", "can0", "-g", "5", "-p", "10"])
            for _ in 1...3 {
                try replug()
                #expect(waitUntil { isUp("can1") })
                #expect(waitForReceivers(on: "can1"))
                #expect(try settings(of: "can1") == expected)
                let before = try bench.read().count(on: "can1")
                #expect(waitUntil { ((try? bench.read().count(on: "can1")) ?? 0) > before + 20 })
            }
            load.signal(SIGTERM)
            _ = load.wait()
            let (result, _) = bench.stop(recorder, with: SIGINT)
            #expect(result.status == 0, "\(result.errors)")
            let log = try bench.read()
            #expect(log.count(of: .linkGone) == 3)
            let note =
                "can1: is back, set up again as it was: 500000 bit/s, sample point 0.750, "
                + "berr-reporting, restart after 120 ms"
            #expect(log.count(of: .note(note)) == 3)
            #expect(result.errors.contains("canlog: " + note + "\n"))
            #expect(log.lost == 0)
        }
    }

    @Test(
        "without the right it says so once with the command, and goes on when somebody runs it",
        .enabled(if: hasControllers, "no controllers"))
    func unprivileged() throws {
        try withHostNetwork {
            for name in ["can0", "can1"] {
                try ip("link", "set", name, "down")
                try ip("link", "set", name, "up", "type", "can", "bitrate", "250000")
            }
            let bench = try RecordBench()
            try succeed(["chmod", "0777", bench.folder])
            let recorder = try Program([
                "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all",
                "--bounding-set=-all", canlogPath, "record", "can0", "can1", "--silence", "0",
                "-o", bench.folder + "/test.canlog",
            ])
            #expect(waitForReceivers(on: "can1"))
            try replug()
            let command = "sudo ip link set can1 up type can bitrate 250000 sample-point 0.875"
            #expect(
                waitUntil {
                    (try? bench.read().events)?.contains {
                        if case .note(let text) = $0.kind { text.contains(command) } else { false }
                    } ?? false
                })
            #expect(!isUp("can1"))
            try ip("link", "set", "can1", "up", "type", "can", "bitrate", "250000")
            #expect(waitForReceivers(on: "can1"))
            try BenchSender("can0").sendNumbered(20)
            #expect(waitUntil { (try? bench.read().count(on: "can1")) == 20 })
            let (result, _) = bench.stop(recorder, with: SIGINT)
            #expect(result.status == 0, "\(result.errors)")
            #expect(
                result.errors.split(separator: "\n").count { $0.contains("CAP_NET_ADMIN") } == 1)
        }
    }
}

extension RecordedLog {
    /// How many frames an interface has.
    fileprivate func count(on interface: String) -> Int {
        frames.count { interfaces[$0.channel] == interface }
    }
}
