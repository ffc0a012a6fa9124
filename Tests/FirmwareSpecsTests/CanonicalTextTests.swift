import LocalFiles
import SignalDatabase
import TestBench
import Testing
import VehicleSpec
import YAMLText

@testable import FirmwareSpecs

@Suite struct CanonicalTextTests {
    private func petrol(
        replacing old: String = "", with new: String = "", in path: String = ""
    ) throws -> VehicleSpec {
        let catalog = try SpecCatalogTests.catalog(replacing: old, with: new, in: path)
        return try VehicleSpec.variant(named: "lark-2/petrol", among: catalog.vehicles)
    }

    @Test(
        "what is written in another way or order is the same text",
        arguments: [
            (
                "ecus/ecm/orlin-m7.yaml", "role: ECM\nsupplier: Orlin",
                "supplier: \"Orlin\"   # who\nrole: ECM"
            ),
            ("ecus/ecm/orlin-m7.yaml", "[\"01.06.*\", \"01.07.*\"]", "[\"01.07.*\", 01.06.*]"),
            ("ecus/ecm/orlin-m7.yaml", "scale: 0.1, unit: bar", "unit: bar, scale: 1e-1"),
            (
                "vehicles/lark-2.yaml", "[ecm-orlin-m7, ecm-kestrel-e3]",
                "[ecm-kestrel-e3, ecm-orlin-m7]"
            ),
            (
                "vehicles/lark-2.yaml", "bit-rate: 500k, sample-point: 0.8",
                "sample-point: 0.80, bit-rate: 500000"
            ),
            ("rules/common.yaml", "id: common", "# of all\nid: common"),
        ])
    func isCanonical(path: String, old: String, new: String) throws {
        let (first, second) = (try petrol(), try petrol(replacing: old, with: new, in: path))
        #expect(first.canonicalText == second.canonicalText)
        #expect(first.sha256 == second.sha256)
    }

    @Test(
        "what means something else is another text",
        arguments: [
            ("ecus/ecm/orlin-m7.yaml", "[6, 18]", "[6, 16]"),
            ("ecus/ecm/kestrel-e3.yaml", "K3.1*", "K3.[12]*"),
            ("profiles/ident.yaml", "length: 17", "length: 18"),
            ("rules/common.yaml", "500ms", "400ms"), ("dbc/lark-2.dbc", "[0|300]", ""),
            ("plans/lark-2.yaml", "11.8", "11.9"),
            ("vehicles/lark-2.yaml", "2026-03-31", "2026-03-30"),
        ])
    func isOther(path: String, old: String, new: String) throws {
        let changed =
            path.hasSuffix(".dbc")
            ? try petrol(
                replacing: #"(0.01,0) [0|300] "km/h" Vector__XXX"# + "\n SG_ SpeedFR",
                with: #"(0.01,0) [0|250] "km/h" Vector__XXX"# + "\n SG_ SpeedFR", in: path)
            : try petrol(replacing: old, with: new, in: path)
        #expect(try petrol().sha256 != changed.sha256)
    }

    @Test func theTextIsYAMLAndNamesEachVersionWithWhatItHasOtherwise() throws {
        let text = try petrol().canonicalText
        let document = try YAMLDocument(text)
        let versions = document.root?["slots"]?["ECM"]?["ecm-orlin-m7"]?["versions"]
        #expect(versions?["1.6"]?["identifiers"]?.mapping?.map(\.key) == ["0112"])
        #expect(versions?["1.4"]?["identifiers"] == nil)
        #expect(document.root?["databases"]?["PT"]?.scalar?.text.contains("SG_ SpeedFL") == true)
        #expect(document.root?["released"]?.sequence?.count == 4)
    }

    @Test func theTextAloneReadsAsTheSameVariant() throws {
        let spec = try petrol()
        let catalog = SpecCatalog(try SpecFiles(resolved: spec.canonicalText))
        #expect(catalog.mistakes.isEmpty, "\(catalog.mistakes)")
        let again = try #require(catalog.vehicles.first)
        #expect(again.canonicalText == spec.canonicalText && again.name == spec.name)
        for (slot, other) in zip(again.slots, spec.slots) {
            for (unit, before) in zip(slot.alternatives, other.alternatives) {
                #expect(unit.identifiers == before.identifiers)
                #expect(unit.routines == before.routines)
                #expect(unit.troubleCodes == before.troubleCodes)
                #expect(unit.identify == before.identify && unit.match == before.match)
                #expect(unit.addresses == before.addresses && unit.timing == before.timing)
                #expect(unit.sessions == before.sessions && unit.security == before.security)
            }
        }
        #expect(again.slots == spec.slots && again.rules.map(\.id) == spec.rules.map(\.id))
        #expect(again.buses[0].database.messages == spec.buses[0].database.messages)
    }

    /// As Vector's tools write: Windows-1252; as careless copying leaves it: with ends of lines of any kind.
    @Test("the text holds a database in UTF-8", arguments: ["\n", "\r\n", "\r", "\r\r\n"])
    func encodings(lineEnd: String) throws {
        var files = try #require(SampleSpecs.files())
        let text = try #require(SampleSpecs.all["dbc/lark-2.dbc"])
        let lines = text.split(separator: "\n").joined(separator: lineEnd)
        files["dbc/lark-2.dbc"] = lines.replacing("km/h", with: "°C").unicodeScalars
            .map { UInt8($0.value) }
        files["rules/common.yaml"] = Array(
            """
            spec: canlog/rules@1
            id: common
            rules: [{id: hot, when: "Wheels.SpeedFL > 80 degC", severity: info}]
            """.utf8)
        let spec = try #require(SpecCatalog(SpecFiles(files)).vehicles.last)
        let again = SpecCatalog(try SpecFiles(resolved: spec.canonicalText))
        #expect(again.mistakes.isEmpty, "\(again.mistakes)")
        let bus = try #require(again.vehicles.first?.buses.first)
        #expect(bus.database.messages[0].signals.map(\.unit) == ["°C", "°C"])
        #expect(bus.database.messages == spec.buses[0].database.messages)
        #expect(!spec.canonicalText.contains("\u{FFFD}"))
    }

    @Test(
        "a text that is no resolved spec is refused", arguments: ["", "spec: canlog/ecu@1", "- ["])
    func refused(text: String) {
        #expect(throws: SpecMistake.self) { try SpecFiles(resolved: text) }
    }

    /// The digest of coreutils.
    @Test func theDigestIsThatOfSha256sum() throws {
        let spec = try petrol()
        let folder = try TemporaryFolder()
        let path = folder.path + "/spec"
        var file = try WritableFile(creating: path)
        try file.append(Array(spec.canonicalText.utf8).span)
        let result = try Program.run("sha256sum", path)
        #expect(result.output.hasPrefix(spec.sha256 + " "))
    }
}
