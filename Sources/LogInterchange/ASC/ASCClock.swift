import CANFrame

/// What the stamps of an ASC log count from.
///
/// `date` tells when the measurement began, which is where absolute stamps count from. A trigger
/// block has a date of its own. python-can counts from the block's, and writes as `date` when the
/// file was made; Vector's tools go on counting from the measurement's start when a block begins
/// later. The first stamp of a block tells which it is: if it is 0, or falls behind those before,
/// the block has its own start.
struct ASCClock: Sendable {
    /// Each stamp counts from the one before, of whatever event.
    var isRelative = false
    private let localClock: LocalClock
    /// What the stamps count from; where relative, the latest of them.
    private var base: Int64 = 0
    private var measurement: Int64?
    private var latestOffset: Int64 = 0
    private var isFirstBlock = true
    /// The date of a block whose first stamp was not read yet.
    private var block: Int64?
    /// The most digits of a second in the dates.
    private(set) var decimals = 0

    init(localClock: LocalClock) {
        self.localClock = localClock
    }

    /// Dates to the second differ by up to one, and stamps may be taken a little later.
    private static let tolerance: Int64 = 1_500_000_000

    /// Takes note of the header's date.
    mutating func begin(measurement date: ASCDate) {
        let start = utc(date)
        measurement = start
        base = start
    }

    /// Takes note of a trigger block's date.
    mutating func begin(block date: ASCDate) {
        block = utc(date)
    }

    private mutating func utc(_ date: ASCDate) -> Int64 {
        decimals = max(decimals, date.decimals)
        let nanoseconds = date.wall.nanoseconds
        let second = date.wall.truncated(to: 1_000_000_000).nanoseconds / 1_000_000_000
        return nanoseconds &+ (localClock.utc(ofWall: second) &- second) &* 1_000_000_000
    }

    /// The moment `offset` nanoseconds after what the log counts from; `nil` beyond 64 bits.
    @inline(__always)
    mutating func time(of offset: Int64) -> Timestamp? {
        if block != nil { enterBlock(offset) }
        let (sum, isBeyond) = base.addingReportingOverflow(offset)
        if isBeyond { return nil }
        if isRelative { base = sum } else { latestOffset = offset }
        return Timestamp(nanoseconds: sum)
    }

    /// Finds out what the stamps of a block count from, whose first one is `offset`.
    private mutating func enterBlock(_ offset: Int64) {
        guard let block else { return }
        let distance = block &- (measurement ?? block)
        let isOwnStart: Bool
        if isRelative || offset == 0 || measurement == nil {
            isOwnStart = true
        } else if isFirstBlock {
            isOwnStart = (offset &- distance).magnitude > Self.tolerance.magnitude || distance <= 0
        } else {
            isOwnStart = offset < latestOffset
        }
        if isOwnStart { base = block }
        isFirstBlock = false
        self.block = nil
    }
}
