import TestBench
import CANFrame
import SignalDatabase
import Testing

@Suite("faulty DBC files")
struct DBCFaultTests {
    /// Each line is faulty by itself, between a good message and another.
    @Test(
        "lose the faulty line alone, and say so",
        arguments: [
            ("garbage here", 3, 1, "the line begins with no keyword of the format"),
            (" SG_ B : 0|8@2+ (1,0) [0|0] \"\" X", 3, 14, "the byte order is neither 0 nor 1"),
            (" SG_ B : 0|0@1+ (1,0) [0|0] \"\" X", 3, 12, "the signal has no bits"),
            (" SG_ B : 0|8@1+ (1,5,0) [0|0] \"\" X", 3, 21, "there is no ')' behind the offset"),
            (" SG_ B : 0|8@1+ (1e999,0) [0|0] \"\" X", 3, 18, "the factor is beyond a double"),
            (" SG_ B q3 : 0|8@1+ (1,0) [0|0] \"\" X", 3, 8, "'q3' marks no multiplexing"),
            ("CM_ SG_ 1 Missing \"text\";", 3, 11, "the message First has no signal Missing"),
            ("CM_ BO_ 9 \"text\";", 3, 9, "there is no message 9"),
            ("CM_ BO_ 1 \"text", 3, 11, "the text is not closed by a quote"),
            ("CM_ BO_ 1 \"text\"", 3, 17, "the statement is not ended by ';'"),
            ("VAL_ 1 A 0 \"off", 3, 12, "the text is not closed by a quote"),
            ("VAL_ 1 A zero \"off\";", 3, 10, "there is no value table zero"),
            ("BA_ \"Missing\" BO_ 1 5;", 3, 5, "there is no attribute Missing"),
            (
                "BA_DEF_ BO_ \"X\" ENU;", 3, 17,
                "the type 'ENU' is none of INT, HEX, FLOAT, STRING, ENUM"
            ),
            (
                "SIG_VALTYPE_ 1 A : 1;", 3, 20,
                "a floating-point signal of type 1 has 32 bits, this one 8"
            ),
        ])
    func oneLine(faulty: String, line: Int, column: Int, cause: String) throws {
        let database = database(
            """
            BO_ 1 First: 8 X
             SG_ A : 0|8@1+ (1,0) [0|0] "" X
            \(faulty)
            BO_ 2 Second: 8 X
             SG_ A : 0|8@1+ (2,0) [0|0] "km/h" X
            CM_ BO_ 2 "a comment";
            """)
        #expect(database.messages.map(\.name) == ["First", "Second"])
        #expect(database.messages.map { $0.signals.map(\.name) } == [["A"], ["A"]])
        #expect(database.messages[1].signals[0].unit == "km/h")
        #expect(database.messages[1].comment == "a comment")
        let diagnostic = try #require(database.diagnostics.first)
        #expect(diagnostic.cause == cause)
        #expect(diagnostic.line == line)
        #expect(diagnostic.column == column)
        #expect(!diagnostic.action.isEmpty)
    }

    @Test("lose a faulty message with its signals, which go to no other")
    func faultyMessage() {
        let database = database(
            """
            BO_ 1 First: 8 X
             SG_ A : 0|8@1+ (1,0) [0|0] "" X
            BO_ 0x10 Broken: 8 X
             SG_ B : 0|8@1+ (1,0) [0|0] "" X
            BO_ 2 Second: 8 X
            """)
        #expect(database.messages.map(\.name) == ["First", "Second"])
        #expect(database.messages.map(\.signals.count) == [1, 0])
        #expect(
            database.diagnostics.map(\.description) == [
                "3:5: the number of a message is no number; the message and its signals are left out",
                "4:2: the signal stands under no message that was read; the signal is left out",
            ])
    }

    @Test(
        "never give the signals of a misspelt message to another", arguments: ["BO", "bo_", "BO_5"])
    func misspeltMessage(word: String) {
        let database = database(
            """
            BO_ 1 First: 8 X
            \(word) 2 Second: 8 X
             SG_ B : 0|8@1+ (1,0) [0|0] "" X
            """)
        #expect(database.messages.map(\.signals.count) == [0])
        #expect(database.diagnostics.map(\.severity) == [.lost, .lost])
    }

    @Test(
        "keep a signal's unit where its limits are faulty",
        arguments: ["[0|1,5]", "[0;1]", "[|]", "", "[0.5.1|2] "])
    func limits(text: String) {
        let database = database("BO_ 1 M: 8 X\n SG_ S : 0|8@1+ (1,0) \(text) \"km\" A,B")
        let signal = database.messages.first?.signals.first
        #expect(signal?.unit == "km" && signal?.receivers == ["A", "B"])
        #expect(database.diagnostics.count == 1)
    }

    /// Each of the statements is about 64 x 64 signals: 4 million attributes, 25 million members.
    @Test(
        "cannot fill the memory by what they repeat",
        arguments: ["BA_ \"X\" SG_ 1 A 5;\n", "SIG_GROUP_ 1 G 1 : A A A A A A;\n"])
    func bounded(statement: String) {
        let signals = String(repeating: " SG_ A : 0|8@1+ (1,0) [0|0] \"\" X\n", count: 64)
        let text =
            String(repeating: "BO_ 1 M: 8 X\n" + signals, count: 64)
            + String(repeating: statement, count: 1_000)
        let messages = database(text).messages
        let attributes = messages.reduce(0) {
            $0 + $1.signals.reduce(0) { $0 + $1.attributes.count }
        }
        let members = messages.reduce(0) {
            $0 + $1.signalGroups.reduce(0) { $0 + $1.signals.count }
        }
        #expect(attributes + members <= 1_400_000)
    }

    @Test("keep both of two with one name or number")
    func duplicates() {
        let database = database(
            """
            BO_ 1 M: 8 X
             SG_ A : 0|8@1+ (1,0) [0|0] "" X
             SG_ A : 8|8@1+ (1,0) [0|0] "" X
            BO_ 1 M: 8 X
             SG_ A : 0|8@1+ (1,0) [0|0] "" X
            """)
        #expect(database.messages.map { $0.signals.map(\.startBit) } == [[0, 8], [0]])
        #expect(database.diagnostics.map(\.line) == [3, 4])
        let decoded = values([1, 2], ofMessage: 0, DecodePlan(database))
        #expect(decoded.map(\.rawBits) == [1, 2])
    }

    @Test(
        "are read in any encoding",
        arguments: [
            [0xB0, 0x43], [0xC2, 0xB0, 0x43],
        ] as [[UInt8]])
    func encodings(unit: [UInt8]) {
        let bytes =
            Array("BO_ 1 M: 8 X\r\n SG_ A : 0|8@1+ (1,0) [0|0] \"".utf8) + unit
            + Array("\" X\r\n".utf8)
        #expect(Database(dbc: bytes.span).messages.first?.signals.first?.unit == "°C")
        let marked = [0xEF, 0xBB, 0xBF] + bytes
        #expect(Database(dbc: marked.span).messages.count == 1)
    }

    @Test("have comments between statements")
    func outerComments() {
        let database = database(
            """
            /* BO_ 1 Not: 8 X
            */ // SG_
            NS_ :
              BA_ // one
            \tCM_
            BO_ 2 M: 8 X // SG_ A
            /* open
            BO_ 3 N: 8 X
            """)
        #expect(database.messages.map(\.name) == ["M", "N"])
        #expect(database.diagnostics.map(\.line) == [7])
    }

    @Test("have comments of many lines, with quotes in them")
    func comments() {
        let database = database(
            """
            CM_ "about BO_ 1
            BO_ 9 quoted: 8 X
            and \\"more\\"";
            BO_ 1 M: 8 X
            CM_ BO_ 1 "says "hello" to
            all";
            """)
        #expect(database.comment == "about BO_ 1\nBO_ 9 quoted: 8 X\nand \"more\"")
        #expect(database.messages.map(\.name) == ["M"])
        #expect(database.messages.first?.comment == "says \"hello\" to\nall")
    }

    /// 64 x 64 namesakes: what a statement says of a name goes to 64 of them.
    @Test("say of many things of one name what is said only to so many")
    func namesakes() {
        let message =
            "BO_ 291 M: 8 A\n"
            + String(repeating: " SG_ S : 0|8@1+ (1,0) [0|0] \"\" A\n", count: 70)
        let text =
            String(repeating: message, count: 70) + """
                SIG_GROUP_ 291 G 1 : S S S;
                CM_ SG_ 291 S "text";
                """
        let database = database(text)
        let signals = database.messages.flatMap(\.signals)
        #expect(signals.count { $0.comment != nil } == 64)
        #expect(database.messages[0].signalGroups.map(\.signals) == [Array(0..<64)])
        #expect(
            database.messages.reduce(0) { $0 + ($1.signalGroups.first?.signals.count ?? 0) } == 64)
    }

    @Test("tell long names cut")
    func longNames() {
        let name = String(repeating: "N", count: 100_000)
        let database = database(
            "BO_ 1 \(name): 1 A\n SG_ S : 0|64@1+ (1,0) [0|0] \"\" A\n")
        let causes = database.diagnostics.map(\.cause)
        #expect(
            causes == [
                "the signal S needs 8 bytes, its message "
                    + String(repeating: "N", count: 80) + "... has 1"
            ])
    }

    @Test("have so many ranges of a multiplexer, and are told beyond")
    func manyRanges() {
        let text = """
            BO_ 1 M: 8 X
             SG_ Mux M : 0|16@1+ (1,0) [0|0] "" X
             SG_ A m1 : 16|8@1+ (1,0) [0|0] "" X
             SG_ B m1 : 16|8@1+ (1,0) [0|0] "" X
            SG_MUL_VAL_ 1 A Mux \((0..<5_000).map { "\($0)-\($0)" }.joined(separator: ","));
            SG_MUL_VAL_ 1 B Mux \((2..<9).map { "\($0)-\($0)" }.joined(separator: ","));
            """
        let database = database(text)
        #expect(database.diagnostics.map(\.cause) == ["there are more than 4096 ranges"])
        #expect(database.messages[0].signals[1].multiplexing.values == [1...1])
        let plan = DecodePlan(database)
        #expect(
            values([8, 0, 5], ofMessage: 0, plan).map(\.state.isPresent) == [true, false, true])
    }

    @Test("never harm, however they are cut", arguments: 0..<8)
    func cuts(seed: UInt64) {
        let text = Array(
            """
            VERSION "1"\nNS_ :\n\tBA_\nBU_: A B
            BA_DEF_ BO_ "VFrameFormat" ENUM "StandardCAN","J1939PG";
            BO_ 2364540158 M: 8 A\n SG_ S m1M : 7|8@0- (0.5,-1) [0|0] "%" B\n SG_ T M : 8|8@1+ (1,0) [0|1] "" B
            CM_ SG_ 2364540158 S "text\\"";\nVAL_ 2364540158 S 1 "on" 0 "off" ;
            SG_MUL_VAL_ 2364540158 S T 1-3;\nBA_ "VFrameFormat" BO_ 2364540158 1;
            SIG_GROUP_ 2364540158 G 1 : S T;
            """.utf8)
        var random = SeededGenerator(seed: seed)
        for length in 0...text.count {
            var cut = Array(text.prefix(length))
            if !cut.isEmpty {
                cut[Int(random.next() % UInt64(cut.count))] = UInt8(
                    truncatingIfNeeded: random.next())
            }
            let database = Database(dbc: cut.span)
            let plan = DecodePlan(database)
            for message in database.messages.indices {
                _ = values([1, 2, 3], ofMessage: message, plan)
            }
        }
    }
}
