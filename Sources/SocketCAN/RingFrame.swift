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
        let bytes = block.extracting(offset..<offset + Int(CANLOG_FRAME_HEADER))
        // As many bytes as are read.
        let header = unsafe bytes.withUnsafeBufferPointer { pointer in
            unsafe pointer.baseAddress.map { unsafe canlog_ring_header_at($0) }
        }
        guard let header else { return nil }
        let (start, length) = (Int(header.data), Int(header.captured))
        guard start >= Int(CANLOG_FRAME_HEADER), start <= left, length <= left - start,
            header.captured == header.length
        else { return nil }
        // The protocol tells a CAN XL frame, which can have any length, from the others.
        let kind = CInt(header.protocol)
        guard
            kind == ETH_P_CAN && length == Int(CANLOG_CAN_MTU)
                || kind == ETH_P_CANFD && length == Int(CANLOG_CANFD_MTU)
        else { return nil }
        stamp = Int64(header.seconds) * 1_000_000_000 + Int64(header.nanoseconds)
        link = header.interface
        data = offset + start..<offset + start + length
        let distance = Int(header.next)
        next =
            distance >= Int(CANLOG_FRAME_HEADER) && distance <= left
            ? offset + distance : block.count
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
