import Testing
import VehicleDiagnosis
import VehicleSpec

@Suite struct FindingTests {
    @Test func theIdentifierNamesCheckSubjectAndEpisode() {
        var finding = Finding(
            check: "cycle-time", subject: "PT.Engine", severity: .rework, text: "", began: 0,
            opened: 0)
        finding.episode = 2
        #expect(finding.id == "cycle-time/PT.Engine#2")
    }
}
