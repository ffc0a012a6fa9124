import SignalDatabase
import Testing

@Suite("a review of a database")
struct DatabaseReviewTests {
    private func causes(_ text: String) -> [String] { database(text).review().map(\.cause) }

    @Test("says which signals share bits, whatever their byte order")
    func overlaps() {
        // Bits 7|4@0 are the upper half of byte 0, 4|2@1 the lower two of that half.
        let text = """
            BO_ 1 M: 8 Vector__XXX
             SG_ A : 7|4@0+ (1,0) [0|0] "" X
             SG_ B : 0|4@1+ (1,0) [0|0] "" X
             SG_ C : 4|2@1+ (1,0) [0|0] "" X
             SG_ D : 7|16@0+ (1,0) [0|0] "" X
            """
        #expect(
            causes(text) == [
                "the signal C shares bits with A", "the signal D shares bits with A",
            ])
    }

    @Test("leaves signals alone that no frame carries together")
    func branches() {
        let text = """
            BO_ 1 M: 8 Vector__XXX
             SG_ Mux M : 0|8@1+ (1,0) [0|0] "" X
             SG_ A m0 : 8|8@1+ (1,0) [0|0] "" X
             SG_ B m1M : 8|8@1+ (1,0) [0|0] "" X
             SG_ C m2 : 16|8@1+ (1,0) [0|0] "" X
             SG_ D m3 : 16|8@1+ (1,0) [0|0] "" X
             SG_ E : 16|8@1+ (1,0) [0|0] "" X
            SG_MUL_VAL_ 1 A Mux 0-0;
            SG_MUL_VAL_ 1 B Mux 1-1;
            SG_MUL_VAL_ 1 C B 2-2;
            SG_MUL_VAL_ 1 D Mux 0-0;
            """
        // E is always there, C and D never together: D needs Mux 0, C needs Mux 1.
        #expect(causes(text) == ["the signal E shares bits with C"])
    }

    @Test("says what no frame can carry, and what repeats")
    func unreachable() {
        let found = causes(
            """
            BU_: A
            BO_ 1 M: 10 A
             SG_ Mux M : 0|2@1+ (1,0) [0|0] "" B
             SG_ S m4 : 8|8@1+ (0,7) [5|1] "" A
             SG_ T m1 : 8|8@1+ (1,0) [0|0] "" A
            BO_ 2 M: 8 Vector__XXX
             SG_ Idle M : 0|8@1+ (1,0) [0|0] "" A
            VAL_ 1 Mux 1 "one" 2 "two" ;
            VAL_ 1 T 1 "one" 1 "uno" ;
            """)
        #expect(
            found == [
                "the message M has 10 bytes, a length that no frame has",
                "the node B is not in BU_",
                "the multiplexer Mux has values without signals: 2",
                "the signal S is there with a value that the 2 bits of Mux cannot have",
                "the factor of S is 0", "the minimum of S is greater than its maximum",
                "the value 1 of T has two texts",
                "a message of line 2 has the name M too", "the message M has no transmitter",
                "the multiplexer Idle switches no signal",
            ])
    }
}
