import CANFrame
import CANTransport
import Testing

/// Frames as J1939-21 5.10 lays them out: RTS 16, CTS 17, end of message 19, BAM 32, abort 255.
@Suite("J1939 transport protocol, sending")
struct J1939TransmissionTests {
    private static let payload: [UInt8] = Array(0..<16)

    private static func row(_ identifier: UInt32, _ payload: [UInt8]) -> Frame {
        Frame(
            timestamp: Timestamp(nanoseconds: 0),
            identifier: PackedID(rawValue: 0x8000_0000 | identifier), payload: payload)
    }

    private static func give(
        _ frame: Frame, to transmission: inout J1939Transmission, at time: Int64
    ) {
        var batch = FrameBatch(capacity: 1)
        batch.append(frame)
        transmission.take(batch.rows[0], at: time)
    }

    /// What 10 milliseconds after another it sends, as candump writes it.
    private static func sent(_ transmission: inout J1939Transmission, until end: Int64) -> [String]
    {
        var texts: [String] = []
        while let due = transmission.deadline, due <= end {
            guard let frame = transmission.nextFrame(at: due) else { continue }
            let bytes = frame.payload.map(\.hexadecimal).joined()
            texts.append("\(due / 1_000_000) \(frame.identifier)#\(bytes)")
        }
        return texts
    }

    @Test("to everyone: BAM, then a packet each 50 ms")
    func broadcast() throws {
        var transmission = try #require(
            J1939Transmission(
                group: 0xFECA, payload: Self.payload, source: 0x21, destination: 255, at: 0))
        #expect(
            Self.sent(&transmission, until: .max) == [
                "0 1CECFF21#20100003FFCAFE00", "50 1CEBFF21#0100010203040506",
                "100 1CEBFF21#020708090A0B0C0D", "150 1CEBFF21#030E0FFFFFFFFFFF",
            ])
        #expect(transmission.isOver && transmission.failure == nil)
    }

    @Test("to one: RTS, and what it asks for, when it asks for it, as often as it does")
    func consent() throws {
        var transmission = try #require(
            J1939Transmission(
                group: 0xFECA, payload: Self.payload, source: 0x21, destination: 0xF9, at: 0))
        #expect(Self.sent(&transmission, until: 1_000_000_000) == ["0 1CECF921#10100003FFCAFE00"])
        // Of another group, and of another sender: not for it.
        Self.give(
            Self.row(0x1CEC_21F9, [17, 2, 1, 255, 255, 0xCB, 0xFE, 0]), to: &transmission, at: 9)
        Self.give(
            Self.row(0x1CEC_21F8, [17, 2, 1, 255, 255, 0xCA, 0xFE, 0]), to: &transmission, at: 9)
        #expect(Self.sent(&transmission, until: 1_000_000).isEmpty)
        Self.give(
            Self.row(0x1CEC_21F9, [17, 2, 1, 255, 255, 0xCA, 0xFE, 0]), to: &transmission,
            at: 10_000_000)
        #expect(
            Self.sent(&transmission, until: 20_000_000) == [
                "10 1CEBF921#0100010203040506", "10 1CEBF921#020708090A0B0C0D",
            ])
        Self.give(
            Self.row(0x1CEC_21F9, [17, 0, 255, 255, 255, 0xCA, 0xFE, 0]), to: &transmission,
            at: 20_000_000)
        #expect(Self.sent(&transmission, until: 1_000_000_000).isEmpty)
        // The second packet once more.
        Self.give(
            Self.row(0x1CEC_21F9, [17, 255, 2, 255, 255, 0xCA, 0xFE, 0]), to: &transmission,
            at: 900_000_000)
        #expect(
            Self.sent(&transmission, until: 1_000_000_000) == [
                "900 1CEBF921#020708090A0B0C0D", "900 1CEBF921#030E0FFFFFFFFFFF",
            ])
        Self.give(
            Self.row(0x1CEC_21F9, [19, 16, 0, 3, 255, 0xCA, 0xFE, 0]), to: &transmission,
            at: 1_000_000_000)
        #expect(transmission.isOver && transmission.failure == nil)
    }

    @Test("a receiver that does not answer, gives up or asks for what there is not ends it")
    func failures() throws {
        func begun() throws -> J1939Transmission {
            var transmission = try #require(
                J1939Transmission(
                    group: 0xFECA, payload: Self.payload, source: 0x21, destination: 0xF9, at: 0))
            _ = transmission.nextFrame(at: 0)
            return transmission
        }
        var silent = try begun()
        #expect(silent.deadline == 1_250_000_000)
        #expect(silent.nextFrame(at: 1_250_000_000) == nil)
        #expect(silent.failure == .timedOut)
        for bytes in [[255, 1, 255, 255, 255], [17, 1, 4, 255, 255], [17, 1, 0, 255, 255]] {
            var aborted = try begun()
            Self.give(
                Self.row(0x1CEC_21F9, bytes.map { UInt8($0) } + [0xCA, 0xFE, 0]), to: &aborted,
                at: 1)
            #expect(aborted.failure == .aborted && aborted.isOver)
        }
    }

    @Test("what is no message of the transport protocol is refused", arguments: [0, 8, 1_786])
    func sizes(count: Int) {
        let payload = [UInt8](repeating: 0, count: count)
        #expect(
            J1939Transmission(
                group: 0xFECA, payload: payload, source: 0, destination: 255, at: 0) == nil)
    }
}
