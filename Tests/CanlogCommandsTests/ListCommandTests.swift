import CANFrame
import LocalFiles
import LogFile
import TestBench
import Testing

@Suite("canlog list")
struct ListCommandTests {
    /// Frames are 1.234 ms apart, so that a thousand take 1.232766 s from this moment on.
    static let start = "2025-11-22T08:26:40Z"

    @Test("lists logs of a folder and its subfolders by time, with who, where and what")
    func table() throws {
        let workshop = try Workshop()
        var log = SampleLog()
        log.metadata.attempt = 2
        try log.write(to: workshop.folder.path + "/a.canlog")
        let result = try workshop.run(
            """
            mkdir -p 2025/11; cp a.canlog 2025/11/b.canlog; cp a.canlog notes.txt; canlog list .
            """)
        #expect(result.status == 0)
        #expect(result.errors == "")
        #expect(result.lines.count == 2)
        let words = result.lines[1].split(separator: " ").joined(separator: " ")
        #expect(
            words.hasPrefix("\(Self.start) 1.2 s WVWZZZ1JZXW000001 2 EOL-7 can0 1000 "))
        #expect(words.hasSuffix(" complete a.canlog"))
        #expect(result.lines[0].hasSuffix(" complete  2025/11/b.canlog"))
    }

    @Test("tells of each log that is unclosed, cut off or damaged, and ends with status 1")
    func damaged() throws {
        let workshop = try Workshop()
        try SampleLog().write(to: workshop.folder.path + "/whole.canlog")
        try SampleLog().write(to: workshop.folder.path + "/unclosed.canlog", groupsInFile: 3)
        try SampleLog().write(to: workshop.folder.path + "/alone.canlog", groupsInFile: 2)
        let result = try workshop.run(
            """
            rm alone.canlog.journal-*; cp unclosed.canlog.journal-3 gone.canlog.journal-3
            cp whole.canlog cut.canlog; truncate -s -1 cut.canlog
            cp whole.canlog head.canlog; printf X | dd of=head.canlog bs=1 seek=70 conv=notrunc status=none
            cp whole.canlog index.canlog; size=$(stat -c %s index.canlog)
            printf X | dd of=index.canlog bs=1 seek=$((size - 60)) conv=notrunc status=none
            cp whole.canlog more.canlog; echo >> more.canlog
            echo no log > text.canlog; : > empty.canlog; mkfifo pipe.canlog; ln -s nowhere link.canlog
            canlog list --damaged --json .
            """)
        let states = Dictionary(
            uniqueKeysWithValues: result.lines.map { line in
                (Self.value("file", of: line), Self.value("state", of: line))
            })
        #expect(
            states == [
                "unclosed.canlog": "recoveryNeeded", "alone.canlog": "damaged",
                "gone.canlog": "damaged", "cut.canlog": "damaged", "head.canlog": "damaged",
                "index.canlog": "damaged", "more.canlog": "damaged", "text.canlog": "damaged",
                "empty.canlog": "damaged", "pipe.canlog": "unreadable",
                "link.canlog": "unreadable",
            ])
        #expect(result.status == 2)
        #expect(
            result.errors.contains(
                "canlog: unclosed.canlog: the recording was not closed; the rest of it is in its journal; `canlog compact` makes"
            ))
        #expect(result.errors.contains("canlog: cut.canlog: the footer at byte "))
        #expect(result.errors.contains("canlog: head.canlog: the header at byte 0 is damaged: "))
        #expect(result.errors.contains("canlog: text.canlog: this is not a .canlog file"))
        #expect(
            result.errors.contains(
                "canlog: gone.canlog: its journal is there and the log itself is not"))
        // The index holds the header's metadata a second time.
        let head = result.lines.first { $0.contains("\"head.canlog\"") }
        #expect(head.map { Self.value("vin", of: $0) } == "WVWZZZ1JZXW000001")
        let rest = try workshop.run(
            "rm pipe.canlog link.canlog; canlog list . > all; echo $? $(wc -l < all)")
        #expect(rest.lines == ["1 10"])
    }

    /// The start of the log is 08:26:40, its end a second later.
    @Test(
        "takes logs by VIN or its end, station, line and time",
        arguments: [
            ("", 1), ("--vin WVWZZZ1JZXW000001", 1), ("--vin w000001", 1), ("--vin 000002", 0),
            ("--station EOL-7", 1), ("--station EOL", 0), ("--line 1", 0),
            ("--since 2025-11-22", 1), ("--since 2025-11-22T08:26:41Z", 1),
            ("--since 2025-11-22T09:26:41+01:00", 1), ("--since 2025-11-22T08:26:42Z", 0),
            ("--until 2025-11-22T08:26:40Z", 1), ("--until 1763799999", 0),
            ("--until 2025-11-21 --since 2025-11-01", 0), ("--damaged", 0),
        ])
    func wanted(options: String, count: Int) throws {
        let workshop = try Workshop()
        try SampleLog().write(to: workshop.folder.path + "/a.canlog")
        let result = try workshop.run("canlog list \(options) .")
        #expect(result.lines.count == count)
        #expect(result.status == 0)
    }

    @Test("lists a log that is being recorded, which --damaged leaves out")
    func recording() throws {
        let workshop = try Workshop()
        let path = workshop.folder.path + "/a.canlog"
        try SampleLog().write(to: workshop.folder.path + "/source", groupsInFile: 3)
        var writer = try WritableFile(creating: path)
        let source = try ReadableFile(path: workshop.folder.path + "/source")
        let bytes = try source.bytes(at: 0, count: Int(source.byteCount))
        try writer.append(bytes.span)
        #expect(try writer.lock())
        let result = try workshop.run("canlog list .; canlog list --damaged .")
        #expect(result.lines.count == 1)
        #expect(result.output.contains(" recording "))
        #expect(result.output.contains(" 750 "))
        #expect(result.status == 0)
        _ = consume writer
    }

    @Test("ends with status 2 where a folder is not there or is none")
    func noFolder() throws {
        let workshop = try Workshop()
        let result = try workshop.run("canlog list none; echo $?; : > file; canlog list file")
        #expect(result.lines == ["2"])
        #expect(result.errors.contains("canlog: none: there is no such folder"))
        #expect(result.errors.contains("canlog: file: this is no folder; "))
        #expect(result.status == 2)
    }

    @Test("names in metadata and files cannot steer the terminal")
    func hostile() throws {
        let workshop = try Workshop()
        var log = SampleLog()
        log.metadata.station = "EOL\u{1B}[2J\n"
        try log.write(to: workshop.folder.path + "/a\u{1B}[2J.canlog")
        let result = try workshop.run("canlog list .")
        #expect(result.lines.count == 1)
        #expect(!result.output.contains("\u{1B}"))
    }

    /// The text of a key in a line of JSON.
    private static func value(_ key: String, of line: Substring) -> String {
        let parts = line.components(after: "\"\(key)\":\"")
        return String(parts.prefix { $0 != "\"" })
    }
}

extension Substring {
    /// What follows the first `mark`; empty where there is none.
    fileprivate func components(after mark: String) -> Substring {
        var rest = self[...]
        while !rest.isEmpty {
            if rest.hasPrefix(mark) { return rest.dropFirst(mark.count) }
            rest = rest.dropFirst()
        }
        return rest
    }
}
