/// What is remembered of a message that comes by the clock. Times are those of ``CycleChecks``.
struct CyclicWatch: Sendable, BitwiseCopyable {
    var message: Int32
    /// Its sender, -1 for none.
    var node: Int32
    var cycle: Int64
    var gap: Int64
    var findsFast: Bool
    var isJudged: Bool
    /// A frame has come since traffic began.
    var isHeard = false
    /// Its absence is found.
    var isAbsent = false
    /// The last frame, or what stands for it: the time by which it is expected to begin.
    var lastAlive: Int64 = 0
    var lastTime: Int64 = 0
    var lastNumber: UInt64 = 0
    /// Intervals of the block that is being measured, and when it began.
    var intervals: Int32 = 0
    var blockAlive: Int64 = 0
    var blockTime: Int64 = 0
    var blockNumber: UInt64 = 0
    /// Blocks in a row that were too slow, or too fast.
    var slowBlocks: Int32 = 0
    var fastBlocks: Int32 = 0
    var finding = FindingThread()

    /// Intervals of a block.
    static let blockLength: Int32 = 5
    /// Blocks in a row that show another cycle time.
    static let blocks: Int32 = 2

    /// What was measured does not count.
    mutating func restartBlock() { intervals = -1 }

    /// What the mean interval is, in nanoseconds, once it is established to be another than wanted;
    /// `nil` while it is not, and 0 after a block that was as wanted.
    mutating func measure(
        alive: Int64, at time: Int64, number: UInt64, tolerance: Double
    ) -> Int64? {
        guard intervals >= 0 else {
            (intervals, blockAlive, blockTime, blockNumber) = (0, alive, time, number)
            return nil
        }
        intervals += 1
        guard intervals == Self.blockLength else { return nil }
        let slow = alive &- blockAlive
        let fast = time &- blockTime
        (intervals, blockAlive, blockTime) = (0, alive, time)
        let wanted = Double(cycle) * Double(Self.blockLength)
        if Double(slow) > wanted * (1 + tolerance) + 1e6 {
            (slowBlocks, fastBlocks) = (min(slowBlocks + 1, Self.blocks), 0)
        } else if findsFast, Double(fast) < wanted * (1 - tolerance) - 1e6, fast >= 0 {
            (fastBlocks, slowBlocks) = (min(fastBlocks + 1, Self.blocks), 0)
        } else {
            (slowBlocks, fastBlocks, blockNumber) = (0, 0, number)
            return 0
        }
        guard max(slowBlocks, fastBlocks) >= Self.blocks else { return nil }
        let mean = (slowBlocks > 0 ? slow : fast) / Int64(Self.blockLength)
        return max(1, mean)
    }
}

/// What is remembered of a node that sends cyclic messages.
struct NodeWatch: Sendable {
    var lastAlive: Int64 = 0
    var lastTime: Int64 = 0
    var lastNumber: UInt64 = 0
    var isHeard = false
    /// So long it may be silent.
    var limit: Int64
    var isJudged: Bool
    var watches: [Int32] = []
    var finding = FindingThread()
}
