import LocalFiles
import TestBench
import Testing

@Suite("canlog stats")
struct StatsCommandTests {
    /// Four messages: on time, late, absent, and one without a cycle time.
    private static let database = """
        VERSION ""
        BU_: ECM
        BO_ 256 STEADY: 2 ECM
         SG_ Value : 0|16@1+ (1,0) [0|0] "" Vector__XXX
        BO_ 257 SLOW: 2 ECM
         SG_ Value : 0|16@1+ (1,0) [0|0] "" Vector__XXX
        BO_ 258 GONE: 2 ECM
         SG_ Value : 0|16@1+ (1,0) [0|0] "" Vector__XXX
        BO_ 259 QUICK: 2 ECM
         SG_ Value : 0|16@1+ (1,0) [0|0] "" Vector__XXX
        BO_ 260 EVENT: 2 ECM
         SG_ Value : 0|16@1+ (1,0) [0|0] "" Vector__XXX
        BA_DEF_ BO_ "GenMsgCycleTime" INT 0 65535;
        BA_ "GenMsgCycleTime" BO_ 256 100;
        BA_ "GenMsgCycleTime" BO_ 257 100;
        BA_ "GenMsgCycleTime" BO_ 258 100;
        BA_ "GenMsgCycleTime" BO_ 259 100;

        """

    /// Two seconds: 100 each 100 ms, 101 each 200 ms, 103 each 50 ms, 104 once, 7FF unknown.
    private static func log(_ wanted: Set<String> = ["100", "101", "103", "104", "7FF"]) -> String {
        var frames: [(time: Int, text: String)] = []
        for step in 0..<20 { frames.append((step * 100, "100#0000")) }
        for step in 0..<10 { frames.append((step * 200 + 1, "101#0000")) }
        for step in 0..<40 { frames.append((step * 50 + 2, "103#000000")) }
        frames.append((1_000, "104#0000"))
        frames.append((1_001, "7FF#00"))
        return frames.filter { wanted.contains(String($0.text.prefix(3))) }
            .sorted { $0.time < $1.time }
            .map {
                "(\(1_700_000_000 + $0.time / 1_000).\(pad($0.time % 1_000))000) can0 \($0.text)\n"
            }
            .joined()
    }

    private static func pad(_ number: Int) -> String {
        String(repeating: "0", count: 3 - "\(number)".count) + "\(number)"
    }

    @Test("each ID is judged by the database's cycle time, and what is absent is named")
    func verdicts() throws {
        let workshop = try Workshop(["a.log": Self.log(), "car.dbc": Self.database])
        let result = try workshop.run("canlog stats a.log --db car.dbc --no-project")
        #expect(result.status == 0)
        let lines = result.lines.map { $0.split(separator: " ").joined(separator: " ") }
        #expect(lines.first?.hasPrefix("a.log: 72 frames in 2.0 s, 5 IDs") == true)
        #expect(lines.contains("100 20 100.0 100.0 100.0 0.000 0.000 100.0 ok STEADY"))
        #expect(lines.contains("101 10 200.0 200.0 200.0 0.000 0.000 100.0 late SLOW"))
        #expect(
            lines.contains(
                "103 40 50.00 50.00 50.00 0.000 0.000 100.0 too fast QUICK (3 bytes, not 2)"))
        #expect(lines.contains("104 1 - - - - - - - EVENT"))
        #expect(lines.contains("7FF 1 - - - - - - unknown"))
        #expect(lines.contains("102 GONE each 100 ms"))
        #expect(lines.last == "1 ok, 1 late, 1 too fast, 1 missing, 1 unknown")
    }

    @Test(
        "--check ends with 1 only if something is late, missing or unknown",
        arguments: [
            ("", 1), ("--only 100,103,104", 0), ("--only 100-101", 1), ("--only 100,102", 1),
            ("--only 100,7FF", 1), ("--only 101 --tolerance 150", 0),
        ])
    func check(options: String, status: Int32) throws {
        let workshop = try Workshop(["a.log": Self.log(), "car.dbc": Self.database])
        let line = "canlog stats a.log --db car.dbc --no-project --check \(options)"
        #expect(try workshop.run(line).status == status)
    }

    /// 18ECFF03 and 18EBFF03 are TP.CM and TP.DT (J1939-21 5.10), 123#R asks for 123.
    @Test("parts of longer messages and requests are not unknown, other identifiers are")
    func explained() throws {
        let database = """
            BO_ 2566834942 DM1: 20 ECM
             SG_ Lamp : 0|8@1+ (1,0) [0|0] "" X
            BO_ 291 M: 8 X
             SG_ S : 0|8@1+ (1,0) [0|0] "" X
            BA_DEF_ BO_ "VFrameFormat" ENUM "StandardCAN","J1939PG";
            BA_ "VFrameFormat" BO_ 2566834942 1;

            """
        let plain = "BO_ 291 M: 8 X\n SG_ S : 0|8@1+ (1,0) [0|0] \"\" X\n"
        let log = """
            (1.0) can0 18ECFF03#20090002FFCAFE00
            (1.05) can0 18EBFF03#0101020304050607
            (1.1) can0 18EBFF03#020809FFFFFFFFFF
            (1.15) can0 123#R
            (1.2) can0 123#0500000000000000

            """
        let workshop = try Workshop([
            "j.dbc": database, "plain.dbc": plain, "tp.log": log, "rtr.log": "(1.0) can0 124#R\n",
        ])
        func status(_ log: String, _ database: String) throws -> Int32 {
            try workshop.run("canlog stats \(log) --db \(database) --no-project --check").status
        }
        #expect(try status("tp.log", "j.dbc") == 0)
        #expect(try status("tp.log", "plain.dbc") == 1)
        #expect(try status("rtr.log", "j.dbc") == 1)
    }

    @Test("no mean load is above that of the busiest second")
    func shortLog() throws {
        // 2 frames of 111 bits in 0.1 s at 500 kbit/s: 222 / 50,000.
        let log = "(1.0) can0 123#0000000000000000\n(1.1) can0 123#0000000000000000\n"
        let result = try Workshop(["a.log": log]).run("canlog stats a.log")
        #expect(result.output.contains("load 0.4 % mean, 0.4 % in the busiest second"))
    }

    @Test("a cycle time of any size is told as a number")
    func hugeCycleTime() throws {
        for time in ["1e300", "1e15", "1e14", "1e9"] {
            let database = Self.database + "BA_ \"GenMsgCycleTime\" BO_ 256 \(time);\n"
            let workshop = try Workshop(["a.log": Self.log(), "car.dbc": database])
            let result = try workshop.run(
                "canlog stats a.log --db car.dbc --no-project --json | grep -o '\"cycleMs\":[^,]*' | head -1;"
                    + " canlog monitor a.log --db car.dbc --no-project --json > m; echo $?")
            let cycle = time == "1e9" ? "1000000000.000000" : "null"
            #expect(result.lines == ["\"cycleMs\":\(cycle)", "0"], "\(time) \(result.errors)")
        }
    }

    @Test("--check without a database says what is missing")
    func noDatabase() throws {
        let workshop = try Workshop(["a.log": Self.log()])
        let result = try workshop.run("canlog stats a.log --check --no-project")
        #expect(result.status == 2)
        #expect(result.errors.hasSuffix("give one: --db car.dbc\n"))
    }

    @Test("the load is told by the bit rate that is given, and says if it is assumed")
    func load() throws {
        // 1,000 frames of 8 bytes in a second: 111 bits each without stuff bits (ISO 11898-1).
        let lines = (0...1_000).map { index in
            let time = 1_700_000_000_000 + index
            return "(\(time / 1_000).\(Self.pad(time % 1_000))000) can0 123#0000000000000000\n"
        }
        let workshop = try Workshop(["a.log": lines.joined()])
        let assumed = try workshop.run("canlog stats a.log")
        #expect(
            assumed.output.contains(
                "can0  500 kbit/s (assumed: --bitrate)  load 22.2 % mean, 22.2 % in the busiest second"
            ))
        let given = try workshop.run("canlog stats a.log --bitrate can0=250k --bitrate 1M")
        #expect(given.output.contains("can0  250 kbit/s  load 44.4 % mean"))
    }

    @Test(
        "counts, periods, deviations and loads are those that Python computes from the text",
        .enabled(if: isOnPath("python3"), "no python3"),
        arguments: [
            "normal", "fd", "remote-and-errors", "clock-step", "inversions", "equal-stamps",
            "nanoseconds",
        ])
    func madeTraffic(kind: String) throws {
        let folder = try TemporaryFolder()
        let result = try Program.shell(
            """
            Tools/make-traffic --kind \(kind) --seed 5 --duration 10 --interfaces can0,can1 > '\(folder.path)/a.log' &&
            canlog stats '\(folder.path)/a.log' --json > '\(folder.path)/a.json' &&
            Tests/IndependentReader/check_stats.py '\(folder.path)/a.log' '\(folder.path)/a.json'
            """)
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        #expect(result.output.hasPrefix("60 identifiers"))
    }

    @Test(
        "the same of real logs",
        .enabled(
            if: Requirement.data.shouldRun && isOnPath("zstd"),
            "the real logs at CANLOG_TEST_DATA are not there"),
        arguments: ["css_asammdfbasics", "durango_mapswitch", "kona_obd_elm327"])
    func realLogs(name: String) throws {
        let folder = try TemporaryFolder()
        let log = "\(testDataFolder)/logs/\(name).log.zst"
        let result = try Program.shell(
            """
            canlog stats '\(log)' --no-project --json > '\(folder.path)/a.json'
            [ $? -eq 0 -o $? -eq 3 ] && Tests/IndependentReader/check_stats.py '\(log)' '\(folder.path)/a.json'
            """)
        #expect(result.status == 0, "\(result.output)\(result.errors)")
    }

    @Test("a log gives the same figures as .canlog as it does as text")
    func canlogFile() throws {
        let workshop = try Workshop(["a.log": Self.log(), "car.dbc": Self.database])
        let result = try workshop.run(
            """
            canlog convert a.log a.canlog && for f in a.log a.canlog; do
            canlog stats $f --db car.dbc --no-project --json | sed 's/"file":"[^"]*"//'; done | uniq | wc -l
            """)
        #expect(result.output.hasSuffix("1\n"))
    }
}
