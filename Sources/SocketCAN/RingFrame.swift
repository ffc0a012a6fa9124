import CANFrame
import CLinuxCAN
import Glibc

/// What stands before a frame in a block of the packet ring (`struct tpacket3_hdr`), checked.
struct RingFrame: Equatable {
    /// When the kernel received it, in nanoseconds since 1970.
    var stamp: Int64
    /// The number of its interface.
    var link: Int32
    /// Where the bytes of `can_frame` or `canfd_frame` stand in the block.
    var data: Range<Int>
    /// Where the next frame of the block begins, if there is one.
    var next: Int

    /// Reads what stands at `offset`; `nil` if it does not fit the block or is no CAN frame's.
    @inline(__always)
    init?(in block: Span<UInt8>, at offset: Int) {
        let left = block.count - offset
        guard offset >= 0, left >= Int(CANLOG_FRAME_HEADER) else { return nil }
        let header = block.extracting(offset..<offset + Int(CANLOG_FRAME_HEADER))
        let length = Int(header.hostUInt32(at: Int(CANLOG_FRAME_CAPTURED)))
        let start = Int(header.hostUInt16(at: Int(CANLOG_FRAME_DATA)))
        guard start >= Int(CANLOG_FRAME_HEADER), start <= left, length <= left - start,
            length == Int(header.hostUInt32(at: Int(CANLOG_FRAME_LENGTH)))
        else { return nil }
        // The protocol tells a CAN XL frame, which can have any length, from the others.
        let kind = UInt16(bigEndian: header.hostUInt16(at: Int(CANLOG_FRAME_PROTOCOL)))
        let isFrame =
            kind == UInt16(ETH_P_CAN) && length == Int(CANLOG_CAN_MTU)
            || kind == UInt16(ETH_P_CANFD) && length == Int(CANLOG_CANFD_MTU)
        guard isFrame else { return nil }
        let seconds = Int64(header.hostUInt32(at: Int(CANLOG_FRAME_SECONDS)))
        let nanoseconds = Int64(header.hostUInt32(at: Int(CANLOG_FRAME_NANOSECONDS)))
        stamp = seconds * 1_000_000_000 + nanoseconds
        link = Int32(bitPattern: header.hostUInt32(at: Int(CANLOG_FRAME_INTERFACE)))
        data = offset + start..<offset + start + length
        next = Self.place(after: offset, in: block) ?? block.count
    }

    /// Where the frame after the one at `offset` begins; `nil` if that cannot be.
    @inline(__always)
    static func place(after offset: Int, in block: Span<UInt8>) -> Int? {
        let left = block.count - offset
        guard left >= Int(CANLOG_FRAME_HEADER) else { return nil }
        let distance = Int(block.hostUInt32(at: offset + Int(CANLOG_FRAME_NEXT)))
        guard distance >= Int(CANLOG_FRAME_HEADER), distance <= left else { return nil }
        return offset + distance
    }
}
