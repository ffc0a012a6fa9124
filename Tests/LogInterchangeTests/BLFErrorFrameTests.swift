import CANFrame
import LogInterchange
import Testing

@Suite("error frames of BLF")
struct BLFErrorFrameTests {
    typealias Sample = BLFSample

    /// CAN_ERROR_EXT.
    static func error(
        length: UInt16 = 0, flags: UInt32 = 0, ecc: UInt8 = 0, position: UInt8 = 0, dlc: UInt8 = 0,
        duration: UInt32 = 0, identifier: UInt32 = 0, flagsExt: UInt16 = 0,
        payload: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0]
    ) -> [UInt8] {
        var fields: [UInt8] = [2, 0] + Sample.little(length) + Sample.little(flags)
        fields += [ecc, position, dlc, 0] + Sample.little(duration) + Sample.little(identifier)
        return Sample.object(73, fields + Sample.little(flagsExt) + [0, 0] + payload)
    }

    static func read(_ objects: [UInt8]) throws -> Frame? {
        let read = try ReadLog(blf: Sample.header() + Sample.packed(objects))
        #expect(read.gaps == ReadingGaps())
        #expect(read.interfaces == ["can1"])
        return read.frames.first
    }

    @Test("a bare error frame is a protocol error with 8 zero bytes")
    func bare() throws {
        let zeros: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0]
        let objects = [
            Sample.object(2, [2, 0, 6, 0]), Sample.object(2, [2, 0, 0, 0, 0, 0, 0, 0]),
            // As python-can writes an error frame without an identifier.
            Self.error(),
            Sample.object(104, [2] + [UInt8](repeating: 0, count: 47)),
        ]
        for object in objects {
            let frame = try #require(try Self.read(object))
            #expect(frame.identifier.rawValue == 0x2000_0008)
            #expect(frame.payload == zeros)
            #expect(frame.dlc == 8)
            #expect(frame.flags.origin == .received)
        }
    }

    /// Codes of a CAN core with what Wireshark's blf.c makes of them, in the numbers of
    /// linux/can/error.h: flagsExt, class, data[2], data[3]. The classes are those of Linux's
    /// drivers (flexcan.c), which set CAN_ERR_BUSERROR and CAN_ERR_PROT always, Wireshark one of them.
    static let codes: [(UInt16, UInt32, UInt8, UInt8)] = [
        (2 << 12, 0x88, 0x01, 0),  // bit
        (2 << 12 | 1 << 6, 0x88, 0x02, 0),  // form
        (2 << 12 | 2 << 6, 0x88, 0x04, 0),  // stuff
        (2 << 12 | 3 << 6, 0x88, 0, 0),  // other
        (2 << 12 | 4 << 6, 0x88, 0, 0x08),  // CRC
        (2 << 12 | 5 << 6, 0x88, 0x02, 0x1B),  // acknowledge delimiter: its place, and form
        (2 << 12 | 8 << 6, 0x88, 0x20, 0),  // overload
        (3 << 12 | 2 << 6, 0x88, 0x84, 0),  // stuff while sending
        (1 << 12 | 7 << 6, 0xA8, 0x80, 0x19),  // not acknowledged while sending
        (0, 0xA8, 0, 0x19),  // not acknowledged
    ]

    @Test("the code of a CAN core is the kernel's class", arguments: codes)
    func code(_ flagsExt: UInt16, _ errorClass: UInt32, _ kind: UInt8, _ place: UInt8) throws {
        let object = Self.error(
            length: 6, flags: 0xE, position: 20, dlc: 8, duration: 12_000, identifier: 0x123,
            flagsExt: flagsExt, payload: Array(1...8))
        let frame = try #require(try Self.read(object))
        #expect(frame.identifier.rawValue == 0x2000_0000 | errorClass)
        #expect(frame.payload == [0, 0, kind, place, 0, 0, 0, 0])
    }

    @Test(
        "the register of a SJA1000 is the kernel's class, as its driver makes it",
        arguments: [
            (UInt8(0xA2), UInt8(0x04), UInt8(0x02)), (0x0A, 0x81, 0x0A), (0x78, 0x02, 0x18),
            (0xD9, 0x80, 0x19),
        ])
    func register(ecc: UInt8, kind: UInt8, place: UInt8) throws {
        let frame = try #require(try Self.read(Self.error(length: 6, flags: 1, ecc: ecc)))
        #expect(frame.identifier.rawValue == 0x2000_0088)
        #expect(frame.payload == [0, 0, kind, place, 0, 0, 0, 0])
    }

    @Test(
        "an error frame of a program has the kernel's class in its identifier, as with python-can")
    func program() throws {
        let object = Self.error(dlc: 8, identifier: 0x8C, payload: [0, 4, 2, 9, 0, 0, 96, 1])
        let frame = try #require(try Self.read(object))
        #expect(frame.identifier.rawValue == 0x2000_008C)
        #expect(frame.payload == [0, 4, 2, 9, 0, 0, 96, 1])
        let short = try #require(
            try Self.read(Self.error(dlc: 2, identifier: 0x40, payload: [1, 2])))
        #expect(short.identifier.rawValue == 0x2000_0040)
        #expect(short.payload == [1, 2])
    }
}
