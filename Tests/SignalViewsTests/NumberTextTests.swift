import TestBench
import Testing

@testable import SignalViews

@Suite("Numbers as text")
struct NumberTextTests {
    private func text(_ value: Double, decimals: Int) -> String {
        var bytes = [UInt8](repeating: 0, count: NumberText.maximumCount + 8)
        var span = bytes.mutableSpan
        let count = NumberText.write(value, decimals: decimals, into: &span, at: 4)
        return String(decoding: bytes[4..<4 + count], as: UTF8.self)
    }

    /// As people would write them.
    @Test(
        "are the shortest decimals, plain where 17 digits do",
        arguments: [
            (0, "0"), (1, "1"), (-1, "-1"), (0.5, "0.5"), (-0.25, "-0.25"), (100, "100"),
            (0.1 + 0.2, "0.30000000000000004"), (29.38, "29.38"), (1e-5, "0.00001"),
            (-1.5e-7, "-0.00000015"), (1e15, "1000000000000000"), (1e16, "10000000000000000"),
            (1e22, "1e+22"), (.leastNonzeroMagnitude, "5e-324"), (123456.789, "123456.789"),
            (9007199254740992, "9007199254740992"), (.infinity, "inf"), (-.infinity, "-inf"),
            (1.234567890123e-10, "1.234567890123e-10"), (0.000123, "0.000123"), (-0.0, "0"),
        ] as [(Double, String)])
    func texts(value: Double, expected: String) {
        for decimals in [0, 1, 2, 5, 9, 15] {
            #expect(text(value, decimals: decimals) == expected)
        }
        #expect(text(.nan, decimals: 2) == "nan")
    }

    /// The standard library's shortest text is the reference: same digits, however few or many are
    /// expected.
    @Test("read back as the same number, and are no longer than they must be", arguments: 0..<16)
    func roundTrip(decimals: Int) {
        var random = SeededGenerator(seed: UInt64(decimals) + 1)
        for _ in 0..<4_000 {
            let scale = [1, 0.1, 0.25, 0.01, 0.001, 1e-6, 0.39215686274509803, 3.6]
            let value =
                Bool.random(using: &random)
                ? Double(Int.random(in: -70_000...70_000, using: &random))
                    * (scale.randomElement(using: &random) ?? 1)
                : Double(bitPattern: UInt64.random(in: 0...(.max), using: &random))
            guard value.isFinite else { continue }
            let text = text(value, decimals: decimals)
            #expect(Double(text) == value, "\(text)")
            let digits = { (text: String) in
                let mantissa = text.prefix { $0 != "e" }.filter(\.isNumber)
                let whole = mantissa.drop { $0 == "0" }
                return String(whole.reversed().drop { $0 == "0" }.reversed())
            }
            #expect(digits(text) == digits(value.description), "\(text) \(value)")
        }
    }

    @Test(
        "of factors the decimals are known",
        arguments: [
            (1, 0), (0.5, 1), (0.25, 2), (0.001, 3), (1e-6, 6), (100, 0), (0.125, 3), (1e20, 0),
            (1.5e-5, 6), (0.39215686274509803, 15), (.infinity, 0),
        ] as [(Double, Int)])
    func decimals(factor: Double, expected: Int) {
        #expect(NumberText.decimals(of: factor) == expected)
    }
}
