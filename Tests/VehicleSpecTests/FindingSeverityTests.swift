import Testing
import VehicleSpec

@Suite struct FindingSeverityTests {
    @Test func theGravestComesFirstAndOnlyInformationPasses() {
        #expect(FindingSeverity.allCases.reversed().sorted() == FindingSeverity.allCases)
        #expect(FindingSeverity.allCases.filter { !$0.fails } == [.info])
    }
}
