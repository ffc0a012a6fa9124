import CANFrame
import LogTools
import SignalDatabase

/// Which signals of two logs had other values or another range.
struct SignalComparison {
    private(set) var changes: [StreamKey: [LogDifference.Change]] = [:]
    private var decoded: Set<StreamKey> = []

    init(
        _ first: String, _ second: String, _ databases: BoundDatabases,
        _ reading: LogInputOptions, partner: [String: String], progress: (Double?) -> Void
    ) throws(StreamError) {
        let left = try SignalContent(
            path: first, databases: databases, reading: reading, progress: progress)
        let right = try SignalContent(
            path: second, databases: databases, reading: reading, progress: progress)
        let keys = left.values.keys.sorted {
            ($0.interface, $0.identifier.rawValue, $0.message, $0.signal)
                < ($1.interface, $1.identifier.rawValue, $1.message, $1.signal)
        }
        for key in keys {
            guard let one = left.values[key] else { continue }
            var theirs = key
            theirs.interface = partner[key.interface] ?? key.interface
            guard let other = right.values[theirs] else { continue }
            let stream = StreamKey(interface: key.interface, identifier: key.identifier)
            decoded.insert(stream)
            if let change = Self.change(of: key.signal, one, other) {
                changes[stream, default: []].append(change)
            }
        }
    }

    /// Whether the databases know its message, so that its bytes need not be told.
    func isDecoded(_ key: StreamKey) -> Bool { decoded.contains(key) }

    private static func change(
        of name: String, _ one: SignalContent.Values, _ other: SignalContent.Values
    ) -> LogDifference.Change? {
        guard !one.isRange, !other.isRange else {
            guard one.least != other.least || one.greatest != other.greatest else { return nil }
            return .signal(name: name, first: one.range, second: other.range)
        }
        let (mine, theirs) = (Set(one.distinct.keys), Set(other.distinct.keys))
        guard mine != theirs else { return nil }
        return .signal(name: name, first: one.text, second: other.text)
    }
}

extension SignalContent.Values {
    private var unit: String { signal.unit.isEmpty ? "" : " " + signal.unit }

    /// `0..3200.5 rpm`
    var range: String {
        guard least <= greatest else { return "nothing" }
        return text(least) + (least < greatest ? ".." + text(greatest) : "") + unit
    }

    /// Few values as they are, with their labels; more as a range.
    var text: String {
        guard !isRange, !distinct.isEmpty, distinct.count <= 6 else { return range }
        let values = distinct.sorted { $0.value < $1.value }.map { raw, physical in
            signal.label(of: Int64(bitPattern: raw)) ?? text(physical)
        }
        return values.joined(separator: ", ") + unit
    }

    /// Without the zeros at its end.
    private func text(_ value: Double) -> String {
        let text = ShownValue.text(of: value, signal)
        guard text.contains("."), !text.contains("e") else { return text }
        let digits = text.reversed().drop { $0 == "0" }
        return String((digits.first == "." ? digits.dropFirst() : digits).reversed())
    }
}
