import Testing
import YAMLText

@Suite("YAML text")
struct YAMLDocumentTests {
    @Test("keeps scalars as they were written, with their lines")
    func scalars() throws {
        let root = try #require(
            try YAMLDocument(
                """
                # a comment
                vin: 0110
                quoted: "no"
                plain: no
                list: [can0, can1]
                nested:
                  deep: ü # comment

                none:
                """
            ).root)
        let entries = try #require(root.mapping)
        #expect(entries.map(\.key) == ["vin", "quoted", "plain", "list", "nested", "none"])
        #expect(entries.map(\.place.line) == [2, 3, 4, 5, 6, 9])
        #expect(root["vin"]?.scalar == YAMLScalar(text: "0110", isPlain: true))
        #expect(root["quoted"]?.scalar == YAMLScalar(text: "no", isPlain: false))
        #expect(root["plain"]?.scalar?.boolean == nil)
        #expect(root["list"]?.sequence?.map(\.scalar?.text) == ["can0", "can1"])
        #expect(root["nested"]?["deep"]?.scalar?.text == "ü")
        #expect(root["nested"]?["deep"]?.place.line == 7)
        #expect(root["none"]?.scalar?.isNull == true)
    }

    @Test(
        "is empty where there are comments only",
        arguments: ["", "# nothing\n", "---\n", "\u{FEFF}"])
    func empty(text: String) throws {
        #expect(try YAMLDocument(text).root == nil)
    }

    /// Lines counted by hand.
    @Test(
        "tells where a text is wrong, and what to do",
        arguments: [
            ("a: 1\nb: 2\na: 3", 3, "a: it is in line 1 already; keep one of both"),
            (
                "a:\n\tb: 1", 2,
                "the line is indented by a tab, which YAML does not know; indent it by blanks"
            ),
            (
                "a: 1\n b: 2", 2,
                "mapping values are not allowed in this context; write 'key: value'"
            ),
            ("0110: x", 1, "0110: the key is a number and no text; write \"0110\": in quotes"),
            ("ok: 1\nno: x", 2, "no: the key is a boolean and no text; write \"no\": in quotes"),
            ("? [a]\n: b", 1, "the key is no text"),
            ("a: !!binary x", 1, "the tag tag:yaml.org,2002:binary is not known here"),
            ("a: &x 1\nb: *y", 2, "nothing before it is named &y; quote the value"),
            ("a: 1\n---\nb: 2", 2, "a second document begins here"),
            ("a: {b: 1\n", 2, "while parsing a flow mapping: did not find expected ',' or '}'"),
            ("a: &x 1\nb: {<<: *x}", 2, "<<: merge keys are not known here"),
            (
                "a: @x", 1,
                "while scanning for the next token: found character that cannot start any token; quote"
            ),
        ])
    func wrong(text: String, line: Int, words: String) {
        #expect {
            _ = try YAMLDocument(text)
        } throws: { error in
            guard let error = error as? YAMLError else { return false }
            return error.text(file: "f").hasPrefix("f:\(line): \(words)")
        }
    }

    @Test("refuses bytes that are no UTF-8, with their line")
    func encoding() {
        let bytes: [UInt8] = Array("a: 1\nb: ".utf8) + [0xFF, 0xFE]
        #expect {
            _ = try YAMLDocument(bytes.span)
        } throws: { error in
            (error as? YAMLError)?.place.line == 2
        }
    }

    /// Each would cost gigabytes or minutes if it were believed.
    @Test(
        "refuses hostile texts at little cost",
        arguments: [
            String(repeating: "[", count: 100_000),
            String(repeating: "- ", count: 100_000),
            String(repeating: "{a: ", count: 50_000),
            "a: &a [x,x,x,x,x,x,x,x,x]\n"
                + zip("bcdefghij", "abcdefghi").map { name, before in
                    "\(name): &\(name) ["
                        + Array(repeating: "*\(before)", count: 9).joined(separator: ",") + "]\n"
                }.joined(),
            String(repeating: "- 1\n", count: 100_001),
            String(repeating: "x", count: 1 << 20 + 1),
            "a: &a [*a]", "a: \u{0}", "a: \"\\",
        ])
    func hostile(text: String) {
        #expect(throws: YAMLError.self) { try YAMLDocument(text) }
    }

    @Test("survives each cut of a text")
    func cuts() {
        let text = Array("a: &x [1, \"ü\\n\", {b: |\n  c\n }]\nd: *x\n...\n".utf8)
        for count in text.indices { _ = try? YAMLDocument(Array(text[..<count]).span) }
    }
}
