import SignalDatabase
import TestBench
import Testing

@Suite("checksums of messages")
struct MessageChecksumTests {
    /// CRC by crccheck 1.3.1, profiles by autosar-e2e 1.0.0 with the counter as it stands. CC, 91,
    /// 2A 10, 77 11, 1B, 98, 1C CA are also the examples of AUTOSAR FO PRS E2EProtocol.
    @Test(
        "are those that other libraries compute",
        arguments: [
            (MessageChecksum(.crc8J1850), "05112233445566", 0, 0x2F),
            (MessageChecksum(.crc8H2F), "05112233445566", 0, 0x09),
            (MessageChecksum(.e2eProfile1, dataID: 0x123), "00000000000000", 0, 0xCC),
            (MessageChecksum(.e2eProfile1, dataID: 0x123), "01000000000000", 1, 0x91),
            (MessageChecksum(.e2eProfile11, dataID: 0x123), "01000000000000", 1, 0x91),
            (MessageChecksum(.e2eProfile1, dataID: 0xBEEF), "05112233445566", 5, 0xAF),
            (Self.profile1(.nibble), "10000000000000", 0, 0x2A),
            (Self.profile1(.nibble), "11000000000000", 1, 0x77),
            (Self.profile1(.low), "01000000000000", 1, 0x93),
            (Self.profile1(.alternating), "00000000000000", 0, 0xCE),
            (Self.profile1(.alternating), "01000000000000", 1, 0x02),
            (MessageChecksum(.e2eProfile2, dataIDs: Array(1...16)), "01000000000000", 1, 0x1B),
            (MessageChecksum(.e2eProfile2, dataIDs: Array(1...16)), "02000000000000", 2, 0x98),
            (MessageChecksum(.e2eProfile2, dataIDs: Array(0...15)), "05112233445566", 5, 0x56),
            (
                MessageChecksum(.e2eProfile2, dataIDs: Array(0x30...0x3F)), "0F112233445566", 15,
                0x1B
            ),
            (MessageChecksum(.e2eProfile5, dataID: 0x1234), "000000000000", 0, 0xCA1C),
            (MessageChecksum(.e2eProfile5, dataID: 0x1234), "010000000000", 1, 0x8DCF),
        ] as [(MessageChecksum, String, UInt64, UInt16)])
    func peers(checksum: MessageChecksum, digits: String, counter: UInt64, expected: UInt16) {
        let bytes = Self.bytes(digits)
        let hole = [UInt8](repeating: 0xA5, count: checksum.width)
        #expect(checksum.value(of: hole + bytes, without: 0, counter: counter) == expected)
        // The bytes that will hold it do not count, wherever they are.
        let moved = Array(bytes.prefix(3)) + hole + bytes.dropFirst(3)
        #expect(checksum.value(of: moved, without: 3, counter: counter) == expected)
        var word: UInt64 = 0
        for byte in moved.reversed() { word = word << 8 | UInt64(byte) }
        #expect(
            checksum.value(ofWord: word, length: moved.count, without: 3, counter: counter)
                == expected)
    }

    private static func profile1(_ mode: MessageChecksum.DataIDMode) -> MessageChecksum {
        var checksum = MessageChecksum(.e2eProfile1, dataID: 0x123)
        checksum.dataIDMode = mode
        return checksum
    }

    private static func bytes(_ digits: String) -> [UInt8] {
        stride(from: 0, to: digits.count, by: 2).map { place in
            UInt8(digits.dropFirst(place).prefix(2), radix: 16) ?? 0
        }
    }

    @Test("of sum and exclusive or are over all other bytes")
    func simple() {
        #expect(MessageChecksum(.xor).value(of: [9, 1, 2, 4], without: 0, counter: 0) == 7)
        #expect(MessageChecksum(.sum).value(of: [200, 100, 9], without: 2, counter: 0) == 44)
    }

    @Test("of no bytes, or with a place that is not there, are those of what there is")
    func hostile() {
        for algorithm in MessageChecksum.Algorithm.allCases {
            let checksum = MessageChecksum(algorithm)
            let none = checksum.value(of: [], without: 0, counter: .max)
            #expect(checksum.value(of: [], without: 99, counter: .max) == none)
            #expect(checksum.value(of: [], without: -1, counter: .max) == none)
            #expect(checksum.value(ofWord: 7, length: 64, without: 7, counter: 0) < .max)
        }
    }

    /// Frames that the autosar-e2e package protects, with bytes that follow from their number.
    @Test(
        "of 2,000 frames are those of autosar-e2e",
        .enabled(if: PeerPython.shouldRun("e2e"), "the Python package autosar-e2e is not installed")
    )
    func protectedFrames() throws {
        let result = try Program.run(PeerPython.path, "-c", Self.script)
        #expect(result.status == 0)
        var count = 0
        for line in result.output.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            let (profile, id, bytes) = (words[0], UInt16(words[1]) ?? 0, Self.bytes(words[2]))
            var checksum: MessageChecksum
            var counter = UInt64(bytes[1] & 15)
            switch profile {
            case "2": checksum = MessageChecksum(.e2eProfile2, dataIDs: Array(0x10...0x1F))
            case "5":
                checksum = MessageChecksum(.e2eProfile5, dataID: id)
                counter = UInt64(bytes[2])
            case "11": checksum = MessageChecksum(.e2eProfile11, dataID: id)
            default:
                checksum = MessageChecksum(.e2eProfile1, dataID: id)
                if let mode = MessageChecksum.DataIDMode(rawValue: profile) {
                    checksum.dataIDMode = mode
                }
            }
            let stored =
                UInt16(bytes[0]) | (checksum.width == 2 ? UInt16(bytes[1]) << 8 : 0)
            #expect(checksum.value(of: bytes, without: 0, counter: counter) == stored)
            count += 1
        }
        #expect(count == 2_100)
    }

    private static let script = """
        from e2e import p01, p02, p05, p11
        modes = dict(both=p01.E2E_P01_DATAID_BOTH, low=p01.E2E_P01_DATAID_LOW,
                     alternating=p01.E2E_P01_DATAID_ALT, nibble=p01.E2E_P01_DATAID_NIBBLE)
        for number in range(300):
            length = 4 + number % 60
            data = bytearray((number * 7 + place * 13) & 255 for place in range(length))
            id = number * 211 & 0xFFF
            for name, mode in modes.items():
                one = bytearray(data)
                p01.e2e_p01_protect(one, id, data_id_mode=mode)
                print(name, id, one.hex())
            one = bytearray(data)
            p02.e2e_p02_protect(one, bytes(range(16, 32)))
            print(2, 0, one.hex())
            one = bytearray(data)
            p05.e2e_p05_protect(one, id)
            print(5, id, one.hex())
            one = bytearray(data)
            p11.e2e_p11_protect(one, id)
            print(11, id, one.hex())
        """
}
