import Glibc
import LocalFiles
import TestBench
import Testing

/// A folder with files of given content, and canlog run in it.
struct Workshop {
    let folder: TemporaryFolder

    init(_ files: [String: String] = [:]) throws {
        folder = try TemporaryFolder()
        for folder in Set(files.keys.map { Folder.parent(of: $0) }) where folder != "." {
            _ = try Program.shell("mkdir -p '\(self.folder.path)/\(folder)'")
        }
        for (name, text) in files {
            var file = try WritableFile(creating: folder.path + "/" + name)
            let bytes = Array(text.utf8)
            try file.append(bytes.span)
        }
    }

    /// Runs a line of the shell in the folder.
    func run(_ line: String) throws -> ProgramResult {
        try Program.shell("cd '\(folder.path)' && \(line)")
    }

    var names: [String] { get throws { try Folder.names(in: folder.path).sorted() } }
}

@Suite("canlog info, dump and convert")
struct LogCommandTests {
    static let drive = """
        (1700000000.000000) can0 123#11
        (1700000000.250000) can1 18DAF110#0322F190
        (1700000000.500000) can0 123#12
        (1700000001.000000) can0 20000080#0000000000000000
        (1700000002.000000) can0 124#R5
        (1700000003.000000) can0 1FF##5AABBCC

        """

    @Test(
        "dump prints what is selected",
        arguments: [
            ("", [0, 1, 2, 3, 4, 5]),
            ("--from +0.25 --to +1", [1, 2, 3]),
            ("--from 1700000002", [4, 5]),
            ("--to 2023-11-14T22:13:20.25Z", [0, 1]),
            ("--to 2023-11-14T22:13:20.25", [0, 1]),
            ("--from 2023-11-15T00:13:22+02:00", [4, 5]),
            ("--from 2023-11-14T17:43:22-0430", [4, 5]),
            ("--to 2023-11-14T22:14 --from 2023-11-14T22:13", [0, 1, 2, 3, 4, 5]),
            ("--only 123", [0, 2]),
            ("--only 120-1FE,error", [0, 2, 3, 4]),
            ("--except remote --except 18DA0000-18DAFFFF", [0, 2, 3, 5]),
            ("--channel can1", [1]),
            ("--channel can0 --only 00000123", []),
        ])
    func selection(options: String, expected: [Int]) throws {
        let workshop = try Workshop(["drive.log": Self.drive])
        let lines = Self.drive.split(separator: "\n")
        for name in ["drive.log", "drive.canlog"] {
            let result = try workshop.run(
                "{ [ -e drive.canlog ] || canlog convert drive.log drive.canlog; } && canlog dump \(name) \(options)"
            )
            #expect(result.lines == expected.map { lines[$0] }, "\(name)")
            #expect(result.errors == "")
            #expect(result.status == 0)
        }
    }

    @Test("no name or word of a log steers the terminal")
    func controlCharacters() throws {
        let workshop = try Workshop(["one.log": "(1.500000) can0 123#\n"])
        let result = try workshop.run(
            "canlog convert one.log a.canlog --operator $'\\e]0;x\\a\\u0085\\u202e' --tag $'k=a\\nb' && canlog info a.canlog | grep -E '^  (operator|tag|frames) |^can0'; canlog info --json a.canlog | grep -o '\"operator\":\"[^\"]*\"'"
        )
        #expect(
            result.lines == [
                "  operator    \\u001b]0;x\\u0007\\u0085\\u202e", "  tag         k=a\\u000ab",
                "  frames      1 on 1 channel, 1 identifier", "can0  1 frame",
                "\"operator\":\"\\u001b]0;x\\u0007\\u0085\\u202e\"",
            ])
    }

    @Test("info tells times, frames, identifiers and size")
    func info() throws {
        let workshop = try Workshop(["drive.log": Self.drive])
        let result = try workshop.run("canlog info drive.log")
        #expect(
            result.output == """
                drive.log
                  format      candump text
                  first frame 2023-11-14T22:13:20.000000Z  (1700000000.000000)
                  last frame  2023-11-14T22:13:23.000000Z  (1700000003.000000)
                  duration    3.000000 s
                  frames      6 on 2 channels, 5 identifiers, 2.0/s
                  size        228 bytes, 38.00 bytes/frame
                  resolution  1 µs
                  lost        nothing

                can0  5 frames
                  ID              frames     share       /s
                  123                  2   40.00 %      0.7
                  124 R                1   20.00 %      0.3
                  1FF                  1   20.00 %      0.3
                  20000080             1   20.00 %      0.3

                can1  1 frame
                  ID              frames     share       /s
                  18DAF110             1  100.00 %      0.3

                """)
        #expect(result.status == 0)
    }

    @Test("info --json is one object in a line, with sorted keys")
    func json() throws {
        let workshop = try Workshop(["drive.log": "(1700000000.5) can0 123#11\n"])
        let result = try workshop.run("canlog info --json drive.log")
        #expect(
            result.output == """
                {"bytesPerFrame":27.000,"channels":[{"bitRate":null,"clock":"unknown","dataBitRate":null,"frames":1,"identifiers":[{"frames":1,"id":"123","kind":"data"}],"interface":"can0","number":0}],"damages":[],"durationNanoseconds":0,"earliest":{"nanoseconds":1700000000500000000,"utc":"2023-11-14T22:13:20.5Z"},"events":{},"file":"drive.log","fileBytes":27,"first":{"nanoseconds":1700000000500000000,"utc":"2023-11-14T22:13:20.5Z"},"format":"candump","frames":1,"groups":0,"identifiers":1,"isComplete":true,"journalBytes":0,"last":{"nanoseconds":1700000000500000000,"utc":"2023-11-14T22:13:20.5Z"},"latest":{"nanoseconds":1700000000500000000,"utc":"2023-11-14T22:13:20.5Z"},"messages":[],"metadata":null,"otherFrames":0,"recordedLosses":[],"resolutionNanoseconds":100000000,"skipped":0,"state":null}

                """)
    }

    @Test("info shows the metadata of a log, and that a VIN is doubtful")
    func metadata() throws {
        let workshop = try Workshop(["drive.log": Self.drive])
        let result = try workshop.run(
            "canlog convert drive.log a.canlog --vin XYZ --station EOL7 --attempt 2 --tag a=b && canlog info a.canlog"
        )
        for line in [
            "  format      canlog, closed", "  source      drive.log",
            "  VIN         XYZ  (doubtful)",
            "  attempt     2", "  station     EOL7", "  tag         a=b",
            "  frames      6 on 2 channels, 5 identifiers, 2.0/s",
        ] {
            #expect(result.lines.contains(line[...]), "\(line)")
        }
    }

    @Test(
        "text comes back from a .canlog as it was",
        arguments: [
            ("nothing", ""),
            ("one frame", "(1700000000.000000) can0 123#\n"),
            ("nanoseconds", "(1700000000.123456789) can0 123#00\n(1700000000.123456790) can0 1#\n"),
            (
                "equal stamps",
                "(1.000000) can0 123#00\n(1.000000) can1 123#01\n(1.000000) can0 1#\n"
            ),
            ("inversions", "(1.000100) can0 123#00\n(1.000000) can1 124#00\n(1.000099) can0 1#\n"),
            ("few decimals", "(1.5) can0 123#00\n(2.5) can0 123#00\n"),
            ("flags with the FDF bit", "(1.000000) can0 123##5AA\n"),
            ("flags without it", "(1.000000) can0 123##1AA\n"),
            ("a long DLC", "(1.000000) can0 123#1122334455667788_F\n(1.000000) can0 123#R8_9\n"),
            ("error frames", "(1.000000) can0 20000004#0001000000000000\n"),
        ])
    func roundTrip(name: String, text: String) throws {
        let text = text.replacing(" 1#", with: " 001#").replacing("(1.", with: "(0000000001.")
            .replacing("(2.", with: "(0000000002.")
        let workshop = try Workshop(["in.log": text])
        let result = try workshop.run(
            "canlog convert in.log a.canlog && canlog dump a.canlog && canlog convert a.canlog b.log && canlog convert - - --to-format canlog < in.log | canlog dump - | cmp - in.log && cmp b.log in.log"
        )
        #expect(result.output == text)
        #expect(result.errors == "")
        #expect(result.status == 0)
    }

    @Test("a clock that steps back 300 s after 106 frames comes back as it was")
    func clockStep() throws {
        let before = (0..<106).map { "(1700000000.\(100_000 + $0)) can0 123#00\n" }.joined()
        let after = (0..<50).map { "(1699999700.\(100_000 + $0)) can0 123#01\n" }.joined()
        let workshop = try Workshop(["in.log": before + after])
        let result = try workshop.run("canlog convert in.log a.canlog && canlog dump a.canlog")
        #expect(result.output == before + after)
        let info = try workshop.run("canlog info a.canlog")
        #expect(info.output.contains(", 2 groups\n"))
        #expect(info.lines.contains("  duration    300.000105 s"))
    }

    @Test("stamps that become finer are kept, also behind the first stretch of a pipe")
    func finerStamps() throws {
        let coarse = "(0000000001.000001) can0 123#00\n"
        let fine = "(0000000001.000001234) can0 123##1AA\n"
        let text = String(repeating: coarse, count: 20_000) + fine
        let workshop = try Workshop(["in.log": text])
        let result = try workshop.run(
            "cat in.log | canlog convert - a.canlog && canlog dump a.canlog | sed -n '1p;$p' && canlog convert - - --to-format canlog < in.log > /dev/null"
        )
        #expect(
            result.output == coarse.replacing("001)", with: "001000)") + fine)
        #expect(
            result.errors
                == "canlog: standard output: later stamps of the source are finer than the first, which its header does not say; --resolution 1ns, or a file instead of a pipe\n"
        )
        #expect(result.status == 2)
        #expect(try workshop.names == ["a.canlog", "in.log"])
    }

    /// With six decimals, as canplayer wants them.
    @Test("convert rounds down to a resolution")
    func resolution() throws {
        let workshop = try Workshop(["in.log": "(1700000000.999999) can0 123#00\n"])
        let result = try workshop.run(
            "canlog convert in.log a.canlog --resolution 1ms && canlog dump a.canlog && canlog convert in.log - --to-format candump --resolution 100ms"
        )
        #expect(
            result.output
                == "(1700000000.999000) can0 123#00\n(1700000000.900000) can0 123#00\n")
    }

    @Test(
        "a file that is named like a segment with an impossible ordinal is left alone",
        arguments: ["9223372036854775807", "4294967295", "4294967294"])
    func impossibleOrdinal(ordinal: String) throws {
        let workshop = try Workshop(["in.log": Self.drive])
        // The state in the header is unreadable, and the footer is cut: the journal is looked for.
        let result = try workshop.run(
            """
            canlog convert in.log whole.canlog && head -c -1 whole.canlog > a.canlog \
            && printf XXXXXXXX | dd of=a.canlog bs=1 seek=512 conv=notrunc status=none \
            && touch a.canlog.journal-\(ordinal) && canlog dump a.canlog
            """)
        #expect(result.output == Self.drive)
    }

    @Test("dump ends quietly when its reader goes away")
    func closedPipe() throws {
        let workshop = try Workshop([
            "in.log": String(repeating: "(0000000001.000001) can0 123#00\n", count: 100_000)
        ])
        let result = try workshop.run(
            "canlog dump in.log | head -n 1; echo status ${PIPESTATUS[0]}")
        #expect(result.output == "(0000000001.000001) can0 123#00\nstatus 0\n")
        #expect(result.errors == "")
    }
}
