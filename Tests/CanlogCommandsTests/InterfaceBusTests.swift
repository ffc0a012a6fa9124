import Glibc
import LocalFiles
import TestBench
import Testing

/// `canlog interface` on vcan; on controllers where the machine has some.
@Suite(
    "canlog interface", .serialized,
    .enabled(if: Requirement.bus.shouldRun, "needs a kernel with CAN: run Tools/test bus"))
struct InterfaceBusTests {
    private static let hasControllers = Folder.exists("/sys/class/net/can1/device")

    private func canlog(_ words: String...) throws -> ProgramResult {
        try Program([canlogPath, "interface"] + words).wait()
    }

    /// The same as a user without any right.
    private func unprivileged(_ words: String...) throws -> ProgramResult {
        try Program(
            [
                "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all",
                "--bounding-set=-all", canlogPath, "interface",
            ] + words
        ).wait()
    }

    @Test("a vcan is listed, set up and down, and settings that do not apply are refused")
    func virtual() throws {
        try withBenchNetwork {
            #expect(try canlog("down", "vcan0").output == "vcan0: set down\n")
            #expect(try canlog("down", "vcan0").output == "vcan0: was down already\n")
            #expect(try canlog("up", "vcan0", "--no-fd").output == "vcan0: set up: MTU 16\n")
            #expect(
                try canlog("up", "vcan0", "--fd").output == "vcan0: set down and up again: MTU 72\n"
            )
            #expect(
                try canlog("list").lines.last.map { $0.split(separator: " ").map(String.init) }
                    == [
                        "vcan0", "vcan", "up", "-", "-", "-", "-", "FD", "-", "-", "0", "0", "0",
                    ])
            let refused = try canlog("up", "vcan0", "--bitrate", "500k")
            #expect(refused.status == 2)
            #expect(
                refused.errors
                    == "canlog: vcan0: a bit rate does not apply: a vcan is no controller, it has "
                    + "no bits; leave it out for this interface\n")
            #expect(try canlog("show", "vcan9").status == 2)
            #expect(try canlog("show", "lo").errors.hasPrefix("canlog: lo: not a CAN interface"))
            #expect(try canlog("up", "vcan0", "--bitrate", "fast").status == 64)
        }
    }

    @Test("without CAP_NET_ADMIN the error names it and the command, and nothing else is printed")
    func unprivileged() throws {
        try withBenchNetwork {
            let result = try unprivileged("down", "vcan0")
            #expect(result.status == 2)
            #expect(
                result.errors
                    == "canlog: vcan0: setting it up or down needs the capability CAP_NET_ADMIN; "
                    + "an administrator runs 'sudo ip link set vcan0 down'\n")
            #expect(try unprivileged("list").status == 0)
        }
    }

    @Test("a controller is set up as ip reads it", .enabled(if: hasControllers, "no controllers"))
    func controller() throws {
        try withHostNetwork {
            _ = try canlog("down", "can0")
            let options = ["--bitrate", "250k", "--sample-point", "0.75", "--restart-ms", "20"]
            let result = try Program(
                [canlogPath, "interface", "up", "can0"] + options + ["--berr-reporting", "--json"]
            ).wait()
            #expect(result.status == 0, "\(result.errors)")
            // The peer: iproute2, whose names are translated.
            let compare = """
                import json, subprocess, sys
                ip = json.loads(subprocess.check_output(
                    "ip -json -details -statistics link show can0".split()))[0]
                own = json.loads(sys.argv[1])
                data, c = ip["linkinfo"]["info_data"], own["controller"]
                t, b = data["bittiming"], c["timing"]
                pairs = [
                    (ip["ifname"], own["name"]), (ip["mtu"], own["mtu"]),
                    ("UP" in ip["flags"], own["isUp"]), (ip["parentdev"], own["busAddress"]),
                    (data["state"], c["state"]), (data["clock"], c["clockHertz"]),
                    (data["restart_ms"], c["restartMilliseconds"]),
                    (data["berr_counter"]["tx"], c["errorCounters"]["transmit"]),
                    (data["berr_counter"]["rx"], c["errorCounters"]["receive"]),
                    (data["ctrlmode"], [mode.upper() for mode in c["modes"]]),
                    (data["ctrlmode_supported"], [mode.upper() for mode in c["supportedModes"]]),
                    (t["bitrate"], b["bitRate"]), (float(t["sample_point"]), b["samplePoint"]),
                    (t["tq"], b["timeQuantumNanoseconds"]),
                    (t["prop_seg"], b["propagationSegment"]),
                    (t["phase_seg1"], b["phaseSegment1"]), (t["phase_seg2"], b["phaseSegment2"]),
                    (t["sjw"], b["jumpWidth"]), (t["brp"], b["prescaler"]),
                    (data["bittiming_const"]["tseg1"], c["limits"]["segment1"]),
                    (data["bittiming_const"]["tseg2"], c["limits"]["segment2"]),
                    (data["bittiming_const"]["brp"], c["limits"]["prescaler"]),
                    (ip["linkinfo"]["info_xstats"]["restarts"], c["statistics"]["restarts"]),
                    (ip["stats64"]["rx"]["packets"], own["statistics"]["receivedFrames"]),
                ]
                sys.exit("\\n".join(f"{x!r} {y!r}" for x, y in pairs if x != y) or 0)
                """
            let same = try Program(["python3", "-c", compare, result.output]).wait()
            #expect(same.status == 0, "\(same.errors)")
            let refused = try unprivileged("up", "can0", "--bitrate", "500k", "--listen-only")
            #expect(refused.status == 2)
            #expect(
                refused.errors
                    == "canlog: can0: setting it up or down needs the capability CAP_NET_ADMIN; an "
                    + "administrator runs 'sudo ip link set can0 down && sudo ip link set can0 up "
                    + "type can bitrate 500000 listen-only on'\n")
            // As it was asked for, it needs no right.
            #expect(try unprivileged("up", "can0", "--bitrate", "250k").status == 0)
            _ = try canlog("down", "can0")
        }
    }
}
