import CANFrame
import LogInterchange
import Testing

@Suite("BLF that is read")
struct BLFDecoderTests {
    typealias Sample = BLFSample

    static func frame(
        _ identifier: UInt32, _ payload: [UInt8], dlc: UInt8? = nil, flags: FrameFlags = [],
        origin: FrameOrigin = .received, stamp: Int64 = 0
    ) -> Frame {
        var flags = flags
        flags.origin = origin
        return Frame(
            timestamp: Timestamp(nanoseconds: Sample.startNanoseconds + stamp),
            identifier: PackedID(rawValue: identifier), flags: flags,
            dlc: dlc ?? DataLengthCode.code(for: UInt8(payload.count)), payload: payload)
    }

    /// The three ways in which objects lie in a file; python-can PR 2086 is about the third.
    static let wraps: [@Sendable ([UInt8]) -> [UInt8]] = [
        { Sample.header() + Sample.packed($0) }, { Sample.header() + Sample.stored($0) },
        { Sample.header() + $0 },
    ]

    @Test("messages have the values of their fields, packed, stored or without a container")
    func messages() throws {
        let objects =
            Sample.message(0x123, [1, 2, 3], stamp: 1_000)
            + Sample.message(0x9ABC_DEF0, Array(1...8), channel: 2, flags: 1, stamp: 2_500)
            // NERR and WU mean nothing here; bits of the DLC above 15 neither.
            + Sample.message(0x7FF, [], flags: 0x60, dlc: 0x30, stamp: 2_000)
            + Sample.message(0x1, [9], flags: 1, stamp: 3_000)
            + Sample.message(0x22, [5], flags: 0x80, dlc: 4, stamp: 4_000)
            + Sample.message(0x23, Array(1...8), dlc: 13, stamp: 5_000)
        let expected = [
            Self.frame(0x123, [1, 2, 3], stamp: 1_000),
            {
                var frame = Self.frame(
                    0x9ABC_DEF0, Array(1...8), origin: .thisHost, stamp: 2_500)
                frame.channel = 1
                return frame
            }(), Self.frame(0x7FF, [], stamp: 2_000),
            Self.frame(0x1, [9], origin: .thisHost, stamp: 3_000),
            Self.frame(0x4000_0022, [], dlc: 4, stamp: 4_000),
            Self.frame(0x23, Array(1...8), dlc: 13, stamp: 5_000),
        ]
        for wrap in Self.wraps {
            for stretch in [1, 7, 100, Int.max] {
                for capacity in [1, 64] {
                    let read = try ReadLog(blf: wrap(objects), stretch: stretch, capacity: capacity)
                    #expect(read.frames == expected)
                    #expect(read.interfaces == ["can0", "can1"])
                    #expect(read.gaps == ReadingGaps())
                    #expect(read.resolution == 100)
                }
            }
        }
    }

    @Test("CAN_MESSAGE2 is read as CAN_MESSAGE, its trailer is not looked at")
    func message2() throws {
        let fields: [UInt8] = [1, 0, 0, 2, 0x23, 1, 0, 0, 7, 8, 0, 0, 0, 0, 0, 0]
        let object = Sample.object(86, fields + [1, 2, 3, 4, 5, 6, 7, 8])
        let read = try ReadLog(blf: Sample.header() + Sample.packed(object + object))
        #expect(read.payloads == [[7, 8], [7, 8]])
        #expect(read.frames.first?.identifier.rawValue == 0x123)
    }

    @Test("a request to send is no frame")
    func request() throws {
        let objects = [UInt8(0), 1, 2].flatMap { direction in
            Sample.object(1, [1, 0, direction, 1, 0x23, 1, 0, 0, direction, 0, 0, 0, 0, 0, 0, 0])
        }
        let flexible = Sample.object(
            101, Self.fd64(flags: 0x1000, dlc: 1, valid: 1, direction: 2) + [7])
        let read = try ReadLog(blf: Sample.header() + Sample.packed(objects + flexible))
        #expect(read.payloads == [[0], [1]])
        #expect(read.frames.map(\.flags.origin) == [.received, .thisHost])
        #expect(read.gaps.otherContent == 2 && read.gaps.skipped == 0)
    }

    @Test("objects are read across the seams of containers, wherever these are", arguments: 1..<144)
    func seams(size: Int) throws {
        let objects = (1...3).flatMap { Sample.message(UInt32($0), [UInt8($0)]) }
        var bytes = Sample.header()
        var rest = objects[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(size))
            bytes += size % 2 == 0 ? Sample.packed(part) : Sample.stored(part)
            rest = rest.dropFirst(size)
        }
        let read = try ReadLog(blf: bytes)
        #expect(read.payloads == [[1], [2], [3]])
        #expect(read.gaps == ReadingGaps())
    }

    @Test(
        "stamps count nanoseconds or 10 µs, in headers of version 1, 2 and 3",
        arguments: [1, 2, 3], [(UInt32(2), Int64(7)), (1, 70_000), (0, 7)])
    func stamps(version: UInt16, unit: (flags: UInt32, stamp: Int64)) throws {
        let object = Sample.message(1, [1], stamp: 7, version: version, timeFlags: unit.flags)
        let read = try ReadLog(blf: Sample.header() + Sample.packed(object))
        #expect(read.stamps == [unit.stamp])
        #expect(read.resolution == (unit.flags == 1 ? 1_000 : 1))
    }

    @Test("a start that is no date is 1970, as for python-can")
    func noStart() throws {
        let object = Sample.message(1, [1], stamp: 5_000)
        let dates: [[UInt16]] = [
            [0, 0, 0, 0, 0, 0, 0, 0], [2023, 2, 0, 30, 0, 0, 0, 0], [2023, 1, 0, 1, 24, 0, 0, 0],
            [2023, 13, 0, 1, 0, 0, 0, 0],
        ]
        for date in dates {
            let read = try ReadLog(blf: Sample.header(start: date) + object)
            #expect(read.frames.map(\.timestamp.nanoseconds) == [5_000])
        }
    }

    @Test("a wall clock east of UTC shows the start later than it was")
    func wall() throws {
        let clock = LocalClock { _ in 7_200 }
        let read = try ReadLog(blf: Sample.header() + Sample.message(1, [1]), localClock: clock)
        #expect(read.stamps == [-7_200_000_000_000])
    }

    @Test("CAN FD messages have flags, lengths and direction")
    func fd() throws {
        var objects: [UInt8] = []
        let payload = [UInt8](1...64)
        for (bits, dlc, flags) in [(1, 15, 0), (3, 9, 1), (5, 8, 0), (7, 0, 0), (0, 8, 0)] {
            // Channel 1, flags, DLC, identifier, frame length, bit count, FD flags, valid bytes.
            let length = [0, 8, 12, 64][dlc == 0 ? 0 : dlc == 8 ? 1 : dlc == 9 ? 2 : 3]
            var fields: [UInt8] = [1, 0, UInt8(flags), UInt8(dlc), 0x45, 0, 0, 0x80, 9, 9, 9, 9, 9]
            fields += [UInt8(bits), UInt8(length), 0, 0, 0, 0, 0] + payload + [0, 0, 0, 0]
            objects += Sample.object(100, fields)
        }
        let expected = [
            Self.frame(0x8000_0045, payload, flags: .flexibleDataRate),
            Self.frame(
                0x8000_0045, Array(1...12), flags: [.flexibleDataRate, .bitRateSwitch],
                origin: .thisHost),
            Self.frame(
                0x8000_0045, Array(1...8), flags: [.flexibleDataRate, .errorStateIndicator]),
            Self.frame(0x8000_0045, [], flags: .wire),
            Self.frame(0x8000_0045, Array(1...8)),
        ]
        #expect(try ReadLog(blf: Sample.header() + Sample.packed(objects)).frames == expected)
    }

    /// Fields of CAN_FD_MESSAGE_64 before the payload.
    static func fd64(
        flags: UInt32, dlc: UInt8, valid: UInt8, direction: UInt8 = 0, extensionOffset: UInt8 = 0
    ) -> [UInt8] {
        var fields: [UInt8] = [1, dlc, valid, 0] + Sample.little(UInt32(0x321))
        fields += [0, 0, 0, 0] + Sample.little(flags) + [UInt8](repeating: 0, count: 16)
        fields += [0, 0, direction, extensionOffset, 0, 0, 0, 0]
        return fields
    }

    @Test("bytes that CAN_FD_MESSAGE_64 declares and does not have are zero (python-can 1905)")
    func fd64Short() throws {
        let payload = [UInt8](repeating: 0xFF, count: 48)
        let object = Sample.object(101, Self.fd64(flags: 0x3000, dlc: 15, valid: 64) + payload)
        let read = try ReadLog(blf: Sample.header() + Sample.packed(object))
        let zeros = [UInt8](repeating: 0, count: 16)
        #expect(
            read.frames == [
                Self.frame(
                    0x321, payload + zeros, flags: [.flexibleDataRate, .bitRateSwitch])
            ])
    }

    @Test("what follows the payload of CAN_FD_MESSAGE_64 is not read as payload")
    func fd64Extension() throws {
        let fields = Self.fd64(
            flags: 0x5000, dlc: 9, valid: 12, direction: 1, extensionOffset: 80)
        let object = Sample.object(101, fields + Array(1...8) + [9, 9, 9, 9, 9, 9, 9, 9])
        let remote = Sample.object(101, Self.fd64(flags: 0x10, dlc: 3, valid: 0))
        let classic = Sample.object(101, Self.fd64(flags: 0, dlc: 2, valid: 2) + [7, 8])
        let read = try ReadLog(
            blf:
                Sample.header() + Sample.stored(object + remote + classic + [0, 0] + remote))
        #expect(
            read.frames == [
                Self.frame(
                    0x321, Array(1...8) + [0, 0, 0, 0],
                    flags: [.flexibleDataRate, .errorStateIndicator], origin: .thisHost),
                Self.frame(0x4000_0321, [], dlc: 3), Self.frame(0x321, [7, 8]),
                Self.frame(0x4000_0321, [], dlc: 3),
            ])
    }

    @Test("objects of other kinds are passed over by their size, and overload frames too")
    func others() throws {
        // 570 bytes: not a multiple of 4, padded by two zeros.
        let text = Sample.object(65, [UInt8](repeating: 0x4C, count: 538)) + [0, 0]
        let huge = Sample.object(71, [UInt8](repeating: 0xEE, count: 300_000))
        let overload = Sample.object(3, [1, 0, 0, 0, 0, 0, 0, 0])
        let message = Sample.message(1, [1])
        let objects = text + message + huge + message + overload + message
        for wrap in Self.wraps {
            let read = try ReadLog(blf: wrap(objects))
            #expect(read.payloads == [[1], [1], [1]])
            #expect(read.gaps.otherContent == 3)
            #expect(read.gaps.skipped == 0 && read.gaps.damage == nil)
        }
    }

    @Test("padding may have any length", arguments: 0..<40)
    func padding(count: Int) throws {
        let zeros = [UInt8](repeating: 0, count: count)
        let message = Sample.message(1, [1])
        for wrap in Self.wraps {
            let read = try ReadLog(blf: wrap(message + zeros + message + zeros))
            #expect(read.payloads == [[1], [1]])
            #expect(read.gaps == ReadingGaps())
        }
    }

    @Test("markers and comments are events with their words")
    func markers() throws {
        func marker(_ group: String, _ name: String, _ description: String) -> [UInt8] {
            var fields = [UInt8](repeating: 0, count: 16)
            for text in [group, name, description] {
                fields += Sample.little(UInt32(text.utf8.count))
            }
            fields += [UInt8](repeating: 0, count: 12)
            return Sample.object(96, fields + Array((group + name + description).utf8))
        }
        let comment = Sample.object(
            92,
            [0, 0, 0, 0, 5, 0, 0, 0] + [UInt8](repeating: 0, count: 8) + Array("Stau\u{0}".utf8))
        let latin = Sample.object(
            92, [0, 0, 0, 0, 3, 0, 0, 0] + [UInt8](repeating: 0, count: 8) + [0x54, 0xFC, 0x72])
        let pad: [UInt8] = [0]
        let read = try ReadLog(
            blf:
                Sample.header()
                + Sample.packed(
                    marker("Group", "Name", "Words") + pad + marker("hi", "pc", "Added by pc")
                        + comment + pad + latin))
        #expect(read.markers == ["Group: Name: Words", "hi", "Stau", "T\u{FC}r"])
        #expect(read.gaps == ReadingGaps())
    }

    @Test("matches looks at the first four bytes")
    func matches() {
        #expect(BLFDecoder.matches(Sample.header()))
        #expect(!BLFDecoder.matches(Array("LOG".utf8)))
        #expect(!BLFDecoder.matches([]))
    }
}
