import CANFrame

extension [DatabaseChange.Field] {
    mutating func add(_ name: String, _ old: String?, _ new: String?) {
        guard old != new else { return }
        append(DatabaseChange.Field(name: name, old: old, new: new))
    }

    mutating func add(_ name: String, _ old: Int, _ new: Int) {
        add(name, String(old), String(new))
    }

    mutating func add(_ name: String, _ old: [String], _ new: [String]) {
        guard old != new else { return }
        add(name, old.joined(separator: ", "), new.joined(separator: ", "))
    }

    /// Each attribute by its name; of one that is given twice the last counts.
    mutating func add(attributes old: [Attribute], _ new: [Attribute]) {
        guard old != new else { return }
        let before = Dictionary(old.map { ($0.name, $0.value) }) { $1 }
        let after = Dictionary(new.map { ($0.name, $0.value) }) { $1 }
        for name in Set(before.keys).union(after.keys).sorted() {
            add("attribute \(name)", before[name]?.shownText, after[name]?.shownText)
        }
    }

    /// Each value by its number; of one that has two texts the first counts.
    mutating func add(labels old: [ValueLabel], _ new: [ValueLabel]) {
        guard old != new else { return }
        let before = Dictionary(old.map { ($0.raw, $0.text) }) { first, _ in first }
        let after = Dictionary(new.map { ($0.raw, $0.text) }) { first, _ in first }
        for raw in Set(before.keys).union(after.keys).sorted() {
            add("value \(raw)", before[raw], after[raw])
        }
    }
}

extension Message {
    /// The identifier as candump writes it.
    public var identifierText: String? { identifier.map { PackedID($0).description } }

    var groupTexts: [String] {
        signalGroups.map { group in
            group.name + ": " + group.signals.map { signals[$0].longName }.joined(separator: " ")
        }
    }

    /// `24|16 little-endian unsigned`, and of a multiplexed signal with what it is there.
    func layoutText(of place: Int) -> String {
        let signal = signals[place]
        let order = signal.byteOrder == .littleEndian ? "little-endian" : "big-endian"
        let layout = "\(signal.startBit)|\(signal.length) \(order) \(signal.valueType)"
        return multiplexingText(of: place).map { layout + ", " + $0 } ?? layout
    }

    /// `Mode = 1, 5-7` of a signal that is there with these values of a multiplexer; `nil` of one
    /// that is always there and selects no other.
    public func multiplexingText(of place: Int) -> String? {
        let multiplexing = signals[place].multiplexing
        guard multiplexing.isSwitched else {
            return multiplexing.isMultiplexer ? "multiplexer" : nil
        }
        let parent = multiplexing.multiplexer.map { signals[$0].longName } ?? "?"
        let values = multiplexing.values.map { range in
            range.lowerBound == range.upperBound
                ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
        }
        let text = parent + " = " + values.joined(separator: ", ")
        return multiplexing.isMultiplexer ? text + ", multiplexer" : text
    }
}
