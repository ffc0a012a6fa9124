public import CANFrame
import CANTransport
import DiagnosticClient
public import VehicleSpec

/// The tester of a line: it asks who is there, then each control unit of a vehicle what it is, and for
/// its trouble codes, these again and again.
///
/// Like ``VehicleSimulation`` it has no bus and no clock; channels of frames are the places of buses.
public final class SimulatedTester {
    /// From the start to the first request: by then all control units send.
    private static let start: Int64 = 1_000_000_000
    /// Between two times that trouble codes are read.
    private static let interval: Int64 = 5_000_000_000
    private static let vehicleNumber: UInt16 = 0xF190

    /// What is asked of the control unit at a place of a client, codes aside.
    private struct Asked {
        var bus: Int
        var unit: Int
        var identifiers: [UInt16]
    }

    private let clients: [DiagnosticClient]
    private var asked: [Asked] = []
    /// Where all control units of a bus are asked.
    private var functional: [(bus: Int, address: ISOTPAddress)] = []
    private var rounds: Int64 = 0
    /// Where answers come, by the place of the bus.
    public private(set) var answers: [(bus: Int, identifier: PackedID)] = []

    public init(of spec: VehicleSpec) {
        clients = spec.buses.map { _ in
            DiagnosticClient(patience: TesterPatience(), transport: ISOTPConnection.Options())
        }
        for slot in spec.slots {
            guard let bus = spec.buses.firstIndex(where: { $0.name == slot.bus }) else { continue }
            var identifiers = slot.identificationIdentifiers
            let hasNumber = slot.alternatives.contains { $0.identifier(Self.vehicleNumber) != nil }
            if hasNumber, !identifiers.contains(Self.vehicleNumber) {
                identifiers.append(Self.vehicleNumber)
            }
            for addresses in slot.addresses {
                let unit = clients[bus].add(
                    request: addresses.request, response: addresses.response)
                asked.append(Asked(bus: bus, unit: unit, identifiers: identifiers))
                answers.append((bus, addresses.response.identifier))
                guard let all = addresses.functional,
                    !functional.contains(where: { $0.bus == bus && $0.address == all })
                else { continue }
                functional.append((bus, all))
            }
        }
    }

    /// Takes a frame of the bus that its channel is.
    public func take(_ row: FrameRow, longPayload: Span<UInt8>, at time: Int64) {
        clients[Int(row.channel)].take(row, longPayload: longPayload, at: time)
    }

    /// The next frame that it sends at `time`; `nil`: nothing before ``deadline``.
    public func nextFrame(at time: Int64) -> Frame? {
        while time >= nextRound { ask() }
        for (bus, client) in clients.enumerated() {
            _ = client.takeFinished()
            guard var frame = client.nextFrame(at: time) else { continue }
            frame.channel = UInt8(bus)
            frame.timestamp = Timestamp(nanoseconds: time)
            return frame
        }
        return nil
    }

    /// When ``nextFrame(at:)`` is to be called at the latest.
    public var deadline: Int64 { min(nextRound, clients.compactMap(\.deadline).min() ?? .max) }

    private var nextRound: Int64 { Self.start + rounds * Self.interval }

    private func ask() {
        if rounds == 0 {
            // TesterPresent: an answer without data of whoever is there.
            for (bus, address) in functional { _ = clients[bus].askAll([0x3E, 0], at: address) }
        }
        for asked in asked {
            for number in rounds == 0 ? asked.identifiers : [] {
                clients[asked.bus].ask(
                    [0x22, UInt8(number >> 8), UInt8(truncatingIfNeeded: number)], of: asked.unit)
            }
            // reportDTCByStatusMask.
            clients[asked.bus].ask([0x19, 0x02, 0xFF], of: asked.unit)
        }
        rounds += 1
    }
}
