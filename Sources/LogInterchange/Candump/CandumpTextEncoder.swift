public import CANFrame

/// Writes frames in candump's log format, as `candump -L` prints and `canplayer` reads it.
///
/// Events are not part of the format: of them only the names of the interfaces are used, unless the
/// style asks for lines of their own.
public struct CandumpTextEncoder: InterchangeEncoder {
    private var formatter: CandumpTextFormatter
    private var text: [UInt8]
    private var events = EventLine()
    public private(set) var unheld = UnheldContent()

    /// Writes in stretches of up to 64 KiB.
    public init(style: CandumpTextStyle = CandumpTextStyle()) {
        formatter = CandumpTextFormatter(style: style)
        text = [UInt8](repeating: 0, count: 65_536)
    }

    public mutating func widen(resolution: Int64, hasFDFBit: Bool) {
        let decimals = CandumpTextLayout.decimals(resolution: resolution)
        if decimals > formatter.style.decimals {
            formatter.style.decimals = CandumpTextLayout.usual(decimals)
        }
        formatter.style.writesFDFBit = hasFDFBit
    }

    /// Writes the lines of all frames; they have all reached the output when it returns.
    public mutating func write<Output: ByteSink & ~Copyable>(
        _ batch: borrowing FrameBatch, to output: inout Output
    ) throws(StreamError) {
        var next = 0
        countNames(of: batch)
        if formatter.style.showsEvents {
            for index in batch.events.indices {
                let event = batch.events[index]
                try write(batch, from: &next, to: event.rowIndex, &output)
                let line = events.text(of: event, decimals: formatter.style.decimals)
                if let line { try output.append(Array(line.utf8).span) }
            }
        } else {
            unheld.countEvents(of: batch)
        }
        try write(batch, from: &next, to: batch.count, &output)
        formatter.noteLastEvents(of: batch)
        if !formatter.style.showsDirection { unheld.countSent(of: batch) }
    }

    /// Counts the interfaces whose names are cut or changed, so that a text may have two of one name.
    private mutating func countNames(of batch: borrowing FrameBatch) {
        for index in batch.events.indices {
            guard case .channel(let description) = batch.events[index].kind else { continue }
            let isHeld =
                (1...InterfaceName.longest).contains(description.interface.utf8.count)
                && description.interface.utf8.allSatisfy { (0x21...0x7E).contains($0) }
            if !isHeld { unheld[.interfaceName] += 1 }
        }
    }

    private mutating func write<Output: ByteSink & ~Copyable>(
        _ batch: borrowing FrameBatch, from next: inout Int, to end: Int, _ output: inout Output
    ) throws(StreamError) {
        while next < end {
            let count: Int
            (next, count) = formatter.format(batch, from: next, to: end, into: &text)
            try output.append(text.span.extracting(0..<count))
        }
    }

    /// Nothing is held back: the output is complete already.
    public mutating func finish<Output: ByteSink & ~Copyable>(
        to output: inout Output
    ) throws(StreamError) {}
}
