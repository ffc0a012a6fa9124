import CANFrame
import SignalDatabase
import Testing

@Suite("dialects of DBC files")
struct DBCDialectTests {
    private static let lines = [
        "VERSION \"1\"", "BU_: A", "BO_ 1 M: 8 A", " SG_ S : 0|8@1+ (1,0) [0|0] \"km\" A",
    ]

    @Test("end their lines as they like", arguments: ["\n", "\r\n", "\r", "\r\r\n", "\n\n"])
    func lineEnds(_ end: String) {
        let database = database(Self.lines.joined(separator: end) + end)
        #expect(database.diagnostics.isEmpty)
        #expect(database.version == "1")
        #expect(database.messages.map { $0.signals.map(\.unit) } == [["km"]])
    }

    @Test(
        "are written in UTF-16, with a mark and without", arguments: [true, false], [true, false])
    func wide(isMarked: Bool, isBigEndian: Bool) {
        let text = Self.lines.joined(separator: "\r\n").replacing("km", with: "°C車")
        let units = (isMarked ? [0xFEFF] : []) + Array(text.utf16)
        let bytes = units.flatMap { unit -> [UInt8] in
            let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
            return isBigEndian ? [high, low] : [low, high]
        }
        let database = Database(dbc: bytes.span)
        #expect(database.messages.map { $0.signals.map(\.unit) } == [["°C車"]])
        #expect(database.encoding.name == "UTF-16")
    }

    private func unit(_ bytes: [UInt8], in encoding: TextEncoding = .automatic) -> String? {
        let text =
            Array("BO_ 1 M: 8 X\n SG_ S : 0|8@1+ (1,0) [0|0] \"".utf8) + bytes
            + Array("\" X\n".utf8)
        let database = Database(dbc: text.span, encoding: encoding)
        return database.messages.first?.signals.first?.unit
    }

    /// The bytes are Python's: `'车速'.encode('gb2312')`.
    @Test(
        "are written in what is said, or what they look like",
        arguments: [
            ("gb2312", [0xB3, 0xB5, 0xCB, 0xD9], "车速"),
            ("gbk", [0xB0, 0x6C, 0x84, 0xD3, 0x99, 0x43], "發動機"),
            // The second byte of the first character is that of a backslash.
            ("Shift-JIS", [0x95, 0x5C, 0x8E, 0xA6], "表示"),
            ("shift_jis", [0x8E, 0xA6, 0x95, 0x5C], "示表"),
            ("cp1251", [0xD1, 0xEA, 0xEE, 0xF0, 0xEE, 0xF1, 0xF2, 0xFC], "Скорость"),
            ("euc-kr", [0xBC, 0xD3, 0xB5, 0xB5], "속도"),
            ("big5", [0xA8, 0xAE, 0xB3, 0x74], "車速"),
            ("latin1", [0x67, 0x72, 0xF6, 0xDF, 0x65, 0x20, 0x80], "größe €"),
            ("auto", [0xB3, 0xB5, 0xCB, 0xD9], "车速"),
            ("auto", [0xA1, 0xE6], "℃"),
            ("auto", [0x67, 0x72, 0xF6, 0xDF, 0x65, 0x20, 0xB0, 0x43], "größe °C"),
            ("auto", [0x6D, 0x2F, 0x73, 0xB2], "m/s²"),
            ("auto", [0xC2, 0xB0, 0x43], "°C"),
        ] as [(String, [UInt8], String)])
    func encodings(name: String, bytes: [UInt8], text: String) throws {
        let encoding = try #require(TextEncoding(named: name))
        #expect(unit(bytes, in: encoding) == text)
    }

    @Test("have no encoding of a name that is none", arguments: ["", "klingon", "utf-8//IGNORE"])
    func noEncoding(name: String) {
        #expect(TextEncoding(named: name) == nil)
    }

    @Test("that are not in the encoding that is said lose characters, and say so")
    func wrongEncoding() throws {
        let bytes = Array("CM_ \"a".utf8) + [0xFF, 0x20] + Array("b\";\nBO_ 1 M: 8 X\n".utf8)
        for encoding in [TextEncoding.utf8, .gb18030] {
            let database = Database(dbc: bytes.span, encoding: encoding)
            #expect(database.comment == "a\u{FFFD} b")
            #expect(database.messages.count == 1)
            let diagnostic = try #require(database.diagnostics.first)
            #expect(diagnostic.severity == .repaired && diagnostic.line == 1)
        }
    }

    @Test(
        "have more than one statement in a line",
        arguments: [
            "VERSION \"\" NS_ : NS_DESC_ CM_ BA_DEF_ VAL_ BS_: BU_: A B BO_ 1 M: 8 A SG_ S : 0|8@1+ "
                + "(1,0) [0|1] \"\" B SG_ T : 8|8@1+ (1,0) [0|1] \"\" A,B BO_ 2 N: 1 B",
            "BU_: A B\nBO_ 1 M: 8 A SG_ S : 0|8@1+ (1,0) [0|1] \"\" B\n"
                + " SG_ T : 8|8@1+ (1,0) [0|1] \"\" A,B BO_ 2 N: 1 B",
            "NS_ :\n CM_ BA_\n VAL_\nBS_:\nBU_: A B\nBO_ 1 M :\n 8\n A\n SG_ S :\n0|8@1+ (1,0)\n"
                + "[0|1] \"\" B\n SG_ T : 8|8@1+ (1,0) [0|1] \"\" A,\n  B\nBO_ 2 N: 1 B",
        ])
    func joinedLines(text: String) {
        let database = database(text)
        #expect(database.nodes.map(\.name) == ["A", "B"])
        #expect(database.messages.map(\.name) == ["M", "N"])
        #expect(database.messages.map { $0.signals.map(\.name) } == [["S", "T"], []])
    }

    @Test("have floats by SavvyCAN's numbers of byte orders")
    func savvyFloats() {
        let database = database(
            """
            BO_ 1 M: 16 X
             SG_ F : 0|32@2- (1,0) [0|0] "" X
             SG_ D : 64|64@3- (1,0) [0|0] "" X
            """)
        #expect(database.messages[0].signals.map(\.valueType) == [.float, .double])
        #expect(database.diagnostics.map(\.severity) == [.repaired, .repaired])
        // 1.5 as IEEE 754 single precision is 3FC00000.
        let payload: [UInt8] = [0, 0, 0xC0, 0x3F] + [UInt8](repeating: 0, count: 12)
        #expect(values(payload, ofMessage: 0, DecodePlan(database))[0].physical == 1.5)
    }

    @Test("have attributes that nothing defines, or of types that the format does not know")
    func undefinedAttributes() {
        let database = database(
            """
            BO_ 2364540158 EEC1: 8 X
            BA_DEF_ BO_ "Sendable" BOOL False True;
            BA_DEF_DEF_ "Sendable" "True";
            BA_ "VFrameFormat" BO_ 2364540158 3;
            BA_ "Sendable" BO_ 2364540158 "False";
            BA_ "Note" "text";
            """)
        #expect(database.messages[0].parameterGroup?.number == 0xF004)
        #expect(database.messages[0].attributes.value(of: "Sendable")?.text == "False")
        #expect(database.attributes.value(of: "Note")?.text == "text")
        #expect(database.diagnostics.allSatisfy { $0.severity == .repaired })
    }

    @Test("have attributes of relations, signal types, and variables of the environment")
    func relations() {
        let database = database(
            """
            BU_: A B
            BO_ 1 M: 8 A
             SG_ S : 0|8@1+ (1,0) [0|0] "" B
            EV_ Door: 0 [0|1] "u" 1 7 DUMMY_NODE_VECTOR1 A,B;
            ENVVAR_DATA_ Door: 12;
            SGTYPE_ Kind : 8@1+ (1,0) [0|0] "" 0, Table;
            SIG_TYPE_REF_ 1 S : Kind;
            BA_DEF_REL_ BU_SG_REL_ "Timeout" INT 0 65535;
            BA_DEF_REL_ BU_BO_REL_ "Use" ENUM "no","yes";
            BA_DEF_REL_ BU_EV_REL_ "Weight" FLOAT 0 1;
            BA_DEF_DEF_REL_ "Timeout" 10;
            BA_REL_ "Timeout" BU_SG_REL_ B SG_ 1 S 250;
            BA_REL_ "Use" BU_BO_REL_ A 1 "yes";
            BA_REL_ "Weight" BU_EV_REL_ A Door 0.5;
            CAT_DEF_ 1 Body 0;
            """)
        #expect(database.diagnostics.isEmpty)
        #expect(database.relations.map(\.attribute.name) == ["Timeout", "Use", "Weight"])
        #expect(
            database.relations.map(\.attribute.value) == [
                .integer(250), .choice(index: 1, name: "yes"), .number(0.5),
            ])
        #expect(database.relations.map(\.node) == [1, 0, 0])
        #expect(
            database.relations.map(\.target) == [
                .signal(message: 0, signal: 0), .message(0), .variable(0),
            ])
        #expect(database.attributeDefinitions[0].defaultValue == .integer(10))
        #expect(database.messages[0].signals[0].typeName == "Kind")
        let door = database.environmentVariables[0]
        #expect(door.initialValue == 1 && door.dataSize == 12 && door.nodes == ["A", "B"])
        #expect(database.otherStatements.map(\.keyword) == ["CAT_DEF_"])
    }
}
