import Testing
import VehicleSpec

@Suite struct ValueEncodingTests {
    private func encoding(
        _ kind: ValueEncoding.Kind, scale: Double = 1, offset: Double = 0, unit: String = "",
        valid: ClosedRange<Double>? = nil
    ) -> ValueEncoding {
        var encoding = ValueEncoding(kind)
        encoding.scale = scale
        encoding.offset = offset
        encoding.unit = unit
        encoding.valid = valid
        return encoding
    }

    private func text(_ encoding: ValueEncoding, _ bytes: [UInt8]) -> String {
        encoding.values(bytes).map { "\($0.name)=\($0) \($0.validity)" }
            .joined(separator: ", ")
    }

    /// By hand: bytes, the number they are, times scale plus offset. The two suppliers' identifiers of
    /// the reference have other widths and give the same voltage.
    @Test func numbersOfTwoSuppliersAreTheSameValue() {
        let first = encoding(.unsigned(size: 2), scale: 0.001, unit: "V", valid: 6...18)
        let second = encoding(.unsigned(size: 1), scale: 0.1, unit: "V", valid: 6...18)
        #expect(text(first, [0x30, 0x70]) == "x=12.4 V valid")
        #expect(text(second, [124]) == "x=12.4 V valid")
        #expect(text(second, [30]) == "x=3 V outside")
    }

    @Test(
        "each type of number is read with its sign and its order of bytes",
        arguments: [
            (.signed(size: 1), [0xFF], false, -1), (.signed(size: 2), [0xFF, 0xFE], false, -2),
            (.signed(size: 4), [0x80, 0, 0, 0], false, -2_147_483_648),
            (.unsigned(size: 3), [0x01, 0x02, 0x03], false, 0x010203),
            (.unsigned(size: 3), [0x01, 0x02, 0x03], true, 0x030201),
            (.unsigned(size: 4), [0xFF, 0xFF, 0xFF, 0xFF], false, 4_294_967_295),
            // IEEE 754: 41 48 00 00 is 12.5.
            (.float32, [0x41, 0x48, 0, 0], false, 12.5),
        ] as [(ValueEncoding.Kind, [UInt8], Bool, Double)])
    func numbers(kind: ValueEncoding.Kind, bytes: [UInt8], isLittle: Bool, expected: Double) {
        var encoding = ValueEncoding(kind)
        encoding.isLittleEndian = isLittle
        #expect(encoding.values(bytes).first?.number == expected)
        let short = Array(bytes.dropLast())
        #expect(encoding.values(short).first?.validity == .malformed)
    }

    @Test func aValueThatStandsForNoneIsNotAvailableAndNoNumber() {
        var encoding = encoding(.unsigned(size: 2), valid: 0...100)
        encoding.invalid = [0xFFFF, 0xFFFE]
        let bytes: [UInt8] = [0xFF, 0xFE]
        let value = encoding.values(bytes)[0]
        #expect(value.validity == .notAvailable && value.number == nil)
    }

    @Test func aNotANumberIsNoValue() {
        let bytes: [UInt8] = [0x7F, 0xC0, 0, 0]
        #expect(
            ValueEncoding(.float32).values(bytes)[0].validity == .notAvailable)
    }

    @Test func labelsStandForRawValues() {
        var encoding = ValueEncoding(.unsigned(size: 1))
        encoding.labels = [.init(raw: 0, text: "open"), .init(raw: 1, text: "closed")]
        #expect(text(encoding, [1]) == "x=closed valid")
        #expect(text(encoding, [2]) == "x=2 valid")
    }

    @Test(
        "texts, digits and dates",
        arguments: [
            (.ascii(length: 6), Array("VOLNA ".utf8), "x=VOLNA  valid"),
            (.ascii(length: nil), Array("AB\0\0".utf8), "x=AB valid"),
            (.ascii(length: 2), [0xFF, 0xFF], "x=not available notAvailable"),
            (.ascii(length: 2), [0x41, 0x07], "x=41 07 malformed"),
            (.bytes(length: 2), [0x01, 0xAB], "x=01 AB valid"),
            (.bcd(length: 2), [0x19, 0x84], "x=1984 valid"),
            (.bcd(length: 1), [0x1A], "x=1A malformed"),
            (.bcdDate(length: 3), [0x26, 0x11, 0x23], "x=2026-11-23 valid"),
            (.bcdDate(length: 4), [0x20, 0x26, 0x02, 0x29], "x=20 26 02 29 malformed"),
        ] as [(ValueEncoding.Kind, [UInt8], String)])
    func texts(kind: ValueEncoding.Kind, bytes: [UInt8], expected: String) {
        #expect(text(ValueEncoding(kind), bytes) == expected)
    }

    /// 0xB4 is 1011 0100: bit 2 is set, bits 4 to 7 are 11.
    @Test func partsOfANumberAreCountedFromTheLowestBit() {
        var gear = ValueEncoding.BitField(name: "gear", bits: 4...7)
        gear.labels = [.init(raw: 11, text: "R")]
        let encoding = ValueEncoding(
            .bits(length: 2, [.init(name: "brake", bits: 2...2), gear]))
        #expect(text(encoding, [0x00, 0xB4]) == "x.brake=1 valid, x.gear=R valid")
    }

    @Test func whatIsRepeatedFillsTheAnswer() {
        let encoding = ValueEncoding(
            .repeated(encoding(.unsigned(size: 1), scale: 2), count: nil))
        #expect(text(encoding, [1, 2]) == "x[0]=2 valid, x[1]=4 valid")
        let counted = ValueEncoding(.repeated(ValueEncoding(.unsigned(size: 2)), count: 2))
        #expect(text(counted, [0, 1, 0]) == "x=00 01 00 malformed")
        #expect(counted.length == 4)
    }

    @Test func whatATypeCanHoldFollowsScaleAndOffset() {
        #expect(encoding(.unsigned(size: 1), scale: 0.5, offset: -40).representable == -40...87.5)
        #expect(encoding(.signed(size: 2), scale: -1).representable == -32_767...32_768)
    }
}

extension ValueEncoding {
    /// The same for an array: `#expect` takes no span.
    fileprivate func values(_ bytes: [UInt8]) -> [IdentifierValue] {
        decode(bytes.span, name: "x")
    }
}
