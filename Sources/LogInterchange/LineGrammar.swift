import CANFrame

/// What a line of a text log is.
enum TextLine {
    case frame
    /// Part of the header, a comment, or blank.
    case layout
    /// An event that is no frame.
    case other
}

/// A text format of which each line stands for itself.
protocol LineGrammar: TextLogGrammar where Fault == LineFault {
    /// Reads one line, and appends its frame.
    mutating func readLine(
        _ cursor: inout LineCursor, into batch: inout FrameBatch
    ) throws(LineFault) -> TextLine

    var isLastLineOpen: Bool { get set }
    var otherLines: UInt64 { get set }
}

extension LineGrammar {
    static var lineTooLong: LineFault { LineFault(.lineTooLong, column: TextLayout.bufferSize) }

    @inline(__always)
    mutating func parse(
        _ text: Span<UInt8>, from start: Int, end: Int, isLast: Bool,
        into batch: inout FrameBatch
    ) -> TextProgress<LineFault> {
        var position = start
        while position < end && !batch.isFull {
            let lineEnd = text.lineEnd(from: position, to: end)
            let isOpen = lineEnd == end
            if isOpen && !isLast { break }
            do throws(LineFault) {
                var cursor = LineCursor(text, start: position, end: lineEnd)
                switch try readLine(&cursor, into: &batch) {
                case .frame: if isOpen { isLastLineOpen = true }
                case .layout: break
                case .other:
                    // What is left of a frame may look like another event.
                    if isOpen { throw LineFault(.unfinished, column: end - position + 1) }
                    otherLines &+= 1
                }
            } catch {
                return TextProgress(used: position, fault: error)
            }
            lines &+= 1
            position = isOpen ? end : lineEnd &+ 1
        }
        return TextProgress(used: position, fault: nil)
    }
}
