import LogFile
import Testing

@Suite("VINCheck")
struct VINCheckTests {
    // The example of ISO 3779's users that is cited most, and its form in all positions.
    @Test("a VIN of 17 allowed characters is not doubted", arguments: ["1M8GDM9AXKP042788"])
    func good(vin: String) {
        #expect(VINCheck.doubt(about: vin) == nil)
    }

    @Test(
        "a doubtful VIN is told with what is doubtful",
        arguments: [
            ("", "VIN '' has 0 characters instead of 17"),
            ("1M8GDM9AXKP04278", "VIN '1M8GDM9AXKP04278' has 16 characters instead of 17"),
            (
                "1M8GDM9AXKPO42788",
                "VIN '1M8GDM9AXKPO42788' has 'O' in position 12, which no VIN has (ISO 3779)"
            ),
            (
                "1m8GDM9AXKP042788",
                "VIN '1m8GDM9AXKP042788' has 'm' in position 2, which no VIN has (ISO 3779)"
            ),
        ])
    func doubtful(vin: String, words: String) {
        #expect(VINCheck.doubt(about: vin) == words)
    }
}
