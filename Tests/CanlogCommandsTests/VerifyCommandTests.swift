import LocalFiles
import TestBench
import Testing

@Suite("canlog verify")
struct VerifyCommandTests {
    /// The golden files and their frames, as the independent reader counts them in the JSON.
    static let golden = [
        ("classic-one-channel", "700 frames, 1 group"),
        ("clock-steps-back", "250 frames, 2 groups"),
        ("empty", "0 frames, 0 groups"), ("every-event", "13 frames, 1 group"),
        ("fd-brs-esi", "500 frames, 1 group"), ("remote-error-dlc", "240 frames, 1 group"),
        ("stamp-bounds", "8 frames, 4 groups"), ("two-buses", "400 frames, 1 group"),
    ]

    @Test("says of each golden file that it is whole", arguments: golden)
    func wholeFile(name: String, content: String) throws {
        let path = "Tests/Fixtures/\(name).canlog"
        let result = try Program.canlog("verify", path)
        #expect(result.output.hasPrefix("\(path): whole, \(content)"))
        #expect(result.errors == "")
        #expect(result.status == 0)
    }

    @Test("names each damaged place with what is lost, in a line; the worst log gives the status")
    func damaged() throws {
        let workshop = try Workshop()
        let path = workshop.folder.path + "/a.canlog"
        try SampleLog().write(to: path)
        let result = try workshop.run(
            """
            cp a.canlog b.canlog; printf '\\377\\0\\377' | dd of=b.canlog bs=1 seek=5000 conv=notrunc status=none
            canlog verify a.canlog b.canlog; echo $?; canlog verify b.canlog none a.canlog 2>&1 | tail -n 2; echo ${PIPESTATUS[0]}
            canlog verify --json b.canlog
            """)
        #expect(result.lines[0].hasPrefix("a.canlog: whole, 1,000 frames, 4 groups, digest "))
        #expect(result.lines[1].hasPrefix("b.canlog: damaged at bytes 4096 to "))
        #expect(
            result.lines[1].hasSuffix(
                ": frames 0 to 249 lost, from 2025-11-22T08:26:40.000000Z to 2025-11-22T08:26:40.307266Z"
            ))
        #expect(
            result.lines[2]
                == "b.canlog: damaged in 1 place, 250 frames lost, 750 frames, 3 groups")
        #expect(result.lines[3] == "1")
        #expect(
            result.lines[4] == "canlog: none: open failed: No such file or directory (errno 2)")
        #expect(result.lines[6] == "2")
        #expect(result.lines[7].contains("\"isWhole\":false"))
        #expect(result.lines[7].contains("\"kind\":\"columns\""))
        #expect(result.lines[7].contains("\"firstFrame\":0,\"frames\":250,"))
        #expect(result.status == 1)
    }

    @Test("checks the journal of a log that was not closed, and says when it is gone")
    func journal() throws {
        let workshop = try Workshop()
        try SampleLog().write(to: workshop.folder.path + "/a.canlog", groupsInFile: 3)
        let whole = try workshop.run("canlog verify a.canlog")
        #expect(
            whole.output.hasPrefix(
                "a.canlog: whole, 1,000 frames, 3 groups, 1 journal segment, digest "))
        #expect(whole.status == 0)
        let torn = try workshop.run("truncate -s -3 a.canlog.journal-3; canlog verify a.canlog")
        #expect(torn.output.contains(" bytes at the end of the journal are an unfinished record"))
        #expect(torn.status == 0)
        let gone = try workshop.run("rm a.canlog.journal-3; canlog verify a.canlog")
        #expect(
            gone.output.hasPrefix(
                "a.canlog: whole as far as it goes, 750 frames, 3 groups, digest "))
        #expect(
            gone.output.contains(
                "its journal is not there: frames after 2025-11-22T08:26:40.924266Z are missing"))
        #expect(gone.status == 3)
    }

    @Test("tells that a copy of a damaged log lacks frames, though it is whole")
    func copy() throws {
        let workshop = try Workshop()
        try SampleLog().write(to: workshop.folder.path + "/a.canlog")
        let result = try workshop.run(
            """
            printf '\\377\\0\\377' | dd of=a.canlog bs=1 seek=5000 conv=notrunc status=none
            canlog convert a.canlog b.canlog 2> /dev/null; canlog verify b.canlog
            """)
        #expect(result.output.hasPrefix("b.canlog: whole, 750 frames, "))
        #expect(
            result.output.contains(
                "recorded as lost: 250 frames in damaged stretches of the source"))
        #expect(result.status == 3)
    }

    @Test("logs of other tools are read to their end, and what cannot be understood is a line")
    func others() throws {
        let workshop = try Workshop([
            "in.log": "(1700000000.000001) can0 123#11\n(1700000000.000002) can0 12\n"
                + "(1700000000.000003) can0 123#33\n"
        ])
        let result = try workshop.run(
            """
            canlog convert --lenient in.log a.blf 2> /dev/null; head -c 160 a.blf > cut.blf
            for log in a.blf cut.blf in.log; do canlog verify $log; echo $?; done
            canlog verify --json in.log
            """)
        #expect(
            result.lines.dropLast() == [
                "a.blf: readable to its end, blf, 2 frames; only a .canlog has digests", "0",
                "cut.blf: byte 144: the log ends inside LOG_CONTAINER of 84 bytes; what precedes it was read",
                "cut.blf: damaged, blf, 0 frames; only a .canlog has digests", "1",
                "in.log:2: the identifier does not have 3 or 8 hexadecimal digits and a # (column 28); skipped",
                "in.log: damaged, candump, 2 frames; only a .canlog has digests", "1",
            ])
        let json =
            "\"format\":\"candump\",\"frames\":2,\"isWhole\":false,\"otherContent\":0,\"skipped\":1}"
        #expect(result.lines.last?.hasSuffix(json) == true)
    }
}
