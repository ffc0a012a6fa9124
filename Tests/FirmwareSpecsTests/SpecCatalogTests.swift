import CANFrame
import CANTransport
import LocalFiles
import SignalDatabase
import TestBench
import Testing
import VehicleSpec

@testable import FirmwareSpecs

@Suite struct SpecCatalogTests {
    static func catalog(
        replacing old: String = "", with new: String = "", in path: String = ""
    ) throws -> SpecCatalog {
        let files = try #require(SampleSpecs.files(replacing: old, with: new, in: path))
        return SpecCatalog(SpecFiles(files))
    }

    @Test func aFolderWithoutMistakesHasNone() throws {
        let catalog = try Self.catalog()
        #expect(catalog.mistakes.isEmpty, "\(catalog.mistakes)")
        #expect(catalog.vehicles.map(\.name) == ["lark-2/electric", "lark-2/petrol"])
        #expect(
            catalog.versions.map(\.id) == [
                "ecm-kestrel-e3@3.0", "ecm-kestrel-e3@3.1", "ecm-orlin-m7@1.4", "ecm-orlin-m7@1.6",
                "esc-kestrel-k2@2", "esc-orlin-b9@9",
            ])
    }

    @Test func aVersionHasWhatItsProfileItsFamilyAndItselfSay() throws {
        let petrol = try VehicleSpec.variant(
            of: "LRK2P000000000001", among: Self.catalog().vehicles)
        let slot = try #require(petrol.slot(of: "ECM"))
        let answers: [UInt16: [UInt8]?] = [
            0xF187: Array("LK1000010A".utf8), 0xF18A: Array("ORLIN ".utf8),
            0xF195: Array("01.07.2 ".utf8),
        ]
        guard case .match(let unit) = slot.select(answers) else {
            Issue.record("\(slot.select(answers))")
            return
        }
        #expect(unit.id == "ecm-orlin-m7@1.6")
        // Profile, family, version.
        #expect(unit.identifier(0xF190)?.name == "vin")
        #expect(unit.identifier(named: "battery_voltage")?.number == 0x0110)
        #expect(unit.identifier(named: "rail_pressure")?.encoding.unit == "bar")
        #expect(unit.timing.p2 == 30_000_000 && unit.timing.p2Star == 5_000_000_000)
        #expect(
            unit.sessions == [
                .init(name: "default", number: 1), .init(name: "extended", number: 3),
            ])
        #expect(
            unit.identifier(named: "coding")?.writing
                == AccessRule(session: "extended", securityLevel: 0x11))
        #expect(
            unit.addresses.request == ISOTPAddress(try #require(ArbitrationID(standard: 0x7E0))))
        #expect(unit.addresses.padding == 0xAA)
        // The base has what no version adds.
        let base = try #require(slot.families.first { $0.family == "ecm-orlin-m7" })
        #expect(base.identifier(named: "rail_pressure") == nil && base.timing.p2 == 50_000_000)
        #expect(base.routine(named: "fan_test")?.timeout == 6_000_000_000)
    }

    @Test func typesAreReadAsTheyAreWritten() throws {
        let units = try Self.catalog().families
        let esc = try #require(units.first { $0.family == "esc-orlin-b9" })
        let speeds: [UInt8] = [0x03, 0xE8, 0, 0, 0, 0, 0x27, 0x10]
        let identifier = try #require(esc.identifier(named: "wheel_speed"))
        let values = identifier.decode(speeds.span)
        #expect(values.map(\.description) == ["10 km/h", "0 km/h", "0 km/h", "100 km/h"])
        let state = try #require(esc.identifier(named: "state"))
        let bits: [UInt8] = [0x11]
        let parts = state.decode(bits.span)
        #expect(parts.map { "\($0.name) \($0)" } == ["state.ready 1", "state.mode roller"])
    }

    @Test func theVariantCarriesRulesChecksPlanAndPolicy() throws {
        let petrol = try VehicleSpec.variant(named: "lark-2/petrol", among: Self.catalog().vehicles)
        #expect(petrol.rules.map(\.id) == ["wheel-stuck", "wheel-spread"])
        #expect(petrol.rules[1].for == .time(500_000_000))
        #expect(
            AutomaticCheck.allCases.filter(petrol.automaticChecks.isOn)
                == [.range, .cycleTime, .silentNode])
        #expect(petrol.plan?.steps.map(\.id).first == "bus" && petrol.plan?.revision == 3)
        #expect(petrol.unknown.firmware == .warn && petrol.unknown.part == .fail)
        #expect(petrol.bus(named: "PT")?.bitRate == 500_000)
        #expect(petrol.bus(named: "PT")?.database.messages.map(\.name) == ["Wheels"])
    }

    @Test func aFolderOnDiskReadsAsOneInMemory() throws {
        let folder = try TemporaryFolder()
        for (path, text) in SampleSpecs.all {
            let full = folder.path + "/" + path
            #expect(try Program.run("mkdir", "-p", Folder.parent(of: full)).status == 0)
            var file = try WritableFile(creating: full)
            try file.append(Array(text.utf8).span)
        }
        let catalog = try SpecCatalog(folder: folder.path)
        #expect(catalog.mistakes.isEmpty)
        #expect(catalog.versions == (try Self.catalog().versions))
    }

    @Test func aFolderThatIsNoneIsRefused() throws {
        #expect(throws: StreamError.self) { try SpecCatalog(folder: "/there-is-no/such-folder") }
        #expect(SpecCatalog(SpecFiles()).mistakes.map(\.cause) == ["there is no vehicle"])
    }
}
