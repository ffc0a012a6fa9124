public import CANFrame
import CSignalKernels

/// Decodes batches of frames into columns: for each stream the stamps, for each signal its values,
/// side by side.
///
/// The columns of a batch stand in buffers that the next batch takes again; memory is allocated only
/// for streams that are new and for batches with more values than any before. Batches of 16,384 to
/// 65,536 frames stay in the caches. Frames of one bus only should go through one decoder.
public struct ColumnDecoder: ~Copyable, Sendable {
    /// What the columns hold.
    public enum Form: Sendable, Hashable {
        /// raw x factor + offset.
        case physical
        /// Integers of as few bytes as the signal needs, to be scaled when they are asked for.
        case raw
    }

    public let plan: DecodePlan
    public let form: Form
    public let kernel: DecodeKernel
    let columnPlan: ColumnPlan
    var sorter: FrameSorter
    /// Of the batch decoded last.
    var blockStorage: [ColumnBlock] = []
    var columnStorage: [SignalColumn] = []
    /// Payloads and stamps, block by block; each block's begin at a multiple of 8.
    var words: [UInt64] = []
    var times: [Timestamp] = []
    var (wordCount, timeCount) = (0, 0)
    /// The values, one of the two by ``form``.
    var physical: [Double] = []
    var raw: [UInt64] = []
    var valueCount = 0
    /// The words of the block at hand as a signal needs them.
    var scratch: [UInt64] = []
    /// The blocks of the branches of the bucket at hand, -1 where none of its frames is in one.
    var branchBlocks: [Int] = []

    /// A decoder that has seen no frame. Streams beyond `maximumStreams` are not decoded but
    /// counted as ``refusedStreams``.
    public init(
        _ plan: DecodePlan, form: Form = .physical, kernel: DecodeKernel = .vector,
        maximumStreams: Int = 65_536
    ) {
        (self.plan, self.form, self.kernel) = (plan, form, kernel)
        columnPlan = ColumnPlan(plan)
        sorter = FrameSorter(plan, maximumStreams: maximumStreams)
    }

    /// The streams seen so far, in the order of their first frames.
    public var streams: Span<MessageStream> {
        @_lifetime(borrow self) borrowing get { sorter.table.streams.span }
    }

    /// How many streams beyond the maximum have been met and left out.
    public var refusedStreams: Int { sorter.table.refusedStreams }

    /// The blocks of the batch decoded last.
    public var blocks: Span<ColumnBlock> {
        @_lifetime(borrow self) borrowing get { blockStorage.span }
    }

    /// Their columns.
    public var columns: Span<SignalColumn> {
        @_lifetime(borrow self) borrowing get { columnStorage.span }
    }

    /// When the frames of a block were received.
    @_lifetime(borrow self)
    public borrowing func timestamps(of block: Int) -> Span<Timestamp> {
        let block = blockStorage[block]
        return times.span.extracting(block.firstTime..<block.firstTime + block.count)
    }

    /// The values of a column, of a decoder of physical values.
    @_lifetime(borrow self)
    public borrowing func physical(of column: Int) -> Span<Double> {
        precondition(form == .physical, "the decoder was made for raw values")
        let column = columnStorage[column]
        let count = blockStorage[column.block].count
        return physical.span.extracting(column.start..<column.start + count)
    }

    /// The raw values of a column, of a decoder of raw values.
    @_lifetime(borrow self)
    public borrowing func raw(of column: Int) -> RawColumn {
        precondition(form == .raw, "the decoder was made for physical values")
        let column = columnStorage[column]
        let count = blockStorage[column.block].count
        let end = column.start + (count * column.rawWidth + 7) / 8
        return RawColumn(
            raw.span.extracting(column.start..<end), count: count, width: column.rawWidth,
            isSigned: signal(of: column).sign != 0)
    }

    /// A single value with its state and its bits, which are exact up to 64 of them, whatever the
    /// decoder's form.
    public borrowing func value(of column: Int, at index: Int) -> SignalValue {
        let column = columnStorage[column]
        let block = blockStorage[column.block]
        precondition(index >= 0 && index < block.count, "the block has no such frame")
        let signal = signal(of: column)
        return signal.value(of: bits(of: signal, at: index, in: block))
    }

    func signal(of column: SignalColumn) -> SignalPlan {
        let message = sorter.table.streams[blockStorage[column.block].stream].message
        return plan.signals[Int(plan.messages[message].firstSignal) + column.signal]
    }

    func bits(of signal: SignalPlan, at index: Int, in block: ColumnBlock) -> UInt64 {
        let first = block.firstWord + index * block.stride
        guard block.stride > 1 else { return signal.bits(inWord: words[first]) }
        return signal.bits(inWords: words.span.extracting(first..<first + block.stride))
    }
}
