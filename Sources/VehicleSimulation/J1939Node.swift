import CANFrame
import CANTransport
import Diagnostics

/// An ECU's end of J1939: its DM1, and the parameter groups that it is asked for.
///
/// A class, as ``DiagnosticPort`` beside it is; it belongs to one ``VehicleSimulation``.
final class J1939Node {
    /// J1939-21 5.4.2 and 5.4.4.
    private static let request: UInt32 = 0xEA00
    private static let acknowledgment: UInt32 = 0xE800
    /// J1939-73: diagnostic messages, requests and their answers have priority 6.
    private static let priority: UInt32 = 6
    /// Messages that wait at most; what is asked beyond is left out and counted.
    private static let mostWaiting = 64
    /// How long after it was cleared the test of a cause that lasts fails again.
    private static let testTime: Int64 = 1_000_000_000

    private struct Waiting {
        var time: Int64
        var group: UInt32
        var destination: UInt8
        var payload: [UInt8]
    }

    private let settings: J1939Settings
    private let faults: [SimulationFault]
    private var codes: [StoredJ1939Code]
    private var begun: Set<Int> = []
    private var ended: Set<Int> = []
    private var clearedAt: Int64?
    private var nextBroadcast: Int64
    private var waiting: [Waiting] = []
    /// Messages of more than a frame under way, one to each receiver at most.
    private var transmissions: [J1939Transmission] = []
    private(set) var counts = DiagnosticCounts()

    init(_ settings: J1939Settings, faults: [SimulationFault]) {
        self.settings = settings
        self.faults = faults
        codes = settings.troubleCodes
        nextBroadcast = settings.cycle
    }

    private func isAbsent(at time: Int64) -> Bool {
        faults.contains { $0.kind == .missing && $0.isActive(at: time) }
    }

    // MARK: Trouble codes

    /// What happened until `time`: faults that began and ended, tests that failed again.
    private func advance(to time: Int64) {
        for (index, fault) in faults.enumerated() {
            guard let code = fault.j1939Code else { continue }
            if time >= fault.from, begun.insert(index).inserted { store(code) }
            if begun.contains(index), time >= fault.to, ended.insert(index).inserted {
                end(code)
            }
        }
        guard let cleared = clearedAt, time >= cleared + Self.testTime else { return }
        clearedAt = nil
        for place in codes.indices where codes[place].isPresent { codes[place].isActive = true }
    }

    private func place(of code: J1939TroubleCode) -> Int? {
        codes.firstIndex {
            $0.code.parameter == code.parameter && $0.code.failureMode == code.failureMode
        }
    }

    private func store(_ code: J1939TroubleCode) {
        guard let place = place(of: code) else {
            guard codes.count < J1939Settings.mostCodes else { return }
            let first = J1939TroubleCode(
                parameter: code.parameter, failureMode: code.failureMode, occurrenceCount: 1)
            return codes.append(StoredJ1939Code(first ?? code, isActive: true))
        }
        let count = min(codes[place].code.occurrenceCount ?? 0, 125) + 1
        codes[place].code =
            J1939TroubleCode(
                parameter: code.parameter, failureMode: code.failureMode, occurrenceCount: count)
            ?? code
        codes[place].isActive = true
        codes[place].isPresent = true
    }

    /// Its cause is gone: it was active.
    private func end(_ code: J1939TroubleCode) {
        guard let place = place(of: code) else { return }
        codes[place].isPresent = false
        if codes[place].isActive { codes[place].wasActive = true }
        codes[place].isActive = false
    }

    /// Lamps, then four bytes a code; without codes SPN and FMI are 0 (SAE J1939-73 5.7.1).
    private func list(_ isListed: (StoredJ1939Code) -> Bool) -> [UInt8] {
        let listed = codes.filter(isListed)
        // The amber warning lamp is on while a code is active; none flashes.
        let lamps: UInt8 = codes.contains(where: \.isActive) ? 0x04 : 0
        var payload: [UInt8] = [lamps, 0xFF]
        for item in listed {
            payload += [0, 8, 16, 24].map {
                UInt8(truncatingIfNeeded: item.code.littleEndian >> $0)
            }
        }
        return payload + (listed.isEmpty ? [0, 0, 0, 0] : [])
    }

    // MARK: Requests

    /// Takes a frame of its bus that arrived at `time`.
    func take(_ row: FrameRow, at time: Int64) {
        guard !isAbsent(at: time), row.identifier.isExtended, !row.flags.isFD else { return }
        for index in transmissions.indices { transmissions[index].take(row, at: time) }
        let number = row.identifier.number
        let destination = UInt8(truncatingIfNeeded: number >> 8)
        guard number >> 8 & 0x3_FF00 == Self.request, row.length >= 3, row.isShort,
            destination == settings.address || destination == J1939Transport.everyone
        else { return }
        advance(to: time)
        counts.requests += 1
        answer(
            to: UInt32(truncatingIfNeeded: row.payloadWord) & 0x3_FFFF,
            from: UInt8(truncatingIfNeeded: number),
            isToAll: destination == J1939Transport.everyone, at: time)
    }

    private func answer(to group: UInt32, from asker: UInt8, isToAll: Bool, at time: Int64) {
        let destination = isToAll ? J1939Transport.everyone : asker
        var payload: [UInt8]?
        switch J1939Diagnostic.Kind(group: group) {
        case .dm1: payload = list(\.isActive)
        case .dm2: payload = list(\.wasActive)
        case .dm5:
            // Not made for any standard of emissions: 5 (SAE J1939-73 5.7.5.3).
            let counts = [codes.count(where: \.isActive), codes.count(where: \.wasActive)]
            payload = counts.map { UInt8(clamping: $0) } + [5]
        case .dm3: for place in codes.indices { codes[place].wasActive = false }
        case .dm11:
            for place in codes.indices { codes[place].isActive = false }
            clearedAt = time
        default:
            counts.unknownServices += 1
            return acknowledge(group, 1, asker, isToAll: isToAll, at: time)
        }
        guard let payload else {
            return acknowledge(group, 0, asker, isToAll: isToAll, at: time)
        }
        if enqueue(payload, group, to: destination, at: time + settings.latency) {
            counts.positive += 1
        }
    }

    /// J1939-21 5.4.4: 0 is done, 1 is not supported; nobody acknowledges what all were asked.
    private func acknowledge(
        _ group: UInt32, _ control: UInt8, _ asker: UInt8, isToAll: Bool, at time: Int64
    ) {
        guard !isToAll else { return }
        let named = [0, 8, 16].map { UInt8(truncatingIfNeeded: group >> $0) }
        let payload = [control, 0xFF, 0xFF, 0xFF, asker] + named
        guard
            enqueue(
                payload, Self.acknowledgment, to: J1939Transport.everyone,
                at: time + settings.latency)
        else { return }
        if control == 0 { counts.positive += 1 } else { counts.negative += 1 }
    }

    private func enqueue(
        _ payload: [UInt8], _ group: UInt32, to destination: UInt8, at time: Int64
    ) -> Bool {
        guard waiting.count + transmissions.count < Self.mostWaiting else {
            counts.ignored += 1
            return false
        }
        waiting.append(
            Waiting(time: time, group: group, destination: destination, payload: payload))
        return true
    }

    // MARK: Frames

    /// When ``nextFrame(at:isSilent:)`` is to be called at the latest.
    var deadline: Int64 {
        let queued = waiting.lazy.filter { self.isFree($0) }.map(\.time).min() ?? .max
        let sending = transmissions.lazy.compactMap(\.deadline).min() ?? .max
        return min(nextBroadcast, queued, sending)
    }

    /// Whether a message can begin: to each receiver goes one at a time.
    private func isFree(_ message: Waiting) -> Bool {
        message.payload.count <= 8
            || !transmissions.contains { $0.destination == message.destination }
    }

    func nextFrame(at time: Int64, isSilent: Bool) -> Frame? {
        guard !isAbsent(at: time) else {
            waiting.removeAll()
            transmissions.removeAll()
            skipBroadcasts(until: time)
            return nil
        }
        if time >= nextBroadcast {
            advance(to: time)
            if !isSilent,
                enqueue(
                    list(\.isActive), J1939Diagnostic.Kind.dm1.group, to: J1939Transport.everyone,
                    at: nextBroadcast)
            {
                counts.periodic += 1
            }
            skipBroadcasts(until: time)
        }
        while let place = waiting.firstIndex(where: { $0.time <= time && isFree($0) }) {
            let message = waiting.remove(at: place)
            if let frame = begin(message, at: time) { return frame }
        }
        return nextPacket(at: time)
    }

    private func skipBroadcasts(until time: Int64) {
        guard time >= nextBroadcast else { return }
        nextBroadcast += ((time - nextBroadcast) / settings.cycle + 1) * settings.cycle
    }

    /// The frame of a short message; a long one is sent in packets from now on.
    private func begin(_ message: Waiting, at time: Int64) -> Frame? {
        guard message.payload.count <= 8 else {
            if let transmission = J1939Transmission(
                group: message.group, payload: message.payload, source: settings.address,
                destination: message.destination, at: time)
            {
                transmissions.append(transmission)
            }
            return nil
        }
        let isAddressed = message.group & 0xFF00 < 0xF000
        let number =
            Self.priority << 26 | message.group << 8
            | (isAddressed ? UInt32(message.destination) << 8 : 0) | UInt32(settings.address)
        let unused = [UInt8](repeating: 0xFF, count: 8 - message.payload.count)
        return Frame(
            timestamp: Timestamp(nanoseconds: time),
            identifier: PackedID(rawValue: 0x8000_0000 | number), payload: message.payload + unused)
    }

    private func nextPacket(at time: Int64) -> Frame? {
        for index in transmissions.indices {
            let frame = transmissions[index].nextFrame(at: time)
            if transmissions[index].failure != nil { counts.transportFailures += 1 }
            if transmissions[index].isOver {
                transmissions.remove(at: index)
                return frame ?? nextPacket(at: time)
            }
            if let frame { return frame }
        }
        return nil
    }
}
