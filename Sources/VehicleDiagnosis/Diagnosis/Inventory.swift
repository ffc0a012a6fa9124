import CANTransport
import Diagnostics
import VehicleSpec

/// Which control units there are, by what they answer: one watch for each slot, and those that no
/// slot has.
struct Inventory: Sendable {
    /// In the order of the slots.
    private(set) var units: [ControlUnitWatch]
    /// In the order of their first answers.
    private(set) var foreign: [ForeignUnit] = []
    var vin: VehicleIdentification
    var succession = VehicleSuccession()
    private let spec: VehicleSpec
    /// The slots by where they answer; by bus.
    private var places: [BusAddress: Int] = [:]
    private var strangers: Set<BusAddress> = []

    private struct BusAddress: Hashable, Sendable {
        var bus: String
        var address: ISOTPAddress
    }

    /// So many are told apart.
    static let maximumForeign = 1_024

    init(_ spec: VehicleSpec, vin: String?) {
        self.spec = spec
        self.vin = VehicleIdentification(given: vin)
        units = spec.slots.map { ControlUnitWatch($0) }
        for (index, slot) in spec.slots.enumerated() {
            for family in slot.families {
                places[BusAddress(bus: family.bus, address: family.addresses.response)] = index
            }
        }
    }

    /// The addresses at which control units of this vehicle are asked and answer.
    var pairs: [AddressPair] {
        var pairs: [AddressPair] = []
        for unit in units {
            for addresses in unit.slot.addresses {
                let pair = AddressPair(
                    request: addresses.request, response: addresses.response)
                if !pairs.contains(pair) { pairs.append(pair) }
            }
        }
        return pairs
    }

    /// The slot that answers at `address` on a bus.
    func unit(at address: ISOTPAddress, on bus: String) -> Int? {
        places[BusAddress(bus: bus, address: address)]
    }

    /// The slot of a role.
    func unit(of role: String) -> Int? { units.firstIndex { $0.slot.role == role } }

    /// What an exchange says of control units.
    struct News {
        /// Slots of which it is settled by this what fills them.
        var settled: [Int] = []
        /// Somebody answered who was not known.
        var foreign: ForeignUnit?
    }

    /// Takes an exchange of UDS or OBD-II on `bus`.
    mutating func note(_ exchange: Exchange, on bus: String) -> News {
        var news = News()
        if exchange.responses.isEmpty, exchange.outcome == .unanswered,
            let address = exchange.addressee, let index = unit(at: address, on: bus)
        {
            units[index].noteUnanswered(exchange)
        }
        // WriteDataByIdentifier of the VIN.
        if exchange.request?.payload.starts(with: [0x2E, 0xF1, 0x90]) == true {
            succession.noteWriting()
        }
        for response in exchange.responses {
            guard let index = unit(at: response.address, on: bus) else {
                news.foreign = noteForeign(response, exchange, bus) ?? news.foreign
                continue
            }
            if units[index].note(response, to: exchange.request, of: exchange) {
                news.settled.append(index)
            }
            noteVIN(of: index, from: response)
        }
        return news
    }

    private mutating func noteForeign(
        _ response: ExchangeResponse, _ exchange: Exchange, _ bus: String
    ) -> ForeignUnit? {
        guard strangers.count < Self.maximumForeign,
            strangers.insert(BusAddress(bus: bus, address: response.address)).inserted
        else { return nil }
        let unit = ForeignUnit(
            bus: bus, address: "\(response.address)", time: exchange.time,
            evidence: response.firstFrame...max(response.firstFrame, response.lastFrame))
        foreign.append(unit)
        return unit
    }

    /// F190 is where a control unit keeps the vehicle's number, ISO 14229-1 annex C.1.
    private mutating func noteVIN(of index: Int, from response: ExchangeResponse) {
        guard let value = units[index].values[0xF190],
            value.evidence.upperBound == response.message?.lastFrame
        else { return }
        let text = String(decoding: value.bytes, as: UTF8.self)
        // A control unit that was never told has nothing there: blanks, zeros or FF.
        guard text.utf8.contains(where: { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "0") })
        else { return }
        let answer = VehicleIdentification.Answer(
            role: units[index].slot.role, vin: text, time: value.time, evidence: value.evidence)
        succession.note(text, of: answer.role, at: value.time)
        let last = vin.read.last { $0.role == answer.role }
        guard last?.vin != answer.vin, vin.read.count < 256 else { return }
        vin.read.append(answer)
    }

    /// What fills the slots, as far as it is known.
    var selected: [ControlUnitSpec] {
        units.compactMap { unit in
            if case .match(let spec) = unit.selection { return spec }
            return nil
        }
    }
}
