import Testing
import VehicleSimulation

@Suite("checksums of messages")
struct MessageChecksumTests {
    /// CRC by crccheck 1.3.1, profiles by autosar-e2e 1.0.0 with the counter as it stands.
    @Test(
        "are those that other libraries compute",
        arguments: [
            (MessageChecksum(.crc8J1850), "05112233445566", 0, 0x2F),
            (MessageChecksum(.crc8H2F), "05112233445566", 0, 0x09),
            (MessageChecksum(.e2eProfile1, dataID: 0x123), "00000000000000", 0, 0xCC),
            (MessageChecksum(.e2eProfile1, dataID: 0xBEEF), "05112233445566", 5, 0xAF),
            (MessageChecksum(.e2eProfile2, dataIDs: Array(0...15)), "05112233445566", 5, 0x56),
            (
                MessageChecksum(.e2eProfile2, dataIDs: Array(0x30...0x3F)), "0F112233445566", 15,
                0x1B
            ),
        ] as [(MessageChecksum, String, UInt64, UInt8)])
    func peers(checksum: MessageChecksum, digits: String, counter: UInt64, expected: UInt8) {
        let bytes = stride(from: 0, to: digits.count, by: 2).map { place in
            UInt8(digits.dropFirst(place).prefix(2), radix: 16) ?? 0
        }
        #expect(checksum.value(of: [0] + bytes, without: 0, counter: counter) == expected)
        // The byte that will hold it does not count, wherever it is.
        let moved = Array(bytes.prefix(3)) + [0xA5] + bytes.dropFirst(3)
        #expect(checksum.value(of: moved, without: 3, counter: counter) == expected)
    }

    @Test("of sum and exclusive or are over all other bytes")
    func simple() {
        #expect(MessageChecksum(.xor).value(of: [9, 1, 2, 4], without: 0, counter: 0) == 7)
        #expect(MessageChecksum(.sum).value(of: [200, 100, 9], without: 2, counter: 0) == 44)
    }
}
