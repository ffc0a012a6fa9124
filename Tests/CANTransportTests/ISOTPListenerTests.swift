import CANFrame
import CANTransport
import Testing

/// Bytes from ISO 15765-2's coding (N_PCI: 0 single, 1 first, 2 consecutive, 3 flow control), made by
/// hand; the kernel's `net/can/isotp.c` and scapy code them the same.
@Suite("ISO-TP listener")
struct ISOTPListenerTests {
    /// The VIN of 17 bytes behind 62 F1 90: 20 bytes in one first and two consecutive frames.
    static let answer = [
        "7E8#101462F190585A46", "7E0#3000000000000000", "7E8#2133504131325631",
        "7E8#2232333435363738",
    ]

    @Test("a single frame is a message, whatever pads it")
    func single() {
        var bus = ISOTPBus.pair()
        bus.take("7E0#0322F190CCCCCCCC")
        bus.take("7E0#0322F190")
        #expect(bus.payloads == [[0x22, 0xF1, 0x90], [0x22, 0xF1, 0x90]])
        #expect(bus.messages.map(\.link) == [0, 0])
        #expect(bus.messages.map(\.frames) == [1, 1])
        #expect(bus.kinds == [])
    }

    @Test("a message of many frames comes whole, with its evidence and timing")
    func many() {
        var bus = ISOTPBus.pair()
        bus.take("7E0#0322F190")
        for (index, frame) in Self.answer.enumerated() {
            bus.take(frame, after: [5000, 300, 700, 900][index])
        }
        #expect(bus.payloads[1] == [0x62, 0xF1, 0x90] + Array("XZF3PA12V12345678".utf8))
        let message = bus.messages[1]
        #expect(message.link == 1)
        #expect(message.firstFrame == 1)
        #expect(message.lastFrame == 4)
        #expect(message.firstTime == 6_000_000)
        #expect(message.lastTime == 7_900_000)
        #expect(message.length == 20)
        #expect(message.frames == 3)
        #expect(message.blockSize == 0)
        #expect(message.separationTime?.rawValue == 0)
        #expect(message.largestFlowControlDelay == 300_000)
        #expect(message.largestConsecutiveDelay == 900_000)
        #expect(message.smallestGap == 900_000)
        #expect(message.largestGap == 900_000)
        #expect(bus.kinds == [])
    }

    @Test("sequence numbers go from 15 to 0")
    func wrap() {
        var bus = ISOTPBus.pair()
        let payload = (0..<200).map { UInt8($0) }
        for frame in segments(payload, "7E8", flowControl: "7E0#300000") { bus.take(frame) }
        #expect(bus.payloads == [payload])
        #expect(bus.kinds == [])
    }

    @Test("a wrong sequence number ends the message, once, and the next comes whole")
    func sequence() {
        var bus = ISOTPBus.pair()
        bus.take(Self.answer[0])
        bus.take(Self.answer[1])
        bus.take(Self.answer[3])
        bus.take("7E8#2332333435363738")
        bus.take("7E8#2432333435363738")
        #expect(bus.payloads == [])
        #expect(bus.kinds == [.wrongSequence, .unexpectedConsecutive])
        #expect(bus.failures[0].firstFrame == 0)
        #expect(bus.failures[0].frame == 2)
        #expect(bus.failures[0].announced == 20)
        #expect(bus.failures[0].received == 6)
        #expect(bus.listener.failureCounts[.unexpectedConsecutive] == 2)
        for frame in Self.answer { bus.take(frame) }
        #expect(bus.payloads.count == 1)
    }

    @Test("who is silent for more than N_Cr or N_Bs is told, at the time of any frame")
    func timeouts() {
        var bus = ISOTPBus.pair()
        bus.take(Self.answer[0])
        bus.take("123#00", after: 1_000_000)
        #expect(bus.kinds == [])
        bus.take("123#00", after: 1)
        #expect(bus.kinds == [.timeoutBs])
        bus.take(Self.answer[0])
        bus.take(Self.answer[1])
        bus.take(Self.answer[2])
        bus.take(Self.answer[3], after: 1_000_001)
        #expect(bus.kinds == [.timeoutBs, .timeoutCr, .unexpectedConsecutive])
        #expect(bus.payloads == [])
    }

    @Test("a receiver may ask to wait, each time for N_Bs")
    func waits() {
        var bus = ISOTPBus.pair()
        bus.take(Self.answer[0])
        for _ in 0..<3 { bus.take("7E0#310000", after: 900_000) }
        for frame in Self.answer.dropFirst() { bus.take(frame) }
        #expect(bus.payloads.count == 1)
        #expect(bus.messages[0].waits == 3)
        #expect(bus.kinds == [])
    }

    @Test("a receiver may refuse; a status that the standard does not have ends the message too")
    func refusals() {
        var bus = ISOTPBus.pair()
        bus.take(Self.answer[0])
        bus.take("7E0#320000")
        bus.take(Self.answer[0])
        bus.take("7E0#3F0000")
        #expect(bus.kinds == [.overflow, .invalidFlowStatus])
    }

    @Test("STmin and block size are judged, and the message still comes whole")
    func rules() {
        var bus = ISOTPBus.pair()
        let payload = [UInt8](repeating: 0x55, count: 34)
        let frames = segments(payload, "7E8", flowControl: "7E0#300205")
        bus.take(frames[0])
        bus.take("7E0#300205")
        bus.take(frames[2])
        bus.take(frames[3], after: 4_990)
        bus.take(frames[4], after: 5_000)
        bus.take(frames[5], after: 5_000)
        #expect(bus.payloads == [payload])
        #expect(bus.kinds == [.separationTimeShort, .blockSizeExceeded])
        #expect(bus.messages[0].smallestGap == 4_990_000)
        #expect(bus.messages[0].blockSize == 2)
        #expect(bus.messages[0].separationTime?.nanoseconds == 5_000_000)
    }

    @Test("without a flow control that was seen the message comes whole, and that is told")
    func unseenFlowControl() {
        var bus = ISOTPBus.pair()
        for frame in Self.answer where frame.hasPrefix("7E8") { bus.take(frame) }
        #expect(bus.payloads.count == 1)
        #expect(bus.kinds == [.missingFlowControl])
    }

    @Test("another message before the end ends the first")
    func replaced() {
        var bus = ISOTPBus.pair()
        bus.take(Self.answer[0])
        bus.take("7E8#03414243")
        bus.take(Self.answer[0])
        bus.take(Self.answer[0])
        for frame in Self.answer.dropFirst() { bus.take(frame) }
        #expect(bus.payloads.count == 2)
        #expect(bus.kinds == [.replaced, .replaced])
    }

    @Test("what is under way at the end is told as cut off")
    func cutOff() {
        var bus = ISOTPBus.pair()
        bus.take(Self.answer[0])
        bus.finish()
        #expect(bus.kinds == [.cutOff])
        #expect(bus.failures[0].received == 6)
    }

    /// 9.6.2 and 9.6.3, tables 13 to 15: lengths that no frame has.
    @Test(
        "frames that the standard tells to ignore are told as malformed, and change nothing",
        arguments: [
            "7E8#00", "7E8#0011223344556677", "7E8#0811223344556677", "7E8#03", "7E8#041122",
            "7E8#1007112233445566", "7E8#1014112233", "7E8#1000000000FF1122",
            "7E8#10", "7E8#21", "7E8#4011", "7E8#FF", "7E8##0000000000000000000000000",
            "7E8##0000B00000000000000000000", "7E8##0070011223344556677889900",
        ])
    func malformed(frame: String) {
        var bus = ISOTPBus.pair()
        bus.take(Self.answer[0])
        bus.take(Self.answer[1])
        bus.take(frame)
        bus.take(Self.answer[2])
        bus.take(Self.answer[3])
        #expect(bus.payloads.count == 1)
        #expect(bus.kinds == [.malformed])
    }

    @Test("flow control for nobody is told")
    func strayFlowControl() {
        var bus = ISOTPBus.pair()
        bus.take("7E0#300000")
        #expect(bus.kinds == [.unexpectedFlowControl])
        #expect(bus.failures[0].link == 1)
    }

    @Test("remote and error frames, other channels and other identifiers are none of it")
    func others() {
        var bus = ISOTPBus.pair()
        bus.take("7E8#0311", channel: 1)
        bus.take("7E9#03112233")
        bus.take("000007E8#03112233")
        var remote = canFrame("7E8#03112233")
        remote.identifier = PackedID(rawValue: 0x4000_07E8)
        bus.take(remote)
        remote.identifier = PackedID(rawValue: 0x2000_07E8)
        bus.take(remote)
        #expect(bus.payloads == [])
        #expect(bus.kinds == [])
    }

    // MARK: CAN FD

    @Test("a single frame of CAN FD has its length in the second byte")
    func singleFD() {
        var bus = ISOTPBus.pair()
        bus.take("7E8##1000A62F19001020304050607")
        #expect(bus.payloads == [[0x62, 0xF1, 0x90, 1, 2, 3, 4, 5, 6, 7]])
        #expect(bus.messages[0].isFD)
    }

    @Test(
        "messages in CAN FD frames of all lengths come whole",
        arguments: [8, 12, 16, 20, 24, 32, 48, 64])
    func lengthsFD(size: Int) {
        var bus = ISOTPBus.pair()
        let payload = (0..<500).map { UInt8(truncatingIfNeeded: $0 * 3) }
        for frame in segments(payload, "7E8", flowControl: "7E0#300000", size: size, isFD: true) {
            bus.take(frame)
        }
        #expect(bus.payloads == [payload])
        #expect(bus.kinds == [])
    }

    @Test("a length above 4,095 has 32 bits")
    func long() {
        var bus = ISOTPBus.pair()
        let payload = (0..<5_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        for frame in segments(payload, "7E8", flowControl: "7E0#300000") { bus.take(frame) }
        #expect(bus.payloads == [payload])
        #expect(bus.messages[0].length == 5_000)
    }

    // MARK: Addressing

    @Test("extended and mixed addressing are told apart by the byte in front")
    func addressBytes() {
        var bus = ISOTPBus()
        for target: UInt8 in [0x12, 0x40] {
            bus.listener.addLink(
                data: .extended(arbitration(0x6F1), target: target),
                flowControl: .extended(arbitration(0x600 + UInt32(target)), target: 0xF1),
                channel: 0)
        }
        bus.take("6F1#401008112233445566".prefix(20).description)
        bus.take("6F1#12031A2B3C")
        bus.take("640#F1300000")
        bus.take("6F1#402166778899")
        bus.take("6F1#13031A2B3C")
        #expect(bus.messages.map(\.link) == [0, 1])
        #expect(bus.payloads[0] == [0x1A, 0x2B, 0x3C])
        #expect(bus.payloads[1] == [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88])
        #expect(bus.kinds == [])
    }

    @Test("addresses of 29 bits are made and read as the standard lays them out")
    func fixed() {
        let request = ISOTPAddress.normalFixed(target: 0x10, source: 0xF1)
        #expect(request.identifier.description == "18DA10F1")
        #expect(request.answer?.identifier.description == "18DAF110")
        #expect(request.target == 0x10 && request.source == 0xF1 && !request.isFunctional)
        let all = ISOTPAddress.normalFixed(target: 0x33, source: 0xF1, isFunctional: true)
        #expect(all.identifier.description == "18DB33F1")
        #expect(all.isFunctional)
        let mixed = ISOTPAddress.mixed(target: 0x10, source: 0xF1, extension: 0x55)
        #expect(mixed.description == "18CE10F1/55")
        #expect(mixed.answer?.description == "18CEF110/55")
        #expect(
            ISOTPAddress.mixed(target: 0x33, source: 0xF1, extension: 1, isFunctional: true)
                .identifier.description == "18CD33F1")
        #expect(ISOTPAddress(normalFixed: PackedID(rawValue: 0x98DB_33F1))?.isFunctional == true)
        #expect(ISOTPAddress(normalFixed: PackedID(rawValue: 0x98FE_CA00)) == nil)
    }

    // MARK: Hostile input

    @Test("a first frame of 4 GB costs no memory and is told as too long")
    func endless() {
        var bus = ISOTPBus.pair()
        bus.take("7E8#1000FFFFFFFF1122")
        bus.take("7E8#2111223344556677")
        #expect(bus.kinds == [.tooLong, .unexpectedConsecutive])
        #expect(bus.failures[0].announced == 0xFFFF_FFFF)
    }

    @Test("more under way than is held is told, and others go on")
    func tooMuch() {
        var options = ISOTPListener.Options()
        options.maximumBytes = 1_024
        var bus = ISOTPBus(options)
        for number: UInt32 in 0..<6 {
            bus.listener.addLink(data: .normal(0x700 + number), flowControl: nil, channel: 0)
            bus.take("70\(number)#1010112233445566")
        }
        #expect(bus.kinds == [.tooMuch, .tooMuch])
        #expect(bus.failures.map(\.link) == [4, 5])
        bus.take("700#2111223344556677")
        bus.take("700#2211223344556677")
        #expect(bus.payloads.count == 1)
        bus.take("704#1010112233445566")
        #expect(bus.kinds.count == 2)
    }

    /// Table 20 of 9.6.5.4.
    @Test("STmin of all 256 bytes", arguments: UInt8.min...UInt8.max)
    func separation(byte: UInt8) {
        let time = ISOTPSeparationTime(rawValue: byte)
        switch byte {
        case 0...0x7F: #expect(time.nanoseconds == Int64(byte) * 1_000_000 && !time.isReserved)
        case 0xF1...0xF9:
            #expect(time.nanoseconds == Int64(byte & 15) * 100_000 && !time.isReserved)
        default: #expect(time.nanoseconds == 127_000_000 && time.isReserved)
        }
        if !time.isReserved { #expect(ISOTPSeparationTime(atLeast: time.nanoseconds) == time) }
    }
}

/// The frames of a message, coded by hand, with a flow control behind the first.
func segments(
    _ payload: [UInt8], _ identifier: String, flowControl: String, size: Int = 8, isFD: Bool = false
) -> [String] {
    func text(_ bytes: [UInt8]) -> String {
        identifier + (isFD ? "##0" : "#") + bytes.map { hex($0) }.joined()
    }
    let length = payload.count
    var first: [UInt8] =
        length <= 4095
        ? [0x10 | UInt8(length >> 8), UInt8(length & 255)]
        : [0x10, 0] + (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) }
    var next = size - first.count
    first += payload[..<next]
    var frames = [text(first), flowControl]
    var sequence: UInt8 = 1
    while next < length {
        let part = payload[next..<min(length, next + size - 1)]
        let pad = [UInt8](repeating: 0xCC, count: size - 1 - part.count)
        frames.append(text([0x20 | sequence] + part + pad))
        sequence = (sequence + 1) & 15
        next += size - 1
    }
    return frames
}

func hex(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return digits.count < 2 ? "0" + digits : digits
}
