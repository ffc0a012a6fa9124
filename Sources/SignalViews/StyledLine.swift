import CANFrame

/// How a piece of text looks on a terminal.
public struct TextStyle: Sendable, Hashable {
    /// The colours that each terminal has, in its own shade.
    public enum Color: UInt8, Sendable {
        case red = 1
        case green = 2
        case yellow = 3
        case cyan = 6
    }

    public var color: Color?
    public var isBold = false
    public var isDim = false
    public var isReversed = false

    public init(
        color: Color? = nil, isBold: Bool = false, isDim: Bool = false, isReversed: Bool = false
    ) {
        self.color = color
        self.isBold = isBold
        self.isDim = isDim
        self.isReversed = isReversed
    }

    public static let plain = TextStyle()
    static let title = TextStyle(isBold: true)
    static let dim = TextStyle(isDim: true)
    static let bad = TextStyle(color: .red, isBold: true)
    static let doubtful = TextStyle(color: .yellow)

    /// Select Graphic Rendition (ECMA-48 8.3.117), from the default on; empty for plain text.
    func escape(colors: Bool) -> String {
        var codes: [String] = []
        if isBold { codes.append("1") }
        if isDim { codes.append("2") }
        if isReversed { codes.append("7") }
        if colors, let color { codes.append("3\(color.rawValue)") }
        return codes.isEmpty ? "" : "\u{1B}[" + codes.joined(separator: ";") + "m"
    }
}

/// A line of a screen: pieces of text, each with its looks.
public struct StyledLine: Sendable, Hashable {
    private var runs: [(text: String, style: TextStyle)] = []
    /// How many columns of a terminal it takes.
    public private(set) var width = 0

    public init() {}

    init(_ text: String, _ style: TextStyle = .plain) {
        add(text, style)
    }

    /// The text alone, without blanks at the end.
    public var text: String {
        var text = runs.map(\.text).joined()
        while text.utf8.last == UInt8(ascii: " ") { text.removeLast() }
        return text
    }

    /// Adds text; what would steer the terminal in it is made visible.
    mutating func add(_ text: String, _ style: TextStyle = .plain) {
        guard !text.isEmpty else { return }
        let shown = text.printable
        width += shown.columns
        if let last = runs.indices.last, runs[last].style == style {
            runs[last].text += shown
        } else {
            runs.append((shown, style))
        }
    }

    /// Adds blanks up to a column.
    mutating func pad(to column: Int, _ style: TextStyle = .plain) {
        guard column > width else { return }
        add(String(repeating: " ", count: column - width), style)
    }

    /// Adds text in a field: on its left side, cut if it does not fit.
    mutating func add(_ text: String, width: Int, _ style: TextStyle = .plain) {
        let end = self.width + width
        add(text.cut(to: width), style)
        pad(to: end)
    }

    /// Adds text in a field, on its right side.
    mutating func add(_ text: String, right width: Int, _ style: TextStyle = .plain) {
        let cut = text.cut(to: width)
        pad(to: self.width + width - cut.columns)
        add(cut, style)
    }

    /// The line in at most `columns`, filled up and turned round if it is selected.
    func fitted(to columns: Int, isSelected: Bool = false) -> StyledLine {
        var line = StyledLine()
        for run in runs where line.width < columns {
            var style = run.style
            style.isReversed = style.isReversed != isSelected
            line.add(run.text.cut(to: columns - line.width), style)
        }
        if isSelected { line.pad(to: columns, TextStyle(isReversed: true)) }
        return line
    }

    func forEachRun(_ body: (String, TextStyle) -> Void) {
        for run in runs { body(run.text, run.style) }
    }

    /// The line as a terminal takes it, with the looks reset at its end.
    public func escaped(colors: Bool) -> String {
        var result = ""
        for run in runs {
            let escape = run.style.escape(colors: colors)
            result += escape.isEmpty ? run.text : escape + run.text + "\u{1B}[0m"
        }
        return result
    }

    public static func == (left: StyledLine, right: StyledLine) -> Bool {
        left.runs.count == right.runs.count
            && zip(left.runs, right.runs).allSatisfy { $0.text == $1.text && $0.style == $1.style }
    }

    public func hash(into hasher: inout Hasher) {
        for run in runs {
            hasher.combine(run.text)
            hasher.combine(run.style)
        }
    }
}

extension String {
    /// How many columns of a terminal the text takes.
    var columns: Int {
        utf8.allSatisfy { $0 < 0x80 } ? utf8.count : unicodeScalars.reduce(0) { $0 + $1.columns }
    }

    /// The text in at most so many columns; `~` stands for what was cut.
    func cut(to limit: Int) -> String {
        guard columns > limit else { return self }
        guard limit > 0 else { return "" }
        var (result, width) = ("", 0)
        for scalar in unicodeScalars where width >= 0 {
            guard width + scalar.columns < limit else { break }
            result.unicodeScalars.append(scalar)
            width += scalar.columns
        }
        return result + "~"
    }
}

extension Unicode.Scalar {
    /// 0 of a mark over another character, 2 of an East Asian wide one, else 1.
    fileprivate var columns: Int {
        if value < 0x300 { return 1 }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        // The blocks that Unicode's EastAsianWidth has as wide, without its exceptions.
        switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
            0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F,
            0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}
