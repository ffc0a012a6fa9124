import CANFrame
import SignalDatabase
import Testing

@Suite("decoding frames")
struct DecodePlanTests {
    static let none: [UInt8] = []

    @Test("hides the branches of a multiplexer that a frame does not carry, and nothing else")
    func multiplexing() {
        let database = database(
            """
            BO_ 1 M: 8 X
             SG_ Inner m1M : 8|4@1+ (1,0) [0|0] "" X
             SG_ Deep m2 : 16|8@1+ (1,0) [0|0] "" X
             SG_ Mux M : 0|8@1- (1,0) [0|0] "" X
             SG_ Range m0 : 24|8@1+ (1,0) [0|0] "" X
             SG_ Always : 32|8@1+ (1,0) [0|0] "" X
            SG_MUL_VAL_ 1 Inner Mux 1-1, 200-255;
            SG_MUL_VAL_ 1 Deep Inner 2-2;
            SG_MUL_VAL_ 1 Range Mux 0-0, 5-7;
            """)
        #expect(database.diagnostics.isEmpty)
        let plan = DecodePlan(database)
        func present(_ mux: UInt8, _ inner: UInt8) -> [Bool] {
            values([mux, inner, 0, 0, 9], ofMessage: 0, plan).map(\.state.isPresent)
        }
        #expect(present(1, 2) == [true, true, true, false, true])
        #expect(present(1, 3) == [true, false, true, false, true])
        // The multiplexer's value is compared without its sign.
        #expect(present(200, 2) == [true, true, true, false, true])
        #expect(present(6, 2) == [false, false, true, true, true])
        #expect(present(99, 2) == [false, false, true, false, true])
    }

    @Test("takes a bare 'm' for the multiplexer where there is no other")
    func bareMultiplexer() {
        let database = database(
            """
            BO_ 1 M: 8 X
             SG_ Mux m : 0|8@1+ (1,0) [0|0] "" X
             SG_ A m3 : 8|8@1+ (1,0) [0|0] "" X
            """)
        let plan = DecodePlan(database)
        #expect(values([3, 1], ofMessage: 0, plan).map(\.state) == [.valid, .valid])
        #expect(values([4, 1], ofMessage: 0, plan).map(\.state) == [.valid, .absent])
        #expect(database.diagnostics.map(\.severity) == [.repaired])
    }

    @Test("shows nothing of multiplexers that depend on themselves")
    func multiplexerCycle() {
        let database = database(
            """
            BO_ 1 M: 8 X
             SG_ A m0M : 0|8@1+ (1,0) [0|0] "" X
             SG_ B m0M : 8|8@1+ (1,0) [0|0] "" X
             SG_ C : 16|8@1+ (1,0) [0|0] "" X
            SG_MUL_VAL_ 1 A B 0-0;
            SG_MUL_VAL_ 1 B A 0-0;
            """)
        let decoded = values([0, 0, 5], ofMessage: 0, DecodePlan(database))
        #expect(decoded.map(\.state) == [.absent, .absent, .valid])
        #expect(database.diagnostics.count == 1)
    }

    @Test("tells the signals that changed, and only those")
    func changes() throws {
        let database = database(
            """
            BO_ 1 Other: 8 X
             SG_ O : 0|8@1+ (1,0) [0|0] "" X
            BO_ 2 M: 8 X
             SG_ A : 0|8@1+ (1,0) [0|0] "" X
             SG_ B : 8|8@1+ (1,0) [0|0] "" X
            """)
        var live = LiveDecoder(DecodePlan(database))
        let identifier = try #require(ArbitrationID(standard: 2))
        func changed(_ payload: [UInt8]) -> [Int32] {
            #expect(live.decode(row(identifier, payload), longPayload: Self.none.span) == 0)
            return live.changedSignals.indices.map { live.changedSignals[$0] }
        }
        #expect(changed([0, 0]) == [0, 1])
        #expect(changed([0, 0]) == [])
        #expect(changed([0, 7]) == [1])
        #expect(changed([0]) == [1])
        #expect(live.values(of: 0)[1].state == .beyondFrame)
        #expect(live.streams.count == 1)
        #expect(live.streams[0].message == 1)
        let missing = try #require(ArbitrationID(extended: 2))
        #expect(live.decode(row(missing, [0]), longPayload: Self.none.span) == nil)
    }

    /// 0CF00400 is EEC1 (PGN 61444) from address 0; DA and SA of 18EA00F9 are no part of PGN 59904.
    @Test(
        "finds J1939 messages by their parameter group, by the name of the attribute's choice",
        arguments: [#""StandardCAN","ExtendedCAN","reserved","J1939PG""#, #""J1939PG","Other""#])
    func parameterGroups(choices: String) throws {
        let place = choices.hasPrefix("\"J") ? 0 : 3
        let database = database(
            """
            BO_ 2364540158 EEC1: 8 X
             SG_ EngineSpeed : 24|16@1+ (0.125,0) [0|8031.875] "rpm" X
             SG_ Mode : 0|4@1+ (1,0) [0|15] "" X
            BO_ 2565537790 Request: 3 X
            BO_ 2147483651 Plain: 8 X
            BA_DEF_ BO_ "VFrameFormat" ENUM \(choices);
            BA_ "VFrameFormat" BO_ 2364540158 \(place);
            BA_ "VFrameFormat" BO_ 2565537790 \(place);
            """)
        #expect(database.diagnostics.isEmpty)
        #expect(database.messages.map(\.parameterGroup?.number) == [61_444, 59_904, nil])
        let plan = DecodePlan(database)
        func index(_ text: String) throws -> Int? {
            plan.messageIndex(of: PackedID(try #require(ArbitrationID(candump: text))))
        }
        #expect(try index("0CF00400") == 0)
        #expect(try index("18F00403") == 0)
        #expect(try index("0CF00500") == nil)
        #expect(try index("18EA00F9") == 1)
        #expect(try index("18EAFF21") == 1)
        #expect(try index("00000003") == 2)
        #expect(try index("00000103") == nil)
        // J1939-71 tables 1 and 2.
        func states(_ payload: [UInt8]) -> [SignalState] {
            values(payload, ofMessage: 0, plan).map(\.state)
        }
        #expect(states([0xF, 0, 0, 0xFF, 0xFF]) == [.notAvailable, .notAvailable])
        #expect(states([0x2, 0, 0, 0x00, 0xFE]) == [.error, .valid])
        #expect(states([0xD, 0, 0, 0x00, 0xFB]) == [.reserved, .valid])
        #expect(states([0x0, 0, 0, 0xFF, 0xFA]) == [.valid, .valid])
    }

    @Test("finds J1939 messages of one group by their source, whatever the priority")
    func sendersOfGroup() throws {
        let database = database(
            """
            BO_ 2364539904 Engine: 8 X
            BO_ 2364539907 Transmission: 8 X
            BA_DEF_ BO_ "VFrameFormat" ENUM "J1939PG";
            BA_ "VFrameFormat" BO_ 2364539904 0;
            BA_ "VFrameFormat" BO_ 2364539907 0;
            """)
        let plan = DecodePlan(database)
        func index(_ text: String) throws -> Int? {
            plan.messageIndex(of: PackedID(try #require(ArbitrationID(candump: text))))
        }
        #expect(try index("0CF00400") == 0)
        #expect(try index("0CF00403") == 1)
        #expect(try index("18F00403") == 1)
        #expect(try index("18F00421") == 0)
    }

    /// J1939-71 table 2 has an error indicator for 2 bits; of 4 bits SPN 899, "engine torque mode",
    /// gives 1110 a meaning.
    @Test("of J1939 parameters of 2 bits 2 is an error, of 3 to 7 bits only all ones are no value")
    func discreteParameters() {
        let database = database(
            """
            BO_ 2364540158 EEC1: 8 X
             SG_ Two : 0|2@1+ (1,0) [0|0] "" X
             SG_ Three : 2|3@1+ (1,0) [0|0] "" X
             SG_ Four : 8|4@1+ (1,0) [0|0] "" X
             SG_ Seven : 16|7@1+ (1,0) [0|0] "" X
            BA_DEF_ BO_ "VFrameFormat" ENUM "J1939PG";
            BA_ "VFrameFormat" BO_ 2364540158 0;
            """)
        let plan = DecodePlan(database)
        for kernel in [DecodeKernel.scalar, .vector] {
            var live = LiveDecoder(plan, kernel: kernel)
            func states(_ payload: [UInt8]) -> [SignalState] {
                let stream = live.decode(payload.span, of: PackedID(rawValue: 0x8CF0_0400)) ?? 0
                return (0..<4).map { live.values(of: stream)[$0].state }
            }
            #expect(
                states([0x1F, 0x0F, 0x7F]) == [
                    .notAvailable, .notAvailable, .notAvailable, .notAvailable,
                ])
            #expect(states([0x1A, 0x0E, 0x7E]) == [.error, .valid, .valid, .valid])
            #expect(states([0x19, 0x0D, 0x7D]) == [.valid, .valid, .valid, .valid])
        }
    }

    @Test("joins the ranges of several SG_MUL_VAL_, and tells those that say nothing or otherwise")
    func severalRanges() {
        let database = database(
            """
            BO_ 1 M: 8 X
             SG_ Mux M : 0|8@1+ (1,0) [0|0] "" X
             SG_ Other M : 8|8@1+ (1,0) [0|0] "" X
             SG_ A m1 : 16|8@1+ (1,0) [0|0] "" X
             SG_ B m1 : 24|8@1+ (1,0) [0|0] "" X
            SG_MUL_VAL_ 1 A Mux 1-1;
            SG_MUL_VAL_ 1 A Mux 5-7;
            SG_MUL_VAL_ 1 A Other 9-9;
            SG_MUL_VAL_ 1 B Mux ;
            """)
        // Line 5: with two multiplexers nothing says on which B depends.
        #expect(database.diagnostics.map(\.line) == [5, 8, 9])
        #expect(database.messages[0].signals[2].multiplexing.multiplexer == 0)
        #expect(database.messages[0].signals[2].multiplexing.values == [1...1, 5...7])
        #expect(database.messages[0].signals[3].multiplexing.values == [1...1])
    }

    @Test("a cycle time beyond 11 days is none, and is told")
    func hugeCycleTime() {
        for text in ["1e300", "1e14", "1000000001"] {
            let database = database(
                """
                BO_ 291 M: 8 A
                BO_ 292 N: 8 A
                BA_DEF_ BO_ "GenMsgCycleTime" INT 0 0;
                BA_ "GenMsgCycleTime" BO_ 291 \(text);
                BA_ "GenMsgCycleTime" BO_ 292 1e9;
                """)
            #expect(database.messages.map(\.cycleTimeMilliseconds) == [nil, 1e9])
            #expect(database.diagnostics.map(\.line) == [1])
        }
    }

    @Test("reads attributes, texts and names to their objects, in any order of statements")
    func annotations() throws {
        let database = database(
            """
            BA_ "GenMsgCycleTime" BO_ 2147483649 100;
            VAL_ 2147483649 S -1 "bad" 1 "good" ;
            BA_DEF_ BO_ "GenMsgCycleTime" INT 0 3600000;
            BA_DEF_ SG_ "SystemSignalLongSymbol" STRING;
            BA_DEF_ SG_ "SPN" INT 0 524287;
            BA_DEF_DEF_ "GenMsgCycleTime" 20;
            BU_: A
                 B
            BO_ 2147483649 M: 8 A
             SG_ S : 0|8@1- (1e-1,-2.5) [-1E3|.5] "m/s" A, B
            BO_ 2 N: 0 Vector__XXX
            BA_ "SystemSignalLongSymbol" SG_ 2147483649 S "A_very_long_name";
            BA_ "SPN" SG_ 2147483649 S 190;
            BO_TX_BU_ 2147483649 : A,B;
            SIG_GROUP_ 2147483649 G 1 : S;
            CAT_ BO_ 2 1;
            """)
        #expect(database.diagnostics.isEmpty)
        #expect(database.nodes.map(\.name) == ["A", "B"])
        let message = database.messages[0]
        #expect(message.identifier == ArbitrationID(extended: 1))
        #expect(database.messages.map(\.cycleTimeMilliseconds) == [100, 20])
        #expect(message.transmitters == ["A", "B"])
        #expect(database.messages[1].transmitters == [])
        #expect(message.signalGroups.map(\.signals) == [[0]])
        let signal = message.signals[0]
        #expect(signal.longName == "A_very_long_name")
        #expect(signal.suspectParameterNumber == 190)
        #expect([signal.factor, signal.offset, signal.minimum] == [0.1, -2.5, -1000])
        #expect(signal.receivers == ["A", "B"])
        #expect(signal.label(of: -1) == "bad")
        #expect(database.otherStatements.map(\.keyword) == ["CAT_"])
    }
}
