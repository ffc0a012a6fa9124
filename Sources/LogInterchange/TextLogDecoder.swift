import CANFrame

/// What one text format says of its lines.
///
/// Concrete on purpose: the decoder around it is generic over where its bytes come from.
protocol TextLogGrammar: Sendable {
    associatedtype Fault: Error & CustomStringConvertible

    /// Appends the frames of the lines in `text[start..<end]` until `batch` is full, a line is
    /// faulty, or the last is not whole, which counts as an end only if the text ends here.
    ///
    /// ``TextLayout/padding`` more characters can be read behind `end`.
    mutating func parse(
        _ text: Span<UInt8>, from start: Int, end: Int, isLast: Bool,
        into batch: inout FrameBatch
    ) -> TextProgress<Fault>

    /// The fault of a line that is longer than any good one.
    static var lineTooLong: Fault { get }
    /// Lines so far, with those that are passed over; the decoder adds those it skips.
    var lines: UInt64 { get set }
    /// The stamp of the last frame.
    var latest: Timestamp { get }
    /// All stamps so far are multiples of this many nanoseconds.
    var resolution: Int64 { get }
    /// The last line is a frame but had no line end.
    var isLastLineOpen: Bool { get }
    /// Lines that are no frames of CAN and no faults.
    var otherLines: UInt64 { get }
    /// Whether the flags of CAN FD frames had the bit `CANFD_FDF`; `nil` if nobody knows.
    var hasFDFBit: Bool? { get }
}

extension TextLogGrammar {
    var otherLines: UInt64 { 0 }
    var hasFDFBit: Bool? { nil }
}

/// How far a stretch of text was parsed.
struct TextProgress<Fault> {
    /// Up to which character; a faulty line begins there.
    var used: Int
    /// What is wrong with that line.
    var fault: Fault?
}

/// Sizes of the text that is held.
enum TextLayout {
    /// How much text is held at a time; at least twice the longest line.
    static let bufferSize = 256 * 1024
    /// Characters that can be read behind the end of the text, whatever they are.
    static let padding = 16

    /// Where the line after the one at `start` begins, or `end`.
    static func nextLine(_ text: Span<UInt8>, after start: Int, end: Int) -> Int {
        var position = start
        while position < end {
            if text[position] == UInt8(ascii: "\n") { return position + 1 }
            position += 1
        }
        return end
    }
}

/// Reads a text format line by line.
///
/// A faulty line ends the reading with its place and cause, or is skipped and counted as a loss, as
/// ``FaultPolicy`` says. The last line of a log that was cut off is always skipped and counted, if
/// frames stand before it.
struct TextLogDecoder<Grammar: TextLogGrammar>: InterchangeDecoder {
    private var grammar: Grammar
    private let policy: FaultPolicy
    /// `text[start..<end]` is read and not yet parsed; zeros follow.
    private var text: [UInt8]
    private var start = 0
    private var end = 0
    private var inputHasEnded = false
    /// The rest of a line that is too long is passed over.
    private var isInsideLongLine = false
    private var frames: UInt64 = 0
    private var unreportedLosses: UInt64 = 0
    private var skippedSoFar = ReadingGaps()

    /// Decodes the lines of `grammar`; the text is held 256 KiB at a time.
    init(_ grammar: Grammar, onFault policy: FaultPolicy) {
        self.grammar = grammar
        self.policy = policy
        text = [UInt8](repeating: 0, count: TextLayout.bufferSize + TextLayout.padding)
    }

    var resolution: Int64 { grammar.resolution }
    var hasFDFBit: Bool? { grammar.hasFDFBit }
    var gaps: ReadingGaps {
        var gaps = skippedSoFar
        gaps.isLastLineOpen = grammar.isLastLineOpen
        gaps.otherContent = grammar.otherLines
        return gaps
    }

    mutating func read<Input: ByteStream & ~Copyable>(
        from input: inout Input, into batch: inout FrameBatch
    ) throws(StreamError) -> ReadOutcome {
        batch.firstFrameNumber = frames
        while true {
            try parse(into: &batch, place: input.place)
            // What is there goes on before a slow pipe is waited for.
            if !batch.isEmpty || inputHasEnded && start == end { break }
            try fill(from: &input)
        }
        let atEnd = inputHasEnded && start == end
        if atEnd { reportLosses(before: batch.count, in: &batch) }
        frames += UInt64(batch.count)
        return batch.isEmpty && atEnd ? .ended : .batch
    }

    private mutating func parse(
        into batch: inout FrameBatch, place: String
    ) throws(StreamError) {
        while start < end && !batch.isFull {
            if isInsideLongLine {
                skipLine()
                continue
            }
            let before = batch.count
            let text = self.text
            let progress = grammar.parse(
                text.span, from: start, end: end, isLast: inputHasEnded, into: &batch)
            start = progress.used
            if batch.count > before { reportLosses(before: before, in: &batch) }
            let hasFrames = frames + UInt64(batch.count) > 0
            if let fault = progress.fault {
                try handle(fault, at: place, hasFrames: hasFrames)
            } else if end - start == TextLayout.bufferSize && !batch.isFull {
                try handle(Grammar.lineTooLong, at: place, hasFrames: true)
            } else {
                break
            }
        }
    }

    /// Makes room and reads on; notes the end of the input.
    private mutating func fill<Input: ByteStream & ~Copyable>(
        from input: inout Input
    ) throws(StreamError) {
        if start > 0 {
            for index in start..<end { text[index - start] = text[index] }
            end -= start
            start = 0
        }
        let count = try input.fill(&text, in: end..<TextLayout.bufferSize)
        end += count
        for index in end..<end + TextLayout.padding { text[index] = 0 }
        inputHasEnded = count == 0
    }

    /// Ends the reading, or skips the line at `start` and counts it.
    private mutating func handle(
        _ fault: Grammar.Fault, at place: String, hasFrames: Bool
    ) throws(StreamError) {
        let next = TextLayout.nextLine(text.span, after: start, end: end)
        let isOpen = text[next - 1] != UInt8(ascii: "\n")
        let isCut = isOpen && inputHasEnded && hasFrames
        let error = StreamError(
            place: "\(place):\(grammar.lines + 1)",
            cause: isCut ? "the log was cut off inside this line" : fault.description,
            remedy: isCut || policy == .skip ? nil : "--lenient skips and counts such lines")
        guard isCut || policy == .skip else { throw error }
        skippedSoFar.skip(error)
        unreportedLosses += 1
        isInsideLongLine = true
        skipLine()
    }

    /// Passes over the line at `start` as far as it has been read.
    private mutating func skipLine() {
        let next = TextLayout.nextLine(text.span, after: start, end: end)
        let isOpen = text[next - 1] != UInt8(ascii: "\n")
        start = next
        isInsideLongLine = isOpen
        if !isOpen || inputHasEnded { grammar.lines += 1 }
    }

    /// Puts the losses that are not in a batch yet before the row at `index`.
    private mutating func reportLosses(before index: Int, in batch: inout FrameBatch) {
        guard unreportedLosses > 0 else { return }
        batch.insert(
            BusEvent(
                rowIndex: index, timestamp: grammar.latest, channel: nil,
                kind: .loss(Loss(cause: .malformed, frames: unreportedLosses))))
        unreportedLosses = 0
    }
}
