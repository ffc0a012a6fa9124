import TestBench
import Testing

@Suite("canlog specs")
struct SpecsCommandTests {
    private static let ecu = """
        spec: canlog/ecu@1
        id: ecm-orlin-m7
        role: ECM
        supplier: Orlin
        bus: PT
        transport: {request: 7E0, response: 7E8}
        identify: {F187: "LK1*"}
        identifiers:
          F187: {name: part_number, type: ascii, length: 10}
          F195: {name: firmware, type: ascii, length: 4}
          "0110": {name: battery_voltage, type: u16, scale: 0.001, unit: V, valid: [6, 18]}
        trouble-codes: {P0118-17: {text: Coolant temperature sensor high, severity: rework}}
        versions: [{id: "1.4", match: {F195: "1.4*"}}, {id: "1.6", match: {F195: "1.6*"}}]

        """
    private static let vehicle = """
        spec: canlog/vehicle@1
        id: lark-2
        vin: "LRK2*"
        buses: {PT: {bit-rate: 500k}}
        variants:
          petrol:
            slots: {ECM: [ecm-orlin-m7]}
            released: [{ecu: ecm-orlin-m7@1.6, from: 2026-03-01}]

        """

    private func workshop() throws -> Workshop {
        let workshop = try Workshop(["ecu.yaml": Self.ecu, "lark.yaml": Self.vehicle])
        let made = try workshop.run(
            """
            mkdir -p Firmware-Specs/ecus Firmware-Specs/vehicles
            cp ecu.yaml Firmware-Specs/ecus/ecm.yaml; cp lark.yaml Firmware-Specs/vehicles/lark-2.yaml
            cp -r Firmware-Specs new
            sed -i 's/6, 18/6, 16/; s/"1.6\\*"/"1.[67]*"/' new/ecus/ecm.yaml
            cp -r Firmware-Specs bad; sed -i 's/1.6\\*/1.*/; s/valid/vaild/' bad/ecus/ecm.yaml
            """)
        #expect(made.status == 0)
        return workshop
    }

    @Test("lint says nothing wrong with 0, and each mistake at its place with 1")
    func lint() throws {
        let workshop = try workshop()
        let good = try workshop.run("canlog specs lint")
        #expect(good.status == 0 && good.errors == "")
        #expect(
            good.output
                == "Firmware-Specs: 2 files, 1 variant, 2 firmware versions: nothing wrong\n")
        let bad = try workshop.run("canlog specs lint bad")
        #expect(bad.status == 1)
        let misspelt =
            "bad/ecus/ecm.yaml:11:69: error: there is no key 'vaild' in an identifier; did you mean 'valid'?"
        let both = """
            bad/ecus/ecm.yaml:13:48: error: ecm-orlin-m7@1.4 and ecm-orlin-m7@1.6 could both match, \
            for example with F187 = 'LK1
            """
        #expect(bad.lines.map(String.init).first == misspelt)
        #expect(bad.lines.dropFirst().first?.hasPrefix(both) == true)
        #expect(
            bad.lines.last == "bad: 2 files, 1 variant, 2 firmware versions: 2 errors, 0 warnings")
        let json = try workshop.run("canlog specs lint bad --json")
        #expect(json.status == 1 && json.lines.count == 3)
        #expect(json.lines[0].contains(#""column":69,"file":"ecus/ecm.yaml","line":11"#))
        #expect(json.lines[2].contains(#""errors":2"#))
        let missing = try workshop.run("canlog specs lint gone")
        #expect(missing.status == 2 && missing.errors.contains("gone: there is no such folder"))
        #expect(try workshop.run("canlog specs lint a b").status == 64)
    }

    @Test(
        "show has a line for each alternative, with its addresses and since when it may be built in"
    )
    func show() throws {
        let workshop = try workshop()
        let shown = try workshop.run("canlog specs show lark-2")
        #expect(shown.status == 0)
        let rows = shown.lines.filter { $0.contains("ecm-orlin-m7@") }
            .map { $0.split(separator: " ", maxSplits: 6).map(String.init) }
        #expect(rows.count == 2)
        #expect(
            rows.first?.prefix(6) == ["ECM", "ecm-orlin-m7@1.4", "Orlin", "PT", "7E0", "7E8"])
        let released = rows.map { $0.last?.drop { $0 == " " } ?? "" }
        #expect(released.first?.hasPrefix("no ") == true)
        #expect(released.last?.hasPrefix("from 2026-03-01 ") == true)
        let unit = try workshop.run("canlog specs show lark-2 --ecu ecm-orlin-m7@1.6")
        #expect(unit.output.contains("0110  battery_voltage  u16"))
        #expect(unit.output.contains("P0118-17 rework: Coolant temperature sensor high"))
        let none = try workshop.run("canlog specs show lark-2/petrol --ecu ecm-orlin-m7@1.5")
        #expect(none.status == 1 && none.errors.contains("did you mean 'ecm-orlin-m7@1.4'?"))
        let other = try workshop.run("canlog specs show lark-3")
        #expect(other.status == 2 && other.errors.contains("there is no vehicle 'lark-3'"))
        #expect(try workshop.run("canlog specs show --ecu x").status == 64)
        #expect(try workshop.run("canlog specs show lark-2 --json").output.hasPrefix("{\"buses\":"))
    }

    @Test("diff tells what changed in engineers' words, and ends with 1")
    func diff() throws {
        let workshop = try workshop()
        let difference = try workshop.run("canlog specs diff Firmware-Specs new")
        #expect(difference.status == 1)
        #expect(
            difference.lines == [
                "ecm-orlin-m7:", "  ~ identifier 0110 battery_voltage: valid: 6 to 18 → 6 to 16",
                "ecm-orlin-m7@1.6:", "  ~ identification F195: 1.6* → 1.[67]*", "2 changes",
            ])
        let same = try workshop.run("canlog specs diff new new")
        #expect(same.status == 0 && same.output == "no difference\n")
        let bad = try workshop.run("canlog specs diff new bad")
        #expect(bad.status == 2 && bad.errors.contains("'canlog specs lint bad' tells all"))
    }

    @Test("resolve prints one text whose digest is that of sha256sum")
    func resolve() throws {
        let workshop = try workshop()
        let result = try workshop.run(
            """
            canlog specs resolve lark-2/petrol 2> said > text
            sha256sum text | cut -d ' ' -f 1; canlog specs resolve lark-2 --sha256
            """)
        #expect(result.lines.count == 2 && result.lines.first == result.lines.last)
        let lines = try workshop.run("cat said text").lines
        #expect(lines.first.map { $0.contains(result.lines[0]) } == true)
        #expect(lines.dropFirst().first == "spec: canlog/resolved@1")
        #expect(try workshop.run("canlog specs resolve lark-2 --folder bad").status == 2)
    }
}
