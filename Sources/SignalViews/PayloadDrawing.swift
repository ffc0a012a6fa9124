import CANFrame
public import SignalDatabase

/// The bits of a payload as a table of 8 columns, a row for each byte, with the names of the signals
/// that have them.
///
/// In a cell stands the signal's name and, of one that goes over several rows, which bits of its raw
/// value are there: `15-8` in the first row and `7-0` in the second of a big-endian signal.
public struct PayloadDrawing {
    private let message: Message
    /// The signals that are drawn, by their place in the message.
    private let places: [Int]
    /// Of each bit of the payload the places, among ``places``, of the signals that have it.
    private var owners: [[Int]]
    /// How many characters a bit is wide, its left border included.
    private let bitWidth: Int

    /// Rows that are drawn: a longer payload is told of in words.
    private static let maximumRows = 256

    /// Draws `signals` in at most `width` columns, but 8 columns to a bit at least.
    public init(of message: Message, signals: [Int], width: Int) {
        self.message = message
        places = signals
        bitWidth = min(21, max(9, (width - 6) / 8))
        let ends = signals.compactMap { message.signals[$0].payloadBits.max() }
        let needed = ((ends.max() ?? -1) + 8) / 8
        owners = Array(
            repeating: [], count: min(max(message.length, needed), Self.maximumRows) * 8)
        for (order, place) in signals.enumerated() {
            for bit in message.signals[place].payloadBits where bit < owners.count {
                owners[bit].append(order)
            }
        }
    }

    public var lines: [String] {
        guard !owners.isEmpty else { return [] }
        var lines = [heading]
        let rows = owners.count / 8
        var row = 0
        while row < rows {
            let next = endOfUnused(from: row)
            lines.append(border(above: row))
            lines.append(next > row + 1 ? unusedRows(row..<next) : cells(of: row))
            row = next
            if row == message.length, row < rows { lines[lines.count - 1] += " end" }
        }
        lines.append(border(above: rows))
        return lines
    }

    /// Behind the rows from `row` on that no signal has, or behind `row`; those of the message and
    /// those beyond it are apart.
    private func endOfUnused(from row: Int) -> Int {
        var end = row
        let limit = row < message.length ? message.length : owners.count / 8
        while end < limit, owners[end * 8..<end * 8 + 8].allSatisfy(\.isEmpty) { end += 1 }
        return max(end, row + 1)
    }

    private func unusedRows(_ rows: Range<Int>) -> String {
        let label = "\(rows.lowerBound)-\(rows.upperBound - 1)"
        let text = Self.padded("unused", to: 8 * bitWidth - 1, isCentred: true)
        return Self.padded(label, to: 4, isRight: true) + " │\(text)│"
    }

    private var heading: String {
        "byte "
            + (0..<8).reversed().map { Self.padded("bit \($0)", to: bitWidth, isCentred: true) }
            .joined()
    }

    /// The owners of a bit; none above the first and below the last row.
    private func owners(row: Int, bit: Int) -> [Int]? {
        let index = row * 8 + bit
        return row >= 0 && index < owners.count ? owners[index] : nil
    }

    // MARK: Cells

    /// The runs of bits of a row, from bit 7 on, that belong to the same signals.
    private func runs(of row: Int) -> [(bits: ClosedRange<Int>, owners: [Int])] {
        var runs: [(bits: ClosedRange<Int>, owners: [Int])] = []
        for bit in (0..<8).reversed() {
            let present = owners[row * 8 + bit]
            if let last = runs.last, last.owners == present {
                runs[runs.count - 1].bits = bit...last.bits.upperBound
            } else {
                runs.append((bit...bit, present))
            }
        }
        return runs
    }

    private func cells(of row: Int) -> String {
        var line = Self.padded("\(row)", to: 4, isRight: true) + " "
        for run in runs(of: row) {
            let width = run.bits.count * bitWidth - 1
            line +=
                "│"
                + Self.padded(
                    text(of: run.owners, row, run.bits, width), to: width, isCentred: true)
        }
        return line + "│"
    }

    private func text(
        of owners: [Int], _ row: Int, _ bits: ClosedRange<Int>, _ width: Int
    ) -> String {
        guard let first = owners.first else { return "" }
        if owners.count > 1 {
            let isSwitched = owners.allSatisfy {
                message.signals[places[$0]].multiplexing.isSwitched
            }
            let names = owners.map { message.signals[places[$0]].longName.printable }
            let text = names.joined(separator: "+")
            if text.unicodeScalars.count <= width { return text }
            return Self.cut(
                isSwitched ? "(\(owners.count) switched)" : "(\(owners.count) signals)", to: width)
        }
        let signal = message.signals[places[first]]
        let name = signal.longName.printable
        let payloadBits = signal.payloadBits
        let inRow = payloadBits.indices.filter { payloadBits[$0] >> 3 == row }
        guard inRow.count < payloadBits.count, let low = inRow.first, let high = inRow.last else {
            return Self.cut(name, to: width)
        }
        let part = low == high ? " \(low)" : " \(high)-\(low)"
        return Self.cut(name, to: max(1, width - part.count)) + part
    }

    private static func cut(_ text: String, to width: Int) -> String {
        let scalars = text.unicodeScalars
        guard scalars.count > width else { return text }
        return String(String.UnicodeScalarView(scalars.prefix(max(0, width - 1)))) + "…"
    }

    static func padded(
        _ text: String, to width: Int, isCentred: Bool = false, isRight: Bool = false
    ) -> String {
        let room = max(0, width - text.unicodeScalars.count)
        let left = isRight ? room : isCentred ? room / 2 : 0
        return String(repeating: " ", count: left) + text
            + String(repeating: " ", count: room - left)
    }

    // MARK: Borders

    /// The line between two rows: drawn where they belong to different signals.
    private func border(above row: Int) -> String {
        var line = "     "
        for column in 0...8 {
            let bit = 7 - column
            line += corner(row: row, column: column)
            guard column < 8 else { break }
            let fill = isHorizontal(row: row, bit: bit) ? "─" : " "
            line += String(repeating: fill, count: bitWidth - 1)
        }
        while line.last == " " { line.removeLast() }
        return line
    }

    /// Where up to four lines meet, by which of them there are.
    private func corner(row: Int, column: Int) -> String {
        let up = isVertical(row: row - 1, column: column)
        let down = isVertical(row: row, column: column)
        let left = column > 0 && isHorizontal(row: row, bit: 8 - column)
        let right = column < 8 && isHorizontal(row: row, bit: 7 - column)
        return switch (up, down, left, right) {
        case (false, false, false, false): " "
        case (false, false, _, _): "─"
        case (_, _, false, false): "│"
        case (true, true, true, true): "┼"
        case (true, true, true, false): "┤"
        case (true, true, false, true): "├"
        case (true, false, true, true): "┴"
        case (false, true, true, true): "┬"
        case (true, false, true, false): "┘"
        case (true, false, false, true): "└"
        case (false, true, true, false): "┐"
        case (false, true, false, true): "┌"
        }
    }

    private func isHorizontal(row: Int, bit: Int) -> Bool {
        owners(row: row - 1, bit: bit) != owners(row: row, bit: bit)
            || owners(row: row, bit: bit)?.isEmpty == true
    }

    private func isVertical(row: Int, column: Int) -> Bool {
        guard owners(row: row, bit: 0) != nil else { return false }
        guard column > 0, column < 8 else { return true }
        return owners(row: row, bit: 8 - column) != owners(row: row, bit: 7 - column)
    }
}
