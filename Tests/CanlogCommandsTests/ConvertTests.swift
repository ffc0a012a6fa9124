import Glibc
import TestBench
import Testing

@Suite("canlog convert keeps and tells what a source has and lacks")
struct ConvertTests {
    static let text = """
        (1700000000.000000) can0 123#11
        (1700000000.250000) can1 18DAF110#0322F190
        (1700000000.500000) can0 123#12

        """
    /// 60,000 frames with payloads that zstd cannot shorten to nothing.
    static let long = (0..<60_000).map { (number: UInt64) in
        let payload = String(number &* 0x9E37_79B9_7F4A_7C15 | 1 << 63, radix: 16, uppercase: true)
        let stamp = "\(1_700_000_000 + number / 1_000).\(100_000 + number % 1_000)"
        return "(\(stamp)) can0 123#\(payload)\n"
    }.joined()

    @Test("a name that ends in .log.zst gets a text that zstd itself decompresses")
    func compressed() throws {
        let workshop = try Workshop(["in.log": Self.long])
        let result = try workshop.run(
            "canlog convert in.log a.canlog && canlog convert a.canlog out.log.zst && zstd -qt out.log.zst && zstd -qdc out.log.zst | cmp - in.log && canlog convert out.log.zst again.log && cmp again.log in.log && zstd -qlv out.log.zst | grep -c XXH64"
        )
        #expect(result.errors == "")
        #expect(result.output == "1\n")
        #expect(result.status == 0)
    }

    @Test(
        "what a name or a format has no place for is refused",
        arguments: [
            (
                "canlog convert in.log a.canlog.zst",
                "Error: a .canlog is compressed already: give it a name without .zst, not 'a.canlog.zst'"
            ),
            (
                "canlog convert in.log out.log --vin WVWZZZ1JZXW000001",
                "Error: candump has no place for --vin, --station, --specs and the like: write a .canlog, or leave them out"
            ),
        ])
    func refused(line: String, message: String) throws {
        let workshop = try Workshop(["in.log": Self.text])
        let result = try workshop.run(line)
        #expect(result.errors.split(separator: "\n").first == message[...])
        #expect(result.status == 64)
        #expect(try workshop.names == ["in.log"])
    }

    @Test("what is given of vehicle and station replaces what the source says, tag by tag")
    func metadata() throws {
        let workshop = try Workshop(["in.log": Self.text])
        let result = try workshop.run(
            """
            canlog convert in.log a.canlog --vin WDB11111111111111 --station old --line 2 --tag a=1 --tag b=2 &&
            canlog convert a.canlog b.canlog --station new --attempt 3 --operator me --tag b=3 --tag c= &&
            canlog convert b.canlog c.canlog --vin short && for n in b c; do
            canlog info $n.canlog | grep -E '^  (VIN|attempt|station|line|operator|tag|source) '; done
            """)
        let rest = """
              attempt     3
              station     new
              line        2
              operator    me
              tag         a=1
              tag         b=3
              tag         c=

            """
        #expect(
            result.output == "  source      in.log\n  VIN         WDB11111111111111\n" + rest
                + "  source      in.log\n  VIN         short  (doubtful)\n" + rest)
        #expect(
            result.errors
                == "canlog: warning: VIN 'short' has 5 characters instead of 17; it is stored as given and flagged\n"
        )
    }

    @Test(
        "a copy of a log that lacks its end says so too",
        arguments: [
            ("true", "a.canlog: the file was cut off: its end is missing"),
            (
                // A damaged state record counts as that of a recording that was not closed.
                "printf XX | dd of=a.canlog bs=1 seek=512 conv=notrunc status=none",
                "a.canlog: the recording was not closed and its journal is not there: frames after 2023-11-14T22:13:20.500000Z are missing; copy a.canlog.journal-* beside it"
            ),
        ])
    func lacksEnd(damage: String, message: String) throws {
        let workshop = try Workshop(["in.log": Self.text])
        let result = try workshop.run(
            "canlog convert in.log a.canlog && truncate -s -10 a.canlog && \(damage) && canlog convert a.canlog b.canlog"
        )
        #expect(result.errors.hasSuffix("canlog: \(message)\n"))
        #expect(result.status == 3)
        let copy = try workshop.run(
            "canlog info b.canlog | grep -E '^  (format|lost|events) '; canlog dump b.canlog"
        )
        #expect(copy.output.hasPrefix("  format      canlog, closed\n"))
        #expect(
            copy.output.contains(
                "  lost        an unknown number in damaged stretches of the source\n"))
        #expect(copy.output.hasSuffix(Self.text))
        #expect(copy.lines.contains { $0.hasSuffix("1 note") || $0.hasSuffix("2 note") })
    }

    @Test("a compressed text that was cut off gives what precedes, and status 3")
    func cutZstd() throws {
        let workshop = try Workshop(["in.log": Self.long])
        let result = try workshop.run(
            "zstd -qc in.log | head -c 400000 > cut.log.zst; canlog dump cut.log.zst > out.log; echo $?; canlog convert cut.log.zst out.canlog; echo $?; canlog dump out.canlog | cmp - out.log; canlog info out.canlog | grep lost"
        )
        let cut =
            "the zstd data ends inside a frame: the file was cut off; what precedes it was read"
        let kept = try workshop.run("cat out.log")
        #expect(kept.lines.count > 10_000)
        #expect(Self.long.hasPrefix(kept.output))
        let place = "cut.log.zst:\(kept.lines.count + 1)"
        let errors =
            "canlog: cut.log.zst: \(cut)\n"
            + "canlog: \(place): the log was cut off inside this line; skipped\n"
        #expect(result.errors == errors + errors)
        #expect(
            result.output
                == "3\n3\n  lost        an unknown number in damaged stretches of the source, 1 malformed\n"
        )
    }

    @Test(
        "a log behind a log is not passed over in silence",
        arguments: ["info", "dump", "convert"])
    func appended(command: String) throws {
        let workshop = try Workshop(["in.log": Self.text])
        let result = try workshop.run(
            "canlog convert in.log a.canlog && cat a.canlog a.canlog > c.canlog && canlog \(command) c.canlog \(command == "convert" ? "d.canlog" : "")"
        )
        let size = try workshop.run("stat -c %s a.canlog").output.dropLast()
        #expect(
            result.errors
                == "canlog: c.canlog: not read: \(size) bytes behind the log's end, perhaps another log; `tail -c \(size)` gives them\n"
        )
        #expect(result.status == 3)
        if command == "dump" { #expect(result.output == Self.text) }
        let verified = try workshop.run("canlog verify c.canlog")
        #expect(verified.output.contains(": the \(size) bytes behind it are not the log's"))
        #expect(verified.status == 1)
        #expect(try workshop.run("tail -c \(size) c.canlog | canlog dump -").output == Self.text)
    }
}
