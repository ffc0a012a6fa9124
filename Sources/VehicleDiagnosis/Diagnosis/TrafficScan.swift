public import CANFrame
import CANTransport
import Diagnostics
import SignalDatabase
public import VehicleSpec

/// A first look at a log: which vehicle it is of, and which interface is which bus, where nobody
/// says so.
public struct TrafficScan: ~Copyable, Sendable {
    private var tracker = ConversationTracker()
    /// By channel.
    private var names: [String?] = Array(repeating: nil, count: 256)
    private var identifiers: [Set<UInt32>] = Array(repeating: [], count: 256)
    /// The vehicle's identification numbers that control units answered, with the time of each change.
    public private(set) var vins: [(vin: String, time: Int64)] = []

    /// The stamp of the first frame.
    public private(set) var firstStamp: Timestamp?

    public init() {}

    /// Identifiers beyond these tell nothing more about an interface.
    private static let mostIdentifiers = 4_096

    public mutating func take(_ batch: borrowing FrameBatch) {
        let events = batch.events
        for index in events.indices {
            if case .channel(let description) = events[index].kind,
                let channel = events[index].channel
            {
                names[Int(channel)] = description.interface
            }
        }
        let rows = batch.rows
        for index in rows.indices {
            let row = rows[index]
            if firstStamp == nil { firstStamp = row.timestamp }
            let channel = Int(row.channel)
            guard row.identifier.rawValue & 0x6000_0000 == 0,
                identifiers[channel].count < Self.mostIdentifiers
            else { continue }
            identifiers[channel].insert(row.identifier.rawValue)
        }
        tracker.take(batch)
        for exchange in tracker.takeExchanges() { note(exchange) }
    }

    public mutating func finish() {
        tracker.finish()
        for exchange in tracker.takeExchanges() { note(exchange) }
    }

    /// UDS answers F190 with the number; OBD-II mode 09 information type 02 with a count before it.
    private mutating func note(_ exchange: Exchange) {
        for response in exchange.responses {
            guard let message = response.message, exchange.family == .service,
                message.payload.count == 20, vins.count < 256
            else { continue }
            let head = Array(message.payload.prefix(3))
            guard head == [0x62, 0xF1, 0x90] || head == [0x49, 0x02, 0x01] else { continue }
            let bytes = message.payload.dropFirst(3)
            guard bytes.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) })
            else { continue }
            let vin = String(decoding: bytes, as: UTF8.self)
            if vins.last?.vin != vin { vins.append((vin, message.lastTime)) }
        }
    }

    /// The interfaces that sent something or were there, in the order of their channels.
    public var interfaces: [String] { names.compactMap { $0 } }

    /// Which interface is which bus of `spec`: by its name, else by whose messages it carries; an
    /// interface that fits no bus, or two alike, is none.
    public func assignment(to spec: VehicleSpec) -> [String: String] {
        var assigned: [String: String] = [:]
        for channel in 0..<256 {
            guard let name = names[channel],
                let bus = bus(like: name, spec) ?? bus(carrying: identifiers[channel], spec),
                assigned[bus] == nil
            else { continue }
            assigned[bus] = name
        }
        return assigned
    }

    private func bus(like interface: String, _ spec: VehicleSpec) -> String? {
        spec.buses.first { $0.name.lowercased() == interface.lowercased() }?.name
    }

    /// The bus whose messages and diagnostic addresses are most of those that came.
    private func bus(carrying identifiers: Set<UInt32>, _ spec: VehicleSpec) -> String? {
        let counts = spec.buses.map { bus in
            var known = Set(
                bus.database.messages.compactMap { message in
                    message.identifier.map { PackedID($0).rawValue }
                })
            for unit in spec.slots.flatMap(\.families) where unit.bus == bus.name {
                known.insert(unit.addresses.request.identifier.rawValue)
                known.insert(unit.addresses.response.identifier.rawValue)
            }
            return known.intersection(identifiers).count
        }
        guard let best = counts.max(), best > 0, counts.filter({ $0 == best }).count == 1 else {
            return nil
        }
        return counts.firstIndex(of: best).map { spec.buses[$0].name }
    }
}
