public import CANFrame

/// Reads candump's log format (`candump -L`, `canplayer`), from a file, a pipe or a decompressor.
///
/// Interfaces become channels in the order in which they appear. Blank lines and lines that begin
/// with `#` or `;` are passed over. A faulty line ends the reading with its place and cause, or is
/// skipped and counted as a loss, as ``CandumpFaultPolicy`` says. The last line of a log that was cut
/// off is always skipped and counted, if frames stand before it.
public struct CandumpTextReader<Input: ByteStream & ~Copyable>: FrameSource, ~Copyable {
    private var input: Input
    private var parser = CandumpTextParser()
    private let policy: CandumpFaultPolicy
    /// `text[start..<end]` is read and not yet parsed; zeros follow.
    private var text: [UInt8]
    private var start = 0
    private var end = 0
    private var inputHasEnded = false
    /// The rest of a line that is too long is passed over.
    private var isInsideLongLine = false
    private var frames: UInt64 = 0
    private var unreportedLosses: UInt64 = 0

    /// How many lines were skipped because they are faulty.
    public private(set) var skippedLines: UInt64 = 0
    /// The first of the skipped lines, at most ten, with place and cause.
    public private(set) var skipped: [StreamError] = []

    /// Reads from `input`; the text is held 256 KiB at a time.
    public init(_ input: consuming Input, onFault policy: CandumpFaultPolicy = .stop) {
        self.input = input
        self.policy = policy
        text = [UInt8](repeating: 0, count: CandumpTextLayout.bufferSize + CandumpLine.padding)
    }

    /// The finest resolution of any stamp so far in nanoseconds, from its decimals; 1 µs at first.
    public var resolution: Int64 {
        parser.decimals == 0 ? 1000 : CandumpTextLayout.resolution(decimals: parser.decimals)
    }

    /// Whether the first CAN FD frame had `CANFD_FDF` in its flags digit; `nil` without such a frame.
    public var hasFDFBit: Bool? { parser.hasFDFBit }

    /// The last line is a frame but has no line end, so that it may have been cut.
    public var isLastLineOpen: Bool { parser.isLastLineOpen }

    /// Asks what the text comes from.
    public borrowing func ofInput<Value>(_ body: (borrowing Input) -> Value) -> Value {
        body(input)
    }

    /// Fills `batch` with what one stretch of text holds; waits as long as the input does, whatever
    /// `limit` says.
    public mutating func read(
        into batch: inout FrameBatch, waiting limit: Duration
    ) throws(StreamError) -> ReadOutcome {
        batch.firstFrameNumber = frames
        while true {
            try parse(into: &batch)
            // What is there goes on before a slow pipe is waited for.
            if !batch.isEmpty || inputHasEnded && start == end { break }
            try fill()
        }
        let atEnd = inputHasEnded && start == end
        if atEnd { reportLosses(before: batch.count, in: &batch) }
        frames += UInt64(batch.count)
        return batch.isEmpty && atEnd ? .ended : .batch
    }

    private mutating func parse(into batch: inout FrameBatch) throws(StreamError) {
        while start < end && !batch.isFull {
            if isInsideLongLine {
                skipLine()
                continue
            }
            let before = batch.count
            let text = self.text
            let progress = parser.parse(
                text.span, from: start, end: end, isLast: inputHasEnded, into: &batch)
            start = progress.used
            if batch.count > before { reportLosses(before: before, in: &batch) }
            if let fault = progress.fault {
                try handle(fault, hasFrames: frames + UInt64(batch.count) > 0)
            } else if end - start == CandumpTextLayout.bufferSize && !batch.isFull {
                let column = CandumpLine.maximumLength + 1
                try handle(CandumpFault(.lineTooLong, column: column), hasFrames: true)
            } else {
                break
            }
        }
    }

    /// Makes room and reads on; notes the end of the input.
    private mutating func fill() throws(StreamError) {
        if start > 0 {
            for index in start..<end { text[index - start] = text[index] }
            end -= start
            start = 0
        }
        // Taken out of self, so that the input can be changed while the text is.
        var text = self.text
        self.text = []
        defer { self.text = text }
        let count = try input.fill(&text, in: end..<CandumpTextLayout.bufferSize)
        end += count
        for index in end..<end + CandumpLine.padding { text[index] = 0 }
        inputHasEnded = count == 0
    }

    /// Ends the reading, or skips the line at `start` and counts it.
    private mutating func handle(_ fault: CandumpFault, hasFrames: Bool) throws(StreamError) {
        let next = CandumpTextParser.nextLine(text.span, after: start, end: end)
        let isOpen = text[next - 1] != UInt8(ascii: "\n")
        let isCut = isOpen && inputHasEnded && hasFrames
        let error = StreamError(
            place: "\(input.place):\(parser.lines + 1)",
            cause: isCut ? "the log was cut off inside this line" : fault.description,
            remedy: isCut || policy == .skip ? nil : "--lenient skips and counts such lines")
        guard isCut || policy == .skip else { throw error }
        if skipped.count < 10 { skipped.append(error) }
        skippedLines += 1
        unreportedLosses += 1
        isInsideLongLine = true
        skipLine()
    }

    /// Passes over the line at `start` as far as it has been read.
    private mutating func skipLine() {
        let next = CandumpTextParser.nextLine(text.span, after: start, end: end)
        let isOpen = text[next - 1] != UInt8(ascii: "\n")
        start = next
        isInsideLongLine = isOpen
        if !isOpen || inputHasEnded { parser.lines += 1 }
    }

    /// Puts the losses that are not in a batch yet before the row at `index`.
    private mutating func reportLosses(before index: Int, in batch: inout FrameBatch) {
        guard unreportedLosses > 0 else { return }
        batch.insert(
            BusEvent(
                rowIndex: index, timestamp: parser.latest, channel: nil,
                kind: .loss(Loss(cause: .malformed, frames: unreportedLosses))))
        unreportedLosses = 0
    }
}
