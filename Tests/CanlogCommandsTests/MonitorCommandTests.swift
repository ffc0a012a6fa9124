import LocalFiles
import TestBench
import Testing

@Suite("canlog monitor where there is no terminal")
struct MonitorCommandTests {
    private static let database = """
        VERSION ""
        BU_: ECM
        BO_ 256 ENGINE: 2 ECM
         SG_ Speed : 0|16@1+ (0.25,0) [0|0] "rpm" Vector__XXX
        BO_ 2566841600 ENGINE_HOURS: 8 ECM
         SG_ Hours : 0|8@1+ (1,0) [0|0] "h" Vector__XXX
        BA_DEF_ "ProtocolType" STRING ;
        BA_DEF_DEF_ "ProtocolType" "";
        BA_ "ProtocolType" "J1939";
        BA_DEF_ BO_ "VFrameFormat" ENUM "StandardCAN","ExtendedCAN","reserved","J1939PG";
        BA_DEF_DEF_ "VFrameFormat" "StandardCAN";
        BA_ "VFrameFormat" BO_ 2566841600 3;

        """
    private static let log = """
        (1700000000.000000) can0 100#A00F
        (1700000000.000100) can0 18FEE500#0100000000000000
        (1700000000.000200) can0 18FEE511#FF00000000000000
        (1700000000.100000) can0 100#A10F

        """

    private func workshop() throws -> Workshop {
        try Workshop(["a.log": Self.log, "car.dbc": Self.database])
    }

    @Test("a table of all IDs with their signals is printed, without escape sequences")
    func table() throws {
        let result = try workshop().run("canlog monitor a.log --db car.dbc --no-project")
        #expect(result.status == 0)
        #expect(!result.output.contains("\u{1B}"))
        let lines = result.lines.map { $0.split(separator: " ").joined(separator: " ") }
        #expect(lines.contains("- 100 2 100 ms - A1 0F ENGINE"))
        #expect(lines.contains("Speed 1000.25 rpm"))
    }

    @Test("sources of a J1939 message stand apart, and what is not available is no value")
    func sources() throws {
        let result = try workshop().run("canlog monitor a.log --db car.dbc --no-project")
        let lines = result.lines.map { $0.split(separator: " ").joined(separator: " ") }
        #expect(lines.contains("- 18FEE500 1 - - 01 00 00 00 00 00 00 00 ENGINE_HOURS @00"))
        #expect(lines.contains("Hours 1 h"))
        #expect(lines.contains("- 18FEE511 1 - - FF 00 00 00 00 00 00 00 ENGINE_HOURS @11"))
        #expect(lines.contains("Hours not available"))
    }

    @Test("--json has the same for programs", .enabled(if: isOnPath("python3"), "no python3"))
    func json() throws {
        let result = try workshop().run(
            """
            canlog monitor a.log --db car.dbc --no-project --json | python3 -c '
            import json, sys
            for m in json.load(sys.stdin)["messages"]:
                s = m["signals"][0]
                print(m["id"], m["frames"], m["periodMs"], m["payload"], s["value"], s["state"])'
            """)
        #expect(
            result.lines == [
                "100 2 100.0 A10F 1000.25 None",
                "18FEE500 1 None 0100000000000000 1 None",
                "18FEE511 1 None FF00000000000000 None not available",
            ])
    }

    /// 2^63 + 1 and -(2^63 - 1) are no doubles; 7F800000 is infinite and 7FC00000 no number (IEEE 754).
    @Test("--json has integers of 64 bits exactly, and says why there is no number")
    func exactJSON() throws {
        let database = """
            BO_ 1 A: 8 X
             SG_ U : 0|64@1+ (1,0) [0|0] "" X
             SG_ S : 0|64@1- (1,0) [0|0] "" X
             SG_ Half : 0|64@1+ (0.5,0) [0|0] "" X
            BO_ 2 B: 8 X
             SG_ F : 0|32@1- (1,0) [0|0] "" X
             SG_ G : 32|32@1- (1,0) [0|0] "" X
            SIG_VALTYPE_ 2 F : 1;
            SIG_VALTYPE_ 2 G : 1;

            """
        let log = "(1.0) can0 001#0100000000000080\n(1.0) can0 002#0000807F0000C07F\n"
        let workshop = try Workshop(["x.dbc": database, "x.log": log])
        let result = try workshop.run("canlog monitor x.log --db x.dbc --no-project --json")
        for part in [
            #""raw":9223372036854775809,"state":null,"unit":"","value":9223372036854775809"#,
            #""raw":-9223372036854775807,"state":null,"unit":"","value":-9223372036854775807"#,
            #""raw":9223372036854775809,"state":null,"unit":"","value":4.611686018427388e+18"#,
            #""raw":null,"state":"infinite","unit":"","value":null"#,
            #""raw":null,"state":"not a number","unit":"","value":null"#,
        ] { #expect(result.output.contains(part), "\(part)") }
        let lines = try workshop.run(
            "canlog decode x.log --db x.dbc --no-project -s F -s G --format jsonl")
        #expect(
            lines.output.contains(
                #""F":{"value":null,"raw":null,"state":"infinite"},"G":{"value":null,"raw":null,"state":"not a number"}"#
            ))
    }

    @Test("only what the filter names is shown, in the order that is asked for")
    func filter() throws {
        let workshop = try workshop()
        let hours = try workshop.run(
            "canlog monitor a.log --db car.dbc --no-project --filter hours --sort name")
        #expect(hours.lines.count == 6)
        let standard = try workshop.run("canlog monitor a.log --no-project --only 100 | tail -n +3")
        #expect(standard.lines.count == 1)
    }

    @Test("a log on standard input is watched as it comes")
    func standardInput() throws {
        let result = try workshop().run("canlog monitor - --no-project < a.log | grep -c ' 100 '")
        #expect(result.output == "1\n")
    }

    @Test(
        "what cannot be watched is told in a line that says what to do",
        arguments: [
            ("canlog monitor b.log", 2), ("canlog monitor a.log a.log", 64),
            ("canlog monitor a.log --speed 0", 64), ("canlog monitor vcan9 --speed 2", 64),
            ("canlog monitor a.log --db b.dbc", 2), ("canlog monitor a.log --sort size", 64),
        ])
    func refused(line: String, status: Int32) throws {
        let result = try workshop().run(line)
        #expect(result.status == status)
        #expect(result.output.isEmpty)
        #expect(!result.errors.isEmpty)
    }
}
