import CANFrame
import CANTransport
import Testing

/// Frames of J1939's transport protocol, made by hand from J1939-21 5.10.
private struct Bus: ~Copyable {
    var transport: J1939Transport
    /// Milliseconds since the first frame.
    var now = 0
    private(set) var payloads: [[UInt8]] = []
    private(set) var messages: [J1939Transport.Message] = []
    private(set) var failures: [J1939Failure] = []

    init(maximumSessions: Int = 1_024) {
        transport = J1939Transport(maximumSessions: maximumSessions)
    }

    /// A frame as candump writes it: `1CECFF00#20...`.
    mutating func take(_ text: String, after milliseconds: Int = 10, channel: UInt8 = 0) {
        now += milliseconds
        let parts = text.split(separator: "#", omittingEmptySubsequences: false)
        let digits = Array(parts[1])
        let payload = stride(from: 0, to: digits.count, by: 2).map {
            UInt8(String(digits[$0...$0 + 1]), radix: 16) ?? 0
        }
        var batch = FrameBatch(capacity: 1)
        batch.append(
            Frame(
                timestamp: Timestamp(nanoseconds: Int64(now) * 1_000_000),
                identifier: PackedID(rawValue: 0x8000_0000 | (UInt32(parts[0], radix: 16) ?? 0)),
                channel: channel, payload: payload))
        let row = batch.rows[0]
        if transport.take(row, at: row.timestamp.nanoseconds), let message = transport.message {
            messages.append(message)
            payloads.append(Self.copy(transport.payload))
        }
        failures += transport.failures
    }

    private static func copy(_ bytes: Span<UInt8>) -> [UInt8] {
        bytes.indices.map { bytes[$0] }
    }

    mutating func finish() {
        transport.finish(at: Timestamp(nanoseconds: Int64(now) * 1_000_000))
        failures += transport.failures
    }

    var kinds: [J1939Failure.Kind] { failures.map(\.kind) }
}

@Suite("J1939 transport protocol")
struct J1939TransportTests {
    /// J1939-21 5.10.3.5: BAM of FECA (DM1) from source 00, 10 bytes in 2 packets.
    static let announcement = "1CECFF00#200A0002FFCAFE00"
    static let packets = ["1CEBFF00#0100010203040506", "1CEBFF00#02070809FFFFFFFF"]

    @Test("a broadcast comes whole, with its group, addresses and stamps")
    func broadcast() {
        var bus = Bus()
        bus.take(Self.announcement)
        for packet in Self.packets { bus.take(packet, after: 50) }
        #expect(bus.payloads == [Array(0..<10)])
        #expect(bus.messages[0].group == 0xFECA)
        #expect(bus.messages[0].source == 0)
        #expect(bus.messages[0].destination == 0xFF)
        #expect(bus.messages[0].priority == 7)
        #expect(bus.messages[0].announced.nanoseconds == 10_000_000)
        #expect(bus.messages[0].first.nanoseconds == 60_000_000)
        #expect(bus.messages[0].last.nanoseconds == 110_000_000)
        #expect(bus.messages[0].identifier.rawValue == 0x9CFE_CA00)
        #expect(bus.failures == [])
    }

    @Test("its frames are known by their group, whatever the priority", arguments: [0, 3, 6, 7])
    func priorities(priority: UInt32) {
        var bus = Bus()
        let first = String(priority << 2, radix: 16)
        for frame in [Self.announcement] + Self.packets { bus.take(first + frame.dropFirst(2)) }
        #expect(bus.payloads == [Array(0..<10)])
    }

    @Test(
        "other frames are none of it",
        arguments: [0x18FE_CA00, 0x0CF0_0400, 0x1DEC_FF00, 0x1EEB_0000])
    func others(number: UInt32) {
        #expect(!J1939Transport.carries(PackedID(rawValue: 0x8000_0000 | number)))
    }

    @Test("standard, remote and error frames are none of it")
    func otherKinds() {
        #expect(!J1939Transport.carries(PackedID(rawValue: 0x00EC_FF00)))
        #expect(!J1939Transport.carries(PackedID(rawValue: 0xC0EC_FF00)))
        #expect(!J1939Transport.carries(PackedID(rawValue: 0xA0EC_FF00)))
    }

    /// 5.10.1.1: 9 bytes in 2 packets to 1,785 in 255.
    @Test("all sizes of the standard come whole", arguments: [9, 14, 15, 100, 1784, 1785])
    func sizes(size: Int) {
        var bus = Bus()
        let packets = (size + 6) / 7
        bus.take("1CECFF03#20\(hex(size & 255))\(hex(size >> 8))\(hex(packets))FFCAFE00")
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 * 7 + 1) }
        for packet in 0..<packets {
            let part = bytes[packet * 7..<min(size, packet * 7 + 7)]
            let text = part.map { hex(Int($0)) }.joined()
            bus.take(
                "1CEBFF03#\(hex(packet + 1))" + text
                    + String(repeating: "FF", count: 7 - part.count))
        }
        #expect(bus.payloads == [bytes])
        #expect(bus.kinds == [])
    }

    /// 5.10.1.1 and 5.10.3: fewer than 9 bytes fit a frame; packets are the size by 7, rounded up; a
    /// BAM goes to everyone, an RTS to one.
    @Test(
        "what cannot be announced is refused",
        arguments: [
            "1CECFF00#20080002FFCAFE00", "1CECFF00#20FA0600FFCAFE00", "1CECFF00#200A0003FFCAFE00",
            "1CECFF00#20FFFFFFFFCAFE00", "1CECFF00#100A0002FFCAFE00", "1CEC0300#200A0002FFCAFE00",
            "1CECFF00#20000000FFCAFE00",
        ])
    func announcements(text: String) {
        var bus = Bus()
        bus.take(text)
        #expect(bus.kinds == [.invalidAnnouncement])
        #expect(bus.failures[0].group == 0xFECA)
    }

    /// 5.10.3.1 to 5.10.3.3: RTS, CTS for two packets, data, CTS for the rest, data, EndOfMsgACK.
    @Test("a message from one to another comes whole, once, with packets that are sent again")
    func addressed() {
        var bus = Bus()
        bus.take("18EC2A17#1011000303EBFE00")
        bus.take("18EC172A#110201FFFFEBFE00")
        bus.take("18EB2A17#0161626364656667")
        bus.take("18EB2A17#0268696A6B6C6D6E")
        // The receiver lost the second.
        bus.take("18EC172A#110202FFFFEBFE00")
        bus.take("18EB2A17#0268696A6B6C6D6E")
        bus.take("18EB2A17#036F7071FFFFFFFF")
        #expect(bus.payloads.count == 1)
        bus.take("18EC172A#110103FFFFEBFE00")
        bus.take("18EB2A17#036F7071FFFFFFFF")
        bus.take("18EC172A#13110003FFEBFE00")
        #expect(bus.payloads == [Array("abcdefghijklmnopq".utf8)])
        #expect(bus.messages[0].destination == 0x2A)
        #expect(bus.messages[0].identifier.rawValue == 0x98FE_EB17)
        #expect(bus.kinds == [])
        #expect(bus.transport.repeatedPackets == 2)
    }

    @Test("the identifier of an addressed group has its destination")
    func addressedGroup() {
        var bus = Bus()
        // EF00 (proprietary A) is PDU 1: of the group the low byte is 0.
        bus.take("18EC2A17#10090002FF00EF00")
        bus.take("18EB2A17#0101020304050607")
        bus.take("18EB2A17#020809FFFFFFFFFF")
        #expect(bus.messages.first?.identifier.rawValue == 0x98EF_2A17)
    }

    @Test("sources, destinations and channels are kept apart, also where their frames mingle")
    func mingled() {
        var bus = Bus()
        bus.take(Self.announcement)
        bus.take("1CECFF01#20090002FFCAFE00")
        bus.take("18EC0300#10090002FFCAFE00")
        bus.take(Self.announcement, channel: 1)
        bus.take(Self.packets[0])
        bus.take("1CEBFF01#01AAAAAAAAAAAAAA")
        bus.take("18EB0300#01BBBBBBBBBBBBBB")
        bus.take("1CEBFF00#01CCCCCCCCCCCCCC", channel: 1)
        bus.take("1CEBFF00#02CCCCCCFFFFFFFF", channel: 1)
        bus.take("18EB0300#02BBBBFFFFFFFFFF")
        bus.take("1CEBFF01#02AAAAFFFFFFFFFF")
        bus.take(Self.packets[1])
        #expect(
            bus.payloads == [
                Array(repeating: 0xCC, count: 10), Array(repeating: 0xBB, count: 9),
                Array(repeating: 0xAA, count: 9), Array(0..<10),
            ])
        #expect(bus.messages.map(\.channel) == [1, 0, 0, 0])
        #expect(bus.failures == [])
    }

    @Test("a lost packet costs its message and says how many were missing")
    func lostPacket() {
        var bus = Bus()
        bus.take("1CECFF00#20150003FFCAFE00")
        bus.take("1CEBFF00#0100010203040506")
        bus.take("1CEBFF00#030E0F1011121314")
        bus.take(Self.announcement, after: 2_000)
        for packet in Self.packets { bus.take(packet) }
        #expect(bus.payloads == [Array(0..<10)])
        #expect(bus.kinds == [.packetsLost])
        #expect(bus.failures[0].missingPackets == 1)
        #expect(bus.transport.failureCounts[.packetsLost] == 1)
    }

    /// 5.10.2.4: T1 is 750 ms between packets, T3 1,250 ms for the receiver's answer, T4 1,050 ms for
    /// the next CTS.
    @Test(
        "silence beyond the standard's limits ends a message",
        arguments: [
            (["1CECFF00#20150003FFCAFE00"], 750),
            (["1CECFF00#20150003FFCAFE00", "1CEBFF00#0100010203040506"], 750),
            (["18EC2A17#1011000303EBFE00"], 1_250),
            (["18EC2A17#1011000303EBFE00", "18EC172A#110301FFFFEBFE00"], 1_250),
            (
                [
                    "18EC2A17#1011000303EBFE00", "18EC172A#110301FFFFEBFE00",
                    "18EB2A17#0161626364656667",
                ], 750
            ),
            (
                [
                    "18EC2A17#1011000303EBFE00", "18EC172A#110101FFFFEBFE00",
                    "18EB2A17#0161626364656667",
                ], 1_250
            ),
            (["18EC2A17#1011000303EBFE00", "18EC172A#110001FFFFEBFE00"], 1_050),
        ])
    func silence(frames: [String], limit: Int) {
        for (silence, expected) in [(limit, [J1939Failure.Kind]()), (limit + 1, [.timedOut])] {
            var bus = Bus()
            for frame in frames { bus.take(frame) }
            // A frame of another source shows the time.
            bus.take("1CECFF77#20090002FFCAFE00", after: silence)
            #expect(bus.kinds == expected)
        }
    }

    @Test("a new announcement of the same source replaces the old one")
    func replaced() {
        var bus = Bus()
        bus.take("1CECFF00#20150003FFECFE00")
        bus.take("1CEBFF00#01FFFFFFFFFFFFFF")
        bus.take(Self.announcement)
        for packet in Self.packets { bus.take(packet) }
        #expect(bus.payloads == [Array(0..<10)])
        #expect(bus.kinds == [.replaced])
        #expect(bus.failures[0].group == 0xFEEC)
        #expect(bus.failures[0].missingPackets == 2)
    }

    /// 5.10.3.4: either may abort.
    @Test("an abort by either side ends the message", arguments: ["18EC172A", "18EC2A17"])
    func aborted(identifier: String) {
        var bus = Bus()
        bus.take("18EC2A17#1011000303EBFE00")
        bus.take("\(identifier)#FF01FFFFFFEBFE00")
        bus.take("18EB2A17#0161626364656667")
        #expect(bus.kinds == [.aborted, .unannouncedPacket])
    }

    @Test("an acknowledgement of what was not seen whole is a loss")
    func acknowledged() {
        var bus = Bus()
        bus.take("18EC2A17#1011000303EBFE00")
        bus.take("18EB2A17#0161626364656667")
        bus.take("18EC172A#13110003FFEBFE00")
        #expect(bus.kinds == [.packetsLost])
        #expect(bus.failures[0].missingPackets == 2)
    }

    @Test(
        "frames that fit nowhere are told",
        arguments: [
            ("1CEBFF00#0100010203040506", J1939Failure.Kind.unannouncedPacket),
            ("1CECFF00#200A00", .malformed), ("1CECFF00#2A0A0002FFCAFE00", .malformed),
            ("1CEBFF00#", .malformed),
        ])
    func strays(text: String, kind: J1939Failure.Kind) {
        var bus = Bus()
        bus.take(text)
        #expect(bus.kinds == [kind])
    }

    @Test("packets with numbers that the message does not have, and short ones, are told")
    func faultyPackets() {
        var bus = Bus()
        bus.take(Self.announcement)
        bus.take("1CEBFF00#0000010203040506")
        bus.take("1CEBFF00#0300010203040506")
        bus.take("1CEBFF00#010001")
        bus.take(Self.packets[0])
        // The last packet needs its three bytes only.
        bus.take("1CEBFF00#02070809")
        #expect(bus.kinds == [.unexpectedPacket, .unexpectedPacket, .malformed])
        #expect(bus.payloads == [Array(0..<10)])
    }

    @Test("packets in another order and twice are taken")
    func order() {
        var bus = Bus()
        bus.take(Self.announcement)
        bus.take(Self.packets[1])
        bus.take(Self.packets[1])
        bus.take(Self.packets[0])
        #expect(bus.payloads == [Array(0..<10)])
        #expect(bus.transport.repeatedPackets == 1)
        #expect(bus.failures == [])
    }

    @Test("no more messages are held than was said, and the others come through")
    func bounded() {
        var bus = Bus(maximumSessions: 2)
        for source in 0..<4 { bus.take("1CECFF\(hex(source))#200A0002FFCAFE00", after: 0) }
        #expect(bus.kinds == [.tooMany, .tooMany])
        for packet in Self.packets { bus.take(packet) }
        #expect(bus.payloads == [Array(0..<10)])
        bus.take("1CECFF03#200A0002FFCAFE00")
        #expect(bus.kinds.count == 2)
    }

    @Test("what is under way at the end was cut off")
    func cutOff() {
        var bus = Bus()
        bus.take(Self.announcement)
        bus.take(Self.packets[0])
        bus.finish()
        #expect(bus.kinds == [.cutOff])
        #expect(bus.transport.failureCounts.total == 1)
    }

    private func hex(_ value: Int) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return digits.count < 2 ? "0" + digits : digits
    }
}
