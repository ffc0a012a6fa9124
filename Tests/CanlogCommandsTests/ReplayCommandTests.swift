import CANFrame
import LocalFiles
import TestBench
import Testing

/// Runs `canlog replay` as it was built beside these tests.
private func replay(
    _ words: String..., within limit: Duration = .seconds(30)
) throws -> ProgramResult {
    try Program([canlogPath, "replay"] + words).wait(limit)
}

/// Writes a log of candump text.
private func log(_ lines: [String], in folder: borrowing TemporaryFolder) throws -> String {
    let path = folder.path + "/a.log"
    try succeed(["sh", "-c", "printf '%s\\n' \"$@\" > \"$0\"", path] + lines)
    return path
}

@Suite(
    "canlog replay", .serialized, .enabled(if: Requirement.bus.shouldRun, "no kernel with CAN"))
struct ReplayCommandTests {
    private let one = ["(1600000000.000000) can0 123#DEAD", "(1600000000.010000) can0 7E8#01"]
    private let two = ["(1600000000.000000) can0 123#DE", "(1600000000.001000) can1 124#AD"]

    @Test("a log of one channel goes to the interface that is named")
    func plays() throws {
        try withBenchNetwork {
            let folder = try TemporaryFolder()
            let listener = try Program(["candump", "-L", "-n", "2", "vcan0"])
            try #require(waitForReceivers(on: "vcan0"))
            let result = try replay(try log(one, in: folder), "vcan0")
            #expect(result.status == 0 && result.output.isEmpty)
            #expect(result.errors.hasPrefix("canlog: sent 2 frames in 0.0"))
            let seen = listener.wait().lines.map { $0.split(separator: " ").dropFirst() }
            #expect(seen == [["vcan0", "123#DEAD"], ["vcan0", "7E8#01"]])
        }
    }

    @Test("the report is on standard output, in words or as JSON")
    func report() throws {
        try withBenchNetwork {
            let folder = try TemporaryFolder()
            let path = try log(one, in: folder)
            let words = try replay(path, "vcan0", "--report", "--speed", "50", "--loop", "3")
            #expect(words.status == 0)
            #expect(words.lines.first?.hasPrefix("sent 6 frames in ") == true)
            #expect(words.output.contains("gap error p50 ") && words.output.contains("passes: 3"))
            let json = try replay(path, "vcan0", "--json")
            let value = try Program.run(
                "python3", "-c",
                "import json,sys;d=json.loads(sys.argv[1]);print(d['sent'],d['notSent']['total'],d['gapErrorNanoseconds']['max']>=0)",
                json.output)
            #expect(value.output == "2 0 True\n")
        }
    }

    @Test("channels go where --map says, or to the interface of the same name")
    func maps() throws {
        try withBenchNetwork(vcans: ["vcan0", "can1"]) {
            let folder = try TemporaryFolder()
            let listener = try Program(["candump", "-L", "-n", "2", "any"])
            try #require(waitForReceivers(on: "any"))
            let result = try replay(try log(two, in: folder), "--map", "can0=vcan0")
            #expect(result.status == 0)
            let seen = listener.wait().lines.map { $0.split(separator: " ").dropFirst() }
            #expect(seen == [["vcan0", "123#DE"], ["can1", "124#AD"]])
        }
    }

    @Test("what cannot be sent anywhere is refused with what to do")
    func refused() throws {
        try withBenchNetwork {
            let folder = try TemporaryFolder()
            let path = try log(two, in: folder)
            let ambiguous = try replay(path, "vcan0")
            #expect(ambiguous.status == 2)
            #expect(
                ambiguous.errors
                    == "canlog: \(path): the log has 2 channels (can0, can1) for one interface; say "
                    + "where each goes: --map can0=vcan0 --map can1=vcan0\n")
            let absent = try replay(try log(one, in: folder), "vcan9")
            #expect(absent.status == 2)
            #expect(
                absent.errors
                    == "canlog: vcan9: there is no such interface; CAN interfaces here: vcan0\n")
            let other = try replay(path, "lo")
            #expect(other.status == 2)
            #expect(other.errors == "canlog: lo: this is not a CAN interface\n")
        }
    }

    @Test("CAN FD frames for a classic interface are refused before anything is sent")
    func unfit() throws {
        try withBenchNetwork {
            try ip("link", "set", "vcan0", "down")
            try ip("link", "set", "vcan0", "mtu", "16", "up")
            let folder = try TemporaryFolder()
            let path = try log(["(1.000000) can0 123##1AA"], in: folder)
            let result = try replay(path, "vcan0")
            #expect(result.status == 2)
            #expect(
                result.errors
                    == "canlog: vcan0: takes no CAN FD frames (mtu 16), and channel can0 of the log "
                    + "has some; ip link set vcan0 down, then mtu 72 up, if it is a vcan\n")
        }
    }

    @Test("error frames that are not sent end in status 3 and are told")
    func errorFrames() throws {
        try withBenchNetwork {
            let folder = try TemporaryFolder()
            let path = try log(
                ["(1.000000) can0 123#AA", "(1.000100) can0 20000040#0000000000000000"], in: folder)
            let result = try replay(path, "vcan0")
            #expect(result.status == 3)
            #expect(
                result.errors.contains(
                    "canlog: not sent: 1 frame: 1 error frame (leave them out by --except error)")
            )
            #expect(try replay(path, "vcan0", "--send-error-frames").status == 0)
        }
    }

    @Test("an answer that does not come ends in status 3 and is told")
    func waiting() throws {
        try withBenchNetwork {
            let folder = try TemporaryFolder()
            let path = try log(one + ["(1600000000.020000) can0 123#BEEF"], in: folder)
            let result = try replay(path, "vcan0", "--wait-for", "7E8", "--wait-timeout", "50ms")
            #expect(result.status == 3)
            #expect(result.errors.contains("canlog: sent 2 frames in 0.0"))
            #expect(
                result.errors.contains("canlog: an awaited frame did not come in time: 1 time\n"))
        }
    }

    @Test("Ctrl-C stops in order: the report, what was not sent, status 3")
    func stopped() throws {
        try withBenchNetwork {
            let folder = try TemporaryFolder()
            let path = try log(
                ["(1.000000) can0 123#", "(3601.000000) can0 124#", "(3602.000000) can0 125#"],
                in: folder)
            let listener = try Program(["candump", "-L", "-n", "1", "vcan0"])
            try #require(waitForReceivers(on: "vcan0"))
            let program = try Program(
                [canlogPath, "replay", path, "vcan0"])
            _ = listener.wait()
            program.signal(2)
            let result = program.wait(.seconds(5))
            #expect(result.status == 3 && !result.timedOut)
            #expect(result.errors.contains("not sent: 2 frames: 2 because it was stopped"))
        }
    }

    @Test("a replay of a pipe that is silent is stopped by a signal", arguments: [2, 15])
    func stoppedPipe(signal: CInt) throws {
        try withBenchNetwork {
            let folder = try TemporaryFolder()
            let pipe = folder.path + "/pipe"
            try succeed(["mkfifo", pipe])
            let listener = try candumpOne()
            // Opened for writing too, so that the pipe neither ends nor brings more than a line.
            let script =
                "echo '(1.000000) can0 123#AA' >\"$1\" & exec \"$0\" replay - vcan0 <>\"$1\""
            let program = try Program(["sh", "-c", script, canlogPath, pipe])
            _ = listener.wait()
            program.signal(signal)
            let result = program.wait(.seconds(5))
            #expect(!result.timedOut && result.errors.contains("canlog: sent 1 frame in "))
        }
    }

    @Test("a log that lacks something of unknown size is played, and ends in status 3")
    func truncated() throws {
        try withBenchNetwork {
            let folder = try TemporaryFolder()
            let whole = folder.path + "/a.canlog"
            try succeed([canlogPath, "convert", try log(one, in: folder), whole])
            #expect(try replay(whole, "vcan0").status == 0)
            try succeed(["truncate", "-s", "-1", whole])
            let result = try replay(whole, "vcan0", "--json")
            #expect(result.status == 3)
            #expect(result.errors.contains("canlog: \(whole): "))
            #expect(result.output.contains("\"logLosses\":[\"\(whole): "))
        }
    }

    @Test("a selection that leaves nothing to send is no success", arguments: [false, true])
    func nothingSelected(isPiped: Bool) throws {
        try withBenchNetwork {
            let folder = try TemporaryFolder()
            let path = try log(one, in: folder)
            let result = try Program([
                "sh", "-c", isPiped ? "\"$0\" \"$@\" <\(path)" : "\"$0\" \"$@\"", canlogPath,
                "replay",
                isPiped ? "-" : path, "vcan0", "--from", "+60",
            ]).wait()
            #expect(
                result.errors
                    == "canlog: \(isPiped ? "-" : path): no frame is left by --from, --to, --only, "
                    + "--except and --channel; canlog info tells which times and IDs the log has\n")
            #expect(result.status == 2)
        }
    }

    /// candump for one frame of vcan0, already listening.
    private func candumpOne() throws -> Program {
        let listener = try Program(["candump", "-L", "-n", "1", "vcan0"])
        try #require(waitForReceivers(on: "vcan0"))
        return listener
    }

    @Test(
        "wrong usage is told with status 64",
        arguments: [
            ["a.log", "vcan0", "--map", "can0=vcan0"], ["a.log", "vcan0", "--speed", "0"],
            ["a.log", "vcan0", "--map", "can0"], ["-"], ["a.log", "vcan0", "--wait-for", "12345"],
            ["a.log", "vcan0", "--loop", "-1"], ["a.log", "vcan0", "--skip-gaps", "x"],
        ])
    func usage(words: [String]) throws {
        let result = try Program(
            [canlogPath, "replay"] + words
        ).wait()
        #expect(result.status == 64)
    }
}

@Suite(
    "canlog replay on a controller", .serialized,
    .enabled(
        if: Folder.exists("/sys/class/net/can0/device"), "no controller: bench-vm --controllers"))
struct ReplayOnControllerTests {
    @Test("a real bus is refused, unless --allow-transmit says that it may be sent on")
    func transmit() throws {
        for name in ["can0", "can1"]
        where try !succeed(["ip", "link", "show", "up"]).output.contains(name) {
            try ip("link", "set", name, "up", "type", "can", "bitrate", "500000")
        }
        let folder = try TemporaryFolder()
        let path = try log(["(1.000000) vcan0 123#AA", "(1.010000) vcan0 124#BB"], in: folder)
        let refused = try replay(path, "can0")
        #expect(refused.status == 2)
        #expect(
            refused.errors
                == "canlog: can0: a real bus (can), on which a car may move; --allow-transmit sends "
                + "there all the same\n")
        let listener = try Program(["candump", "-L", "-n", "2", "can1"])
        try #require(waitForReceivers(on: "can1"))
        #expect(try replay(path, "can0", "--allow-transmit").status == 0)
        let seen = listener.wait().lines.map { String($0.split(separator: " ")[2]) }
        #expect(seen == ["123#AA", "124#BB"])
    }
}
