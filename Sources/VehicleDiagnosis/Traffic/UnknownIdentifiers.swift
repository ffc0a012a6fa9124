import CANFrame
import CANTransport
import SignalDatabase
import VehicleSpec

/// The identifiers of a bus that its database does not know.
struct UnknownIdentifiers: Sendable {
    /// As many are told apart; frames of further ones are counted as findings of their own.
    private static let maximum = 65_536
    private static let known: Int32 = -2

    private var places = StreamPlaces()
    /// By place: that of its finding; ``known`` of one about which nothing is found.
    private var findings: [Int32] = []
    /// Frames of identifiers beyond the maximum.
    private(set) var untold: UInt64 = 0

    mutating func take(
        _ row: FrameRow, number: UInt64, at time: Int64, _ bus: CheckedBus,
        _ book: inout FindingBook
    ) {
        let key = StreamPlaces.key(0, row.identifier)
        let place = places.place(of: key)
        if place >= 0 {
            let finding = findings[Int(place)]
            guard finding >= 0 else { return }
            book.extend(FindingBook.Place(index: finding), at: time, frame: number)
            return
        }
        guard findings.count < Self.maximum else {
            untold &+= 1
            return
        }
        places.add(key, at: Int32(findings.count))
        let subject = "\(bus.name).\(row.identifier)"
        guard !isKnown(row.identifier, bus), !bus.settings.ignores(.unknownIdentifier, on: subject)
        else {
            findings.append(Self.known)
            return
        }
        let what = row.identifier.isRemote ? "remote frames" : "frames"
        let finding = bus.finding(
            .unknownIdentifier, subject, "the database has no message of these \(what)",
            began: time, opened: time, frames: number...number)
        findings.append(max(-1, book.open(finding).index))
    }

    /// Whether the identifier belongs on the bus all the same.
    private func isKnown(_ identifier: PackedID, _ bus: CheckedBus) -> Bool {
        let data = PackedID(ArbitrationID(identifier))
        if bus.known.contains(data) { return true }
        if identifier.isRemote { return bus.plan.messageIndex(of: data) != nil }
        return bus.isJ1939 && J1939Transport.carries(identifier)
    }
}
