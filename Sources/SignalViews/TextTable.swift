import CANFrame

/// Lines of cells, each column as wide as it must be.
public struct TextTable {
    private let heading: [String]
    private var rows: [[String]] = []
    /// The columns whose cells stand on the right, as numbers do.
    private let rightColumns: Set<Int>

    public init(_ heading: [String], right: Set<Int> = []) {
        self.heading = heading
        rightColumns = right
    }

    /// Takes a line; nothing in it steers a terminal afterwards.
    public mutating func add(_ cells: [String]) { rows.append(cells.map(\.printable)) }

    public var isEmpty: Bool { rows.isEmpty }

    /// The lines, without blanks at their ends; a column that is empty throughout is left out.
    public func lines(withHeading: Bool = true, indent: Int = 0) -> [String] {
        let kept = heading.indices.filter { column in rows.contains { !$0[column].isEmpty } }
        let all = withHeading ? [heading] + rows : rows
        var widths = [Int](repeating: 0, count: heading.count)
        for row in all {
            for column in kept {
                widths[column] = max(widths[column], row[column].unicodeScalars.count)
            }
        }
        return all.map { row in
            var line = String(repeating: " ", count: indent)
            for column in kept {
                let room = max(0, widths[column] - row[column].unicodeScalars.count)
                let blanks = String(repeating: " ", count: room)
                line += rightColumns.contains(column) ? blanks + row[column] : row[column] + blanks
                line += "  "
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}

extension String {
    /// The text in lines of at most `width` characters, broken at blanks, each behind `indent` blanks;
    /// nothing in it steers a terminal.
    public func wrapped(to width: Int, indent: Int) -> [String] {
        let blanks = String(repeating: " ", count: indent)
        var lines: [String] = []
        for paragraph in split(separator: "\n", omittingEmptySubsequences: false) {
            var line = ""
            for word in paragraph.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\r" }) {
                let text = String(word).printable
                let length = line.unicodeScalars.count + 1 + text.unicodeScalars.count
                if !line.isEmpty, indent + length > width {
                    lines.append(blanks + line)
                    line = text
                } else {
                    line += line.isEmpty ? text : " " + text
                }
            }
            lines.append(line.isEmpty ? "" : blanks + line)
        }
        return lines
    }
}
