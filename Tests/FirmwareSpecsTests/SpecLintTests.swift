import TestBench
import Testing
import VehicleSpec

@testable import FirmwareSpecs

/// One edit of the sample, and the message that it must cause.
struct LintCase: Sendable, CustomTestStringConvertible {
    var path: String
    /// What is replaced; empty: the whole file, which is removed where `new` is empty too.
    var old: String
    var new: String
    /// File and line of the message.
    var place: String
    /// A part of it.
    var message: String

    init(_ path: String, _ old: String, _ new: String, _ place: String, _ message: String) {
        self.path = path
        self.old = old
        self.new = new
        self.place = place
        self.message = message
    }

    var testDescription: String { message }
}

private let orlin = "ecus/ecm/orlin-m7.yaml"
private let kestrel = "ecus/ecm/kestrel-e3.yaml"
private let esc = "ecus/esc/orlin-b9.yaml"
private let vehicle = "vehicles/lark-2.yaml"
private let plan = "plans/lark-2.yaml"
private let rules = "rules/common.yaml"
private let profile = "profiles/ident.yaml"
private let database = "dbc/lark-2.dbc"

@Suite struct SpecLintTests {
    @Test(
        "each mistake is told at its line, with what to do",
        arguments: [
            // Two that could both match.
            LintCase(
                orlin, "01.04.*", "01.0*", "\(orlin):23:",
                "ecm-orlin-m7@1.4 and ecm-orlin-m7@1.6 could both match, for example with F187 = 'LK100001"
            ),
            LintCase(
                kestrel, #"identify: {F187: "LK10003*", F18A: "KESTRE"}"#,
                #"identify: {F187: "LK1*"}"#, "\(orlin):2:",
                "ecm-kestrel-e3 and ecm-orlin-m7 could both be the family"),
            // Names that one supplier lacks.
            LintCase(
                plan, "ECM.battery_voltage", "ECM.rail_pressure", "\(plan):9:",
                "'ECM.rail_pressure' is not in ecm-kestrel-e3, ecm-orlin-m7@1.4"),
            LintCase(
                kestrel, "name: immobiliser", "name: immo", "\(plan):10:",
                "'ECM.immobiliser' is not in ecm-kestrel-e3, and plans run with every alternative"),
            LintCase(
                kestrel, "name: fan_test", "name: fan", "\(plan):12:",
                "'ECM.fan_test' is not in ecm-kestrel-e3"),
            LintCase(
                kestrel, "length: 6, access: rw", "length: 6", "\(plan):11:",
                "'ECM.coding' is not in ecm-kestrel-e3"),
            LintCase(
                plan, "ECM.battery_voltage", "ECM.batery_voltage", "\(plan):9:",
                "has the identifier 'batery_voltage'; did you mean 'battery_voltage'?"),
            LintCase(
                plan, "ECM.fan_test", "TCM.fan_test", "\(plan):12:", "has no slot 'TCM'"),
            LintCase(
                plan, "expect: learned", "expect: learnt", "\(plan):10:",
                "is never 'learnt'; did you mean 'learned'?"),
            // Signals that are not in the database.
            LintCase(
                plan, "Wheels.SpeedFL", "Wheels.SpeedLF", "\(plan):13:",
                "the message Wheels has no signal 'SpeedLF'; did you mean 'SpeedFL'?"),
            LintCase(
                plan, "Wheels.SpeedFL", "Wheel.SpeedFL", "\(plan):13:",
                "has the message 'Wheel'; did you mean 'Wheels'?"),
            // Addresses.
            LintCase(
                esc, "request: 760, response: 768", "request: 7E0, response: 768", "\(esc):7:",
                "7E0 on PT is the request of esc-orlin-b9 (ESC) and the request of"),
            LintCase(
                esc, "request: 760, response: 768", "request: 760, response: 100", "\(esc):7:",
                "100 on PT is the response of esc-orlin-b9 (ESC) and the message Wheels"),
            LintCase(
                esc, "functional: 7DF", "functional: 760", "\(esc):7:", "is where all are asked"),
            LintCase(
                esc, "response: 768", "response: 760", "\(esc):7:",
                "request and response are the same: 760"),
            LintCase(
                esc, "request: 760", "request: 8FF", "\(esc):7:", "request: '8FF' is no identifier"),
            // Keys that YAML turns into numbers.
            LintCase(
                kestrel, "\"0110\"", "0110", "\(kestrel):11:",
                "0110: the key is a number and no text; write \"0110\": in quotes"),
            LintCase(
                kestrel, "\"E010\"", "0E10", "\(kestrel):18:", "the key is a number and no text"),
            // Dates.
            LintCase(
                vehicle, "to: 2026-03-31", "to: 2026-03-31}\n      - {ecu: ecm-orlin-m7@1.4",
                "\(vehicle):17:", "ecm-orlin-m7@1.4 is released by 'ecm-orlin-m7@1.4' and by"),
            LintCase(
                vehicle, "to: 2026-03-31", "from: 2026-04-01, to: 2026-03-31", "\(vehicle):16:",
                "to: 2026-03-31 is before 2026-04-01"),
            LintCase(
                vehicle, "to: 2026-03-31", "to: 2026-02-30", "\(vehicle):16:",
                "'2026-02-30' is no day"),
            LintCase(
                vehicle, "ecm-orlin-m7@1.4, to", "ecm-orlin-m7@1.5, to", "\(vehicle):16:",
                "'ecm-orlin-m7@1.5' releases nothing"),
            // Forbidden combinations.
            LintCase(
                vehicle, "[ecm-kestrel-e3@3.0, esc-kestrel-k2]",
                "[ecm-kestrel-e3@3.0, ecm-orlin-m7]", "\(vehicle):21:",
                "are never in one vehicle: they are alternatives of the slot ECM"),
            LintCase(
                vehicle, "[ecm-kestrel-e3@3.0, esc-kestrel-k2]", "[ecm-kestrel-e4, esc-kestrel-k2]",
                "\(vehicle):21:", "'ecm-kestrel-e4' forbids nothing"),
            LintCase(
                vehicle, "[ecm-kestrel-e3@3.0, esc-kestrel-k2]", "[esc-kestrel-k2]",
                "\(vehicle):21:", "a combination has two to eight control units"),
            // Folders, files, keys.
            LintCase(
                "ecu/x.yaml", "", "spec: canlog/ecu@1", "ecu/x.yaml:1:",
                "there is no folder 'ecu'; did you mean 'ecus'?"),
            LintCase(
                "ecus/notes.txt", "", "x", "ecus/notes.txt:1:",
                "warning: the file is not looked at; a file of 'ecus' ends with .yaml"),
            LintCase(
                kestrel, "trouble-codes:", "trouble-code:", "\(kestrel):15:",
                "there is no key 'trouble-code' in the file; did you mean 'trouble-codes'?"),
            LintCase(
                kestrel, "type: u8, scale: 0.1", "type: u8, scal: 0.1", "\(kestrel):11:",
                "there is no key 'scal' in an identifier; did you mean 'scale'?"),
            LintCase(
                kestrel, "canlog/ecu@1", "canlog/ecu@2", "\(kestrel):1:",
                "'canlog/ecu@2' is not known to this canlog; it knows canlog/ecu@1"),
            LintCase(
                kestrel, "canlog/ecu@1", "canlog/vehicle@1", "\(kestrel):1:",
                "a file of 'ecus' is no 'canlog/vehicle@1'"),
            LintCase(
                kestrel, "id: ecm-kestrel-e3", "id: ecm-orlin-m7", "\(orlin):2:",
                "the id 'ecm-orlin-m7' is that of another ECU: \(kestrel)"),
            LintCase(
                kestrel, "id: \"3.1\"", "id: \"3.0\"", "\(kestrel):21:",
                "there are two versions '3.0'"),
            // Trouble codes.
            LintCase(
                kestrel, "P0118-00", "P9118-00", "\(kestrel):16:", "'P9118-00' is no trouble code"),
            LintCase(
                kestrel, "input, severity: rework", "input, severity: bad", "\(kestrel):16:",
                "severity: there is no 'bad'"),
            LintCase(
                kestrel, ", severity: rework", "", "\(kestrel):16:", "there is no 'severity'"),
            LintCase(
                orlin, "expected-before-coding", "expected_before_coding", "\(orlin):18:",
                "did you mean 'expected-before-coding'?"),
            // Profiles.
            LintCase(
                profile, "id: ident", "id: ident\nuses: [ident]", "\(profile):3:",
                "the profiles use one another in a circle: ident → ident"),
            LintCase(
                "profiles/more.yaml", "", "spec: canlog/profile@1\nid: more\nuses: [ident]",
                "profiles/more.yaml:3:", "a profile uses no other"),
            LintCase(
                kestrel, "uses: [ident]", "uses: [idents]", "\(kestrel):5:",
                "there is no profile 'idents'; did you mean 'ident'?"),
            // Units, types, values.
            LintCase(
                kestrel, "unit: °C", "unit: K", "\(orlin):13:",
                "coolant_temp is in 'degC' here and in 'K' in ecm-kestrel-e3@3.0 (\(kestrel):12:3)"),
            LintCase(
                plan, "unit: V", "unit: mV", "\(plan):9:", "is in 'V', not in 'mV'"),
            LintCase(
                kestrel, "type: i16", "type: s16", "\(kestrel):12:",
                "type: there is no 's16'; did you mean"),
            LintCase(
                orlin, "valid: [6, 18]", "valid: [600, 1800]", "\(orlin):12:",
                "no value of u16 with this scale is from 600 to 1800; they are from 0 to 65.535"),
            LintCase(
                orlin, "valid: [6, 18]", "valid: [18, 6]", "\(orlin):12:", "18 is greater than 6"),
            LintCase(
                orlin, "\"1\": learned", "\"256\": learned", "\(orlin):14:",
                "the type has no value 256 (learned)"),
            LintCase(
                orlin, "invalid: FF", "invalid: FFFF", "\(orlin):13:",
                "'FFFF' is no raw value of 1 bytes"),
            LintCase(
                orlin, "type: bytes, length: 4", "type: bytes, length: 4, scale: 2",
                "\(orlin):15:", "scale: it means nothing to the type bytes"),
            LintCase(
                esc, "mode: {at: 4-7", "mode: {at: 0-7", "\(esc):11:",
                "'mode' and 'ready' share a bit"),
            LintCase(
                orlin, "p2: 50ms", "p2: 50", "\(orlin):9:", "p2: a time needs a unit"),
            LintCase(
                orlin, "session: extended, security", "session: extend, security", "\(orlin):15:",
                "there is no session 'extend'; did you mean 'extended'?"),
            LintCase(
                orlin, "pass: \"rpm > 800\"", "pass: \"rmp > 800\"", "\(orlin):20:",
                "pass: the routine gives no 'rmp'; did you mean 'rpm'?"),
            LintCase(
                orlin, "name: coolant_temp", "name: battery_voltage", "\(orlin):12:",
                "'battery_voltage' is the name of 0105 and of 0110"),
            // Keys of security access.
            LintCase(
                profile, "hsm-level-11", "0x3F9A11C4D0E275", "\(profile):9:",
                "security: level 11 has a key where a name is wanted; a key does not belong in the files"
            ),
            LintCase(
                profile, "hsm-level-11", "\"3F 9A 11 C4\"", "\(profile):9:",
                "level 11 has a key where a name is wanted"),
            LintCase(
                profile, "hsm-level-11", "{algorithm: 3f9a-11c4}", "\(profile):9:",
                "level 11 has a key where a name is wanted"),
            // Predicates.
            LintCase(
                orlin, "LK10000[12]*", "LK10000[12*", "\(orlin):10:", "has no ]"),
            LintCase(
                orlin, "LK10000[12]*", "LK10000[12]", "\(orlin):10:",
                "matches nothing of 10 bytes, which F187 (part_number) has"),
            LintCase(
                orlin, "identify: {F187", "identify: {F199", "\(orlin):10:",
                "the control unit has no identifier F199"),
            LintCase(
                esc, ">=9.1 <10", ">=9.10 <9.2", "\(esc):13:", "nothing is in the range"),
            // Vehicle identification numbers.
            LintCase(
                vehicle, "\"LRK2E*\"", "\"LRK2[EP]*\"", "\(vehicle):23:",
                "would be of lark-2/petrol and of lark-2/electric"),
            LintCase(
                vehicle, "\"LRK2E*\"", "\"LRK3E*\"", "\(vehicle):23:",
                "no VIN can be of lark-2/electric"),
            LintCase(
                vehicle, "\"LRK2[PE]*\"", "\"LRK2[PE][A-Z0-9]{12}\"", "\(vehicle):3:",
                "warning: 'LRK2[PE][A-Z0-9]{12}' looks like a regular expression"),
            // Slots.
            LintCase(
                esc, "bus: PT", "bus: CH", "\(vehicle):14:",
                "'esc-orlin-b9' is on the bus CH, which the vehicle has not"),
            LintCase(
                esc, "role: ESC", "role: ABS", "\(vehicle):14:",
                "'esc-orlin-b9' is in the slot ESC, and its role is ABS"),
            LintCase(
                vehicle, "[ecm-orlin-m7, ecm-kestrel-e3]", "[ecm-orlin-m7, ecm-kestrel-e4]",
                "\(vehicle):13:", "there is no ECU 'ecm-kestrel-e4'; did you mean 'ecm-kestrel-e3'?"
            ),
            LintCase(
                vehicle, "plans/lark-2.yaml", "plans/lark-3.yaml", "\(vehicle):10:",
                "there is no file 'plans/lark-3.yaml'; did you mean 'plans/lark-2.yaml'?"),
            LintCase(
                vehicle, "bit-rate: 500k", "bit-rate: 500", "\(vehicle):5:", "'500' is no bit rate"),
            // Plans.
            LintCase(
                plan, "id: battery,", "id: bus,", "\(plan):9:", "there are two steps 'bus'"),
            LintCase(
                plan, "check: bus-health", "chek: bus-health", "\(plan):7:",
                "there is no key 'chek' in a step; did you mean 'check'?"),
            LintCase(
                plan, "check: bus-health", "check: bus_health", "\(plan):7:",
                "there is no check 'bus_health'; did you mean 'bus-health'?"),
            LintCase(
                plan, "ecus: [ECM]", "ecus: [ECN]", "\(plan):11:",
                "has no slot 'ECN'; did you mean 'ECM'?"),
            LintCase(
                plan, "[11.8, 14.8]", "[14.8, 11.8]", "\(plan):9:",
                "limits: 14.8 is greater than 11.8; write the lesser limit first"),
            LintCase(
                plan, "[11.8, 14.8]", "{min: 14.8, max: 11.8}", "\(plan):9:",
                "limits: 14.8 is greater than 11.8"),
            LintCase(
                plan, "args: {duty: 60}", "limits: {rpm: [2600, 1400]}", "\(plan):12:",
                "limits: 2600 is greater than 1400"),
            LintCase(
                plan, "[11.8, 14.8]", "[11.8]", "\(plan):9:",
                "limits: two numbers are wanted, the least and the greatest"),
            LintCase(
                plan, "[11.8, 14.8]", "[11.8, 14.8], marginal: [11.5, 14.6]", "\(plan):9:",
                "marginal: 11.5 is below the limit 11.8; write 'marginal' within 'limits'"),
            LintCase(
                plan, "[11.8, 14.8]", "[11.8, 14.8], marginal: {max: 15}", "\(plan):9:",
                "marginal: 15 is above the limit 14.8"),
            LintCase(
                plan, "limits: [11.8, 14.8]", "marginal: [12, 14]", "\(plan):9:",
                "marginal: the step has no 'limits'"),
            LintCase(
                plan, "[11.8, 14.8]", "{min: \"0.8 * ECM.coolant_tmp\"}", "\(plan):9:",
                "has the identifier 'coolant_tmp'; did you mean 'coolant_temp'?"),
            // Databases.
            LintCase(
                database, "Wheels: 8 ESC", "Wheels: 8 ABS", "\(database):3:",
                "warning: 'ABS', which sends Wheels, is no role of a vehicle with this database"),
            LintCase(
                database, "BO_ 256 Wheels: 8 ESC", "BO_ 256 Doors: 8 ESC\nBO_ 256 Wheels: 8 ESC",
                "\(database):4:",
                "error: the message Wheels has the identifier 100 of Doors (line 3); give each its own"
            ),
            // Rules.
            LintCase(
                rules, "Wheels.SpeedFL - Wheels.SpeedFR > 20 km/h",
                "Wheels.SpeedFL > 0.5 * busload(PT, 1s)", "\(rules):6:",
                "km/h and % are different units, and none is converted; compare their quotient with"
            ),
            LintCase(
                rules, "stuck(Wheels", "stuk(Wheels", "\(rules):5:", "stuk"),
            LintCase(
                rules, "for: 500ms", "for: 500", "\(rules):6:", "500 is no time"),
            LintCase(
                rules, "id: wheel-spread", "id: wheel-stuck", "\(rules):6:",
                "there are two rules 'wheel-stuck'"),
            LintCase(
                rules, "for: 500ms", "for: 500ms, during: rollers", "\(rules):6:",
                "the plan 'lark-2-petrol' has no step 'rollers'; did you mean 'roller'?"),
            LintCase(
                rules, "cycle-time", "cycle", "\(rules):3:",
                "there is no automatic check 'cycle'"),
            LintCase(
                rules, "Wheels.SpeedFL - Wheels", "Wheels.SpeedLF - Wheels", "\(rules):6:",
                "rule 'wheel-spread': "),
            LintCase(
                rules, "Wheels.SpeedFL - Wheels.SpeedFR > 20 km/h",
                "ECM.battery_voltage > 15 V", "\(rules):6:", "ECM"),
            LintCase(
                rules, "SpeedFR > 20 km/h", "SpeedFR > 20 V", "\(rules):6:", "km/h"),
            // Files that nothing uses.
            LintCase(
                "dbc/other.dbc", "", "VERSION \"\"\nBO_ 1 A: 8 X\n", "dbc/other.dbc:1:",
                "warning: no vehicle uses the file"),
            LintCase(
                "profiles/more.yaml", "", "spec: canlog/profile@1\nid: more",
                "profiles/more.yaml:2:", "warning: no ECU uses the profile 'more'"),
            LintCase(
                "ecus/x.yaml", "",
                "spec: canlog/ecu@1\nid: tcm-x\nrole: TCM\nsupplier: X\nuses: [ident]\nbus: PT\n"
                    + "transport: {request: 7E1, response: 7E9}\nidentify: {F187: \"X*\"}\n"
                    + "versions: [{id: \"1\", match: {F195: \"1*\"}}]",
                "ecus/x.yaml:2:", "warning: no slot of a vehicle has the ECU 'tcm-x'"),
        ])
    func mistakes(_ edit: LintCase) throws {
        let catalog = try SpecCatalogTests.catalog(
            replacing: edit.old, with: edit.new, in: edit.path)
        let lines = catalog.mistakes.map(\.description)
        #expect(
            lines.contains { $0.hasPrefix(edit.place) && $0.contains(edit.message) },
            "\(lines.joined(separator: "\n"))")
        // What is told is what was edited, and not what follows from it.
        #expect(lines.count <= 4, "\(lines.joined(separator: "\n"))")
    }

    @Test(
        "a name of what computes a key is no key",
        arguments: [
            "hsm:deadbeef01", "facade-decade", "a1b2c3d", "hsm-20261123", "{algorithm: seed2key}",
        ])
    func names(_ name: String) throws {
        let catalog = try SpecCatalogTests.catalog(
            replacing: "hsm-level-11", with: name, in: profile)
        #expect(catalog.mistakes.isEmpty, "\(catalog.mistakes)")
    }

    @Test(
        "limits that are right are not told of",
        arguments: [
            "[11.8, 14.8], marginal: [12, 14.8]", "{min: 11.8}, marginal: {min: 12, max: 14}",
            "{max: 14.8}, marginal: [1, 2]", "[12, 12]",
            // In degrees Celsius, in a step in volts.
            "{min: \"0.8 * ECM.coolant_temp\"}",
            "{min: \"0.8 * ECM.coolant_temp\", max: 14.8}, marginal: [12, 14]",
        ])
    func limits(_ limits: String) throws {
        let catalog = try SpecCatalogTests.catalog(
            replacing: "[11.8, 14.8]", with: limits, in: plan)
        #expect(catalog.mistakes.isEmpty, "\(catalog.mistakes)")
    }

    @Test func aProductIsInAUnitOfItsOwn() throws {
        let catalog = try SpecCatalogTests.catalog(
            replacing: "read: ECM.battery_voltage",
            with: "compute: \"ECM.battery_voltage / ECM.coolant_temp\"", in: plan)
        #expect(catalog.mistakes.isEmpty, "\(catalog.mistakes)")
        let sum = try SpecCatalogTests.catalog(
            replacing: "read: ECM.battery_voltage",
            with: "compute: \"ECM.battery_voltage - ECM.coolant_temp\"", in: plan)
        #expect(sum.mistakes.contains { $0.cause.contains("is in '°C', not in 'V'") })
    }

    @Test func aKeyIsNotRepeatedInMessages() throws {
        let catalog = try SpecCatalogTests.catalog(
            replacing: "hsm-level-11", with: "3F9A11C4", in: profile)
        #expect(catalog.hasErrors)
        #expect(!catalog.mistakes.contains { $0.description.contains("3F9A") })
        #expect(!catalog.vehicles.contains { $0.canonicalText.contains("3F9A") })
    }

    @Test func aFileThatIsNoYAMLIsOneMistake() throws {
        let catalog = try SpecCatalogTests.catalog(
            replacing: "role: ECM", with: "role: [ECM", in: orlin)
        #expect(catalog.mistakes.filter { $0.severity == .error }.count == 1, "\(catalog.mistakes)")
        #expect(catalog.mistakes.allSatisfy { $0.place.file == orlin }, "\(catalog.mistakes)")
    }

    @Test func mistakesAreInTheOrderOfFilesAndLines() throws {
        let catalog = try SpecCatalogTests.catalog(
            replacing: "severity: rework}\n  U3000", with: "severity: no}\n  U9000", in: orlin)
        #expect(catalog.mistakes.map(\.place.line) == [17, 18])
    }
}
