import LocalFiles
import Testing

@testable import FirmwareSpecs

/// The folder that the project itself has.
@Suite struct ProjectSpecsTests {
    private static let folder =
        Folder.parent(of: Folder.parent(of: Folder.parent(of: #filePath))) + "/Firmware-Specs"

    /// With the first occurrence of a text replaced in one file.
    private static func catalog(
        replacing old: String = "", with new: String = "", in path: String = ""
    ) throws -> SpecCatalog {
        var contents = try SpecFiles(folder: folder).contents
        if !path.isEmpty {
            let text = String(decoding: try #require(contents[path]), as: UTF8.self)
            let place = try #require(text.firstRange(of: old))
            contents[path] = Array(
                (text[..<place.lowerBound] + new + text[place.upperBound...]).utf8)
        }
        return SpecCatalog(SpecFiles(contents))
    }

    @Test func itHasNoMistake() throws {
        let catalog = try Self.catalog()
        #expect(catalog.mistakes.isEmpty, "\(catalog.mistakes)")
        #expect(catalog.vehicles.count == 2)
    }

    @Test(
        "a mistake in it is told",
        arguments: [
            LintCase(
                "profiles/uds-ident.yaml", "hsm:belora-coding", "0x3F9A11C4D0E275",
                "profiles/uds-ident.yaml:16:18",
                "security: level 11 has a key where a name is wanted"),
            LintCase(
                "plans/belora-5-petrol.yaml", "limits: [0, 60]", "limits: [60, 0]",
                "plans/belora-5-petrol.yaml:17:", "limits: 60 is greater than 0"),
            LintCase(
                "plans/belora-5-petrol.yaml", "marginal: [12.2,", "marginal: [11.2,",
                "plans/belora-5-petrol.yaml:16:", "marginal: 11.2 is below the limit 11.8"),
            LintCase(
                "dbc/belora5-ch.dbc", "ESC_Wheels: 24 ESC", "ESC_Wheels: 24 ABS",
                "dbc/belora5-ch.dbc:9:", "warning: 'ABS', which sends ESC_Wheels, is no role"),
            LintCase(
                "dbc/belora5-bd.dbc", "BO_ 784 BCM_Doors", "BO_ 848 BCM_Doors",
                "dbc/belora5-bd.dbc:51:",
                "error: the message BCM_Power has the identifier 350 of BCM_Doors"),
            LintCase(
                "ecus/ecm/kestrin-e4.yaml", "scale: 0.1, unit: degC, valid: [-40, 150]",
                "scale: 0.1, unit: K, valid: [-40, 150]", "ecus/ecm/vireo-gm12.yaml:12:",
                "in 'degC' here and in 'K' in ecm-kestrin-e4@1.0 (ecus/ecm/kestrin-e4.yaml:13:3)"),
            LintCase(
                "rules/electric.yaml", "isolation-low, when: \"",
                "isolation-low, when: \"BMS_State.Isolation < 0.5 * BMS_Pack.PackVoltage or ",
                "rules/electric.yaml:",
                "compare their quotient with a number, as in BMS_State.Isolation / BMS_Pack.PackVoltage < 0.5"
            ),
        ])
    func mistakes(_ edit: LintCase) throws {
        let catalog = try Self.catalog(replacing: edit.old, with: edit.new, in: edit.path)
        let lines = catalog.mistakes.map(\.description)
        #expect(
            lines.contains { $0.hasPrefix(edit.place) && $0.contains(edit.message) },
            "\(lines.joined(separator: "\n"))")
    }

    @Test func aLimitOfAnotherUnitIsNoMistake() throws {
        // kohm, at least half as many as there are volts.
        let catalog = try Self.catalog(
            replacing: "samples: 5, use: min, safety",
            with: "unit: kohm, samples: 5, use: min, safety",
            in: "plans/belora-5-electric.yaml")
        #expect(catalog.mistakes.isEmpty, "\(catalog.mistakes)")
    }
}
