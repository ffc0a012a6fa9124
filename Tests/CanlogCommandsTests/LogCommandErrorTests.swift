import Glibc
import LocalFiles
import LogTools
import TestBench
import Testing

@Suite("what canlog info, dump and convert say when they cannot")
struct LogCommandErrorTests {
    /// What is run, what it says on standard error, its exit status.
    static let failures: [(String, String, CInt)] = [
        (
            "canlog dump none.log",
            "canlog: none.log: open failed: No such file or directory (errno 2)", 2
        ),
        ("canlog dump .", "canlog: .: open failed: Is a directory (errno 21)", 2),
        (
            "canlog info none.log",
            "canlog: none.log: open failed: No such file or directory (errno 2)", 2
        ),
        (
            "canlog dump strange",
            "canlog: strange: neither content nor name shows the format of this log; --from-format says which it is: \(LogFileFormat.names)",
            2
        ),
        (
            "canlog info strange --from-format candump",
            "canlog: strange:1: the line does not begin with a stamp like (1700000000.123456) (column 1); --lenient skips and counts such lines",
            2
        ),
        (
            "canlog info strange --from-format canlog",
            "canlog: strange: this is not a .canlog file: neither its first 8 bytes nor its footer say so; give a file that canlog wrote, or convert it with `canlog convert`",
            2
        ),
        (
            "canlog convert faulty.log a.canlog",
            "canlog: faulty.log:2: the payload is not made of pairs of hexadecimal digits (column 31); --lenient skips and counts such lines",
            2
        ),
        (
            "canlog convert faulty.log a.canlog --lenient",
            "canlog: faulty.log:2: the payload is not made of pairs of hexadecimal digits (column 31); skipped",
            3
        ),
        (
            "canlog convert good.log existing.canlog",
            "canlog: existing.canlog: the file exists already; --force replaces it", 2
        ),
        (
            "canlog convert good.log no/folder.canlog",
            "canlog: no/folder.canlog: create failed: No such file or directory (errno 2)", 2
        ),
        (
            "canlog convert good.log /dev/full --to-format candump",
            "canlog: /dev/full: write failed: No space left on device (errno 28)", 2
        ),
        (
            "canlog dump good.log > /dev/full",
            "canlog: standard output: write failed: No space left on device (errno 28)", 2
        ),
        (
            "(ulimit -f 1; canlog convert good.log a.canlog)",
            "canlog: a.canlog: write failed: File too large (errno 27)", 2
        ),
        (
            "canlog dump $'x\\e[2J'",
            "canlog: x\\u001b[2J: open failed: No such file or directory (errno 2)", 2
        ),
        (
            "canlog dump good.log --channel can7",
            "canlog: good.log: the log has no channel can7; canlog info tells which it has", 2
        ),
        (
            "canlog convert good.log a.canlog && canlog dump a.canlog --channel can7",
            "canlog: a.canlog: the log has no channel can7; it has can0", 2
        ),
        (
            "canlog dump cut.log",
            "canlog: cut.log:2: the log was cut off inside this line; skipped", 3
        ),
        (
            "canlog info open.log",
            "canlog: open.log: the last line has no line end; its frame may have been cut", 0
        ),
        (
            "canlog dump cut.log.zst",
            "canlog: cut.log.zst: the zstd data ends inside a frame: the file was cut off",
            2
        ),
    ]

    @Test("a failure is one line with place, cause and remedy", arguments: failures)
    func failure(line: String, errors: String, status: CInt) throws {
        let frame = "(1700000000.000000) can0 123#00\n"
        let workshop = try Workshop([
            "strange": "hello\n", "good.log": frame, "existing.canlog": "",
            "faulty.log": frame + "(1700000000.000000) can0 123#1\n" + frame,
            "cut.log": frame + "(1700000000.0000", "open.log": String(frame.dropLast()),
        ])
        _ = try workshop.run("zstd -qc good.log | head -c 30 > cut.log.zst")
        let result = try workshop.run(line)
        #expect(result.errors == errors + "\n")
        #expect(result.status == status)
        #expect(try !workshop.names.contains { $0.contains(".part-") })
    }

    @Test("wrong usage says what is wrong and ends with 64")
    func usage() throws {
        let cases = [
            (
                "canlog ifno drive.log", "Error: there is no command 'ifno'; did you mean 'info'?"
            ),
            ("canlog conver a b", "Error: there is no command 'conver'; did you mean 'convert'?"),
            (
                "canlog convert good.log a.xyz",
                "Error: the name 'a.xyz' does not tell the format of the new log; give --to-format"
            ),
            (
                "canlog dump a.log --only 1234",
                "Error: The value '1234' is invalid for '--only <ids>': wanted is 123 (standard, up to 3 digits), 00000123 (extended, 8 digits), 100-1FF, error or remote, with commas between them"
            ),
            (
                "canlog dump a.log --from yesterday",
                "Error: The value 'yesterday' is invalid for '--from <time>': wanted is 2026-11-22T09:30:00 (UTC, or with Z or a zone as +02:00), 1700000000.5, or +12.5"
            ),
            (
                "canlog convert good.log a.canlog --attempt -3",
                "Error: The value '-3' is invalid for '--attempt <n>': wanted is a number from 1 on"
            ),
            (
                "canlog convert good.log a.canlog --resolution 7us",
                "Error: The value '7us' is invalid for '--resolution <t>': wanted is a part of a second as 1us, 100ns or 10ms"
            ),
            (
                "canlog replay good.log --map can0",
                "Error: The value 'can0' is invalid for '--map <channel=interface>': wanted is channel=interface, as can0=vcan0"
            ),
            ("canlog help dmup", "Error: there is no command 'dmup'; did you mean 'dump'?"),
        ]
        let workshop = try Workshop(["good.log": ""])
        for (line, message) in cases {
            let result = try workshop.run(line)
            #expect(result.errors.split(separator: "\n").first == message[...], "\(line)")
            #expect(result.status == 64, "\(line)")
        }
    }

    @Test("a damaged or cut .canlog gives what is left and says what is missing")
    func damage() throws {
        let text = (0..<1000).map { "(1700000000.\(100_000 + $0)) can0 123#00\n" }.joined()
        let workshop = try Workshop(["in.log": text])
        // Byte 1100 lies in the head of the only group.
        let result = try workshop.run(
            "canlog convert in.log a.canlog && printf '\\xff\\x00\\xff' | dd of=a.canlog bs=1 seek=1100 conv=notrunc status=none && canlog dump a.canlog"
        )
        #expect(result.status == 3)
        #expect(result.errors.hasPrefix("canlog: a.canlog: "))
        #expect(result.errors.contains("1000 frames lost"))
        let cut = try workshop.run(
            "canlog convert in.log b.canlog && truncate -s -10 b.canlog && canlog info b.canlog | head -n 2"
        )
        #expect(cut.lines == ["b.canlog", "  format      canlog, cut off"])
        #expect(
            cut.errors.hasSuffix("canlog: b.canlog: the file was cut off: its end is missing\n"))
    }

    @Test("a damaged log does not keep info from the others")
    func severalFiles() throws {
        let workshop = try Workshop(["good.log": "(1.5) can0 123#\n"])
        let result = try workshop.run("canlog info --json none.log good.log")
        #expect(result.lines.count == 1)
        #expect(
            result.errors == "canlog: none.log: open failed: No such file or directory (errno 2)\n")
        #expect(result.status == 2)
    }

    @Test("help shows examples, and the shell can complete")
    func help() throws {
        let workshop = try Workshop()
        for command in ["info", "dump", "convert", "verify", "compact"] {
            let result = try workshop.run("canlog \(command) --help")
            #expect(result.output.contains("Examples:\n"), "\(command)")
            #expect(result.output.contains("Exit status: 0 "), "\(command)")
        }
        let script = try workshop.run("canlog --generate-completion-script bash | bash -n")
        #expect(script.status == 0)
    }
}
