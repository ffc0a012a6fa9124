import CANFrame
import CANTransport
import Diagnostics
import Testing
import VehicleSimulation

private let truckFile = """
    buses: {PT: }
    ecus:
      EMS:
        j1939:
          address: "00"
          trouble-codes:
            SPN 110 FMI 3: {status: active, occurrences: 5}
            SPN 520192 FMI 31: active
            100/1: {status: previously-active, occurrences: 2}
      TCM:
        j1939: {address: "03"}

    """

/// A tester at address F9 of the same bus.
private struct Listener: ~Copyable {
    var simulation: VehicleSimulation
    private var time: Int64 = 0
    private var transport = J1939Transport()

    init(_ file: String = truckFile, faults: [String] = []) throws {
        let vehicle = try simulationFile(file).vehicle
        let faults = try faults.map { try SimulationFault($0) }
        simulation = try VehicleSimulation(vehicle, seed: 1, faults: faults)
    }

    struct Heard: Equatable {
        var source: UInt8
        var group: UInt32
        var payload: [UInt8]
        var time: Int64
    }

    /// What ECUs say within so long, after `frames` were sent to them; `answersRequests` lets it consent
    /// to what is sent to it alone.
    mutating func hear(
        for nanoseconds: Int64, after frames: [Frame] = [], answersRequests: Bool = true
    ) -> [Heard] {
        var heard: [Heard] = []
        for frame in frames { hand(frame) }
        let end = time + nanoseconds
        while let due = simulation.deadline, due <= end {
            time = max(time, due)
            while let frame = simulation.nextFrame(at: time) {
                if let message = take(frame) { heard.append(message) }
                if answersRequests { consent(to: frame) }
            }
        }
        time = end
        return heard
    }

    private mutating func take(_ frame: Frame) -> Heard? {
        var batch = FrameBatch(capacity: 1)
        batch.append(frame)
        let row = batch.rows[0]
        guard J1939Transport.carries(frame.identifier) else {
            let group = frame.identifier.number >> 8 & 0x3_FFFF
            return Heard(
                source: UInt8(truncatingIfNeeded: frame.identifier.number),
                group: group & 0xFF00 < 0xF000 ? group & 0x3_FF00 : group,
                payload: frame.payload, time: time)
        }
        guard transport.take(row, at: time), let message = transport.message else { return nil }
        var payload: [UInt8] = []
        for index in transport.payload.indices { payload.append(transport.payload[index]) }
        return Heard(
            source: message.source, group: message.group, payload: payload, time: time)
    }

    /// CTS for two packets at a time; the acknowledgment behind the last.
    private mutating func consent(to frame: Frame) {
        let number = frame.identifier.number
        guard number >> 8 & 0xFF == 0xF9 else { return }
        let payload = frame.payload
        if number >> 16 & 0xFF == 0xEC, payload[0] == 16 {
            (size, packets) = (payload[1], payload[3])
            group = Array(payload[5...])
            control([17, 2, 1, 0xFF, 0xFF])
        } else if number >> 16 & 0xFF == 0xEB {
            if payload[0] == packets {
                control([19, size, 0, packets, 0xFF])
            } else if payload[0] % 2 == 0 {
                control([17, 2, payload[0] + 1, 0xFF, 0xFF])
            }
        }
    }

    private var size: UInt8 = 0
    private var packets: UInt8 = 0
    private var group: [UInt8] = []

    private mutating func control(_ bytes: [UInt8]) { hand(Self.frame(0x1CEC_00F9, bytes + group)) }

    static func frame(_ identifier: UInt32, _ payload: [UInt8]) -> Frame {
        Frame(
            timestamp: Timestamp(nanoseconds: 0),
            identifier: PackedID(rawValue: 0x8000_0000 | identifier), payload: payload)
    }

    static func request(_ group: UInt32, to address: UInt8) -> Frame {
        frame(
            0x18EA_00F9 | UInt32(address) << 8,
            [0, 8, 16].map { UInt8(truncatingIfNeeded: group >> $0) })
    }

    private mutating func hand(_ frame: Frame) {
        var batch = FrameBatch(capacity: 1)
        batch.append(frame)
        // Both sides hear what is on the bus.
        _ = transport.take(batch.rows[0], at: time)
        simulation.take(batch.rows[0], longPayload: batch.longPayload(at: 0), at: time)
    }
}

/// Bytes as SAE J1939-73 5.7.1 lays them out: SPN 110 is 6E 00, FMI 3 and the SPN's high bits 03, count 5;
/// SPN 520192 (7F000) is 00 F0, FF with FMI 31, count not available 7F.
@Suite("a simulated ECU of J1939")
struct J1939NodeTests {
    private static let active: [UInt8] = [
        0x04, 0xFF, 0x6E, 0x00, 0x03, 0x05, 0x00, 0xF0, 0xFF, 0x7F,
    ]

    @Test(
        "tells its active codes each second, by the transport protocol where a frame is too short")
    func broadcasts() throws {
        var listener = try Listener()
        let heard = listener.hear(for: 3_200_000_000)
        let first = heard.filter { $0.source == 0 }
        #expect(first.map(\.payload) == [Self.active, Self.active, Self.active])
        // BAM, and two packets 50 ms apart.
        #expect(first.map(\.time) == [1_100_000_000, 2_100_000_000, 3_100_000_000])
        let none: [UInt8] = [0x00, 0xFF, 0, 0, 0, 0, 0xFF, 0xFF]
        #expect(heard.filter { $0.source == 3 }.map(\.payload) == [none, none, none])
        #expect(heard.allSatisfy { $0.group == 0xFECA })
        #expect(listener.simulation.counts.periodic == 6)
    }

    @Test("is asked for what was active, and for its readiness")
    func requests() throws {
        var listener = try Listener()
        let heard = listener.hear(
            for: 500_000_000,
            after: [Listener.request(0xFECB, to: 0), Listener.request(0xFECE, to: 0xFF)])
        #expect(
            heard == [
                .init(
                    source: 0, group: 0xFECB,
                    payload: [0x04, 0xFF, 0x64, 0x00, 0x01, 0x02, 0xFF, 0xFF], time: 10_000_000),
                .init(
                    source: 0, group: 0xFECE, payload: [2, 1, 5, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
                    time: 10_000_000),
                .init(
                    source: 3, group: 0xFECE, payload: [0, 0, 5, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
                    time: 10_000_000),
            ])
    }

    @Test("sends long answers with the consent of who asked, in the windows that it opens")
    func consent() throws {
        var listener = try Listener()
        let heard = listener.hear(for: 500_000_000, after: [Listener.request(0xFECA, to: 0)])
        #expect(heard.map(\.payload) == [Self.active])
        #expect(listener.simulation.counts.transportFailures == 0)
        var silent = try Listener()
        #expect(
            silent.hear(
                for: 900_000_000, after: [Listener.request(0xFECA, to: 0)], answersRequests: false
            )
            .isEmpty)
        _ = silent.hear(for: 1_000_000_000, answersRequests: false)
        #expect(silent.simulation.counts.transportFailures == 1)
    }

    @Test("clears by DM11 and DM3; a cause that lasts is active again a second later")
    func clears() throws {
        var listener = try Listener(faults: ["dtc:EMS:190/0@5s..10s"])
        var heard = listener.hear(for: 400_000_000, after: [Listener.request(0xFED3, to: 0)])
        // J1939-21 5.4.4: acknowledgment to all, who asked, for which group.
        #expect(
            heard == [
                .init(
                    source: 0, group: 0xE800,
                    payload: [0, 0xFF, 0xFF, 0xFF, 0xF9, 0xD3, 0xFE, 0x00], time: 10_000_000)
            ])
        heard = listener.hear(for: 800_000_000).filter { $0.source == 0 }
        // The second since DM11 has just passed.
        #expect(heard.map(\.payload) == [Self.active])
        #expect(listener.hear(for: 10_000_000, after: [Listener.request(0xFECC, to: 0xFF)]) == [])
        heard = listener.hear(for: 100_000_000, after: [Listener.request(0xFECB, to: 0)])
        #expect(heard.map(\.payload) == [[0x04, 0xFF, 0, 0, 0, 0, 0xFF, 0xFF]])
        heard = listener.hear(for: 4_000_000_000).filter { $0.source == 0 }
        #expect(heard.last?.payload.suffix(4) == [190, 0, 0, 1])
        heard = listener.hear(for: 6_000_000_000).filter { $0.source == 0 }
        #expect(heard.last?.payload == Self.active)
        heard = listener.hear(for: 100_000_000, after: [Listener.request(0xFECB, to: 0)])
        #expect(heard.map(\.payload) == [[0x04, 0xFF, 190, 0, 0, 1, 0xFF, 0xFF]])
    }

    @Test("refuses what it does not have, and says nothing of it to all")
    func refuses() throws {
        var listener = try Listener()
        let heard = listener.hear(
            for: 100_000_000,
            after: [Listener.request(0xFEEC, to: 3), Listener.request(0xFEEC, to: 0xFF)])
        #expect(
            heard == [
                .init(
                    source: 3, group: 0xE800,
                    payload: [1, 0xFF, 0xFF, 0xFF, 0xF9, 0xEC, 0xFE, 0x00], time: 10_000_000)
            ])
        #expect(listener.simulation.counts.unknownServices == 3)
        #expect(listener.simulation.counts.negative == 1)
    }

    @Test("says nothing while it is missing, and nothing is made up for")
    func missing() throws {
        var listener = try Listener(faults: ["missing:EMS@0s..3500ms"])
        #expect(listener.hear(for: 3_400_000_000).allSatisfy { $0.source == 3 })
        #expect(listener.hear(for: 1_000_000_000).filter { $0.source == 0 }.count == 1)
    }

    @Test("does not remember more requests than it has room for")
    func flood() throws {
        var listener = try Listener()
        let requests = (0..<1_000).map { _ in Listener.request(0xFECA, to: 0) }
        _ = listener.hear(for: 1_000_000, after: requests)
        #expect(listener.simulation.counts.ignored == 1_000 - 64)
    }

    @Test(
        "is told what is wrong in the file",
        arguments: [
            ("{trouble-codes: {110/3: active}}", "the address of the ECU is wanted"),
            ("{address: FE}", "FE and FF are nobody's address"),
            (
                "{address: \"00\", trouble-codes: {P0118: active}}",
                "this is no trouble code of J1939"
            ),
            (
                "{address: \"00\", trouble-codes: {110/32: active}}",
                "this is no trouble code of J1939"
            ),
            ("{address: \"00\", trouble-codes: {110/3: pending}}", "'pending' is no status"),
        ])
    func mistakes(text: String, expected: String) throws {
        #expect {
            _ = try simulationFile("buses: {PT: }\necus: {EMS: {j1939: \(text)}}")
        } throws: { error in
            "\(error)".contains(expected)
        }
    }
}
