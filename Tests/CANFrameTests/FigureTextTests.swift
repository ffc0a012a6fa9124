import CANFrame
import Testing

@Suite("figures")
struct FigureTextTests {
    @Test("have as many decimals as are asked for, as long as an integer of 64 bits has the digits")
    func digits() {
        #expect(FigureText.fixed(-0.004, 2) == "0.00")
        #expect(FigureText.digits(9e12, 6) == "9000000000000.000000")
        // 10^13 x 10^6 is more than 2^63 = 9.2 x 10^18.
        #expect(FigureText.digits(1e13, 6) == nil)
        #expect(FigureText.fixed(1e14, 6) == "-")
        for value in [Double.infinity, -.infinity, .nan] {
            #expect(FigureText.digits(value, 3) == nil)
        }
    }
}
