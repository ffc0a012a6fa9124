import Testing
import VehicleSpec

@testable import FirmwareSpecs

@Suite struct SpecDifferenceTests {
    private func lines(
        _ path: String, _ old: String, _ new: String
    ) throws -> [String] {
        let before = try SpecCatalogTests.catalog()
        let after = try SpecCatalogTests.catalog(replacing: old, with: new, in: path)
        return SpecDifference(from: before, to: after).changes.map {
            "\($0.action) \($0.subject) | \($0.item) | \($0.property) | \($0.old ?? "-") | \($0.new ?? "-")"
        }
    }

    @Test func theSameFolderHasNoDifference() throws {
        #expect(try lines("rules/common.yaml", "id: common", "# comment\nid: common").isEmpty)
    }

    @Test(
        "a change is told once, where it was made",
        arguments: [
            (
                "ecus/ecm/orlin-m7.yaml", "V, valid: [6, 18]", "V, valid: [6, 16]",
                "changed ecm-orlin-m7 | identifier 0110 battery_voltage | valid | 6 to 18 | 6 to 16"
            ),
            (
                "ecus/ecm/orlin-m7.yaml", "01.07.*", "01.08.*",
                "changed ecm-orlin-m7@1.6 | identification F195 |  | 01.06.* or 01.07.* | 01.06.* or 01.08.*"
            ),
            (
                "ecus/ecm/orlin-m7.yaml", "p2: 30ms", "p2: 35ms",
                "changed ecm-orlin-m7@1.6 |  | P2 | 30 ms | 35 ms"
            ),
            (
                "ecus/ecm/kestrel-e3.yaml", "P0118-00", "P0119-00",
                "removed ecm-kestrel-e3 | trouble code P0118-00 |  | "
                    + "text Coolant temperature sensor high input, severity rework | -"
            ),
            (
                "vehicles/lark-2.yaml", "to: 2026-03-31", "to: 2026-04-30",
                "changed lark-2/petrol | released ecm-orlin-m7@1.4 | days | until 2026-03-31 | until 2026-04-30"
            ),
            (
                "plans/lark-2.yaml", "[11.8, 14.8]", "[12, 14.8]",
                "changed lark-2/petrol | step battery | limits | [11.8, 14.8] | [12, 14.8]"
            ),
            (
                "rules/common.yaml", "for: 500ms", "for: 1s",
                "changed lark-2/electric | rule wheel-spread | for | 500ms | 1s"
            ),
            (
                "dbc/lark-2.dbc", "SG_ SpeedFL : 0|16@1+ (0.01,0)",
                "SG_ SpeedFL : 0|16@1+ (0.02,0)",
                "changed dbc/lark-2.dbc | signal Wheels.SpeedFL | factor | 0.01 | 0.02"
            ),
        ])
    func changes(path: String, old: String, new: String, expected: String) throws {
        let lines = try lines(path, old, new)
        #expect(lines.contains(expected), "\(lines.joined(separator: "\n"))")
        #expect(lines.count <= 2, "\(lines.joined(separator: "\n"))")
    }

    @Test func aFamilyThatIsNewIsToldWithoutItsParts() throws {
        let after = try SpecCatalogTests.catalog()
        let before = try SpecCatalogTests.catalog(
            replacing: "", with: "", in: "ecus/esc/kestrel-k2.yaml")
        let changes = SpecDifference(from: before, to: after).changes
        #expect(
            changes.filter { $0.subject.hasPrefix("esc") }.map { "\($0.action) \($0.subject)" }
                == ["added esc-kestrel-k2"])
    }
}
