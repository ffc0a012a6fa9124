import Glibc
import Testing

@testable import LogFile

@Suite("Logarithms of counts")
struct BinaryLogarithmTests {
    @Test("are those of libc")
    func againstLibc() {
        let logarithm = BinaryLogarithm()
        let counts = Array(1...5_000) + [8_191, 65_535, 123_098, 131_072, 984_000, 1 << 40]
        for count in counts {
            // 12 leading bits are 2^-11 exact, or 0.0007 of a logarithm.
            let tolerance = count <= 4_096 ? 0.000_02 : 0.000_8
            let value = Double(logarithm(count)) / Double(BinaryLogarithm.bit)
            #expect(abs(value - log2(Double(count))) < tolerance)
        }
        #expect(logarithm(0) == 0)
    }
}
