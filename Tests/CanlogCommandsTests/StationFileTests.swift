import CANFrame
import LocalFiles
import TestBench
import Testing

@testable import CanlogCommands

@Suite("station.yaml")
struct StationFileTests {
    private static func file(_ text: String) throws -> StationFile {
        try StationFile(Array(text.utf8), path: "station.yaml")
    }

    @Test("has the long options of canlog record as keys, each as its kind is")
    func keys() throws {
        let command = try Self.file(
            """
            interfaces: [can0, can1]
            station: EOL-7
            line: "0110"
            attempt: 2
            silence: 0.5
            resolution: 1ns
            wait: true
            own-frames: false
            tag: {bench: B12, "sw": "no"}
            """
        ).command()
        #expect(command.interfaces == ["can0", "can1"])
        #expect(command.metadata.station == "EOL-7")
        #expect(command.metadata.line == "0110")
        #expect(command.metadata.attempt == 2)
        #expect(command.silence == 0.5)
        #expect(command.resolution.nanoseconds == 1)
        #expect(command.capture.wait)
        #expect(!command.capture.ownFrames)
        #expect(command.metadata.tag == ["bench=B12", "sw=no"])
    }

    @Test("says the contrary of a flag where there is one")
    func contrary() throws {
        let file = try Self.file("interfaces: [can0]\nlisten-only: false\nberr-reporting: true\n")
        #expect(
            file.settings.dropFirst().map(\.arguments) == [
                ["--no-listen-only"], ["--berr-reporting"],
            ])
        #expect(throws: StreamError.self) { try Self.file("no-listen-only: true") }
    }

    @Test("takes one interface without a list, and a list of tags as the command line has them")
    func shortForms() throws {
        let command = try Self.file("interfaces: any\ntag: [a=1, b=2]\n").command()
        #expect(command.interfaces == ["any"])
        #expect(command.metadata.tag == ["a=1", "b=2"])
    }

    @Test(
        "tells each mistake with line, key and remedy",
        arguments: [
            (
                "interfaces: [can0]\nstatoin: x",
                "2: statoin: there is no such option; did you mean 'station'?"
            ),
            (
                "interfaces: [can0]\nzzz: x",
                "2: zzz: there is no such option; 'canlog record --help' has all of them"
            ),
            ("\nwait: yes", "2: wait: 'yes' is neither true nor false; write 'wait: true'"),
            ("wait: [true]", "1: wait: a list is neither true nor false"),
            (
                "station: [a, b]",
                "1: station: one value is wanted, and this is a list; write 'station: value'"
            ),
            ("station: {a: b}", "1: station: one value is wanted, and this is a mapping"),
            ("station:", "1: station: it has no value; write one, or put a # before the line"),
            (
                "operator: no",
                "1: operator: a text is wanted, and no reads as a boolean; write it in quotes: \"no\""
            ),
            ("tag: [[a]]", "1: tag: a single value is wanted, and this is a list"),
            (
                "interfaces: []",
                "1: interfaces: the list is empty; write 'interfaces: [can0, can1]'"
            ),
            ("interfaces: [--wait]", "1: interfaces: '--wait' is no interface"),
            ("station: a\nstation: b", "2: station: it is in line 1 already; keep one of both"),
            ("config: a", "1: config: there is no such option"),
            ("- can0", "1: this is a list; write 'key: value' in each line"),
            ("station: a\n\tline: b", "2: "),
            (
                "interfaces: [can0]\n# x\nattempt: -1",
                "3: attempt: The value '-1' is invalid for '--attempt <n>': wanted is a number from 1 on"
            ),
            (
                "interfaces: [can0]\nsilence: long",
                "2: silence: The value 'long' is invalid for '--silence <s>'"
            ),
            (
                "interfaces: [can0]\nsync: 1\nstation: x",
                "2: sync: --sync is between 10 and 60000 ms"
            ),
            (
                "interfaces: [any, can0]\nstation: x",
                "1: interfaces: 'any' stands for all interfaces: name it alone"
            ),
            ("interfaces: [can0]\ntag: x", "2: tag: --tag wants key=value, not 'x'"),
        ])
    func mistakes(text: String, words: String) {
        #expect {
            _ = try Self.file(text).command()
        } throws: { error in
            "\(error)".hasPrefix("station.yaml:\(words)")
        }
    }

    @Test("is shipped with an example that is right, also where each line of it is used")
    func example() throws {
        let file = try ReadableFile(path: "Tools/package.d/station.yaml")
        let bytes = try file.bytes(at: 0, count: Int(file.byteCount))
        let command = try StationFile(bytes, path: "station.yaml").command()
        #expect(command.interfaces == ["can0"])
        #expect(command.output == "/var/lib/canlog/")
        let lines = String(decoding: bytes, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        let used = lines.map { $0.hasPrefix("#") && !$0.hasPrefix("# ") ? $0.dropFirst() : $0 }
        let whole = try Self.file(used.joined(separator: "\n"))
        #expect(whole.settings.count > 8)
        _ = try whole.command()
    }

    // MARK: With a command line

    @Test("gives what the command line does not say, which wins")
    func commandLine() throws {
        let workshop = try Workshop([
            "s.yaml": "interfaces: [can0, can1]\nstation: A\nattempt: 3\ntag: [a=1]\nwait: true\n"
        ])
        let path = workshop.folder.path + "/s.yaml"
        func parse(_ words: String...) throws -> RecordCommand {
            let words = ["record"] + words
            let command = try RecordArguments(words, standardPath: path).parse()
            return try #require(command as? RecordCommand)
        }
        let plain = try parse()
        #expect(plain.interfaces == ["can0", "can1"])
        #expect(plain.config == path)
        #expect(plain.metadata.attempt == 3)
        let won = try parse("--station", "B", "--tag=b=2", "-o", ".")
        #expect(won.interfaces == ["can0", "can1"])
        #expect(won.metadata.station == "B")
        #expect(won.metadata.tag == ["b=2"])
        #expect(won.capture.wait)
        let own = try parse("can5", "--vin", "V")
        #expect(own.interfaces == ["can5"])
        #expect(own.metadata.station == nil)
        let named = try parse("can5", "--config", path)
        #expect(named.interfaces == ["can5"])
        #expect(named.metadata.station == "A")
    }

    @Test("ends canlog record with a word about the file, and status 2, where it is wrong")
    func program() throws {
        let workshop = try Workshop(["s.yaml": "interfaces: [can0]\nsilense: 1\n"])
        let result = try workshop.run(
            """
            canlog record --config s.yaml; echo $?; canlog record --config none.yaml; echo $?
            canlog record --config=.; echo $?; echo station: x > t.yaml; canlog record --config t.yaml
            """)
        #expect(result.lines == ["2", "2", "2"])
        #expect(
            result.errors.split(separator: "\n") == [
                "canlog: s.yaml:2: silense: there is no such option; did you mean 'silence'?",
                "canlog: none.yaml: there is no such file; name the interfaces on the command line, or write the file",
                "canlog: .: this is no file",
                "canlog: t.yaml: it names no interfaces; write 'interfaces: [can0, can1]', or 'any' for all",
            ])
        #expect(result.status == 2)
        let lone = try workshop.run("canlog record --vin X")
        #expect(
            lone.errors.contains("name at least one interface, for example 'canlog record can0'"))
        #expect(lone.errors.contains("/etc/canlog/station.yaml"))
        #expect(lone.status == 64)
    }
}
