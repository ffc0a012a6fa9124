import CANFrame
import LogInterchange
import TestBench
import Testing

@Suite("BLF that is wrong")
struct BLFFaultTests {
    typealias Sample = BLFSample

    static let good = Sample.message(1, [1])
    static let last = Sample.message(2, [2])

    @Test(
        "a file that is no BLF is refused", arguments: ["", "LOG", "LOGH and more", "(1.0) can0"])
    func noLog(text: String) {
        let error = #expect(throws: StreamError.self) { try ReadLog(blf: Array(text.utf8)) }
        #expect(
            error?.description
                == "drive.blf: this is no BLF log: it does not begin with LOGG")
    }

    @Test("a file header that cannot be ends the log", arguments: [UInt32(0), 40, 71])
    func headerSize(size: UInt32) throws {
        var header = Sample.header()
        header.replaceSubrange(4..<8, with: Sample.little(size))
        let read = try ReadLog(blf: header + Self.good)
        #expect(read.frames.isEmpty)
        #expect(
            read.gaps.damage?.description
                == "drive.blf: byte 4: the file header claims \(size) bytes, fewer than it has")
    }

    /// Objects that are passed over by their size, with the cause.
    static let skipped: [(name: String, object: [UInt8], cause: String)] = [
        (
            "header version (python-can 1581)", Sample.message(9, [9], version: 7),
            "CAN_MESSAGE has a header of the unknown version 7"
        ),
        (
            "too short", Sample.object(1, [1, 0, 0, 8, 1, 0, 0, 0]),
            "CAN_MESSAGE has 40 bytes, too few for its fields"
        ),
        (
            "too short for its header",
            Array("LOBJ".utf8) + Sample.little(UInt16(16)) + Sample.little(UInt16(1))
                + Sample.little(UInt32(24)) + Sample.little(UInt32(86)) + [0, 0, 0, 0, 0, 0, 0, 0],
            "CAN_MESSAGE2 has 24 bytes, too few for its fields"
        ),
        (
            "FD too short", Sample.object(100, [1, 0, 0, 8]),
            "CAN_FD_MESSAGE has 36 bytes, too few for its fields"
        ),
        (
            "FD64 too short", Sample.object(101, [1, 0, 0, 8]),
            "CAN_FD_MESSAGE_64 has 36 bytes, too few for its fields"
        ),
        (
            "marker too short", Sample.object(96, [UInt8](repeating: 0xFF, count: 60)),
            "GLOBAL_MARKER has 92 bytes, too few for its fields"
        ),
        (
            "identifier", Sample.message(0x800, [9]),
            "CAN_MESSAGE has the standard identifier 800, above 7FF"
        ),
        (
            "stamp", Sample.message(9, [9], stamp: 1 << 63),
            "CAN_MESSAGE is stamped 9223372036854775808 after the start, beyond the year 2262"
        ),
        (
            "stamp of 10 µs", Sample.message(9, [9], stamp: 1 << 62, timeFlags: 1),
            "CAN_MESSAGE is stamped 4611686018427387904 after the start, beyond the year 2262"
        ),
    ]

    @Test("a faulty object is passed over, counted and named", arguments: skipped.indices)
    func skip(index: Int) throws {
        let faulty = Self.skipped[index]
        for wrap in BLFDecoderTests.wraps {
            for stretch in [1, 64, Int.max] {
                let bytes = wrap(Self.good + faulty.object + faulty.object + Self.last)
                let read = try ReadLog(blf: bytes, stretch: stretch)
                #expect(read.payloads == [[1], [2]])
                #expect(read.losses.map(\.frames).reduce(0, +) == 2)
                #expect(read.losses.allSatisfy { $0.cause == .malformed })
                #expect(read.gaps.skipped == 2)
                #expect(read.gaps.firstSkipped.first?.cause == faulty.cause)
                #expect(read.gaps.damage == nil)
            }
        }
    }

    @Test(
        "where a size cannot be, the next object is searched for (python-can 1584)",
        arguments: [UInt32(0), 1, 15, 16, 31])
    func size(size: UInt32) throws {
        let faulty = Sample.object(1, [1, 0, 0, 1, 9, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0], size: size)
        for wrap in BLFDecoderTests.wraps {
            for stretch in [1, Int.max] {
                let read = try ReadLog(blf: wrap(Self.good + faulty + Self.last), stretch: stretch)
                #expect(read.payloads == [[1], [2]])
                #expect(read.losses == [Loss(cause: .malformed, frames: 1)])
                #expect(
                    read.gaps.firstSkipped.first?.cause
                        == "CAN_MESSAGE claims \(size) bytes with a header of 32")
            }
        }
    }

    @Test("the place of a fault is the byte of the file, or of what is unpacked")
    func place() throws {
        let faulty = Sample.message(0x800, [9])
        let outside = try ReadLog(blf: Sample.header() + Self.good + faulty)
        #expect(outside.gaps.firstSkipped.map(\.place) == ["drive.blf: byte 192"])
        let inside = try ReadLog(
            blf:
                Sample.header() + Sample.stored(Self.good) + Sample.stored(Self.good + faulty))
        #expect(
            inside.gaps.firstSkipped.map(\.place)
                == ["drive.blf: unpacked byte 96, of the container at byte 224 or before"])
    }

    @Test("an object that claims more than there is ends the log", arguments: [UInt32(49), .max])
    func claims(size: UInt32) throws {
        let faulty = Sample.object(71, [1, 2, 3, 4], size: size)
        for wrap in BLFDecoderTests.wraps {
            let read = try ReadLog(blf: wrap(Self.good + faulty))
            #expect(read.payloads == [[1]])
            #expect(read.gaps.damage != nil)
        }
    }

    @Test("a container is faulty: the others are read")
    func containers() throws {
        let method = Sample.container(Self.good, method: 1, size: 48)
        let bomb = Sample.packed([UInt8](repeating: 0, count: 70_000), declared: 48)
        var flipped = Sample.packed(Self.good + Self.good)
        flipped[32 + 2] = 0x07
        let large = Sample.container([1, 2, 3, 4], method: 2, size: 0xFFFF_FFFF)
        let nested = Sample.stored(Sample.stored(Self.good))
        let cases: [([UInt8], String)] = [
            (method, "LOG_CONTAINER is packed by the unknown method 1"),
            (bomb, "LOG_CONTAINER is damaged: 48 of 48 bytes could be unpacked"),
            (flipped, "LOG_CONTAINER is damaged: 0 of 96 bytes could be unpacked"),
            (large, "LOG_CONTAINER claims 4294967295 bytes, above the limit of 67108864"),
            (nested, "a LOG_CONTAINER lies in another"),
        ]
        for (container, cause) in cases {
            let bytes =
                Sample.header() + Sample.packed(Self.good) + container + Sample.packed(Self.last)
            for stretch in [1, Int.max] {
                let read = try ReadLog(blf: bytes, stretch: stretch)
                #expect(read.payloads == [[1], [2]], "\(cause)")
                #expect(read.gaps.firstSkipped.map(\.cause) == [cause])
                #expect(read.losses == [Loss(cause: .malformed, frames: 1)])
            }
        }
    }

    @Test("after a lost container no object is put together of parts that do not belong together")
    func seamAfterLoss() throws {
        let half = Array(Sample.message(7, [7]).prefix(24))
        let rest = Array(Sample.message(8, [8]).dropFirst(24))
        let method = Sample.container(Self.good, method: 9, size: 48)
        let bytes =
            Sample.header() + Sample.stored(Self.good + half) + method
            + Sample.stored(rest + Self.last)
        let read = try ReadLog(blf: bytes)
        #expect(read.payloads == [[1], [2]])
        #expect(read.gaps.skipped == 1)
    }

    @Test("a container that is too large for memory is passed over")
    func largeContainer() throws {
        var huge = Sample.container([], method: 2, size: 48)
        huge.replaceSubrange(8..<12, with: Sample.little(UInt32.max))
        let read = try ReadLog(blf: Sample.header() + Sample.packed(Self.good) + huge + Self.last)
        #expect(read.payloads == [[1]])
        #expect(
            read.gaps.firstSkipped.map(\.cause)
                == ["LOG_CONTAINER claims 4294967295 bytes, above the limit of 67108864"])
        #expect(read.gaps.damage?.cause.hasPrefix("the log ends inside an object") == true)
    }

    @Test("a 257th channel is passed over, counted and named")
    func channels() throws {
        let objects = (1...257).flatMap { Sample.message(1, [1], channel: UInt16($0)) }
        let read = try ReadLog(blf: Sample.header() + Sample.packed(objects), capacity: 1000)
        #expect(read.frames.map(\.channel) == (0...255).map { UInt8($0) })
        #expect(read.interfaces == (0..<256).map { "can\($0)" })
        #expect(
            read.gaps.firstSkipped.map(\.cause)
                == ["channel 257 is the 257th of this log; at most 256 can be held"])
    }

    @Test("a log that was cut anywhere gives what precedes and says where", arguments: 0..<3)
    func cut(kind: Int) throws {
        let objects = (1...4).flatMap { Sample.message(UInt32($0), [UInt8($0)]) }
        let bytes = BLFDecoderTests.wraps[kind](objects)
        for length in 4..<bytes.count {
            let read = try ReadLog(blf: Array(bytes.prefix(length)))
            let start = [144 + 32 + 2 + 5, 144 + 32, 144][kind]
            let whole = max(0, min(4, (length - start) / 48))
            #expect(read.payloads == (0..<whole).map { [UInt8($0 + 1)] }, "cut at \(length)")
            // Of the packed container only the padding may be missing.
            let isAtSeam =
                length == 144 || kind == 2 && length > 144 && length % 48 == 0
                || kind == 0 && length >= bytes.count - 3
            #expect((read.gaps.damage == nil) == isAtSeam, "cut at \(length)")
        }
        #expect(try ReadLog(blf: bytes).gaps.damage == nil)
    }

    @Test("changed bytes make no trap, no loop and no frame too many", arguments: 0..<3)
    func flips(kind: Int) throws {
        let objects =
            Self.good + Sample.object(101, BLFDecoderTests.fd64(flags: 0x3000, dlc: 9, valid: 12))
            + Sample.object(96, [UInt8](repeating: 0, count: 41)) + [0]
            + BLFErrorFrameTests.error(dlc: 8, identifier: 4) + Self.last
        let bytes = BLFDecoderTests.wraps[kind](objects)
        for index in bytes.indices.dropFirst(4) {
            for bit in 0..<8 {
                var changed = bytes
                changed[index] ^= 1 << UInt8(bit)
                let read = try ReadLog(blf: changed)
                // Four, and the marker if its kind becomes one of a frame.
                #expect(read.frames.count <= 5)
            }
        }
        var random = SeededGenerator(seed: 0xB1F)
        for _ in 0..<2_000 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let place = Int.random(in: 4..<bytes.count, using: &random)
                changed[place] = UInt8.random(in: 0...255, using: &random)
            }
            #expect(try ReadLog(blf: changed).frames.count <= bytes.count / 48)
        }
    }
}
