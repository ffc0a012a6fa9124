import CANFrame
import LocalFiles
import LogFile
import TestBench
import Testing

/// The numbers of all frames of a log by the library, batch by batch.
func frameNumbers(of path: String, selection: FrameSelection = FrameSelection()) throws -> [UInt64]
{
    var reader = try LogReader(
        file: ReadableFile(path: path), selection: selection, place: path)
    var batch = FrameBatch(capacity: 97)
    var numbers: [UInt64] = []
    while try reader.read(into: &batch, waiting: .zero) != .ended {
        let isNumbered = batch.isNumbered
        #expect(isNumbered)
        for index in 0..<batch.count { numbers.append(batch.frameNumber(at: index)) }
    }
    return numbers
}

@Suite("canlog cut")
struct CutCommandTests {
    /// 4,000 frames on two buses with 23 IDs, some of them remote or CAN FD; the text has a frame
    /// in each line, so that the line is the frame's number.
    static let text: [String] = (0..<4_000).map { index in
        let time = 1_700_000_000_000_000 + index * 1_037 + (index % 5) * 11
        let digits = String(time % 1_000_000 + 1_000_000).dropFirst()
        let stamp = "\(time / 1_000_000).\(digits)"
        let number = 0x100 + index * 7 % 23
        let identifier = String(number, radix: 16, uppercase: true)
        let bus = index % 3 == 0 ? "can1" : "can0"
        let noise = 0x1000_0000 + index * 2_654_435
        let hexadecimal = String(String(noise, radix: 16, uppercase: true).suffix(6))
        if index % 41 == 0 { return "(\(stamp)) \(bus) \(identifier)#R" }
        if index % 37 == 0 {
            let bytes = String(repeating: hexadecimal, count: 4)
            return "(\(stamp)) \(bus) \(identifier)##5\(bytes)"
        }
        return "(\(stamp)) \(bus) \(identifier)#\(hexadecimal)"
    }

    private func workshop(_ options: String = "") throws -> Workshop {
        let lines = Self.text.joined(separator: "\n") + "\n"
        let workshop = try Workshop(["in.log": lines])
        let made = try workshop.run("canlog convert in.log a.canlog \(options)")
        #expect(made.status == 0 && made.errors == "")
        return workshop
    }

    @Test(
        "each frame of a part has the number of its line in the whole",
        arguments: [
            (
                "--from 1700000001 --to 1700000002.5",
                "$1>=\"(1700000001\" && $1<=\"(1700000002.500000)\""
            ),
            ("--only 103", "$3 ~ /^103#/"),
            ("--only 103,110-112 --except remote", "$3 ~ /^(103|110|111|112)#/ && $3 !~ /#R/"),
            ("--channel can1", "$2==\"can1\""),
            (
                "--channel can1 --only 104 --from +1",
                "$2==\"can1\" && $3 ~ /^104#/ && $1>=\"(1700000001\""
            ),
            ("", "1"),
        ])
    func numbers(options: String, condition: String) throws {
        let workshop = try workshop()
        let cut = try workshop.run("canlog cut a.canlog -o b.canlog \(options)")
        #expect(cut.status == 0 && cut.errors == "")
        // awk, by the text alone.
        let expected = try workshop.run("awk '\(condition) {print NR-1}' in.log").lines.map {
            String($0)
        }
        #expect(!expected.isEmpty)
        let path = workshop.folder.path + "/b.canlog"
        #expect(try frameNumbers(of: path).map { "\($0)" } == expected)
        let dump = try workshop.run("canlog dump b.canlog").lines.map { String($0) }
        #expect(dump == expected.compactMap { Int($0).map { Self.text[$0] } })
        let after = try workshop.run(
            "canlog verify b.canlog && canlog compact --best b.canlog && canlog verify b.canlog && canlog convert b.canlog c.canlog && canlog verify c.canlog"
        )
        #expect(after.status == 0 && after.errors == "")
        for name in ["b", "c"] {
            let path = workshop.folder.path + "/\(name).canlog"
            #expect(try frameNumbers(of: path).map { "\($0)" } == expected)
        }
    }

    @Test("numbers stay in a part of a part, and where a part is read by a selection")
    func twice() throws {
        let workshop = try workshop()
        let result = try workshop.run(
            "canlog cut a.canlog -o b.canlog --only 100-10A && canlog cut b.canlog -o c.canlog --from +2 --except 104 && canlog verify c.canlog && canlog info c.canlog | grep -c '  cut  '"
        )
        #expect(result.status == 0 && result.lines.last == "2")
        let expected = try workshop.run(
            "awk 'NR==1 {start=substr($1,2)} $3 ~ /^10[0-9A]#/ && $3 !~ /^104#/ && substr($1,2)-start >= 2 {print NR-1}' in.log"
        ).lines.map { String($0) }
        #expect(
            try frameNumbers(of: workshop.folder.path + "/c.canlog").map { "\($0)" } == expected)
        var selection = FrameSelection()
        selection.only = [.identifiers(0x103...0x103, isExtended: false)]
        let some = try workshop.run("awk '$3 ~ /^103#/ {print NR-1}' in.log").lines.map {
            String($0)
        }
        for name in ["a", "b"] {
            let path = workshop.folder.path + "/\(name).canlog"
            #expect(try frameNumbers(of: path, selection: selection).map { "\($0)" } == some)
        }
    }

    @Test("the part says of what it is one, and has the same recording")
    func provenance() throws {
        let workshop = try workshop("--vin WVWZZZ1JZXW000001 --station EOL-7 --operator Anna")
        let result = try workshop.run(
            "canlog cut a.canlog -o b.canlog --only 103 --from +1; canlog info b.canlog; canlog info a.canlog | grep recording; canlog verify a.canlog"
        )
        #expect(result.status == 0)
        let lines = result.lines
        let digest = lines.last?.split(separator: " ").last.map(String.init) ?? "?"
        #expect(
            lines.contains(
                "  cut         part of a log of 4,000 frames, digest \(digest): --from 2023-11-14T22:13:21.000000Z --only 103"
            ))
        #expect(Set(lines.filter { $0.hasPrefix("  recording ") }).count == 1)
        #expect(lines.contains("  VIN         WVWZZZ1JZXW000001"))
    }

    @Test("a slip in --without is refused, since it would give away what was meant to stay")
    func slips() throws {
        let workshop = try workshop()
        for (word, name) in [("operater", "operator"), ("opertor", "operator"), ("vim", "vin")] {
            let result = try workshop.run(
                "canlog convert in.log a.canlog --force --operator Bob && canlog cut a.canlog -o b.canlog --without \(word)"
            )
            #expect(result.status == 64)
            #expect(result.errors.contains("did you mean '\(name)'?"))
        }
        let capital = try workshop.run(
            "canlog convert in.log a.canlog --force --operator Bob && canlog cut a.canlog -o c.canlog --without OPERATOR && canlog info c.canlog"
        )
        #expect(!capital.output.contains("Bob"))
    }

    @Test("leaves out what --without names, and tells where it still occurs")
    func without() throws {
        let workshop = try Workshop([
            "in.log": """
            (1700000000.000000) can0 7E8#1014490201575657
            (1700000000.010000) can0 7E8#215A5A5A314A5A58
            (1700000000.020000) can0 7E8#2257303030303031

            """
        ])
        let options =
            "--vin WVWZZZ1JZXW000001 --operator Anna --station EOL-7 --tag customer=BMW --tag nr=WVWZZZ1JZXW000001 --tag nr=5"
        let made = try workshop.run(
            "canlog convert in.log a.canlog \(options) && canlog cut a.canlog -o b.canlog --without operator,vin,station,customer,nothing"
        )
        #expect(made.status == 1)
        #expect(
            made.errors == """
                canlog: b.canlog: the VIN was left out of the metadata and still occurs in the tag nr, 2 frames; --except 7E8 leaves such frames out

                """)
        let info = try workshop.run("canlog info b.canlog")
        #expect(!info.output.contains("Anna") && !info.output.contains("BMW"))
        #expect(!info.output.contains("EOL-7") && !info.output.contains("  VIN"))
        #expect(info.output.contains("  tag         nr=5\n"))
        let clean = try workshop.run(
            "canlog cut a.canlog -o c.canlog --without vin --without tags,operator --except 7E8; echo $?; strings c.canlog | grep -c -e WVWZZZ -e Anna -e BMW"
        )
        #expect(clean.lines.suffix(2) == ["0", "0"] && clean.errors == "")
        let named = try workshop.run(
            "canlog cut a.canlog -o WVWZZZ1JZXW000001.canlog --without vin,tags --except 7E8")
        #expect(
            named.status == 1 && named.errors.contains("still occurs in the name of the file\n"))
    }

    @Test("takes a part of another tool's log, from a file or a pipe")
    func others() throws {
        let workshop = try workshop()
        let result = try workshop.run(
            """
            canlog convert in.log in.pcapng && canlog cut in.pcapng -o b.canlog --to +1 | wc -l
            cat in.log | canlog cut - -o c.canlog --to +1 | wc -l
            for part in b c; do cmp <(canlog dump $part.canlog) <(canlog dump in.log --to +1); done
            canlog info b.canlog | grep -c 'in.pcapng'
            """)
        #expect(result.output == "1\n1\n1\n", "\(result.errors)")
    }

    @Test("refuses a name that is there, and to replace the log that is cut")
    func refused() throws {
        let workshop = try workshop()
        let result = try workshop.run(
            """
            canlog cut a.canlog -o a.canlog; canlog cut a.canlog -o a.canlog --force
            canlog cut a.canlog -o b.canlog --channel can7; ls
            """)
        #expect(
            result.errors == """
                canlog: a.canlog: the file exists already; --force replaces it
                canlog: a.canlog: this would replace a.canlog, of which it is made; name another file
                canlog: a.canlog: the log has no channel can7; it has can0, can1

                """)
        #expect(result.output == "a.canlog\nin.log\n")
    }

    @Test("a damaged section of numbers costs the numbers, and no frame")
    func damagedNumbers() throws {
        let workshop = try workshop()
        _ = try workshop.run("canlog cut a.canlog -o b.canlog --only 103")
        let path = workshop.folder.path + "/b.canlog"
        // The section stands last in the only group, before the index, which the footer names.
        let file = try ReadableFile(path: path)
        var bytes = try file.bytes(at: 0, count: Int(file.byteCount))
        let footer = bytes.count - 32
        let index = (0..<8).reversed().reduce(0) { $0 << 8 | Int(bytes[footer + 8 + $1]) }
        bytes[index - 1] ^= 0x10
        try Folder.remove(path)
        var damaged = try WritableFile(creating: path)
        try damaged.append(bytes.span)
        let result = try workshop.run("canlog dump b.canlog | wc -l; canlog verify b.canlog")
        let count = Self.text.filter { $0.contains(" 103#") }.count
        #expect(result.lines.first == "\(count)")
        #expect(result.status == 1)
        #expect(result.output.contains("the numbers at byte"))
        #expect(result.output.contains("no frame lost"))
    }
}
