import Glibc
import LocalFiles
import TestBench
import Testing

/// `canlog uds` beside implementations that are not ours: can-utils take part and watch, scapy answers,
/// scapy and Wireshark read what was recorded.
@Suite(
    "canlog uds beside can-utils, scapy and Wireshark", .serialized,
    .enabled(if: Requirement.bus.shouldRun, "needs a kernel with CAN: run Tools/test bus"))
struct UDSPeersBusTests {
    /// How many listeners there are for a standard identifier.
    private static func listeners(_ identifier: String) throws -> Int {
        // The kernel keeps listeners for one identifier and those by a mask apart.
        try Program.run(
            "grep", "-iw", identifier, "/proc/net/can/rcvlist_sff", "/proc/net/can/rcvlist_fil"
        ).lines.count
    }

    /// One of can-utils that watches, with a standard input that stays open and silent: at the end
    /// of it isotpsniffer ends.
    private static func watcher(_ words: String...) throws -> Program {
        let silence =
            "import os, sys; r, w = os.pipe(); os.dup2(r, 0); os.set_inheritable(w, True); "
            + "os.execvp(sys.argv[1], sys.argv[1:])"
        return try Program(["/usr/bin/python3", "-c", silence, "stdbuf", "-oL"] + words)
    }

    /// A peer that prints "ready" first.
    private static func peer(_ words: [String]) throws -> Program {
        let peer = try Program(words)
        let isReady = waitUntil { peer.outputSoFar.hasPrefix("ready") }
        #expect(isReady)
        return peer
    }

    private static func kernelUnit(_ words: [String] = ["7E0", "7E8"]) throws -> Program {
        let script = Folder.resolved("Tests/Peers/kernel_ecu.py")
        return try peer(["/usr/bin/python3", "-B", script, "vcan0"] + words)
    }

    /// Address and bytes of each message that `canlog conversations` hears in a log, sorted.
    private static func messages(
        in log: String, of workshop: Workshop, with format: String = ""
    ) throws -> [String] {
        try workshop.run(
            "canlog conversations \(log) --json | jq -r 'select(.outcome) | (.request, "
                + ".responses[]) | select(.data) | \"\(format)\\(.address) \\(.data)\"' | sort"
        ).lines.map(String.init)
    }

    // MARK: can-utils

    @Test("isotprecv receives a request byte for byte, and what isotpsend answers is printed")
    func takingPart() throws {
        try withBenchNetwork {
            let request = "22" + String(repeating: "F190", count: 40)
            let answer = "62F190" + String(repeating: "5AA5", count: 150)
            let receiver = try Program(["isotprecv", "-s", "7E8", "-d", "7E0", "vcan0"])
            #expect(try waitUntil { try Self.listeners("7E0") > 0 })
            let tester = try Program([
                canlogPath, "uds", "vcan0", "--ecu", "7E0:7E8", "--p2", "60s", "--json", "raw",
                request,
            ])
            let received = receiver.wait().output
            #expect(received.filter { $0.isHexDigit } == request)
            // Each byte for isotpsend a word of its own.
            let sent = try Program.shell(
                "echo '\(answer)' | sed 's/../& /g' | isotpsend -s 7E8 -d 7E0 vcan0")
            #expect(sent.status == 0, "\(sent.errors)")
            let result = tester.wait()
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.contains(#""answer":"\#(answer)""#))
        }
    }

    @Test("isotpsniffer and isotpperf see the messages that canlog says there were")
    func watching() throws {
        try withBenchNetwork {
            let workshop = try Workshop()
            _ = try workshop.run("canlog simulate --example > car.yaml")
            let sniffer = try Self.watcher(
                "isotpsniffer", "-s", "7E0", "-d", "7E8", "-f", "1", "vcan0")
            let requests = try Self.watcher("isotpperf", "-s", "7E0", "-d", "7E8", "vcan0")
            let answers = try Self.watcher("isotpperf", "-s", "7E8", "-d", "7E0", "vcan0")
            // Two sockets of the kernel's ISO-TP, each for both; and one of each of the others.
            #expect(
                try waitUntil { try Self.listeners("7E0") + Self.listeners("7E8") >= 8 })
            let simulator = try Program([
                canlogPath, "simulate", workshop.folder.path + "/car.yaml", "--bus", "PT=vcan0",
            ])
            #expect(try waitUntil { try Self.listeners("7DF") > 0 })
            let bytes = String(repeating: "5A", count: 300)
            let asked = try workshop.run(
                "canlog uds vcan0 --ecu 7E0:7E8 --keep-going --log all.canlog read F190 F187 FFFE , "
                    + "dtc , session extended , write F198 \(bytes)")
            #expect(asked.status == 1, "\(asked.errors)")
            let ours = try Self.messages(in: "all.canlog", of: workshop)
            #expect(ours.count == 14)
            let isSeen = waitUntil {
                sniffer.outputSoFar.split(separator: "\n").count >= ours.count
            }
            #expect(isSeen)
            for watcher in [sniffer.process, requests.process, answers.process] {
                _ = kill(watcher, SIGTERM)
            }
            // " vcan0  7E0  [3]  22 F1 90 "
            let seen = sniffer.wait().lines.map { line in
                let words = line.split(separator: " ")
                return "\(words[1]) \(words.dropFirst(3).joined())"
            }
            #expect(seen.sorted() == ours)
            for (output, address) in [
                (requests.wait().output, "7E0"), (answers.wait().output, "7E8"),
            ] {
                let lengths = output.split(separator: "\n").compactMap {
                    $0.firstMatch(of: /: ([0-9]+) byte in/).flatMap { Int($0.1) }
                }
                let wanted = ours.filter { $0.hasPrefix(address) }.map { ($0.count - 4) / 2 }
                #expect(lengths.sorted() == wanted.sorted())
            }
            simulator.signal(SIGINT)
            #expect(simulator.wait().status == 0)
        }
    }

    // MARK: Other addresses

    @Test("one frame asks all of mixed addressing with 29 bits, and all answer")
    func mixedFunctional() throws {
        try withBenchNetwork {
            let one = try Self.kernelUnit(["18CE10F1", "18CEF110", "55", "55", "18CD33F1"])
            let other = try Self.kernelUnit(["18CE20F1", "18CEF120", "55", "55", "18CD33F1"])
            let result = try Program.shell(
                "canlog uds vcan0 --ecu A=18CE10F1/55 --ecu B=18CE20F1/55 "
                    + "--functional 18CD33F1/55 read F190")
            #expect(result.status == 0, "\(result.output)")
            #expect(result.lines.count { $0.contains("XZF3PA12V12345678") } == 2)
            for unit in [one.process, other.process] { _ = kill(unit, SIGTERM) }
            #expect(one.wait().output == "ready\n22F190\n")
            #expect(other.wait().output == "ready\n22F190\n")
        }
    }

    @Test("one frame asks all simulated ECUs, and each that answers is told")
    func functional() throws {
        try withBenchNetwork {
            let workshop = try Workshop()
            _ = try workshop.run("canlog simulate --example > car.yaml")
            let simulator = try Program([
                canlogPath, "simulate", workshop.folder.path + "/car.yaml", "--bus", "PT=vcan0",
            ])
            #expect(try waitUntil { try Self.listeners("7DF") > 0 })
            let result = try workshop.run(
                "canlog uds vcan0 --functional 7DF --json read F190 , dtc | jq -r '.exchanges[] | "
                    + "[.responseAddress, .request, .outcome] | @tsv' | sort")
            #expect(
                result.lines == [
                    "7E8\t1902FF\tpositive", "7E8\t22F190\tpositive", "7EA\t1902FF\tpositive",
                    "7EA\t22F190\tpositive",
                ])
            simulator.signal(SIGINT)
            #expect(simulator.wait().status == 0)
        }
    }

    // MARK: scapy and Wireshark

    @Test(
        "scapy's ECU answers, at its address and to all, through scapy's own ISO-TP",
        .enabled(if: PeerPython.shouldRun("scapy"), "needs scapy: run Tools/setup"))
    func scapy() throws {
        try withBenchNetwork {
            let script = Folder.resolved("Tests/Peers/scapy_ecu.py")
            let unit = try Self.peer([PeerPython.path, "-B", script, "vcan0"])
            let result = try Program.shell(
                "canlog uds vcan0 --ecu 7E0:7E8 --p2 5s --keep-going --json read F190 FFFE , "
                    + "session extended , routine start 0203 , dtc , tester-present | jq -r "
                    + "'(.exchanges + .ending)[] | [.request, .outcome, .answer, .pendings] | @csv' "
                    + "| tr -d '\"'")
            #expect(
                result.lines == [
                    "22F190,positive,62F1905756575A5A5A314B5A3657303030303031,0",
                    "22FFFE,negative,7F2231,0", "1003,positive,5003003201F4,0",
                    "31010203,positive,7101020310,2",
                    "1902FF,positive,5902FF0118172FC1008709,0", "3E00,positive,7E00,0",
                    "1001,positive,5001003201F4,0",
                ], "\(result.errors)")
            let all = try Program.shell("canlog uds vcan0 --functional 7DF --p2 5s read F190")
            #expect(all.status == 0)
            #expect(all.output.contains("WVWZZZ1KZ6W000001"))
            unit.signal(SIGKILL)
        }
    }

    @Test(
        "its log holds what candump saw, its own frames as this host's; scapy and Wireshark read it the same",
        .enabled(if: PeerPython.shouldRun("scapy"), "needs scapy: run Tools/setup"),
        .enabled(if: Wireshark.shouldRun, "needs tshark: run Tools/setup"))
    func log() throws {
        try withBenchNetwork {
            let workshop = try Workshop()
            let unit = try Self.kernelUnit()
            let candump = try Program(["candump", "-L", "-r", "8388608", "vcan0"])
            #expect(waitForReceivers(on: "vcan0"))
            let bytes = String(repeating: "5A", count: 300)
            let asked = try workshop.run(
                "canlog uds vcan0 --ecu 7E0:7E8 --keep-going --log all.canlog --vin "
                    + "WVWZZZ1KZ6W000001 read F190 0FFF FFFE 0078 , dtc , session extended , "
                    + "write F198 \(bytes) , routine start E010 32 , reset soft")
            #expect(asked.status == 1, "\(asked.errors)")
            unit.signal(SIGTERM)
            _ = unit.wait()
            // As many lines as the log has, and no more.
            let dump = try workshop.run("canlog dump all.canlog --direction").lines
            let isSeen = waitUntil {
                candump.outputSoFar.split(separator: "\n").count >= dump.count
            }
            #expect(isSeen)
            candump.signal(SIGTERM)
            let seen = candump.wait().lines.map { $0.split(separator: " ").dropFirst() }
            #expect(dump.map { $0.split(separator: " ").dropFirst().dropLast() } == seen)
            #expect(dump.allSatisfy { $0.hasSuffix(" T") })
            let info = try workshop.run("canlog info all.canlog")
            #expect(info.output.contains("WVWZZZ1KZ6W000001"))

            _ = try workshop.run("canlog convert all.canlog all.log")
            let ours = try Self.messages(in: "all.log", of: workshop, with: "\\(.frames[1]) ")
            #expect(ours.count == 18)
            for (reader, words) in [
                ("read_uds_with_scapy.py", "7E0 7E8"), ("read_uds_with_tshark.py", "0x7e0-0x7e8"),
            ] {
                let script = Folder.resolved("Tests/Peers/" + reader)
                let theirs = try workshop.run(
                    "'\(PeerPython.path)' -B '\(script)' all.log \(words) | sort")
                // Response pending is no message of its own with us.
                let pending = theirs.lines.filter { $0.hasSuffix(" 7F2278") }
                #expect(pending.count == 3, "\(theirs.errors)")
                let final = theirs.lines.filter { !$0.hasSuffix(" 7F2278") }.map(String.init)
                #expect(final == ours)
            }
        }
    }
}
