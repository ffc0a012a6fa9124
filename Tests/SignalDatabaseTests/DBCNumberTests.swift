import SignalDatabase
import Testing

@Suite("numbers of DBC files")
struct DBCNumberTests {
    private func factor(_ text: String) -> Double? {
        database("BO_ 1 M: 8 X\n SG_ S : 0|8@1+ (\(text),0) [0|0] \"\" X").messages[0].signals
            .first?
            .factor
    }

    /// The bits are those that Python's float() reads out of the same digits.
    @Test(
        "are rounded correctly",
        arguments: [
            ("0.39215686274509803", 0x3FD9191919191919),
            ("1", 0x3FF0000000000000),
            ("-0.5", 0xBFE0000000000000),
            ("+2", 0x4000000000000000),
            (".5", 0x3FE0000000000000),
            ("1.", 0x3FF0000000000000),
            ("1E3", 0x408F400000000000),
            ("1e-07", 0x3E7AD7F29ABCAF48),
            ("0.1", 0x3FB999999999999A),
            ("9007199254740993", 0x4340000000000000),
            ("1e23", 0x44B52D02C7E14AF6),
            ("5e-324", 0x0000000000000001),
            ("123456789012345678901234567890", 0x45F8EE90FF6C373E),
            ("0.000000000000000000000000000001", 0x39B4484BFEEBC2A0),
            ("2.2250738585072011e-308", 0x000FFFFFFFFFFFFF),
        ] as [(String, UInt64)])
    func rounding(text: String, bits: UInt64) {
        #expect(factor(text)?.bitPattern == bits)
    }

    @Test(
        "are decimal, with a point, and finite",
        arguments: ["0x10", "inf", "nan", "1e999", "1,5", "1e", "e1", ".", "-", "1.2.3", "--1"])
    func refused(text: String) {
        #expect(factor(text) == nil)
    }

    @Test("of values have 64 bits, signed or not")
    func wide() {
        let database = database(
            """
            BO_ 1 M: 8 X
             SG_ S : 0|64@1+ (1,0) [0|0] "" X
            VAL_ 1 S 18446744073709551615 "a" -9223372036854775808 "b" 2.0 "c" 9223372036854775807 "d" ;
            """)
        let labels = database.messages[0].signals[0].labels
        #expect(labels.map(\.raw) == [-1, .min, 2, .max])
        #expect(labels.map(\.text) == ["a", "b", "c", "d"])
    }
}
