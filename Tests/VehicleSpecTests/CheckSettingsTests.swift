import Testing
import VehicleSpec

@Suite struct CheckSettingsTests {
    @Test(
        "an exception describes whole subjects",
        arguments: [
            ("PT.Engine", "PT.Engine", true), ("PT.Engine", "PT.Engine.RPM", false),
            ("PT.Engine.*", "PT.Engine.RPM", true), ("PT.*", "PT.Engine.RPM", true),
            ("*.RPM", "PT.Engine.RPM", true), ("PT.*.RPM", "PT.Engine.Load", false),
            ("*", "", true), ("", "PT", false), ("a*b*c", "aXbXbXc", true),
        ])
    func exceptions(pattern: String, subject: String, isIgnored: Bool) {
        var settings = CheckSettings()
        settings.ignored = [.init(subject: pattern)]
        #expect(settings.ignores(.range, on: subject) == isIgnored)
    }

    @Test func anExceptionOfOneCheckLeavesTheOthers() {
        var settings = CheckSettings()
        settings.ignored = [.init(.length, subject: "PT.Engine")]
        #expect(settings.ignores(.length, on: "PT.Engine"))
        #expect(!settings.ignores(.cycleTime, on: "PT.Engine"))
    }

    @Test func whatIsOffFindsNothing() {
        var settings = CheckSettings()
        settings.off = [.busLoad]
        #expect(settings.ignores(.busLoad, on: "PT"))
        #expect(!settings.isOn(.busLoad))
    }

    @Test func aSeverityOfTheSpecCounts() {
        var settings = CheckSettings()
        #expect(settings.severity(of: .silentNode) == .block)
        settings.severities[.silentNode] = .info
        #expect(settings.severity(of: .silentNode) == .info)
    }
}
