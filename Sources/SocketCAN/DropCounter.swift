/// Tells new drops of a socket from those already told.
///
/// The kernel counts in 32 bits that wrap, and tells the count in two ways: with a frame, as it was
/// when the frame was queued (`SO_RXQ_OVFL`), and at once (`SO_MEMINFO`). The second runs ahead of
/// the first, so an older count that comes later says nothing new.
struct DropCounter {
    private var told: UInt32 = 0

    /// How many drops `count` adds to those told before.
    mutating func newDrops(upTo count: UInt32) -> UInt32 {
        let more = Int32(bitPattern: count &- told)
        guard more > 0 else { return 0 }
        told = count
        return UInt32(more)
    }
}
