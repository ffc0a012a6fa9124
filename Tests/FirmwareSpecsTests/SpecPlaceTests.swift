import FirmwareSpecs
import Testing

@Suite struct SpecPlaceTests {
    @Test func aPlaceReadsAsCompilersPrintIt() {
        #expect("\(SpecPlace(file: "ecus/a.yaml", line: 12, column: 5))" == "ecus/a.yaml:12:5")
    }
}
