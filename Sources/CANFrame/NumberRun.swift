/// Rows of a batch whose frame numbers follow one another, up to the next run.
public struct NumberRun: Sendable, Hashable, BitwiseCopyable {
    /// The first row of the run.
    public let rowIndex: Int
    /// The number of that row's frame.
    public let number: UInt64

    @inlinable
    init(rowIndex: Int, number: UInt64) {
        self.rowIndex = rowIndex
        self.number = number
    }

    /// The number of the frame in `row`, which is in this run.
    @inlinable
    public func number(of row: Int) -> UInt64 { number &+ UInt64(row - rowIndex) }
}

extension FrameBatch {
    /// The number of the frame at `index` in its recording: frames of a part of a log, or of
    /// several logs merged, have numbers that do not follow one another.
    ///
    /// It means something only while ``isNumbered`` holds. In a merged log each recorder counts its
    /// own frames (``ChannelDescription/recorder``).
    @inlinable
    public func frameNumber(at index: Int) -> UInt64 {
        precondition(index >= 0 && index < count, "there is no such frame in the batch")
        var (low, high) = (0, storedRuns.count)
        while low < high {
            let middle = (low + high) / 2
            if storedRuns[middle].rowIndex <= index { low = middle + 1 } else { high = middle }
        }
        return low > 0
            ? storedRuns[low - 1].number(of: index) : firstFrameNumber &+ UInt64(index)
    }

    /// The number that the next frame will have if nothing else is said.
    @inlinable
    public var nextFrameNumber: UInt64 {
        storedRuns.last.map { $0.number(of: count) } ?? firstFrameNumber &+ UInt64(count)
    }

    /// Says that the next frame, and those that follow it, are numbered from `number` on.
    ///
    /// An empty batch is numbered from there as a whole; with `place`, that becomes its
    /// ``firstFrameNumber``, and `number` stands beside it.
    @inlinable
    public mutating func numberNext(as number: UInt64, place: UInt64? = nil) {
        if count == 0 {
            storedRuns.removeAll(keepingCapacity: true)
            firstFrameNumber = place ?? number
        }
        guard number != nextFrameNumber else { return }
        if let last = storedRuns.last, last.rowIndex == count { storedRuns.removeLast() }
        if number != nextFrameNumber {
            storedRuns.append(NumberRun(rowIndex: count, number: number))
        }
    }

    /// Where numbers do not go on from ``firstFrameNumber``, or from the frame before; empty in
    /// most batches.
    @inlinable
    public var numberRuns: Span<NumberRun> {
        @_lifetime(borrow self) borrowing get { storedRuns.span }
    }
}

/// Gives the numbers of a batch's frames one after another, faster than asking for each.
public struct NumberCursor: Sendable {
    @usableFromInline var run = 0

    /// Begins with the first row.
    @inlinable
    public init() {}

    /// The number of the frame in `row`; rows ascend from call to call.
    @inlinable
    public mutating func number(of row: Int, in batch: borrowing FrameBatch) -> UInt64 {
        let runs = batch.numberRuns
        while run < runs.count, runs[run].rowIndex <= row { run += 1 }
        return run > 0 ? runs[run - 1].number(of: row) : batch.firstFrameNumber &+ UInt64(row)
    }
}
