import Glibc
import LocalFiles
import TestBench
import Testing

@Suite("canlog uds")
struct UDSCommandTests {
    @Test(
        "wrong usage says what is wanted",
        arguments: [
            ("read F190", "whom to ask?"), ("--ecu 7E0 read F190", "7E0:7E8"),
            ("--ecu 7E0:7E0 read F190", "7E0:7E8"), ("--ecu 7E0:7E8 read F19", "odd number"),
            ("--ecu 7E0:7E8 look F190", "there is no step 'look'"),
            ("--ecu 7E0:7E8 read F190 ,", "between two commas"),
            ("--ecu 7E0:7E8 write F190", "or --text"),
            ("--ecu 7E0:7E8 write F190 00 --text a", "one of both"),
            ("--ecu 7E0:7E8 --text a read F190", "--text goes with write"),
            ("--ecu 7E0:7E8 write F190 text", "behind text stands"),
            ("--ecu 7E0:7E8 --text a write F190 , read F190", "write F190 text"),
            ("--ecu 7E0:7E8 wait 500", "a time with its unit"),
            ("--ecu 7E0:7E8 wait 2h", "of an hour at most"),
            ("--ecu 7E0:7E8 security 01", "give --key-command"),
            ("--ecu 7E0:7E8 --key-command ./key security 02", "odd and in hexadecimal"),
            ("--ecu 7E0:7E8 --key-command ./key read F190", "goes with the step security"),
            ("--functional 7DF --key-command ./key security 01", "without --functional"),
            ("--ecu =7E0:7E8 read F190", "ECM=7E0:7E8"),
            ("--ecu 7E0:7E8 session quick", "there is no session 'quick'"),
            ("--ecu 7E0:7E8 dtc snapshot P01", "P0118-17"),
            ("--ecu 7E0:7E8 raw XY", "not hexadecimal"),
            ("--ecu 7E0:7E8 raw ''", "raw needs a byte at least"),
            ("--ecu 7E0:7E8 read XYZ", "not hexadecimal"),
            ("--ecu 7E0:7E8 read F190,F187", "between several stand blanks"),
            ("--ecu 7E0:7E8 --ecu 7E1:7E8 read F190", "same address, 7E8"),
            ("--functional 7DF raw 2EF1900102030405", "fit a single frame"),
            // With an address byte 6 are left of 7 (ISO 15765-2 Table 9).
            ("--functional 6F1/DF --ecu 6F1/12:612/F1 raw 2EF19001020304", "fit a single frame"),
            ("--functional 18DB33F1 read F190", "give --ecu"),
            ("--ecu A=7E0:7E8 --ecu A=7E1:7E9 read F190", "same name"),
            ("--ecu 7E0:7E8 --brs read F190", "--fd"),
            ("--ecu 7E0:7E8 --log visit.log read F190", "ends in .canlog"),
            ("--ecu 7E0:7E8 --vin WVWZZZ1JZXW000001 read F190", "give --log"),
        ])
    func usage(arguments: String, words: String) throws {
        let result = try Program.shell("canlog uds vcan0 \(arguments)")
        #expect(result.status == 64)
        #expect(result.errors.contains(words), "\(result.errors)")
        #expect(result.output == "")
    }

    @Test("an interface that is not there is told, with what is there")
    func noInterface() throws {
        let result = try Program.shell("canlog uds nocan0 --ecu 7E0:7E8 read F190")
        #expect(result.status == 2)
        #expect(result.errors.contains("nocan0: there is no such interface"))
    }
}

/// Against the kernel's own ISO-TP (net/can/isotp.c), which Tests/Peers/kernel_ecu.py speaks by.
@Suite(
    "canlog uds on a bus",
    .enabled(if: Requirement.bus.shouldRun, "no kernel with CAN here"), .serialized)
struct UDSBusTests {
    /// A unit of the kernel's, which prints each request; ended with the value.
    private static func unit(_ words: [String]) throws -> Program {
        let script = Folder.resolved("Tests/Peers/kernel_ecu.py")
        let unit = try Program(["/usr/bin/python3", "-B", script, "vcan0"] + words)
        let isReady = waitUntil { unit.outputSoFar.hasPrefix("ready") }
        #expect(isReady)
        return unit
    }

    /// The requests that the unit has heard.
    private static func end(_ unit: consuming Program) -> [String] {
        unit.signal(SIGTERM)
        return unit.wait().lines.dropFirst().map(String.init)
    }

    @Test(
        "reads through the kernel's ISO-TP in all addressings it has",
        arguments: [
            (["7E0", "7E8"], "7E0:7E8"), (["18DA10F1", "18DAF110"], "18DA10F1"),
            (["6F1", "612", "12", "F1"], "6F1/12:612/F1"),
            (["7E0", "7E8", "55", "55"], "7E0/55:7E8/55"),
            (["18CE10F1", "18CEF110", "55", "55"], "18CE10F1/55"),
            (["7E0", "7E8", "fd"], "7E0:7E8 --fd"),
        ])
    func addressings(words: [String], option: String) throws {
        try withBenchNetwork {
            let unit = try Self.unit(words)
            let result = try Program.shell(
                "canlog uds vcan0 --ecu \(option) --st-min 1ms --block-size 3 read F190 0FFF ,"
                    + " write F198 \(String(repeating: "5A", count: 300)) , read F198")
            #expect(result.status == 0, "\(result.output)\(result.errors)")
            #expect(result.output.contains("XZF3PA12V12345678"))
            let heard = Self.end(unit)
            #expect(heard[2] == "2EF198" + String(repeating: "5A", count: 300))
        }
    }

    @Test("answers 78, 21 and refusals, in the JSON too; exit status by the outcome")
    func outcomes() throws {
        try withBenchNetwork {
            let unit = try Self.unit(["7E0", "7E8"])
            let asked = "canlog uds vcan0 --ecu 7E0:7E8"
            let pending = try Program.shell("\(asked) --p2-star 300ms --json read 0078")
            #expect(pending.status == 0)
            #expect(pending.output.contains(#""pendings":3"#))
            let busy = try Program.shell("\(asked) --json read 0021")
            #expect(busy.output.contains(#""repeats":2"#))
            let refused = try Program.shell("\(asked) --json read FFFE , read F190")
            #expect(refused.status == 1)
            #expect(refused.output.contains(#""negativeResponseCode":"31""#))
            #expect(refused.output.contains(#""outcome":"skipped""#))
            let silent = try Program.shell("\(asked) --p2 100ms read FFFF")
            #expect(silent.status == 3)
            #expect(silent.output.contains("no answer within 100ms"))
            _ = Self.end(unit)
        }
    }

    /// The unit takes the seed with all bits turned for its key.
    @Test("a seed is answered by the key that a program of the user's makes, then the rest goes on")
    func security() throws {
        try withBenchNetwork {
            let unit = try Self.unit(["7E0", "7E8"])
            let asked =
                "canlog uds vcan0 --ecu ECM=7E0:7E8 --json --key-command \"tr '0-9A-F' 'FEDCBA9876543210'; true\""
            let open = try Program.shell(
                "\(asked) session extended , security 01 , write F198 text AB C , wait 50ms , read F198"
            )
            #expect(open.status == 0, "\(open.output)\(open.errors)")
            #expect(open.output.contains(#""request":"2EF19841422043""#), "\(open.output)")
            // A program that fails, or knows no key: what waits is given up, the session returned.
            for (command, words) in [
                ("echo no such level >&2; exit 4; true", "ended with status 4: no such level"),
                ("echo key; true", "wrote something else than a key in hexadecimal"),
            ] {
                let without = try Program.shell(
                    "canlog uds vcan0 --ecu ECM=7E0:7E8 --key-command '\(command)' session extended , "
                        + "security 01 , read F190")
                #expect(without.status == 3)
                #expect(
                    without.errors.contains("ECM: the key program \(words)"), "\(without.errors)")
                #expect(without.output.contains("F190 vehicleIdentificationNumber: not sent"))
            }
            let heard = Self.end(unit)
            #expect(
                heard == [
                    "1003", "2701", "2702EDCBA987", "2EF19841422043", "22F198", "1001",
                    "1003", "2701", "1001", "1003", "2701", "1001",
                ])
        }
    }

    @Test("a session is kept and restored, also when it is interrupted")
    func session() throws {
        try withBenchNetwork {
            let unit = try Self.unit(["7E0", "7E8"])
            let tester = try Program([
                canlogPath, "uds", "vcan0", "--ecu", "7E0:7E8", "--hold", "60s", "session",
                "extended",
            ])
            let isKept = waitUntil { unit.outputSoFar.contains("3E80") }
            #expect(isKept)
            tester.signal(SIGINT)
            let result = tester.wait()
            // All was done that was asked for.
            #expect(result.status == 0)
            let heard = Self.end(unit)
            #expect(heard.first == "1003")
            #expect(heard.last == "1001")
        }
    }

    @Test("control that was taken is returned in the end, also without being interrupted")
    func control() throws {
        try withBenchNetwork {
            let unit = try Self.unit(["7E0", "7E8"])
            let asked = "canlog uds vcan0 --ecu 7E0:7E8 --json"
            let held = try Program.shell("\(asked) raw 2FF0030301 , raw 2FF0040301 , read F190")
            #expect(held.status == 0)
            #expect(held.output.contains(#""request":"2FF00300""#))
            // What was returned already, or refused, is not returned again.
            let returned = try Program.shell("\(asked) raw 2FF0030301 , raw 2FF00300")
            #expect(returned.status == 0)
            let heard = Self.end(unit)
            #expect(
                heard == [
                    "2FF0030301", "2FF0040301", "22F190", "2FF00400", "2FF00300", "1001",
                    "2FF0030301", "2FF00300",
                ])
        }
    }

    @Test("Ctrl-C returns control, stops routines, ends the session, while an answer is put off")
    func abort() throws {
        try withBenchNetwork {
            let unit = try Self.unit(["7E0", "7E8"])
            let tester = try Program([
                canlogPath, "uds", "vcan0", "--ecu", "7E0:7E8", "session", "extended", ",",
                "raw", "2FF0030301", ",", "routine", "start", "0203", ",", "routine", "start",
                "7878", ",", "read", "F190",
            ])
            let isPutOff = waitUntil { unit.outputSoFar.contains("31017878") }
            #expect(isPutOff)
            tester.signal(SIGINT)
            let result = tester.wait()
            #expect(result.status == 3)
            #expect(result.errors == "")
            let heard = Self.end(unit)
            #expect(
                heard == [
                    "1003", "2FF0030301", "31010203", "31017878", "2FF00300", "31027878",
                    "31020203", "1001",
                ])
        }
    }

    @Test("a reader that goes away ends it, and not before control is returned")
    func closedPipe() throws {
        try withBenchNetwork {
            let unit = try Self.unit(["7E0", "7E8"])
            let result = try Program.shell(
                "canlog uds vcan0 --ecu 7E0:7E8 raw 2FF0030301 , routine start 0203 , read 0078 F190 "
                    + "F187 | head -n 1; echo ${PIPESTATUS[0]}")
            #expect(result.lines.last == "0")
            #expect(result.errors == "")
            let heard = Self.end(unit)
            #expect(heard.first == "2FF0030301")
            #expect(heard.suffix(3) == ["2FF00300", "31020203", "1001"])
        }
    }

    @Test("several control units at the same time, and all by one frame")
    func many() throws {
        try withBenchNetwork {
            let one = try Self.unit(["7E0", "7E8"])
            let other = try Self.unit(["7E1", "7E9"])
            let result = try Program.shell(
                "canlog uds vcan0 --ecu ECM=7E0:7E8 --ecu TCU=7E1:7E9 --json read 0078 , dtc")
            #expect(result.status == 0)
            #expect(result.output.contains(#""ecu":"ECM""#))
            #expect(result.output.contains(#""ecu":"TCU""#))
            #expect(result.output.contains("P0118-17"))
            let (heard, heardByOther) = (Self.end(one), Self.end(other))
            #expect(heard == heardByOther)
        }
    }
}
