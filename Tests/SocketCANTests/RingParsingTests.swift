import CANFrame
import LocalFiles
import Testing

@testable import SocketCAN

/// Blocks written by hand from linux/if_packet.h: `tpacket3_hdr` of 48 bytes, `sockaddr_ll` of 20.
@Suite("what the packet ring holds")
struct RingParsingTests {
    /// A block of 256 bytes with the frame 123#11223344 at 48.
    static let block: [UInt8] = {
        var block = [UInt8](repeating: 0, count: 256)
        let header: [UInt8] = [
            104, 0, 0, 0,  // tp_next_offset
            0x00, 0xE1, 0xF5, 0x05, 0x15, 0xCD, 0x5B, 0x07,  // 100,000,000 s and 123,456,789 ns
            16, 0, 0, 0, 16, 0, 0, 0,  // tp_snaplen, tp_len
            0x81, 0, 0, 0, 82, 0, 82, 0,  // tp_status, tp_mac, tp_net
        ]
        // AF_PACKET, ETH_P_CAN in network order, interface 7, ARPHRD_CAN, PACKET_BROADCAST.
        let address: [UInt8] = [17, 0, 0x00, 0x0C, 7, 0, 0, 0, 0x18, 0x01, 1, 0]
        let frame: [UInt8] = [0x23, 1, 0, 0, 4, 0, 0, 0, 0x11, 0x22, 0x33, 0x44, 0, 0, 0, 0]
        block.replaceSubrange(48..<48 + header.count, with: header)
        block.replaceSubrange(96..<96 + address.count, with: address)
        block.replaceSubrange(130..<146, with: frame)
        return block
    }()

    private func frame(_ change: (inout [UInt8]) -> Void = { _ in }, at offset: Int = 48)
        -> RingFrame?
    {
        var block = Self.block
        change(&block)
        return RingFrame(in: block.span, at: offset)
    }

    @Test("a frame is read with its stamp, interface and place")
    func whole() throws {
        let frame = try #require(self.frame())
        #expect(frame.stamp == 100_000_000_123_456_789)
        #expect(frame.link == 7)
        #expect(frame.data == 130..<146)
        #expect(frame.next == 152)
        var batch = FrameBatch(capacity: 1)
        let isFrame = PacketRing.append(
            Self.block.span.extracting(frame.data), 3, .received,
            stamped: Timestamp(nanoseconds: frame.stamp), to: &batch)
        #expect(isFrame)
        let found = batch.frame(at: 0)
        #expect(found.identifier.number == 0x123)
        #expect(found.payload == [0x11, 0x22, 0x33, 0x44])
        #expect(found.channel == 3)
    }

    @Test("the last frame of a block says of no other")
    func last() {
        #expect(frame { $0[48] = 0 }?.next == 256)
    }

    @Test(
        "what does not fit its block is no frame",
        arguments: [-1, 189, 200, 255, 256, 257, 1 << 40])
    func outside(offset: Int) {
        #expect(frame(at: offset) == nil)
    }

    @Test("lengths, places and protocols that cannot be are refused")
    func hostile() {
        for length: UInt8 in [0, 8, 15, 17, 72, 255] {
            #expect(
                frame {
                    $0[60] = length; $0[64] = length
                } == nil)
        }
        #expect(frame { $0[64] = 17 } == nil)  // cut short
        for place: UInt8 in [0, 67, 255] { #expect(frame { $0[72] = place } == nil) }
        #expect(frame { $0[73] = 0xFF } == nil)
        for kind: UInt8 in [0x0D, 0x0E, 0] { #expect(frame { $0[99] = kind } == nil) }
        // A next frame within this one, or beyond the block.
        for next: UInt8 in [1, 67, 209, 255] { #expect(frame { $0[48] = next }?.next == 256) }
        #expect(frame { $0[51] = 0xFF }?.next == 256)
    }

    @Test("every byte of a header may be anything")
    func anyByte() {
        for place in 48..<116 {
            for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF] {
                guard let found = frame({ $0[place] = value }) else { continue }
                #expect(found.data.lowerBound >= 48 + 68 && found.data.upperBound <= 256)
                #expect(found.next > 48 && found.next <= 256)
            }
        }
    }

    // MARK: Origins

    private func content(_ value: UInt64) -> FrameOrigins.Content { .init(repeating: value) }
    private static let second: Int64 = 1_000_000_000

    @Test("a frame with the bytes of a copy is this host's, others are received")
    func matched() {
        var origins = FrameOrigins(at: 0)
        func origin(_ value: UInt64, link: Int32 = 1, at time: Int64) -> FrameOrigin {
            origins.origin(
                of: content(value), link: link, isVirtual: false, stamped: time, at: time)
        }
        let start = 10 * Self.second
        origins.noteCopy(content(5), link: 1, stamped: start)
        #expect(origin(6, at: start + 1) == .received)
        #expect(origin(5, link: 2, at: start + 2) == .received)
        #expect(origin(5, at: start + 3) == .thisHost)
        #expect(origin(5, at: start + 4) == .received)
    }

    @Test("what may be this host's or another's is unknown")
    func doubtful() {
        var origins = FrameOrigins(at: 0)
        func origin(_ value: UInt64, at time: Int64) -> FrameOrigin {
            origins.origin(of: content(value), link: 1, isVirtual: false, stamped: time, at: time)
        }
        // Sent before the ring was there.
        #expect(origin(1, at: Self.second) == .unknown)
        #expect(origin(1, at: Self.second + 1) == .received)
        // A copy that waited too long.
        origins.noteCopy(content(2), link: 1, stamped: 2 * Self.second)
        #expect(origin(2, at: 4 * Self.second) == .unknown)
        // A copy that a later one overtook.
        origins.noteCopy(content(3), link: 1, stamped: 5 * Self.second)
        origins.noteCopy(content(4), link: 1, stamped: 5 * Self.second)
        #expect(origin(4, at: 5 * Self.second + 1) == .thisHost)
        #expect(origin(3, at: 5 * Self.second + 2) == .unknown)
        // A copy, then a loss.
        origins.noteCopy(content(5), link: 1, stamped: 6 * Self.second)
        origins.noteGap(at: 6 * Self.second + 1)
        #expect(origin(5, at: 6 * Self.second + 2) == .unknown)
        #expect(origin(6, at: 7 * Self.second) == .unknown)
        #expect(origin(6, at: 7 * Self.second + 2) == .received)
    }

    @Test("of copies that are never sent no more wait than fit")
    func bounded() {
        var origins = FrameOrigins(at: 0)
        for number in 0...UInt64(FrameOrigins.capacity) {
            origins.noteCopy(content(number), link: 1, stamped: 10 * Self.second)
        }
        let first = origins.origin(
            of: content(0), link: 1, isVirtual: false, stamped: 10 * Self.second,
            at: 10 * Self.second)
        let second = origins.origin(
            of: content(1), link: 1, isVirtual: false, stamped: 10 * Self.second,
            at: 10 * Self.second)
        #expect(first == .received)
        #expect(second == .thisHost)
    }
}
