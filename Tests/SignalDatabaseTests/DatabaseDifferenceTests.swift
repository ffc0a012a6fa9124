import SignalDatabase
import Testing

@Suite("the difference of two databases")
struct DatabaseDifferenceTests {
    private static let text = """
        VERSION "1"
        BU_: A B
        BO_ 1 M: 8 A
         SG_ S : 0|8@1+ (1,0) [0|10] "km" B
         SG_ T : 8|8@1+ (1,0) [0|10] "" B
        BO_ 2 N: 4 A
         SG_ U : 0|8@1+ (1,0) [0|10] "" B
        BA_DEF_ BO_ "GenMsgCycleTime" INT 0 1000;
        BA_ "GenMsgCycleTime" BO_ 1 100;
        VAL_ 1 S 0 "off" 1 "on" ;
        """

    /// What changed after a piece of the text is replaced.
    private func changes(_ old: String, _ new: String) -> [DatabaseChange] {
        #expect(Self.text.contains(old))
        let changed = database(Self.text.replacing(old, with: new, maxReplacements: 1))
        return DatabaseDifference(from: database(Self.text), to: changed).changes
    }

    @Test("is none of a database and itself, whatever the order of its lines")
    func same() {
        let swapped = Self.text.replacing("BU_: A B", with: "") + "\nBU_: A B"
        #expect(DatabaseDifference(from: database(Self.text), to: database(swapped)).isEmpty)
    }

    @Test(
        "names the property with its old and new value",
        arguments: [
            ("0|8@1+ (1,0)", "0|8@1+ (0.5,0)", "factor", "1", "0.5"),
            ("0|8@1+ (1,0)", "0|8@1- (1,0)", "type", "unsigned", "signed"),
            ("0|8@1+ (1,0)", "16|8@1+ (1,0)", "start bit", "0", "16"),
            ("\"km\"", "\"m\"", "unit", "km", "m"),
            ("1 \"on\"", "1 \"ON\"", "value 1", "on", "ON"),
            ("1 \"on\" ", "", "value 1", "on", nil),
            ("[0|10] \"km\"", "[0|20] \"km\"", "maximum", "10", "20"),
            ("SG_ S :", "SG_ S M :", "multiplexing", nil, "multiplexer"),
        ] as [(String, String, String, String?, String?)])
    func signals(old: String, new: String, name: String, before: String?, after: String?) {
        let changes = changes(old, new)
        #expect(changes.count == 1)
        #expect(changes.first?.name == "M" && changes.first?.fields.isEmpty == true)
        let signal = changes.first?.changes.first
        #expect(signal?.name == "S" && signal?.action == .changed)
        #expect(signal?.fields.map(\.name) == [name])
        #expect(signal?.fields.first?.old == before && signal?.fields.first?.new == after)
    }

    @Test("tells what was renamed from what came and went")
    func renaming() {
        let renamed = changes("SG_ T :", "SG_ Torque :")
        #expect(renamed.first?.changes.map(\.action) == [.changed])
        #expect(renamed.first?.changes.first?.fields.map(\.new) == ["Torque"])

        let message = changes("BO_ 2 N:", "BO_ 2 New:")
        #expect(message.map(\.action) == [.changed] && message[0].fields.map(\.name) == ["name"])

        let moved = changes("BO_ 2 N:", "BO_ 3 N:")
        #expect(moved.map(\.action) == [.changed])
        #expect(moved[0].fields.map(\.old) == ["002"] && moved[0].fields.map(\.new) == ["003"])

        let other = changes("BO_ 2 N:", "BO_ 3 O:")
        #expect(other.map(\.action) == [.added, .removed])
        #expect(other.map(\.name) == ["O", "N"])
    }

    @Test("has attributes, nodes and cycle times in it")
    func others() {
        let time = changes("BO_ 1 100;", "BO_ 1 50;")
        #expect(
            time.first?.fields.map(\.name) == ["cycle time", "attribute GenMsgCycleTime"])
        #expect(time.first?.fields.map(\.new) == ["50", "50"])
        #expect(changes("BU_: A B", "BU_: A B C").map(\.kind) == [.node])
        #expect(changes("VERSION \"1\"", "VERSION \"2\"").first?.kind == .database)
        #expect(changes("INT 0 1000", "INT 0 2000").first?.fields.first?.new == "INT 0 2000")
    }

    @Test("keeps things apart that share a name and an identifier")
    func duplicates() {
        let twice = Self.text + "\nBO_ 2 N: 4 A\n SG_ U : 8|8@1+ (1,0) [0|10] \"\" B"
        let added = DatabaseDifference(from: database(Self.text), to: database(twice)).changes
        #expect(added.map(\.action) == [.added])
        #expect(DatabaseDifference(from: database(twice), to: database(twice)).isEmpty)
    }
}
