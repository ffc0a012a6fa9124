import SignalDatabase
import YAMLText

/// `limits:` or `marginal:` of a step: `[11.8, 14.8]`, `{min: 5}`, `{max: "0.5 * BMS.pack_voltage"}`, or
/// such of several values by name, `{rpm: [1400, 2600]}`.
struct PlanLimits {
    /// Two ends, as far as they are written and are numbers.
    private struct Ends {
        var least: Double?
        var most: Double?
        var place: YAMLPlace
    }

    private let key: String
    private let fields: SpecFields
    /// By name of the value; empty for the only one.
    private var ends: [String: Ends] = [:]
    /// Ends that are reckoned.
    private(set) var expressions: [Placed<String>] = []

    init(_ key: String, _ fields: SpecFields) {
        self.key = key
        self.fields = fields
        if let entry = fields[key] { read(entry.value, name: "") }
    }

    private mutating func read(_ node: YAMLNode, name: String) {
        if let items = node.sequence {
            readPair(items, node.place, name)
            return
        }
        // A number alone is exactly that value.
        guard let entries = node.mapping else { return }
        var own = Ends(place: node.place)
        for entry in entries {
            switch entry.key {
            case "min": own.least = end(entry.value)
            case "max": own.most = end(entry.value)
            default: if name.isEmpty { read(entry.value, name: entry.key) }
            }
        }
        take(own, name)
    }

    private mutating func readPair(_ items: [YAMLNode], _ place: YAMLPlace, _ name: String) {
        let numbers = items.compactMap { $0.scalar.flatMap { Double($0.text) } }
        guard items.count == 2, numbers.count == 2, numbers.allSatisfy(\.isFinite) else {
            fields.note(
                place, "\(key): two numbers are wanted, the least and the greatest",
                "write '\(key): [11.8, 14.8]', or '{min: 11.8}'")
            return
        }
        take(Ends(least: numbers[0], most: numbers[1], place: place), name)
    }

    /// A number; what is reckoned is kept apart.
    private mutating func end(_ node: YAMLNode) -> Double? {
        guard let text = fields.texts(node, key).first else { return nil }
        if let number = Double(text.value) { return number }
        expressions.append(text)
        return nil
    }

    private mutating func take(_ own: Ends, _ name: String) {
        if let least = own.least, let most = own.most, least > most {
            fields.note(
                own.place,
                "\(key): \(least.decimalText) is greater than \(most.decimalText)",
                "write the lesser limit first; so, nothing is within")
            return
        }
        ends[name] = own
    }

    /// Tells what is beyond `limits`: what fails is not marginal.
    func check(within limits: PlanLimits) {
        if fields[key] != nil, fields[limits.key] == nil {
            fields.note(
                fields.place(of: key).yaml, "\(key): the step has no '\(limits.key)'",
                "write '\(limits.key)'; within them what is not '\(key)' is told")
        }
        for (name, inner) in ends.sorted(by: { $0.key < $1.key }) {
            guard let outer = limits.ends[name] else { continue }
            if let least = outer.least, let value = inner.least, value < least {
                tell(value, "below", least, inner.place, limits.key)
            }
            if let most = outer.most, let value = inner.most, value > most {
                tell(value, "above", most, inner.place, limits.key)
            }
        }
    }

    private func tell(
        _ value: Double, _ word: String, _ limit: Double, _ place: YAMLPlace, _ outer: String
    ) {
        fields.note(
            place, "\(key): \(value.decimalText) is \(word) the limit \(limit.decimalText)",
            "write '\(key)' within '\(outer)': what is between both passes, and is told")
    }
}
