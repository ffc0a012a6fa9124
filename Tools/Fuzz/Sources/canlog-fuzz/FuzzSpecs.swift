import FirmwareSpecs
import VehicleSpec

/// A folder of specs that is right but for one file, which the first byte chooses and the rest is.
///
/// Nothing traps, a folder with any bytes in it is told about with places in it, and what was read
/// without an error is the same a second time and can be asked.
func fuzzSpecs(_ input: [UInt8]) {
    guard let choice = input.first else { return }
    let names = rightFiles.keys.sorted()
    let path = names[Int(choice) % names.count]
    var files = rightFiles.mapValues { Array($0.utf8) }
    files[path] = Array(input.dropFirst())
    let catalog = SpecCatalog(SpecFiles(files))
    for mistake in catalog.mistakes {
        precondition(mistake.place.line > 0 && mistake.place.column > 0)
        precondition(!mistake.cause.isEmpty && !mistake.description.isEmpty)
    }
    guard !catalog.hasErrors else { return }
    let again = SpecCatalog(SpecFiles(files))
    precondition(SpecDifference(from: catalog, to: again).isEmpty)
    for (spec, other) in zip(catalog.vehicles, again.vehicles) {
        precondition(spec.sha256 == other.sha256)
        _ = try? VehicleSpec.variant(of: "WVF5P000000000001", among: catalog.vehicles)
        for slot in spec.slots { ask(slot) }
    }
}

/// Any bytes are an identification: exactly one, or a named refusal.
private func ask(_ slot: Slot) {
    let bytes: [[UInt8]] = [[], Array("A1".utf8), Array("B2".utf8), [0xFF, 0x00, 0x20]]
    for answer in bytes {
        var identification: [UInt16: [UInt8]?] = [:]
        for identifier in slot.identificationIdentifiers { identification[identifier] = answer }
        let selection = slot.select(identification)
        if case .ambiguous(let units) = selection {
            preconditionFailure("lint let \(units.map(\.id)) be together")
        }
        for identifier in selection.controlUnit?.identifiers ?? [] {
            for value in identifier.decode(answer.span) { _ = value.description }
        }
    }
}

private let rightFiles = [
    "profiles/ident.yaml": """
    spec: canlog/profile@1
    id: ident
    identifiers:
      F187: {name: part, type: ascii, length: 2}
      F195: {name: firmware, type: ascii, trim: true}
    sessions: {default: "01"}
    """,
    "ecus/first.yaml": """
    spec: canlog/ecu@1
    id: first
    role: ECM
    supplier: One
    uses: [ident]
    bus: PT
    transport: {request: 7E0, response: 7E8}
    identify: {F187: "A?"}
    identifiers:
      "0110": {name: voltage, type: u16, scale: 0.1, unit: V, valid: [6, 18], invalid: FFFF}
      "0111": {name: bits, type: bits, bits: {a: 0, b: {at: 1-3, enum: {"1": on}}}}
    trouble-codes: {P0118-17: {text: high, severity: rework}}
    routines: {"0F10": {name: fan, start: {duty: u8}, result: {rpm: u16}, pass: "rpm > 800"}}
    versions: [{id: "1", match: {F195: ">=1 <2"}}, {id: "2", match: {F195: "/2(\\\\.[0-9]+)*/"}}]
    """,
    "ecus/second.yaml": """
    spec: canlog/ecu@1
    id: second
    role: ECM
    supplier: Two
    uses: [ident]
    bus: PT
    transport: {request: 7E0, response: 7E8}
    identify: {F187: ["B1", "B[2-9]"]}
    identifiers: {"0210": {name: voltage, type: u8, scale: 0.1, unit: V}}
    versions: [{id: "1", match: {F195: "*"}}]
    """,
    "vehicles/car.yaml": """
    spec: canlog/vehicle@1
    id: car
    vin: "WVF5*"
    buses: {PT: {bit-rate: 500k}}
    variants:
      petrol:
        when: {vin: "WVF5P*"}
        dbc: {PT: dbc/car.dbc}
        plan: plans/car.yaml
        rules: [rules/car.yaml]
        slots: {ECM: [first, second]}
        released: [{ecu: "first@*", to: 2026-12-31}, {ecu: second}]
    """,
    "plans/car.yaml": """
    spec: canlog/plan@1
    id: car
    steps: [{id: volt, read: ECM.voltage, limits: [11, 15], unit: V}]
    """,
    "rules/car.yaml": """
    spec: canlog/rules@1
    id: car
    auto: [range, cycle-time]
    rules: [{id: fast, when: "Engine.Speed > 5000", for: 1s, severity: info}]
    """,
    "dbc/car.dbc": """
    VERSION ""
    BU_: ECM
    BO_ 256 Engine: 8 ECM
     SG_ Speed : 0|16@1+ (1,0) [0|8000] "1/min" Vector__XXX
    """,
]
