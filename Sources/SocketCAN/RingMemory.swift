import CLinuxCAN
import Glibc
import LocalFiles

/// The memory of a packet ring: blocks that the kernel fills and hands over one after another.
///
/// What a block holds may be read from ``isReady(_:)`` to ``release(_:)``; in that time the kernel
/// leaves it alone.
@safe struct RingMemory: ~Copyable {
    let blockSize: Int
    let blockCount: Int
    private let start: UnsafeMutableRawPointer

    /// Maps the ring of `socket`, which has been set up with these sizes.
    init(
        of socket: borrowing OwnedDescriptor, blockSize: Int, blockCount: Int
    ) throws(SystemError) {
        let size = blockSize * blockCount
        // A new mapping, whose place the kernel chooses.
        let start = unsafe mmap(
            nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, socket.rawValue, 0)
        let code = errno
        guard let start = unsafe start, unsafe start != MAP_FAILED else {
            throw SystemError("mmap", on: PacketRing.place, code: code)
        }
        unsafe self.start = start
        self.blockSize = blockSize
        self.blockCount = blockCount
    }

    deinit {
        // The mapping of init, whole; no span of it outlives this value.
        _ = unsafe munmap(start, blockSize * blockCount)
    }

    /// The status of a block (`TP_STATUS_…`); `nil` while the kernel fills it.
    borrowing func status(of index: Int) -> UInt32? {
        precondition(index < blockCount)
        // The first bytes of a block are its header.
        let status = unsafe canlog_block_status(start + index * blockSize)
        return status & UInt32(TP_STATUS_USER) != 0 ? status : nil
    }

    /// How many blocks, from this one on, the kernel has handed over.
    borrowing func readyBlocks(from first: Int) -> Int {
        var (count, index) = (0, first)
        while count < blockCount, status(of: index) != nil {
            count += 1
            index = block(after: index)
        }
        return count
    }

    borrowing func block(after index: Int) -> Int { index + 1 == blockCount ? 0 : index + 1 }

    /// Gives a block back to the kernel.
    borrowing func release(_ index: Int) {
        precondition(index < blockCount)
        unsafe canlog_block_release(start + index * blockSize)
    }

    /// The bytes of a block that was handed over.
    @_lifetime(borrow self)
    borrowing func block(_ index: Int) -> Span<UInt8> {
        precondition(index < blockCount)
        let first = unsafe (start + index * blockSize).assumingMemoryBound(to: UInt8.self)
        // The mapping has this many blocks for as long as this value lives.
        let span = unsafe Span(_unsafeStart: first, count: blockSize)
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    // MARK: Blocks that were handed over

    /// How many frames a block has, and where the first begins, as it says.
    borrowing func extent(of index: Int) -> (frames: Int, first: Int) {
        let bytes = block(index)
        let frames = Int(bytes.hostUInt32(at: Int(CANLOG_BLOCK_FRAMES)))
        // It cannot have more frames than it has room for.
        return (
            min(frames, blockSize / Int(CANLOG_FRAME_HEADER)),
            Int(bytes.hostUInt32(at: Int(CANLOG_BLOCK_FIRST)))
        )
    }

    /// What stands before the frame at this place of a block.
    borrowing func frame(of index: Int, at offset: Int) -> RingFrame? {
        RingFrame(in: block(index), at: offset)
    }

    /// Where the frame after the one at this place begins.
    borrowing func place(after offset: Int, of index: Int) -> Int? {
        RingFrame.place(after: offset, in: block(index))
    }
}
