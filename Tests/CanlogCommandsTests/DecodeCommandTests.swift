import LocalFiles
import TestBench
import Testing

@Suite("canlog decode")
struct DecodeCommandTests {
    static let car = """
        BO_ 256 ECM: 8 ECM
         SG_ Coolant : 0|8@1+ (1,-40) [0|0] "degC" X
         SG_ Gear : 8|4@1+ (1,0) [0|0] "" X
         SG_ Serial : 0|64@1+ (1,0) [0|0] "" X
        BO_ 512 MUX: 8 X
         SG_ Mode M : 0|8@1+ (1,0) [0|0] "" X
         SG_ A m0 : 8|8@1+ (0.1,0) [0|0] "V" X
         SG_ B m1 : 8|8@1- (0.1,0) [0|0] "V" X
        VAL_ 256 Gear 0 "P" 1 "R, back" 15 "say \\"no\\"" ;

        """
    static let truck = """
        BO_ 2364540158 EEC1: 8 ECM
         SG_ EngineSpeed : 24|16@1+ (0.125,0) [0|0] "rpm" X
        BO_ 2566834942 DM1: 20 ECM
         SG_ Lamp : 0|8@1+ (1,0) [0|0] "" X
         SG_ Last : 152|8@1+ (1,0) [0|0] "" X
        BA_DEF_ BO_ "VFrameFormat" ENUM "StandardCAN","ExtendedCAN","reserved","J1939PG";
        BA_ "VFrameFormat" BO_ 2364540158 3;
        BA_ "VFrameFormat" BO_ 2566834942 3;

        """
    static let log = """
        (1700000000.000000) can0 100#5A01000000000080
        (1700000000.010000) can0 200#000F
        (1700000000.020000) can0 200#01FF
        (1700000000.030000) can1 0CF00400#FFFFFF6813FFFFFF
        (1700000000.040000) can1 0CF00403#FFFFFFFFFFFFFFFF
        (1700000000.050000) can1 1CECFF00#20140003FFCAFE00
        (1700000000.060000) can1 1CEBFF00#0100010203040506
        (1700000000.070000) can1 1CEBFF00#0207080900010203
        (1700000000.080000) can1 1CEBFF00#0304050607082AFF
        (1700000000.090000) can0 100#5A
        (1700000000.100000) can0 200#05
        (1700000000.110000) can0 100#5A0F000000000000

        """
    static let databases = "--db can0=car.dbc --db can1=truck.dbc --no-project"

    private func workshop(_ more: [String: String] = [:]) throws -> Workshop {
        try Workshop(
            ["car.dbc": Self.car, "truck.dbc": Self.truck, "t.log": Self.log]
                .merging(more) { $1 })
    }

    /// Values by hand: Coolant 5A - 40 is 50, Serial is the payload as one number, EngineSpeed 1368 / 8.
    @Test(
        "writes a column for each signal, a row for each frame, of text and of a .canlog",
        arguments: ["t.log", "t.canlog"])
    func wide(log: String) throws {
        let workshop = try workshop()
        let result = try workshop.run(
            "canlog convert t.log t.canlog && canlog decode \(log) \(Self.databases)")
        #expect(result.status == 0)
        #expect(result.errors == "")
        #expect(
            result.output.split(separator: "\r\n") == [
                "time [s],ECM.Coolant [degC],ECM.Gear,ECM.Serial,MUX.Mode,MUX.A [V],MUX.B [V],"
                    + "EEC1.EngineSpeed @00 [rpm],EEC1.EngineSpeed @03 [rpm],DM1.Lamp,DM1.Last",
                "0.000000,50,1,9223372036854776154,,,,,,,",
                "0.010000,,,,0,1.5,,,,,",
                "0.020000,,,,1,,-0.1,,,,",
                "0.030000,,,,,,,621,,,",
                "0.040000,,,,,,,,,,",
                "0.080000,,,,,,,,,0,42",
                "0.090000,50,,,,,,,,,",
                "0.100000,,,,5,,,,,,",
                "0.110000,50,15,3930,,,,,,,",
            ])
    }

    @Test("a pattern with an interface has no columns for the database of another one")
    func interfaceOfPattern() throws {
        let result = try workshop(["same.dbc": Self.car]).run(
            "canlog decode t.log --db can0=car.dbc --db can1=same.dbc --no-project -s can0:Coolant")
        #expect(result.output.hasPrefix("time [s],ECM.Coolant [degC]\r\n"))
    }

    @Test(
        "takes signals by pattern, labels, raw values, times and fills",
        arguments: [
            (
                "-s 'ECM.*' -s B --fill hold --labels beside --raw",
                [
                    "time [s],ECM.Coolant [degC],ECM.Coolant label,ECM.Coolant raw,ECM.Gear,"
                        + "ECM.Gear label,ECM.Gear raw,ECM.Serial,ECM.Serial label,ECM.Serial raw,"
                        + "MUX.B [V],MUX.B label,MUX.B raw",
                    "0.000000,50,,90,1,\"R, back\",1,9223372036854776154,,9223372036854776154,,,",
                    "0.020000,50,,90,1,\"R, back\",1,9223372036854776154,,9223372036854776154,-0.1,,-1",
                    "0.090000,50,,90,,,,,,,-0.1,,-1",
                    "0.110000,50,,90,15,\"say \"\"no\"\"\",15,3930,,3930,-0.1,,-1",
                ]
            ),
            (
                "-s Gear --labels instead --time absolute",
                [
                    "time,ECM.Gear", "2023-11-14T22:13:20.000000Z,\"R, back\"",
                    "2023-11-14T22:13:20.090000Z,",
                    "2023-11-14T22:13:20.110000Z,\"say \"\"no\"\"\"",
                ]
            ),
            (
                "-s 'EngineSpeed @00' --time unix",
                ["time [s],EEC1.EngineSpeed [rpm]", "1700000000.030000,621"]
            ),
            ("-s can1:Lamp", ["time [s],DM1.Lamp", "0.080000,0"]),
            (
                "-s Gear -s Mode -s A --period 40ms",
                [
                    "time [s],ECM.Gear,MUX.Mode,MUX.A [V]", "0.000000,1,,", "0.040000,1,1,1.5",
                    "0.080000,1,1,1.5",
                ]
            ),
            (
                "-s Mode --period 20ms --fill blank",
                [
                    "time [s],MUX.Mode", "0.020000,1", "0.040000,", "0.060000,", "0.080000,",
                    "0.100000,5",
                ]
            ),
            ("-s Mode --from +0.02 --to +0.1", ["time [s],MUX.Mode", "0.020000,1", "0.100000,5"]),
            (
                "-s Mode --format csv-long --changes",
                [
                    "time [s],interface,message,signal,value,raw,unit,label,state,source",
                    "0.010000,can0,MUX,Mode,0,0,,,,", "0.020000,can0,MUX,Mode,1,1,,,,",
                    "0.100000,can0,MUX,Mode,5,5,,,,",
                ]
            ),
            (
                "-s EngineSpeed --format csv-long",
                [
                    "time [s],interface,message,signal,value,raw,unit,label,state,source",
                    "0.030000,can1,EEC1,EngineSpeed,621,4968,rpm,,,00",
                    "0.040000,can1,EEC1,EngineSpeed,,65535,rpm,,not available,03",
                ]
            ),
        ])
    func options(options: String, expected: [String]) throws {
        let workshop = try workshop()
        for log in ["t.log", "t.canlog"] {
            let result = try workshop.run(
                "canlog convert t.log t.canlog --force && canlog decode \(log) \(Self.databases) \(options)"
            )
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.split(separator: "\r\n").map(String.init) == expected)
        }
    }

    @Test("writes an object for each frame, with states for what is no value")
    func lines() throws {
        let workshop = try workshop()
        let result = try workshop.run(
            "canlog decode t.log \(Self.databases) --format jsonl | sed -n '4,7p'")
        #expect(
            result.lines == [
                #"{"time":0.030000,"interface":"can1","id":"0CF00400","message":"EEC1","source":0,"signals":{"EngineSpeed":{"value":621,"unit":"rpm","raw":4968}}}"#,
                #"{"time":0.040000,"interface":"can1","id":"0CF00403","message":"EEC1","source":3,"signals":{"EngineSpeed":{"value":null,"unit":"rpm","raw":65535,"state":"not available"}}}"#,
                #"{"time":0.080000,"interface":"can1","id":"1CFECA00","message":"DM1","source":0,"signals":{"Lamp":{"value":0,"raw":0},"Last":{"value":42,"raw":42}}}"#,
                #"{"time":0.090000,"interface":"can0","id":"100","message":"ECM","signals":{"Coolant":{"value":50,"unit":"degC","raw":90},"Gear":{"value":null,"state":"beyond the frame"},"Serial":{"value":null,"state":"beyond the frame"}}}"#,
            ])
        let compact = try workshop.run(
            "canlog decode t.log \(Self.databases) -s 'ECM.[' --format jsonl --compact; canlog decode t.log \(Self.databases) -s Serial -o x.jsonl.zst --compact; zstd -dc x.jsonl.zst | head -1"
        )
        #expect(
            compact.lines.last
                == #"{"time":0.000000,"interface":"can0","id":"100","message":"ECM","signals":{"Serial":9223372036854776154}}"#
        )
    }

    @Test("a message whose first frames carry nothing that is wanted waits for its turn")
    func lateStream() throws {
        let workshop = try workshop([
            "l.log": """
            (1.000000) can0 200#0001
            (2.000000) can0 100#5A01000000000000
            (3.000000) can0 200#0102

            """
        ])
        for (format, count) in [("csv", 3), ("csv-long", 3), ("jsonl", 2)] {
            let result = try workshop.run(
                "canlog decode l.log \(Self.databases) -s B -s Gear --format \(format) | wc -l")
            #expect(Int(result.output.filter(\.isNumber)) == count, "\(result.errors)")
        }
    }

    @Test("reads standard input, and says which frames had no column")
    func standardInput() throws {
        let workshop = try workshop()
        let lines = try workshop.run(
            "canlog decode - \(Self.databases) --format jsonl < t.log > 1; canlog decode t.log \(Self.databases) --format jsonl | cmp - 1"
        )
        #expect(lines.status == 0)
        let wide = try workshop.run("canlog decode - \(Self.databases) -s EngineSpeed < t.log")
        #expect(wide.status == 3)
        #expect(
            wide.output.split(separator: "\r\n") == [
                "time [s],EEC1.EngineSpeed [rpm]", "0.030000,621",
            ])
        #expect(wide.errors.contains("standard input: left out: 1 frame of can1"))
    }

    @Test("a silence has no rows unless they are asked for")
    func silence() throws {
        let workshop = try workshop([
            "s.log": """
            (1700000000.000000) can0 200#01
            (1700000100.000000) can0 200#02

            """
        ])
        let short = try workshop.run(
            "canlog decode s.log \(Self.databases) -s Mode --period 1s")
        #expect(
            short.output.split(separator: "\r\n") == [
                "time [s],MUX.Mode", "0.000000,1", "100.000000,2",
            ])
        #expect(short.errors.contains("more than 60 s: 99 rows; --through-silence writes them"))
        let whole = try workshop.run(
            "canlog decode s.log \(Self.databases) -s Mode --period 1s --through-silence | wc -l")
        #expect(whole.output.contains("102"))
    }

    @Test("a clock that was set shows in the stamps and not in bus time")
    func clockStep() throws {
        let workshop = try workshop([
            "s.log": """
            (1700000100.000000) can0 200#01
            (1700000100.500000) can0 200#02
            (1700000000.000000) can0 200#03
            (1700000000.500000) can0 200#04

            """
        ])
        let result = try workshop.run("canlog decode s.log \(Self.databases) -s Mode")
        // CANFrame's BusTimeline: without ties a step backwards is a gap of zero.
        #expect(
            result.output.split(separator: "\r\n").dropFirst() == [
                "0.000000,1", "0.500000,2", "0.500000,3", "1.000000,4",
            ])
    }

    @Test("--db is remembered beside the log, and replaced only when that is asked for")
    func project() throws {
        let workshop = try workshop()
        let line = "canlog decode t.log -s Gear -o /dev/null"
        let none = try workshop.run(line)
        #expect(none.status == 2)
        #expect(
            none.errors == "canlog: t.log: no database is named for it; give one: --db car.dbc\n")
        #expect(try workshop.run(line + " --db nothere.dbc").status == 2)
        #expect(try workshop.run("canlog decode no.log --db car.dbc -o /dev/null").status == 2)
        #expect(try workshop.run("canlog decode t.log -s Nope --db car.dbc").status == 64)
        #expect(try workshop.names.contains(".canlog.yaml") == false)
        let first = try workshop.run(line + " --db car.dbc")
        #expect(first.status == 0)
        #expect(first.errors.contains("remembered in "))
        #expect(try workshop.run(line).status == 0)
        #expect(try workshop.run(line + " --db car.dbc").errors == "")
        let other = try workshop.run(line + " --db can0=car.dbc")
        #expect(
            other.errors.contains("names other databases; --remember puts these in their place"))
        let replaced = try workshop.run(line + " --db can0=car.dbc --remember; cat .canlog.yaml")
        #expect(replaced.output.contains("  - interface: can0\n    file: car.dbc\n"))
        let moved = try workshop.run(
            "mkdir -p logs/day1 && mv t.log logs/day1 && canlog decode logs/day1/t.log -s Gear")
        #expect(moved.status == 0)
        let broken = try workshop.run(
            "echo 'databases: [a.dbc' > .canlog.yaml; canlog decode logs/day1/t.log; canlog decode logs/day1/t.log --db car.dbc -o /dev/null"
        )
        #expect(broken.errors.contains(".canlog.yaml:2: "))
        #expect(broken.errors.contains("not remembered: "))
    }

    @Test(
        "wrong usage is told in a line with what to do",
        arguments: [
            (
                "-s Coolnt", 64,
                "no signal of the databases matches 'Coolnt'; did you mean 'Coolant'?"
            ),
            ("-s ECM.", 64, "wanted is MESSAGE.SIGNAL or SIGNAL"),
            ("--db can0=", 64, "wanted is a file, or an interface with its file"),
            ("--db none.dbc", 2, "none.dbc: there is no such file; check the name"),
            ("--db t.log", 2, "no message was found in it"),
            ("--format csv-long --period 1s", 64, "are for --format csv"),
            ("--changes", 64, "--changes is for --format csv-long and jsonl"),
            ("--period 1ns", 64, "--period"),
            ("-o car.dbc", 2, "car.dbc: the file exists already; --force replaces it"),
            ("-o t.log --force", 2, "this would replace t.log, of which it is made"),
            ("-o car.dbc --force", 2, "this would replace "),
            ("--format xml", 64, "xml"),
        ])
    func usage(options: String, status: Int32, message: String) throws {
        let workshop = try workshop()
        let database = options.hasPrefix("--db") ? "" : "--db car.dbc "
        let result = try workshop.run("canlog decode t.log --no-project \(database)\(options)")
        #expect(result.status == status)
        #expect(result.errors.contains(message), "\(result.errors)")
    }

    /// Raw values of the pattern 88 07 06 05 04 03 02 01 as an integer of so many bits, in its sign too.
    @Test("signed signals of any length are shown, those of 63 bits too", arguments: 1...64)
    func signedLengths(length: Int) throws {
        let workshop = try Workshop([
            "s.dbc": "BO_ 256 M: 8 X\n SG_ S : 0|\(length)@1- (1,0) [0|0] \"\" X\n",
            "s.log": "(1.0) can0 100#8807060504030281\n",
        ])
        let result = try workshop.run("canlog decode s.log --db s.dbc --no-project --format csv")
        let bits = 0x8102_0304_0506_0788 as UInt64
        let expected = Int64(bitPattern: bits << UInt64(64 - length)) >> Int64(64 - length)
        #expect(result.output == "time [s],M.S\r\n0.000000,\(expected)\r\n", "\(result.errors)")
    }

    /// NMEA 2000 129029: integrity 2 is "caution", which J1939's table for 2 bits would call an error.
    @Test(
        "what a database names is a value of J1939 too, unless the name says that it is none",
        arguments: ["Caution", "Default", "Available", "N"], ["Error indicator", "SNA", "Not used"])
    func namedIndicators(value: String, noValue: String) throws {
        let named =
            Self.truck + "VAL_ 2566834942 Two 2 \"\(value)\" 1 \"Safe\" ;\n"
            + "VAL_ 2566834942 Other 2 \"\(noValue)\" 3 \"Not available\" ;\n"
        let dbc = named.replacing(
            " SG_ Lamp : 0|8@1+ (1,0) [0|0] \"\" X",
            with: " SG_ Two : 0|2@1+ (1,0) [0|0] \"\" X\n SG_ Other : 2|2@1+ (1,0) [0|0] \"\" X")
        let workshop = try Workshop([
            "j.dbc": dbc, "j.log": "(1.0) can0 18FECA00#0AFFFFFFFFFFFFFF\n",
        ])
        let result = try workshop.run(
            "canlog decode j.log --db j.dbc --no-project -s Two -s Other --raw --labels beside")
        #expect(
            result.output.split(separator: "\r\n").last == "0.000000,2,\(value),2,,,2",
            "\(result.output)\(result.errors)")
    }

    @Test("a log in which no frame matches says which IDs are where")
    func noMatch() throws {
        let workshop = try workshop([
            "std.dbc": "BO_ 217056256 X: 8 X\n SG_ A : 0|8@1+ (1,0) [0|0] \"\" X\n",
            "bare.dbc": "BO_ 2364540158 X: 8 X\n SG_ A : 0|8@1+ (1,0) [0|0] \"\" X\n",
            "empty.log": "",
        ])
        let line = "canlog decode t.log --no-project --db"
        let bound = try workshop.run("\(line) can1=truck.dbc --channel can0")
        #expect(bound.status == 1)
        #expect(
            bound.errors.contains(
                "no frame is in a database: the log has 6 frames with 2 IDs (100, 200); truck.dbc has "
                    + "2 IDs (0CF004FE, 18FECAFE); can0 has no database, only can1"))
        let three = try workshop.run("\(line) can7=car.dbc")
        #expect(
            three.errors.contains(
                "can0, can1 have no database, only can7: give --db can0=FILE --db can1=FILE"))
        let group = try workshop.run("\(line) bare.dbc --channel can1")
        #expect(group.errors.contains("the database must say so by VFrameFormat"))
        let absent = try workshop.run("\(line) car.dbc --channel can0 --only 200 -s Gear")
        #expect(absent.status == 1)
        #expect(absent.errors.contains("it would be in 1 message (ECM (100))"))
        let empty = try workshop.run("canlog decode empty.log --no-project --db car.dbc")
        #expect(empty.status == 1)
        #expect(empty.errors.contains("there is no data frame in what was read"))
    }

    @Test("a log that was cut off is decoded as far as it goes, and leaves no half file behind")
    func cutOff() throws {
        let workshop = try workshop()
        let result = try workshop.run(
            """
            canlog convert t.log t.canlog && head -c $(($(stat -c %s t.canlog) - 20)) t.canlog > cut.canlog
            canlog decode cut.canlog \(Self.databases) -o cut.csv; echo $?
            printf '(1700000000.000000) can0 200#01\\nrubbish\\n' > bad.log
            canlog decode bad.log \(Self.databases) -o bad.csv; echo $?
            canlog decode bad.log \(Self.databases) -o ok.csv --lenient; echo $?
            """)
        #expect(result.lines.map(String.init) == ["3", "2", "3"])
        let names = try workshop.names
        #expect(!names.contains("bad.csv") && names.contains("ok.csv") && names.contains("cut.csv"))
        #expect(!names.contains { $0.contains(".part-") })
    }

    @Test("hostile names neither break rows nor steer the terminal, and equal names stay apart")
    func hostileNames() throws {
        let workshop = try workshop([
            "h.dbc": """
            BO_ 512 M: 8 X
             SG_ S : 0|8@1+ (1,0) [0|0] "a,\u{1B}[31m\\"b" X
             SG_ S : 8|8@1+ (1,0) [0|0] "" X
            VAL_ 512 S 1 "x\ny\u{7}" ;

            """
        ])
        let wide = try workshop.run(
            "canlog decode t.log --db h.dbc --no-project --labels instead")
        #expect(
            wide.output.split(separator: "\r\n").prefix(2).map(String.init) == [
                #"time [s],M.S,M.S#2"#, "0.010000,0,15",
            ])
        #expect(!wide.output.contains("\u{1B}") && !wide.output.contains("\u{7}"))
        for format in ["csv-long", "jsonl"] {
            let result = try workshop.run(
                "canlog decode t.log --db h.dbc --no-project --format \(format)")
            #expect(result.output.contains("\\u001b[31m"))
            #expect(!result.output.contains("\u{1B}") && !result.output.contains("\u{7}"))
            #expect(result.output.contains("S#2"))
        }
    }

    @Test("takes no more memory for a log ten times as long", arguments: ["csv", "jsonl"])
    func boundedMemory(format: String) throws {
        let workshop = try workshop()
        // The peak of resident memory that the kernel counted (ru_maxrss, KiB).
        let result = try workshop.run(
            """
            for count in 20000 200000; do
                awk -v n=$count 'BEGIN { for (i = 0; i < n; i++)
                    printf "(%d.%06d) can0 100#%016X\\n", 1700000000 + i / 1000, i % 1000 * 1000, i }' > big.log
                canlog convert big.log big.canlog --force
                python3 -c 'import resource, subprocess, sys
            subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
            print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' \
                    '\(canlogPath)' decode big.canlog \(Self.databases) --format \(format)
            done
            """)
        let peaks = result.lines.compactMap { Int($0) }
        #expect(peaks.count == 2, "\(result.errors)")
        // A group of the log is 131,072 frames, which only the longer one has whole.
        #expect(peaks.last ?? .max < (peaks.first ?? 0) + 24_000)
    }

    @Test("an interrupted file is removed, what came from a pipe is kept")
    func interruption() throws {
        let workshop = try workshop()
        let result = try workshop.run(
            """
            mkfifo pipe
            '\(canlogPath)' decode - \(Self.databases) -s Mode -o live.csv < pipe & decoder=$!
            exec 3> pipe
            cat t.log >&3
            until ls live.csv.part-* > /dev/null 2>&1; do :; done
            kill -INT $decoder
            wait $decoder; echo $?
            exec 3>&-
            tail -n 1 live.csv
            """)
        #expect(
            result.lines.map { $0.filter { $0 != "\r\n" && $0 != "\r" } } == ["0", "0.100000,5"])
        #expect(try !workshop.names.contains { $0.contains(".part-") })
    }

    private static let two = """
        BO_ 291 M: 8 A
         SG_ Mx M : 0|8@1+ (1,0) [0|0] "" A
         SG_ B m1 : 8|8@1+ (1,0) [0|0] "" A
        BO_ 292 N: 8 A
         SG_ X : 0|8@1+ (1,0) [0|0] "" A

        """

    @Test(
        "a stream whose first frame carries nothing that is wanted is no row, and its later ones are",
        arguments: ["csv-long", "jsonl"])
    func lateSignal(format: String) throws {
        let log = "(1.0) can0 123#0205\n(1.1) can0 124#0207\n(1.2) can0 123#0105\n"
        let workshop = try Workshop(["two.dbc": Self.two, "two.log": log])
        let result = try workshop.run(
            "canlog decode two.log --db two.dbc --no-project -s B -s X --format \(format)")
        #expect(result.status == 0, "\(result.errors)")
        let rows = result.output.split(whereSeparator: \.isNewline).suffix(2)
        #expect(
            rows
                == (format == "jsonl"
                    ? [
                        #"{"time":0.100000,"interface":"can0","id":"124","message":"N","signals":{"X":{"value":2,"raw":2}}}"#,
                        #"{"time":0.200000,"interface":"can0","id":"123","message":"M","signals":{"B":{"value":5,"raw":5}}}"#,
                    ] : ["0.100000,can0,N,X,2,2,,,,", "0.200000,can0,M,B,5,5,,,,"]))
    }

    private static let alternating = """
        (1.0) can0 123#0105
        (1.1) can0 123#0207
        (1.2) can0 123#0105
        (1.3) can0 123#0207
        (1.4) can0 123#0106

        """

    @Test("a tick has the last value of each branch of a multiplexer since the tick before")
    func branchesInTicks() throws {
        let workshop = try Workshop(["two.dbc": Self.two, "m.log": Self.alternating])
        let result = try workshop.run(
            "canlog decode m.log --db two.dbc --no-project -s 'M.*' --period 200ms --fill blank")
        #expect(
            result.output.split(separator: "\r\n").dropFirst() == [
                "0.000000,1,5", "0.200000,1,5", "0.400000,1,6",
            ])
    }

    @Test("--changes tells a value again only if it is another than the last that was there")
    func changesOfBranches() throws {
        let workshop = try Workshop(["two.dbc": Self.two, "m.log": Self.alternating])
        let line = "canlog decode m.log --db two.dbc --no-project -s B --changes --format"
        let table = try workshop.run("\(line) csv-long")
        #expect(
            table.output.split(separator: "\r\n").dropFirst() == [
                "0.000000,can0,M,B,5,5,,,,", "0.400000,can0,M,B,6,6,,,,",
            ])
        #expect(try workshop.run("\(line) jsonl").lines.count == 2)
    }

    /// RFC 4180 knows bytes: a comma stays one with U+0301 behind it.
    @Test("labels with combining characters are quoted like others")
    func combiningCharacters() throws {
        let labels = "VAL_ 292 X 1 \"a,\u{301}b\" 2 \"q\\\"\u{301}x\" ;\n"
        let log = "(1.0) can0 124#01\n(1.1) can0 124#02\n"
        let workshop = try Workshop(["two.dbc": Self.two + labels, "x.log": log])
        let result = try workshop.run(
            "canlog decode x.log --db two.dbc --no-project -s X --labels instead")
        #expect(
            result.output.unicodeScalars.split(separator: "\n").map { String($0) } == [
                "time [s],N.X\r", "0.000000,\"a,\u{301}b\"\r", "0.100000,\"q\"\"\u{301}x\"\r",
            ])
    }

    @Test("a broadcast that came in parts is told if it is not whole")
    func lostPackets() throws {
        let workshop = try workshop()
        let result = try workshop.run(
            "grep -v '1CEBFF00#02' t.log | canlog decode - \(Self.databases) -s Lamp --format jsonl"
        )
        #expect(result.errors.contains("J1939 transport protocol: cut off by the end: 1"))
    }
}

/// cantools decodes the same frames: see Tests/Peers/decode_with_cantools.py for how they are compared.
@Suite(
    "canlog decode beside cantools",
    .enabled(
        if: Requirement.data.shouldRun && PeerPython.shouldRun("cantools"),
        "the test data, or cantools in the environment of Tools/setup peers, is not there"))
struct DecodePeerTests {
    @Test("gives the same values, raw values and labels", arguments: ["jsonl", "canlog"])
    func sameValues(kind: String) throws {
        let workshop = try Workshop()
        let bench = Folder.resolved("\(testDataFolder)/decode-bench")
        let script = Folder.resolved("Tests/Peers/decode_with_cantools.py")
        let result = try workshop.run(
            """
            zcat '\(bench)/rav4_2017_bus0_60s.candump.log.gz' > a.log
            canlog convert a.log a.canlog
            canlog decode \(kind == "canlog" ? "a.canlog" : "a.log") --db '\(bench)/toyota.dbc' \
            --no-project -o a.jsonl
            '\(PeerPython.path)' '\(script)' a.log '\(bench)/toyota.dbc' a.jsonl
            """)
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        #expect(result.output.contains("38983 frames, 210706 values, 0 differences"))
    }
}
