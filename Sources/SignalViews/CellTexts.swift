import CANFrame
import SignalDatabase

/// The last text of each cell: numbers are written once where they change, and copied after that.
struct CellTexts {
    /// What of a signal stands in a cell.
    enum Kind: UInt8, BitwiseCopyable {
        case physical, raw
        /// The text of the raw value, if its table has one.
        case label
        /// That text, else the physical value.
        case labelOrPhysical
    }

    /// How labels are written, and numbers that are none.
    enum Style { case csv, json }

    private struct Plan {
        var kind: Kind
        var type: Signal.ValueType
        var decimals: UInt8
        /// The physical value is an integer that a double may not hold.
        var isExact: Bool
        var factor: Int64
        var offset: Int64
        /// The table of its labels, -1 for none.
        var labels: Int
        /// All bits of a signed signal, whose labels may be given without sign; else 0.
        var mask: Int64
    }

    private static let slot = NumberText.maximumCount

    private let style: Style
    private var plans: [Plan] = []
    private var bytes: [UInt8] = []
    private var counts: [UInt8] = []
    /// The label that stands in the cell instead of a number, -1 for none.
    private var shownLabels: [Int] = []
    private var tables: [[Int64: Int]] = []
    private var labels: [[UInt8]] = []

    init(style: Style) {
        self.style = style
    }

    var count: Int { plans.count }

    /// Adds a cell, which is empty; gives its index.
    mutating func add(_ kind: Kind, of signal: Signal) -> Int {
        let isInteger = signal.valueType == .unsigned || signal.valueType == .signed
        let factor = Int64(exactly: signal.factor)
        let offset = Int64(exactly: signal.offset)
        let isWhole = signal.factor.magnitude <= 0x1p53 && signal.offset.magnitude <= 0x1p53
        let isSigned = signal.valueType == .signed && signal.length < 64
        plans.append(
            Plan(
                kind: kind, type: signal.valueType,
                decimals: UInt8(
                    max(
                        NumberText.decimals(of: signal.factor),
                        NumberText.decimals(of: signal.offset))),
                isExact: isInteger && signal.length > 53 && factor != nil && offset != nil
                    && isWhole,
                factor: factor ?? 0, offset: offset ?? 0,
                labels: kind == .label || kind == .labelOrPhysical ? addTable(of: signal) : -1,
                mask: isSigned ? Int64.max >> Int64(63 - signal.length) : 0))
        bytes.append(contentsOf: repeatElement(0, count: Self.slot))
        counts.append(0)
        shownLabels.append(-1)
        return plans.count - 1
    }

    private mutating func addTable(of signal: Signal) -> Int {
        guard !signal.labels.isEmpty else { return -1 }
        var table: [Int64: Int] = [:]
        for label in signal.labels where table[label.raw] == nil {
            table[label.raw] = labels.count
            labels.append(
                style == .csv ? CSVText.field(label.text) : Array(JSONText.quoted(label.text).utf8))
        }
        tables.append(table)
        return tables.count - 1
    }

    mutating func clear(_ cell: Int) {
        counts[cell] = 0
        shownLabels[cell] = -1
    }

    /// Writes what stands in the cell for a value that the frame carries.
    @inline(__always)
    mutating func set(_ cell: Int, to value: SignalValue) {
        let plan = plans[cell]
        if plan.kind == .physical, !plan.isExact, style == .csv || value.physical.isFinite {
            var text = bytes.mutableSpan
            counts[cell] = UInt8(
                truncatingIfNeeded: NumberText.write(
                    value.physical, decimals: Int(plan.decimals), into: &text,
                    at: cell &* Self.slot))
        } else {
            setOther(cell, to: value, plan)
        }
    }

    @inline(never)
    private mutating func setOther(_ cell: Int, to value: SignalValue, _ plan: Plan) {
        if plan.labels >= 0 {
            shownLabels[cell] = label(of: value.rawInteger, plan) ?? -1
        }
        switch plan.kind {
        case .label: counts[cell] = 0
        case .raw: setRaw(cell, to: value, plan)
        case .physical, .labelOrPhysical: setPhysical(cell, to: value, plan)
        }
    }

    private func label(of raw: Int64, _ plan: Plan) -> Int? {
        let table = tables[plan.labels]
        return table[raw] ?? (plan.mask != 0 ? table[raw & plan.mask] : nil)
    }

    private mutating func setRaw(_ cell: Int, to value: SignalValue, _ plan: Plan) {
        let (style, start) = (style, cell * Self.slot)
        var text = bytes.mutableSpan
        let count: Int
        switch plan.type {
        case .unsigned: count = NumberText.write(value.rawBits, into: &text, at: start) - start
        case .signed:
            count = NumberText.write(signed: value.rawInteger, into: &text, at: start)
        case .float:
            let number = Double(Float(bitPattern: UInt32(truncatingIfNeeded: value.rawBits)))
            count = Self.write(number, style, decimals: 0, &text, at: start)
        case .double:
            count = Self.write(
                Double(bitPattern: value.rawBits), style, decimals: 0, &text, at: start)
        }
        counts[cell] = UInt8(count)
    }

    private mutating func setPhysical(_ cell: Int, to value: SignalValue, _ plan: Plan) {
        let (style, start) = (style, cell * Self.slot)
        var text = bytes.mutableSpan
        let bound: Int64 = 1 << 53
        let isSmall =
            plan.type == .signed
            ? (-bound...bound).contains(value.rawInteger) : value.rawBits <= UInt64(bound)
        guard plan.isExact, !isSmall else {
            counts[cell] = UInt8(
                Self.write(
                    value.physical, style, decimals: Int(plan.decimals), &text, at: start))
            return
        }
        let raw = plan.type == .signed ? Int128(value.rawInteger) : Int128(value.rawBits)
        var place = start
        // At most 2^64 x 2^53 + 2^53.
        for byte in (raw * Int128(plan.factor) + Int128(plan.offset)).description.utf8 {
            text[place] = byte
            place += 1
        }
        counts[cell] = UInt8(place - start)
    }

    /// JSON has no number that is none.
    private static func write(
        _ number: Double, _ style: Style, decimals: Int, _ text: inout MutableSpan<UInt8>,
        at start: Int
    ) -> Int {
        guard style == .csv || number.isFinite else {
            for (index, byte) in "null".utf8.enumerated() { text[start + index] = byte }
            return 4
        }
        return NumberText.write(number, decimals: decimals, into: &text, at: start)
    }

    /// Whether nothing stands in the cell.
    func isEmpty(_ cell: Int) -> Bool { counts[cell] == 0 && shownLabels[cell] < 0 }

    /// Appends what stands in the cell.
    @inline(__always)
    func put(_ cell: Int, to buffer: inout TextBuffer) {
        let label = shownLabels[cell]
        guard label < 0 else { return buffer.put(labels[label]) }
        let start = cell &* Self.slot
        buffer.put(bytes.span, start..<start &+ Int(counts[cell]))
    }
}

extension SignalState {
    /// In a cell of its own; empty for a value.
    var word: StaticString {
        switch self {
        case .valid: ""
        case .unknown: "unknown"
        case .absent: "absent"
        case .beyondFrame: "beyond the frame"
        case .notAvailable: "not available"
        case .error: "error"
        case .reserved: "reserved"
        }
    }
}

/// Fields of comma-separated values, RFC 4180.
enum CSVText {
    /// `text` without control characters, in quotes where it needs them.
    static func field(_ text: String) -> [UInt8] {
        // Byte by byte: a comma with a combining character behind it is one Character, and a comma.
        let bytes = Array(text.printable.utf8)
        let (comma, quote, space) = (UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: " "))
        guard
            bytes.contains(comma) || bytes.contains(quote) || bytes.first == space
                || bytes.last == space
        else { return bytes }
        var field = [quote]
        for byte in bytes {
            if byte == quote { field.append(quote) }
            field.append(byte)
        }
        return field + [quote]
    }
}
