import CANFrame
import CANTransport
import DiagnosticClient

/// A client and what its control units say at times of their own; milliseconds.
final class Bench {
    let client: DiagnosticClient
    private(set) var now: Int64 = 0
    private(set) var sent: [String] = []
    private(set) var exchanges: [DiagnosticExchange] = []

    init(_ patience: TesterPatience = .init(), units: UInt32 = 1) {
        client = DiagnosticClient(patience: patience, transport: .init())
        for unit in 0..<units {
            client.add(request: address(0x7E0 + unit), response: address(0x7E8 + unit))
        }
    }

    /// Lets time pass, and sends what is due meanwhile at its own time.
    func pass(_ milliseconds: Int64) {
        let end = now + milliseconds * 1_000_000
        repeat {
            while let frame = client.nextFrame(at: now) {
                let bytes = frame.payload.map { hex($0) }.joined()
                sent.append("\(frame.identifier)#\(bytes)")
            }
            exchanges += client.takeFinished()
            guard let next = client.deadline, next <= end else { break }
            now = max(now, next)
        } while true
        now = end
    }

    func hear(_ number: UInt32, _ bytes: [UInt8]) {
        var batch = FrameBatch(capacity: 1)
        batch.append(
            Frame(
                timestamp: Timestamp(nanoseconds: now),
                identifier: PackedID(rawValue: number), payload: bytes))
        client.take(batch.rows[0], longPayload: batch.longPayload(at: 0), at: now)
        exchanges += client.takeFinished()
    }

    var outcomes: [DiagnosticExchange.Outcome] { exchanges.map(\.outcome) }
}

func hex(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return digits.count < 2 ? "0" + digits : digits
}

func address(_ number: UInt32) -> ISOTPAddress {
    ISOTPAddress(ArbitrationID(PackedID(rawValue: number)))
}
