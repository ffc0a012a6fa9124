@testable import FirmwareSpecs

/// A small folder of specs without a mistake: two suppliers of two control units, two variants.
enum SampleSpecs {
    /// With one text of one file replaced; `nil` if the file has it not exactly once.
    static func files(
        replacing old: String = "", with new: String = "", in path: String = ""
    ) -> [String: [UInt8]]? {
        var texts = all
        if !path.isEmpty {
            guard let text = texts[path] else {
                texts[path] = new
                return texts.mapValues { Array($0.utf8) }
            }
            if old.isEmpty {
                texts[path] = new.isEmpty ? nil : new
            } else {
                let parts = text.split(separator: old, omittingEmptySubsequences: false)
                guard parts.count == 2 else { return nil }
                texts[path] = parts.joined(separator: new)
            }
        }
        return texts.mapValues { Array($0.utf8) }
    }

    static let all = [
        "profiles/ident.yaml": """
        spec: canlog/profile@1
        id: ident
        identifiers:
          F187: {name: part_number, type: ascii, length: 10}
          F18A: {name: supplier_id, type: ascii, length: 6}
          F190: {name: vin, type: ascii, length: 17}
          F195: {name: firmware, type: ascii, length: 8, trim: true}
        sessions: {default: "01", extended: "03"}
        security: {"11": hsm-level-11}
        """,
        "ecus/ecm/orlin-m7.yaml": """
        spec: canlog/ecu@1
        id: ecm-orlin-m7
        role: ECM
        supplier: Orlin
        title: Engine control module
        uses: [ident]
        bus: PT
        transport: {request: 7E0, response: 7E8, functional: 7DF, padding: AA}
        timing: {p2: 50ms, p2-star: 5s}
        identify: {F187: "LK10000[12]*", F18A: "ORLIN "}
        identifiers:
          "0110": {name: battery_voltage, type: u16, scale: 0.001, unit: V, valid: [6, 18]}
          "0105": {name: coolant_temp, type: u8, offset: -40, unit: degC, valid: [-40, 150], invalid: FF}
          "0301": {name: immobiliser, type: u8, enum: {"0": unlearned, "1": learned}}
          "0200": {name: coding, type: bytes, length: 4, access: rw, write: {session: extended, security: "11"}}
        trouble-codes:
          P0118-17: {text: Coolant temperature sensor circuit high, severity: rework}
          U3000-55: {text: Not configured, severity: code, eol: expected-before-coding}
        routines:
          "0F10": {name: fan_test, start: {duty: u8}, result: {rpm: u16}, pass: "rpm > 800", session: extended, timeout: 6s}
        versions:
          - {id: "1.4", match: {F195: "01.04.*"}}
          - id: "1.6"
            match: {F195: ["01.06.*", "01.07.*"]}
            identifiers: {"0112": {name: rail_pressure, type: u16, scale: 0.1, unit: bar}}
            timing: {p2: 30ms}
        """,
        "ecus/ecm/kestrel-e3.yaml": """
        spec: canlog/ecu@1
        id: ecm-kestrel-e3
        role: ECM
        supplier: Kestrel
        uses: [ident]
        bus: PT
        transport: {request: 7E0, response: 7E8, functional: 7DF, padding: none}
        timing: {p2: 80ms, separation-time: 1ms, block-size: 8}
        identify: {F187: "LK10003*", F18A: "KESTRE"}
        identifiers:
          "0110": {name: battery_voltage, type: u8, scale: 0.1, unit: V, valid: [6, 18]}
          "0205": {name: coolant_temp, type: i16, scale: 0.1, unit: °C}
          "0301": {name: immobiliser, type: u8, enum: [unlearned, learned]}
          "0210": {name: coding, type: bytes, length: 6, access: rw}
        trouble-codes:
          P0118-00: {text: Coolant temperature sensor high input, severity: rework}
        routines:
          "E010": {name: fan_test, start: {duty: u8}, result: {rpm: u16}, timeout: 6s}
        versions:
          - {id: "3.0", match: {F195: "K3.0*"}}
          - {id: "3.1", match: {F195: "K3.1*"}}
        """,
        "ecus/esc/orlin-b9.yaml": """
        spec: canlog/ecu@1
        id: esc-orlin-b9
        role: ESC
        supplier: Orlin
        uses: [ident]
        bus: PT
        transport: {request: 760, response: 768, functional: 7DF}
        identify: {F187: "LK30001*"}
        identifiers:
          "0500": {name: wheel_speed, type: repeat, count: 4, of: {type: u16, scale: 0.01, unit: km/h}}
          "0501": {name: state, type: bits, length: 1, bits: {ready: 0, mode: {at: 4-7, enum: {"1": roller}}}}
        versions:
          - {id: "9", match: {F195: ">=9.1 <10"}}
        """,
        "ecus/esc/kestrel-k2.yaml": """
        spec: canlog/ecu@1
        id: esc-kestrel-k2
        role: ESC
        supplier: Kestrel
        uses: [ident]
        bus: PT
        transport: {request: 760, response: 768, functional: 7DF}
        identify: {F187: "LK30002*"}
        versions:
          - {id: "2", match: {F195: "2.*"}}
        """,
        "vehicles/lark-2.yaml": """
        spec: canlog/vehicle@1
        id: lark-2
        vin: "LRK2[PE]*"
        buses:
          PT: {bit-rate: 500k, sample-point: 0.8}
        variants:
          petrol:
            when: {vin: "LRK2P*"}
            dbc: {PT: dbc/lark-2.dbc}
            plan: plans/lark-2.yaml
            rules: [rules/common.yaml]
            slots:
              ECM: [ecm-orlin-m7, ecm-kestrel-e3]
              ESC: [esc-orlin-b9, esc-kestrel-k2]
            released:
              - {ecu: ecm-orlin-m7@1.4, to: 2026-03-31}
              - {ecu: ecm-orlin-m7@1.6, from: 2026-03-01}
              - {ecu: "ecm-kestrel-*@3.1"}
              - {ecu: "esc-*"}
            forbid:
              - {all: [ecm-kestrel-e3@3.0, esc-kestrel-k2], why: "torque interface, change 26-117"}
          electric:
            when: {vin: "LRK2E*"}
            dbc: {PT: dbc/lark-2.dbc}
            rules: [rules/common.yaml]
            slots: {ESC: [esc-orlin-b9, esc-kestrel-k2]}
            released: [{ecu: "*"}]
        unknown: {part: fail, firmware: warn}
        """,
        "plans/lark-2.yaml": """
        spec: canlog/plan@1
        id: lark-2-petrol
        revision: 3
        target-time: 75s
        on-fail: continue
        steps:
          - {id: bus, check: bus-health, for: 3s}
          - {id: ident, check: inventory, ecus: all, on-fail: stop}
          - {id: battery, read: ECM.battery_voltage, limits: [11.8, 14.8], unit: V}
          - {id: immo, read: ECM.immobiliser, expect: learned}
          - {id: coding, write: coding, from: mes, ecus: [ECM]}
          - {id: fan, run: ECM.fan_test, args: {duty: 60}}
          - {id: roller, observe: "Wheels.SpeedFL, Wheels.SpeedFR"}
          - {id: clear, clear: trouble-codes, ecus: all, settle: 2s}
        """,
        "rules/common.yaml": """
        spec: canlog/rules@1
        id: common
        auto: [range, cycle-time, silent-node]
        rules:
          - {id: wheel-stuck, when: "stuck(Wheels.SpeedFL, 2s) and avg(Wheels.SpeedFR, 2s) > 5 km/h", finding: C0035, severity: block}
          - {id: wheel-spread, when: "Wheels.SpeedFL - Wheels.SpeedFR > 20 km/h", for: 500ms, severity: rework}
        """,
        "dbc/lark-2.dbc": """
        VERSION ""
        BU_: ESC
        BO_ 256 Wheels: 8 ESC
         SG_ SpeedFL : 0|16@1+ (0.01,0) [0|300] "km/h" Vector__XXX
         SG_ SpeedFR : 16|16@1+ (0.01,0) [0|300] "km/h" Vector__XXX
        """,
    ]
}
