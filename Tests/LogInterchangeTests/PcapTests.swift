import CANFrame
import LogInterchange
import Testing

/// Blocks of pcapng and records of pcap as the drafts of the IETF lay them out
/// (draft-ietf-opsawg-pcapng-03, draft-ietf-opsawg-pcap-05), byte by byte.
private struct CaptureBytes {
    var isBigEndian = false
    private(set) var bytes: [UInt8] = []

    init(isBigEndian: Bool = false) { self.isBigEndian = isBigEndian }

    func field(_ value: some FixedWidthInteger) -> [UInt8] {
        let little = (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
        return isBigEndian ? little.reversed() : little
    }

    mutating func block(_ type: UInt32, _ body: [UInt8]) {
        let padded = body + [UInt8](repeating: 0, count: (4 - body.count % 4) % 4)
        let size = UInt32(padded.count + 12)
        bytes += field(type) + field(size) + padded + field(size)
    }

    mutating func section() {
        block(
            0x0A0D_0D0A,
            field(UInt32(0x1A2B_3C4D)) + field(UInt16(1)) + field(UInt16(0)) + field(UInt64.max))
    }

    func option(_ code: UInt16, _ value: [UInt8]) -> [UInt8] {
        field(code) + field(UInt16(value.count)) + value
            + [UInt8](repeating: 0, count: (4 - value.count % 4) % 4)
    }

    mutating func interface(_ link: UInt16, _ options: [UInt8] = []) {
        block(1, field(link) + field(UInt16(0)) + field(UInt32(262_144)) + options)
    }

    mutating func packet(
        _ interface: UInt32, _ units: UInt64, _ data: [UInt8], _ options: [UInt8] = []
    ) {
        let padding = [UInt8](repeating: 0, count: (4 - data.count % 4) % 4)
        let high = field(UInt32(truncatingIfNeeded: units >> 32))
        let size = field(UInt32(data.count))
        block(
            6,
            field(interface) + high + field(UInt32(truncatingIfNeeded: units)) + size + size + data
                + padding + options)
    }

    mutating func append(_ more: [UInt8]) { bytes += more }
}

/// 123#DEADBEEF as the kernel gives it to libpcap.
private let frame: [UInt8] = [0, 0, 1, 0x23, 4, 0, 0, 0, 0xDE, 0xAD, 0xBE, 0xEF, 0, 0, 0, 0]

@Suite("pcapng and pcap")
struct PcapTests {
    @Test("stamps of any resolution, in either byte order", arguments: [false, true])
    func resolutions(isBigEndian: Bool) throws {
        var capture = CaptureBytes(isBigEndian: isBigEndian)
        capture.section()
        capture.interface(227, capture.option(2, Array("can3".utf8)))
        capture.interface(227, capture.option(9, [9]))
        capture.interface(227, capture.option(9, [3]))
        // Halves of milliseconds, about: 2 to the power of -10 of a second.
        capture.interface(227, capture.option(9, [0x80 | 10]))
        capture.interface(227, capture.option(9, [12]))
        capture.interface(
            227, capture.option(14, capture.field(Int64(-10))) + capture.option(9, [0]))
        capture.packet(0, 1_700_000_000_000_001, frame)
        capture.packet(1, 1_700_000_000_000_000_002, frame)
        capture.packet(2, 1_700_000_000_003, frame)
        capture.packet(3, 1_700_000_000 * 1_024 + 512, frame)
        capture.packet(4, 1_700_000_000_000_005_000, frame)
        capture.packet(5, 1_700_000_010, frame)
        let read = try ReadLog(capture.bytes, PcapDecoder())
        #expect(
            read.frames.map(\.timestamp.nanoseconds) == [
                1_700_000_000_000_001_000, 1_700_000_000_000_000_002, 1_700_000_000_003_000_000,
                1_700_000_000_500_000_000, 1_700_000_000_000_005, 1_700_000_000_000_000_000,
            ])
        #expect(read.frames.allSatisfy { $0.payload == [0xDE, 0xAD, 0xBE, 0xEF] })
        #expect(read.channels[0] == "can3" && read.channels[1] == "can1")
        #expect(read.gaps == ReadingGaps())
    }

    @Test(
        "the older pcap: four magics",
        arguments: [(0xA1B2_C3D4, 1_000), (0xA1B2_3C4D, 1)] as [(UInt32, Int64)], [false, true])
    func older(magic: (UInt32, Int64), isBigEndian: Bool) throws {
        var capture = CaptureBytes(isBigEndian: isBigEndian)
        capture.append(
            capture.field(magic.0) + capture.field(UInt16(2)) + capture.field(UInt16(4))
                + capture.field(UInt32(0)) + capture.field(UInt32(0))
                + capture.field(UInt32(65_535)) + capture.field(UInt32(227)))
        for second in 1...3 {
            capture.append(
                capture.field(UInt32(second)) + capture.field(UInt32(7)) + capture.field(UInt32(16))
                    + capture.field(UInt32(16)) + frame)
        }
        let read = try ReadLog(capture.bytes, PcapDecoder())
        #expect(
            read.frames.map(\.timestamp.nanoseconds)
                == [1, 2, 3].map { $0 * 1_000_000_000 + 7 * magic.1 })
        #expect(read.gaps == ReadingGaps())
    }

    @Test("captures of all interfaces, other packets, directions")
    func others() throws {
        var capture = CaptureBytes()
        capture.section()
        capture.interface(113)
        capture.interface(1)
        capture.interface(227)
        let cooked: [UInt8] = [0, 4, 1, 0x18, 0, 0] + [UInt8](repeating: 0, count: 8) + [0, 0x0C]
        // Behind such a header the identifier has the order of the file.
        capture.packet(0, 1, cooked + [0x23, 1, 0, 0] + frame[4...])
        capture.packet(0, 2, [0, 0] + cooked[2..<14] + [8, 0] + frame)
        capture.packet(1, 3, [UInt8](repeating: 0, count: 60))
        capture.packet(2, 4, frame, capture.option(2, capture.field(UInt32(1))))
        capture.packet(2, 5, frame, capture.option(2, capture.field(UInt32(2))))
        // A comment before the flags; CAN XL.
        capture.packet(
            2, 6, frame,
            capture.option(1, Array("why".utf8)) + capture.option(2, capture.field(UInt32(1))))
        capture.packet(2, 7, [0, 0, 1, 0x23, 0x80, 0, 0, 8] + frame)
        // A name resolution and an interface statistics block.
        capture.block(4, [0, 0, 0, 0])
        capture.block(5, capture.field(UInt32(0)) + capture.field(UInt64(0)))
        let read = try ReadLog(capture.bytes, PcapDecoder())
        #expect(
            read.frames.map(\.flags.origin) == [.thisHost, .received, .thisHost, .received])
        #expect(read.gaps.otherContent == 3 && read.gaps.skipped == 0)
    }

    /// As tshark reads both: the header of "any" in its first and its second form.
    @Test("captures of all interfaces in either byte order", arguments: [113, 276], [false, true])
    func cooked(link: UInt16, isBigEndian: Bool) throws {
        var capture = CaptureBytes(isBigEndian: isBigEndian)
        capture.section()
        capture.interface(link)
        func header(_ protocolNumber: UInt8, _ type: UInt8) -> [UInt8] {
            link == 113
                ? [0, type, 1, 0x18, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, protocolNumber]
                : [0, protocolNumber, 0, 0, 0, 0, 0, 3, 1, 0x18, type, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        }
        let identifier = capture.field(UInt32(0x9234_5678))
        capture.packet(0, 1, header(0x0C, 4) + identifier + frame[4...])
        capture.packet(0, 2, header(0x0D, 0) + identifier + [2, 1, 0, 0, 7, 8] + frame[10...])
        capture.packet(0, 3, header(0x08, 0) + frame)
        let read = try ReadLog(capture.bytes, PcapDecoder())
        #expect(read.frames.map(\.identifier.rawValue) == [0x9234_5678, 0x9234_5678])
        #expect(read.frames.map(\.payload) == [[0xDE, 0xAD, 0xBE, 0xEF], [7, 8]])
        #expect(read.frames.map(\.flags.origin) == [.thisHost, .received])
        #expect(read.frames.map(\.flags.isFD) == [false, true])
        #expect(read.gaps.otherContent == 1 && read.gaps.skipped == 0)
    }

    @Test("interfaces of one name are one channel, in all sections")
    func sections() throws {
        var capture = CaptureBytes()
        for _ in 0..<300 {
            capture.section()
            capture.interface(227, capture.option(2, Array("can3".utf8)))
            // What cannot be read keeps its place among the interfaces.
            capture.block(1, [])
            capture.interface(227)
            capture.packet(0, 1, frame)
            capture.packet(2, 2, frame)
        }
        let read = try ReadLog(capture.bytes, PcapDecoder())
        #expect(read.frames.count == 600 && read.channels == [0: "can3", 1: "can2"])
        #expect(read.gaps.skipped == 300)
    }

    @Test("what older kernels left in the bytes of a classic frame makes it no other")
    func junk() throws {
        var capture = CaptureBytes()
        capture.section()
        capture.interface(227)
        capture.packet(0, 1, frame[..<5] + [0xF4, 1, 2] + frame[8...])
        capture.packet(0, 2, [0x40, 0, 1, 0x23, 8, 4, 0x55, 0] + frame[8...])
        let read = try ReadLog(capture.bytes, PcapDecoder())
        #expect(read.frames.map(\.flags.isFD) == [false, false])
        #expect(read.gaps == ReadingGaps())
    }

    @Test("what is wrong is named with its place, and what can be passed over is")
    func faults() throws {
        var capture = CaptureBytes()
        capture.section()
        capture.interface(227)
        capture.packet(0, 1, frame)
        capture.packet(7, 2, frame)
        capture.packet(0, 3, Array(frame.prefix(5)))
        capture.packet(0, 4, [0, 0, 1, 0x23, 9] + frame.dropFirst(5))
        capture.packet(0, 5, [0x40, 0, 1, 0x23, 8, 4, 0, 0] + frame.dropFirst(8))
        capture.packet(0, .max, frame)
        capture.packet(0, 6, frame)
        let read = try ReadLog(capture.bytes, PcapDecoder())
        #expect(read.frames.map(\.timestamp.nanoseconds) == [1_000, 6_000])
        #expect(read.losses == [Loss(cause: .malformed, frames: 5)])
        #expect(
            read.gaps.firstSkipped.map(\.description) == [
                "drive: byte 96: a packet is of interface 7, which is not described",
                "drive: byte 144: the packet is too short",
                "drive: byte 184: the packet holds 8 of 9 bytes of the payload",
                "drive: byte 232: a CAN FD frame is neither a remote nor an error frame",
                "drive: byte 280: a stamp lies beyond the year 2262",
            ])
    }

    @Test(
        "sizes that cannot be end the reading, and what precedes is kept",
        arguments: [0, 4, 13, 0x7FFF_FFFF, 0xFFFF_FFFC] as [UInt32])
    func sizes(size: UInt32) throws {
        var capture = CaptureBytes()
        capture.section()
        capture.interface(227)
        capture.packet(0, 1, frame)
        capture.append(capture.field(UInt32(6)) + capture.field(size))
        capture.append([UInt8](repeating: 0, count: 100))
        let read = try ReadLog(capture.bytes, PcapDecoder())
        #expect(read.frames.count == 1)
        #expect(read.gaps.damage?.place == "drive: byte 96")
        #expect(read.failure == nil)
    }
}
