import TestBench
import Testing
import VehicleSpec

@Suite struct BytePatternTests {
    @Test(
        "a pattern matches the whole text and nothing else",
        arguments: [
            ("SR10000[12]*", "SR1000010A", true), ("SR10000[12]*", "SR10000", false),
            ("SR10000[12]*", "SR1000030A", false), ("VOLNA ", "VOLNA", false),
            ("VOLNA ", "VOLNA ", true), ("[!0-9]?", "A7", true), ("[!0-9]?", "77", false),
            ("*", "", true), ("[]]", "]", true), ("0x4142", "AB", true),
            ("0x4142", "0x4142", false),
            ("/XZF3[PE][A-HJ-NPR-Z0-9]{12}/", "XZF3P234567890ABC", true),
            ("/XZF3[PE][A-HJ-NPR-Z0-9]{12}/", "XZF3PI34567890ABC", false),
            ("/^K3\\.(0|1).*$/", "K3.1b", true), ("/K3\\.(0|1).*/", "K3x1b", false),
        ])
    func whole(pattern: String, text: String, isMatch: Bool) throws {
        #expect(try BytePattern(pattern).matches(text) == isMatch)
    }

    /// As people count versions: 1.10 is later than 1.9.
    @Test(
        "a range counts digits as numbers",
        arguments: [
            (">=1.4 <2", "1.10", true), (">=1.4 <2", "1.3.9", false), (">=1.4 <2", "1.4", true),
            (">=1.4 <2", "2", false), (">=1.4 <2", "01.04.001", true), (">=1.4 <2", "1.4rc", true),
            (">1.9 <=1.10", "1.9", false), (">1.9 <=1.10", "1.10", true),
            (">1.9 <=1.10", "1.10.1", false), ("<01.06", "1.5", true), (">=K3.1", "K3.10", true),
            (">=K3.1", "K4", true), (">=K3.1", "J9", false), (">=K3.1", "K3.", false),
            (">=007", "0000007", true), (">=007", "6", false),
        ])
    func range(pattern: String, text: String, isMatch: Bool) throws {
        #expect(try BytePattern(pattern).matches(text) == isMatch)
    }

    @Test(
        "a range of bytes compares numbers of the limits' length",
        arguments: [
            ([0x01, 0x02], true), ([0x01, 0xFF], true), ([0x02, 0x00], false),
            ([0x01, 0x01], false),
            ([0x01], false), ([0x01, 0x02, 0x00], false),
        ] as [([UInt8], Bool)])
    func numbers(bytes: [UInt8], isMatch: Bool) throws {
        #expect(try BytePattern(">=0x0102 <0x0200").fits(bytes) == isMatch)
    }

    @Test("any of a list may hold")
    func list() throws {
        let pattern = try BytePattern(anyOf: ["01.07.*", "01.06.*", ">=2 <3"])
        #expect(["01.06.a", "01.07.", "2.5"].allSatisfy { pattern.matches($0) })
        #expect(!["01.05.a", "3"].contains { pattern.matches($0) })
        #expect(pattern == (try BytePattern(anyOf: [">=2 <3", "01.06.*", "01.07.*"])))
    }

    /// The witnesses by hand: the shortest text that both describe, digits before letters.
    @Test(
        "what two patterns have in common is shown, or proven to be nothing",
        arguments: [
            ("01.0*", "01.06.*", "01.06."), ("01.04.*", "01.06.*", nil),
            ("SR10000[12]*", "SR1000[0-9]1*", "SR100001"), ("*A", "B*", "BA"), ("A*", "*B?", "AB0"),
            ("/K3\\.[01]{2}/", "K3.1?", "K3.10"), (">=1.4 <2", "1.?", "1.4"),
            (">=1.4", "<1.4", nil), (">=0x0100", "/../", "\u{1}\u{0}"), ("4.0*", "4.1*", nil),
        ] as [(String, String, String?)])
    func common(first: String, second: String, expected: String?) throws {
        let patterns = [try BytePattern(first), try BytePattern(second)]
        let bytes = try BytePattern.example(of: patterns)
        #expect(bytes.map { String(decoding: $0, as: UTF8.self) } == expected)
        if let bytes { #expect(patterns.allSatisfy { $0.fits(bytes) }) }
    }

    @Test("padding at the end is ignored where a pattern says so, and only there")
    func padding() throws {
        let pattern = try BytePattern("KEDR").ignoringPadding()
        #expect(["KEDR", "KEDR  ", "KEDR\0"].allSatisfy { pattern.matches($0) })
        #expect(!["KED", " KEDR", "KEDR a"].contains { pattern.matches($0) })
        #expect(pattern.fits([0x4B, 0x45, 0x44, 0x52, 0xFF, 0x20]))
    }

    @Test("a length that no match has is known", arguments: 0...20)
    func lengths(length: Int) throws {
        #expect(try BytePattern("SR1*").canMatch(length: length) == (length >= 3))
        #expect(
            try BytePattern("/(ab)+/").canMatch(length: length) == (length > 0 && length % 2 == 0))
    }

    @Test(
        "a pattern that is wrong says why",
        arguments: [
            ("[AB", "the [ at character 1 has no ]"), ("[B-A]", "the range B-A goes backwards"),
            ("/a(b/", "a ( has no )"), ("/a)/", "a ) has no ("),
            ("/*a/", "nothing that * could repeat"),
            ("/(?=a)/", "(? is not among what is known"),
            ("/\\1/", "\\1 is not among what is known"),
            ("/a{3,1}/", "a number is wanted"), (">=2 <1", "nothing is in the range"),
            (">=1.9 <01.9", "nothing is in the range"), (">= 1", "a limit has no value"),
            (">=1 >2", "two limits of one kind"), (">=0x01 <0x0200", "as many bytes"),
            ("/a**/", "a repetition is repeated"),
        ])
    func wrong(pattern: String, cause: String) throws {
        let error = #expect(throws: BytePatternError.self) { try BytePattern(pattern) }
        #expect(error?.cause.contains(cause) == true, "\(error?.cause ?? "")")
    }

    /// Each would need thousands of states, or lasts for minutes where it is tried out.
    @Test(
        "a pattern made to be costly is refused",
        arguments: [
            "/(((a{200}){200}){200}){200}/", "/(.*1.{200})/", "/(a|b)*a(a|b){20}/",
            "/" + String(repeating: "(", count: 60) + "a" + String(repeating: ")", count: 60) + "/",
            String(repeating: "a", count: 10_000),
        ])
    func hostile(pattern: String) {
        #expect(throws: BytePatternError.self) { try BytePattern(pattern) }
    }

    @Test("patterns that are entangled on purpose are not compared for ever")
    func entangled() throws {
        let patterns = try [211, 223, 227, 229].map { try BytePattern("/(a{\($0)})+b/") }
        #expect(throws: BytePatternError.self) { try BytePattern.example(of: patterns) }
    }
}

/// Random patterns and texts beside fnmatch and re of Python.
@Suite(
    "Patterns beside their peers",
    .enabled(if: PeerPython.shouldRun("re"), "python of Tools/setup peers is not there"))
struct PeerPatternTests {
    @Test func globsAndExpressionsMatchWhatPythonMatches() throws {
        let result = try Program.run(PeerPython.path, "-B", "Tests/Peers/byte_patterns.py")
        try #require(result.status == 0, "\(result.errors)")
        var compared = 0
        var patterns: [String: BytePattern] = [:]
        for line in result.lines {
            let words = line.split(separator: "\t", omittingEmptySubsequences: false).map(
                String.init)
            let pattern = try patterns[words[1]] ?? BytePattern(words[1])
            patterns[words[1]] = pattern
            let bytes = stride(from: 0, to: words[2].count, by: 2).compactMap {
                UInt8(words[2].dropFirst($0).prefix(2), radix: 16)
            }
            #expect(pattern.fits(bytes) == (words[3] == "1"), "\(line)")
            compared += 1
        }
        #expect(compared == 12_000)
    }
}

extension BytePattern {
    /// The same for an array: `#expect` takes no span.
    fileprivate func fits(_ bytes: [UInt8]) -> Bool { matches(bytes.span) }
}
