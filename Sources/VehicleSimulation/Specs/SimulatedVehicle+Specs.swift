import CANFrame
import CANTransport
import SignalDatabase
public import VehicleSpec

extension SimulatedVehicle {
    /// How long a control unit takes for an answer, unless its own P2 is shorter.
    private static let latency: Int64 = 5_000_000
    /// Where testers ask, of which some no slot has.
    private static let foreignAddresses: ClosedRange<UInt32> = 0x700...0x7E7

    /// A vehicle of the specs with the control units that are fitted: what each sends out of the
    /// databases, its signals at their start values (`GenSigStartValue`) and moving by little, and the
    /// identifiers that its spec gives it.
    ///
    /// - Parameter faults: those of what is fitted (``SimulationFault/Kind/wrongFirmware``,
    ///   ``SimulationFault/Kind/wrongPart``, ``SimulationFault/Kind/foreign``) are built in,
    ///   ``SimulationFault/Kind/unreleased`` is the fitting's; all others become ``faults``.
    public init(
        _ spec: VehicleSpec, fitted fitting: VehicleFitting, vin: String, seed: UInt64,
        faults: [SimulationFault] = []
    ) throws(SimulationMistake) {
        self.init()
        for bus in spec.buses { buses.append(SimulatedBus(name: bus.name, database: bus.database)) }
        let numbers = SeededNumbers(seed: seed)
        let contents = IdentifierContents(
            spec: spec, vin: vin, numbers: numbers.derived("identifiers"))
        for unit in fitting.units { ecus.append(try ecu(unit, contents, numbers)) }
        for fault in faults {
            switch fault.kind {
            case .wrongFirmware, .wrongPart: try disguise(fault, of: spec, fitting)
            case .foreign: try addForeign(fault, of: spec, contents)
            case .unreleased: break
            default: self.faults.append(fault)
            }
        }
    }

    private func ecu(
        _ unit: ControlUnitSpec, _ contents: IdentifierContents, _ numbers: SeededNumbers
    ) throws(SimulationMistake) -> SimulatedECU {
        guard let bus = buses.firstIndex(where: { $0.name == unit.bus }) else {
            throw SimulationMistake("\(unit.id) is on a bus '\(unit.bus)' that the vehicle has not")
        }
        var ecu = SimulatedECU(name: unit.role, bus: bus)
        for (place, other) in buses.enumerated() {
            for var message in other.cyclicMessages(of: unit.role, numbers) {
                message.bus = place
                ecu.messages.append(message)
            }
        }
        ecu.diagnostics = try diagnostics(of: unit, contents)
        return ecu
    }

    private func diagnostics(
        of unit: ControlUnitSpec, _ contents: IdentifierContents
    ) throws(SimulationMistake) -> DiagnosticSettings {
        let addresses = unit.addresses
        var settings = DiagnosticSettings(
            request: addresses.request, response: addresses.response,
            functional: addresses.functional)
        settings.transport.padding = addresses.padding
        settings.transport.blockSize = UInt8(clamping: unit.timing.blockSize)
        settings.transport.separationTime = ISOTPSeparationTime(atLeast: unit.timing.separationTime)
        settings.transport.maximumLength = 65_536
        (settings.p2, settings.p2Star) = (unit.timing.p2, unit.timing.p2Star)
        settings.s3 = unit.timing.s3
        settings.latency = min(Self.latency, unit.timing.p2 / 2)
        settings.sessions = Set(unit.sessions.map(\.number)).union([1])
        settings.identifiers = try contents.identifiers(of: unit)
        for routine in unit.routines {
            var stored = StoredRoutine()
            stored.access = IdentifierContents.condition(routine.access, of: unit)
            stored.result = routine.result.flatMap { parameter in
                parameter.encoding.valid.flatMap {
                    parameter.encoding.bytes(of: ($0.lowerBound + $0.upperBound) / 2)
                } ?? Array(repeating: 0, count: parameter.encoding.length ?? 1)
            }
            settings.routines[routine.number] = stored
        }
        if !unit.security.isEmpty {
            var security = SecuritySettings()
            security.levels = Set(unit.security.map(\.level))
            settings.security = security
        }
        return settings
    }

    // MARK: Faults of what is fitted

    /// Makes the control unit of a slot one that the specs do not know.
    private mutating func disguise(
        _ fault: SimulationFault, of spec: VehicleSpec, _ fitting: VehicleFitting
    ) throws(SimulationMistake) {
        guard let slot = spec.slot(of: fault.target), let unit = fitting.unit(of: fault.target),
            let place = ecus.firstIndex(where: { $0.name == fault.target })
        else {
            throw SimulationMistake(
                "'\(fault)' names no slot of \(spec.name)",
                remedy: "its slots: " + spec.slots.map(\.role).joined(separator: ", "))
        }
        let isWanted: (Selection) -> Bool = { selection in
            switch selection {
            case .unknownFirmware: fault.kind == .wrongFirmware
            case .unknownPart: fault.kind == .wrongPart
            case .match, .absent, .ambiguous: false
            }
        }
        let changed = fault.kind == .wrongFirmware ? unit.match : unit.identify
        for predicate in changed {
            guard
                case .bytes(let bytes) = ecus[place].diagnostics?.identifiers[predicate.identifier]?
                    .value
            else { continue }
            for other in Self.unlike(bytes) {
                var identification = identification(ofECU: place, slot)
                identification[predicate.identifier] = other
                guard isWanted(slot.select(identification)) else { continue }
                ecus[place].diagnostics?.identifiers[predicate.identifier]?.value = .bytes(other)
                return
            }
        }
        throw SimulationMistake(
            "'\(fault)': all that \(unit.id) could say fits one of the slot's control units",
            remedy: "its patterns take everything; take another slot")
    }

    private func identification(ofECU place: Int, _ slot: Slot) -> [UInt16: [UInt8]?] {
        var identification: [UInt16: [UInt8]?] = [:]
        for number in slot.identificationIdentifiers {
            switch ecus[place].diagnostics?.identifiers[number]?.value {
            case .bytes(let bytes): identification[number] = bytes
            default: identification[number] = .some(nil)
            }
        }
        return identification
    }

    /// Texts as long as `bytes`, from ones that differ little to ones that have nothing in common.
    private static func unlike(_ bytes: [UInt8]) -> [[UInt8]] {
        var others: [[UInt8]] = []
        for place in bytes.indices.reversed() {
            for character in "9Z0X".utf8 where bytes[place] != character {
                var other = bytes
                for index in place..<bytes.count { other[index] = character }
                others.append(other)
            }
        }
        return others
    }

    /// A control unit where the vehicle has none.
    private mutating func addForeign(
        _ fault: SimulationFault, of spec: VehicleSpec, _ contents: IdentifierContents
    ) throws(SimulationMistake) {
        guard let bus = buses.firstIndex(where: { $0.name == fault.target }) else {
            throw SimulationMistake(
                "'\(fault)' names no bus of \(spec.name)",
                remedy: "its buses: " + buses.map(\.name).joined(separator: ", "))
        }
        guard let (request, response) = freeAddresses(of: spec, on: bus) else {
            throw SimulationMistake("'\(fault)': no address of the bus is free")
        }
        let functional = spec.slots.flatMap(\.families).first { $0.bus == fault.target }?
            .addresses.functional
        var settings = DiagnosticSettings(
            request: ISOTPAddress(request), response: ISOTPAddress(response), functional: functional
        )
        settings.identifiers[0xF190] = StoredIdentifier(.bytes(Array(contents.vin.utf8)))
        settings.identifiers[0xF187] = StoredIdentifier(.bytes(Array("FOREIGN-01".utf8)))
        var ecu = SimulatedECU(name: "foreign", bus: bus)
        ecu.diagnostics = settings
        ecus.append(ecu)
    }

    /// The highest two identifiers, eight apart, that nobody on the bus has.
    private func freeAddresses(
        of spec: VehicleSpec, on bus: Int
    ) -> (request: ArbitrationID, response: ArbitrationID)? {
        var taken = Set(spec.buses[bus].database.messages.compactMap(\.identifier))
        for addresses in spec.slots.flatMap(\.families).map(\.addresses) {
            for address in [addresses.request, addresses.response, addresses.functional] {
                if let address { taken.insert(ArbitrationID(address.identifier)) }
            }
        }
        for settings in ecus.compactMap(\.diagnostics) {
            taken.insert(ArbitrationID(settings.request.identifier))
        }
        for number in Self.foreignAddresses.reversed() where number & 8 == 0 {
            guard let request = ArbitrationID(standard: number),
                let response = ArbitrationID(standard: number + 8),
                !taken.contains(request), !taken.contains(response)
            else { continue }
            return (request, response)
        }
        return nil
    }
}

extension SimulatedBus {
    /// What a node sends again and again.
    func cyclicMessages(of node: String, _ numbers: SeededNumbers) -> [SimulatedMessage] {
        var messages: [SimulatedMessage] = []
        for (index, message) in database.messages.enumerated() {
            guard message.transmitters.contains(node), message.fitsIntoFrame,
                let cycle = message.cycle
            else { continue }
            var sent = SimulatedMessage(message: index, cycle: cycle, of: database)
            let first = encoder.plan.signals(of: index).lowerBound
            for (place, signal) in message.signals.enumerated()
            where place != sent.counter && place != sent.checksumSignal
                && !signal.multiplexing.isMultiplexer
            {
                sent.courses[place] = .standing(
                    signal, of: database, within: encoder.range(of: first + place),
                    numbers.derived("\(name).\(message.name).\(signal.name)"))
            }
            messages.append(sent)
        }
        return messages
    }
}
