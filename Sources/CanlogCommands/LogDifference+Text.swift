import CANFrame
import SignalViews

extension LogDifference {
    /// The difference for people: one line that says it, then what is only in one, what changed, and
    /// the order.
    var text: String {
        var lines = [verdict]
        lines += partners.map { "  \($0.second) of \(places.second) stands for \($0.first)" }
        lines += singles("only in \(places.first)", only.first)
        lines += singles("only in \(places.second)", only.second)
        lines += changed
        lines += orderLines
        return lines.map { $0.printable + "\n" }.joined()
    }

    private var verdict: String {
        guard !isEmpty else {
            return "the same: \(frames.first.counting("frame")) in the same order"
        }
        var parts: [String] = []
        let (first, second) = (UInt64(only.first.count), UInt64(only.second.count))
        if first > 0 { parts.append("\(first.counting("ID")) only in the first") }
        if second > 0 { parts.append("\(second.counting("ID")) only in the second") }
        if !streams.isEmpty { parts.append("\(UInt64(streams.count).counting("ID")) changed") }
        if order.departure != nil {
            parts.append("another order")
        } else if isApart {
            parts.append("other times")
        }
        return "they differ: " + parts.joined(separator: ", ")
    }

    private func singles(_ title: String, _ singles: [Single]) -> [String] {
        guard !singles.isEmpty else { return [] }
        var table = TextTable(["interface", "id", "frames", "message"], right: [2])
        for single in singles {
            table.add([
                single.key.interface, single.key.identifier.words, "\(single.frames)",
                single.message ?? "",
            ])
        }
        return ["", title] + table.lines(indent: 2)
    }

    private var changed: [String] {
        guard !streams.isEmpty else { return [] }
        var table = TextTable(["interface", "id", "what", "first", "second", "message"])
        for stream in streams {
            for (index, change) in stream.changes.enumerated() {
                let isFirst = index == 0
                let (what, first, second) = change.cells
                table.add([
                    isFirst ? stream.key.interface : "",
                    isFirst ? stream.key.identifier.words : "", what, first, second,
                    isFirst ? stream.message ?? "" : "",
                ])
            }
        }
        return ["", "changed"] + table.lines(indent: 2)
    }

    private var orderLines: [String] {
        var lines: [String] = [""]
        if errorFrames.first != errorFrames.second {
            lines.append(
                "error frames: \(errorFrames.first) in the first, \(errorFrames.second) in the second"
            )
        }
        if let departure = order.departure {
            lines.append(
                order.same == 0
                    ? "order: it departs at the first frame"
                    : "order: the first \(order.same.counting("frame")) are the same, then it departs"
            )
            lines.append("  \(places.first)  \(departure.first ?? "has ended")")
            lines.append("  \(places.second)  \(departure.second ?? "has ended")")
        } else {
            lines.append("order: the same")
        }
        if order.same > 0 {
            lines.append("times: " + beginning + "; from there " + distance)
        }
        return lines
    }

    private var beginning: String {
        guard order.offset != 0 else { return "both begin at the same moment" }
        let offset = FigureText.interval(Double(order.offset.magnitude))
        return "the second begins \(offset) " + (order.offset < 0 ? "earlier" : "later")
    }

    private var distance: String {
        guard order.apart != 0 else { return "their stamps are the same" }
        return "stamps are up to \(FigureText.interval(Double(order.apart))) apart, most at frame "
            + "\(order.apartAt)"
    }

    // MARK: JSON

    var json: JSONValue {
        [
            "first": .string(places.first),
            "second": .string(places.second),
            "isSame": .bool(isEmpty),
            "frames": .array([.count(frames.first), .count(frames.second)]),
            "errorFrames": .array([.count(errorFrames.first), .count(errorFrames.second)]),
            "onlyInFirst": .array(only.first.map(json)),
            "onlyInSecond": .array(only.second.map(json)),
            "partners": .array(
                partners.map { .array([.string($0.first), .string($0.second)]) }),
            "changed": .array(
                streams.map { stream in
                    [
                        "interface": .string(stream.key.interface),
                        "id": .string(stream.key.identifier.words),
                        "message": JSONValue(stream.message),
                        "changes": .array(stream.changes.map(\.json)),
                    ]
                }),
            "order": [
                "isSame": .bool(order.departure == nil),
                "sameFrames": .count(order.same),
                "first": JSONValue(order.departure?.first),
                "second": JSONValue(order.departure?.second),
                "offsetNanoseconds": .integer(order.offset),
                "apartNanoseconds": .integer(order.apart),
                "apartAt": .count(order.apartAt),
            ],
        ]
    }

    private func json(_ single: Single) -> JSONValue {
        [
            "interface": .string(single.key.interface),
            "id": .string(single.key.identifier.words),
            "frames": .count(single.frames),
            "message": JSONValue(single.message),
        ]
    }
}

extension LogDifference.Change {
    /// What changed, and how it was in both.
    fileprivate var cells: (what: String, first: String, second: String) {
        switch self {
        case .period(let first, let second):
            ("period", FigureText.interval(first), FigureText.interval(second))
        case .lengths(let first, let second): ("length", first, second)
        case .formats(let first, let second): ("format", first, second)
        case .byte(let index, let first, let second):
            ("byte \(index)", Self.text(first, beside: second), Self.text(second, beside: first))
        case .signal(let name, let first, let second): (name, first, second)
        }
    }

    /// All values if they are few, else what only this log has.
    private static func text(_ values: ByteSet, beside other: ByteSet) -> String {
        guard values.count > 6 else { return values.text }
        let own = values.subtracting(other)
        return values.text + (own.isEmpty || own == values ? "" : ", only here \(own.text)")
    }

    fileprivate var json: JSONValue {
        switch self {
        case .period(let first, let second):
            [
                "kind": .string("period"), "firstNanoseconds": .number(first, decimals: 0),
                "secondNanoseconds": .number(second, decimals: 0),
            ]
        case .lengths(let first, let second): Self.json("length", first, second)
        case .formats(let first, let second): Self.json("format", first, second)
        case .signal(let name, let first, let second):
            [
                "kind": .string("signal"), "signal": .string(name), "first": .string(first),
                "second": .string(second),
            ]
        case .byte(let index, let first, let second):
            [
                "kind": .string("byte"), "byte": .integer(Int64(index)),
                "first": .array(first.values.map { .integer(Int64($0)) }),
                "second": .array(second.values.map { .integer(Int64($0)) }),
            ]
        }
    }

    private static func json(_ kind: String, _ first: String, _ second: String) -> JSONValue {
        ["kind": .string(kind), "first": .string(first), "second": .string(second)]
    }
}

extension PackedID {
    /// `123`, `00000123`, with an R behind a remote frame's.
    fileprivate var words: String { description + (isRemote ? " R" : "") }
}
