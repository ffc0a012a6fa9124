import ArgumentParser
import CANFrame
import CANTransport
import Diagnostics
import FirmwareSpecs
import LocalFiles
import SignalDatabase
import SignalViews
import VehicleSpec

/// `canlog specs show`
struct SpecsShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a vehicle: its slots, what may be in them, where it answers, since when.",
        discussion: """
            Without a vehicle: a line for each variant. With one, its slots with all alternatives; \
            --ecu shows one of them, or all versions of a family, whole.

            Examples:
              canlog specs show
              canlog specs show strela-3 --variant petrol
              canlog specs show strela-3/petrol --ecu ecm-volna-m7@1.6
              canlog specs show strela-3/petrol --json | jq -r '.slots[].alternatives[].id'

            Exit status: 0 shown; 1 the variant has no such ECU; 2 the specs have errors, or no \
            such vehicle.
            """)

    @Argument(help: .init("The vehicle, or vehicle/variant.", valueName: "vehicle"))
    var vehicle: String?

    @Option(help: .init("Which variant, of a vehicle that has several.", valueName: "name"))
    var variant: String?

    @Option(help: .init("A control unit: family, or family@version.", valueName: "id"))
    var ecu: String?

    @Option(help: SpecsFolder.help, completion: .directory)
    var folder: String?

    @Flag(help: "One JSON object for each variant, in one line each.")
    var json = false

    func validate() throws {
        guard vehicle != nil || (variant == nil && ecu == nil) else {
            throw ValidationError("--variant and --ecu want the vehicle before them")
        }
    }

    func run() throws {
        guard let vehicle else { return try showAll() }
        let spec: VehicleSpec
        if vehicle.contains("/") || variant != nil {
            spec = try SpecsFolder.variant(vehicle, variant, in: folder)
        } else {
            let specs = try SpecsFolder.read(folder).vehicles.filter { $0.vehicle == vehicle }
            guard specs.count > 1, ecu == nil else {
                return try show(try SpecsFolder.variant(vehicle, nil, in: folder))
            }
            for (index, spec) in specs.enumerated() {
                if index > 0, !json { StandardOutput.write("\n") }
                try show(spec)
            }
            return
        }
        try show(spec)
    }

    private func showAll() throws {
        let catalog = try SpecsFolder.read(folder)
        if json {
            for spec in catalog.vehicles { StandardOutput.write(spec.json.text + "\n") }
            return
        }
        var table = TextTable(["variant", "VIN", "slots", "alternatives", "title"], right: [2, 3])
        for spec in catalog.vehicles {
            table.add([
                spec.name, "\(spec.variantNumbers ?? spec.vehicleNumbers)", "\(spec.slots.count)",
                "\(spec.slots.reduce(0) { $0 + $1.alternatives.count })", spec.title,
            ])
        }
        StandardOutput.write(table.lines().joined(separator: "\n") + "\n")
    }

    private func show(_ spec: VehicleSpec) throws {
        guard let ecu else {
            return StandardOutput.write(json ? spec.json.text + "\n" : spec.sheet)
        }
        let units = spec.slots.flatMap(\.alternatives).filter { $0.id == ecu || $0.family == ecu }
        guard !units.isEmpty else {
            let ids = spec.slots.flatMap(\.alternatives).map(\.id)
            let near = NearName.nearest(to: ecu, among: ids)
            StandardError.say(
                "\(spec.name) has no ECU '\(ecu)'; "
                    + (near.map { "did you mean '\($0)'?" }
                        ?? "there are \(ids.joined(separator: ", "))"))
            throw ExitStatus.Early(code: ExitStatus.negative)
        }
        for (index, unit) in units.enumerated() {
            if index > 0, !json { StandardOutput.write("\n") }
            StandardOutput.write(json ? unit.json.text + "\n" : unit.sheet)
        }
    }
}

extension VehicleSpec {
    /// For people: the buses, the slots with their alternatives, what is forbidden.
    fileprivate var sheet: String {
        var text = name.printable + (title.isEmpty ? "" : ": " + title.printable) + "\n"
        text += "VIN \(variantNumbers ?? vehicleNumbers)".printable + "\n"
        for bus in buses {
            var parts = ["\(Double(bus.bitRate) / 1_000) kbit/s".replacing(".0 ", with: " ")]
            if let file = bus.databaseFile {
                parts.append(
                    file.printable + " (" + UInt64(bus.database.messages.count).counting("message")
                        + ")")
            }
            text += "bus \(bus.name.printable): \(parts.joined(separator: ", "))\n"
        }
        var table = TextTable([
            "slot", "ECU", "supplier", "bus", "request", "response", "released", "identification",
        ])
        for slot in slots {
            for unit in slot.alternatives {
                let releases = releases(of: unit).map(\.days)
                table.add([
                    slot.role, unit.id, unit.supplier, unit.bus, "\(unit.addresses.request)",
                    "\(unit.addresses.response)",
                    releases.isEmpty ? "no" : releases.joined(separator: ", "),
                    (unit.identify + unit.match).map { "\($0)" }.joined(separator: ", "),
                ])
            }
        }
        text += "\n" + table.lines().joined(separator: "\n") + "\n"
        for entry in forbidden {
            let names = entry.all.map(\.text).joined(separator: " with ")
            text += "forbidden: \(names.printable): \(entry.why.printable)\n"
        }
        let checks = AutomaticCheck.allCases.filter { automaticChecks.isOn($0) }
        text += "automatic checks: \(checks.map(\.rawValue).joined(separator: ", "))\n"
        if !rules.isEmpty {
            text += "rules: \(rules.map(\.id).joined(separator: ", ").printable)\n"
        }
        if let plan {
            text +=
                "plan: \(plan.id.printable), "
                + UInt64(plan.steps.count).counting("step") + "\n"
        }
        return text
    }

    fileprivate var json: JSONValue {
        [
            "type": "variant", "vehicle": .string(vehicle), "variant": .string(variant),
            "title": .string(title), "sha256": .string(sha256),
            "vin": .array(
                (variantNumbers ?? vehicleNumbers).alternatives.map { .string($0) }),
            "buses": .array(
                buses.map {
                    [
                        "name": .string($0.name), "bitRate": .count(UInt64($0.bitRate)),
                        "database": JSONValue($0.databaseFile),
                    ]
                }),
            "slots": .array(
                slots.map { slot in
                    [
                        "role": .string(slot.role),
                        "alternatives": .array(
                            slot.alternatives.map { unit in
                                .object(
                                    unit.head.merging([
                                        "released": .array(
                                            releases(of: unit).map { .string($0.days) })
                                    ]) { $1 })
                            }),
                    ]
                }),
            "rules": .array(rules.map { .string($0.id) }), "plan": JSONValue(plan?.id),
        ]
    }
}

extension ControlUnitSpec {
    fileprivate var head: [String: JSONValue] {
        [
            "id": .string(id), "supplier": .string(supplier), "role": .string(role),
            "title": .string(title), "bus": .string(bus),
            "request": .string("\(addresses.request)"),
            "response": .string("\(addresses.response)"),
            "identification": .array((identify + match).map { .string("\($0)") }),
        ]
    }

    /// For people: all that is known of a control unit.
    fileprivate var sheet: String {
        var text = "\(id), \(role) of \(supplier)".printable
        text += (title.isEmpty ? "" : ": " + title.printable) + "\n"
        text +=
            "\(bus) \(addresses.request) → \(addresses.response)\n".replacing("\n", with: "")
            .printable + "\n"
        for predicate in identify + match { text += "  \(predicate)".printable + "\n" }
        var table = TextTable(
            ["DID", "name", "type", "bytes", "scale", "unit", "valid"], right: [3])
        for identifier in identifiers {
            let encoding = identifier.encoding
            table.add([
                String(identifier.number, radix: 16, uppercase: true).padded(4), identifier.name,
                encoding.typeName, encoding.length.map { "\($0)" } ?? "-",
                encoding.isNumeric && (encoding.scale != 1 || encoding.offset != 0)
                    ? encoding.scale.decimalText
                        + (encoding.offset == 0 ? "" : " + \(encoding.offset.decimalText)")
                    : "", encoding.unit,
                encoding.valid.map {
                    "\($0.lowerBound.decimalText) to \($0.upperBound.decimalText)"
                } ?? encoding.labels.map(\.text).joined(separator: ", "),
            ])
        }
        text += table.lines(indent: 2).joined(separator: "\n") + "\n"
        for code in troubleCodes {
            text += "  \(code.code) \(code.severity.rawValue): \(code.text)".printable + "\n"
        }
        for routine in routines {
            text +=
                "  routine \(String(routine.number, radix: 16, uppercase: true).padded(4)) "
                + routine.name.printable + "\n"
        }
        return text
    }

    fileprivate var json: JSONValue {
        .object(
            head.merging([
                "type": "ecu",
                "identifiers": .array(
                    identifiers.map { identifier in
                        [
                            "number": .string(
                                String(identifier.number, radix: 16, uppercase: true).padded(4)),
                            "name": .string(identifier.name),
                            "type": .string(identifier.encoding.typeName),
                            "unit": .string(identifier.encoding.unit),
                        ]
                    }),
                "troubleCodes": .array(
                    troubleCodes.map { code in
                        [
                            "code": .string("\(code.code)"), "text": .string(code.text),
                            "severity": .string(code.severity.rawValue),
                        ]
                    }),
                "routines": .array(routines.map { .string($0.name) }),
            ]) { $1 })
    }
}

extension String {
    /// Zeros in front, up to so many characters.
    fileprivate func padded(_ count: Int) -> String {
        String(repeating: "0", count: max(0, count - utf8.count)) + self
    }
}
