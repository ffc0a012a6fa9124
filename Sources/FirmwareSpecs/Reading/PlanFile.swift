import VehicleSpec
import YAMLText

/// `plans/…yaml`: the steps of a test, looked through here and run elsewhere.
struct PlanFile {
    /// A name in a step: `ECM.battery_voltage`, `PT.load`, `ESC_Wheels.WheelFL`.
    struct Mention {
        var role: String
        var name: String
        var place: SpecPlace
    }

    struct Step {
        var id: Placed<String>
        var action: String
        /// What the action is about, as it is written.
        var subject: Placed<String>
        /// The control units that it is about: roles, or `all`.
        var roles: [Placed<String>]
        /// Identifiers of roles, which are in the step's unit.
        var identifiers: [Mention] = []
        /// Identifiers in limits that are reckoned, and in products and quotients: in units of their own.
        var factors: [Mention] = []
        /// Routines of roles.
        var routines: [Mention] = []
        /// Signals of messages.
        var signals: [Mention] = []
        /// What each of `roles` must have under this name.
        var written: Placed<String>?
        var unit: Placed<String>?
        var expected: Placed<String>?
        /// All that is written of it, by key.
        var properties: [String: String] = [:]
    }

    var id: Placed<String>
    var revision: Int?
    var steps: [Step] = []

    static let keys = [
        "spec", "id", "title", "revision", "target-time", "on-fail", "steps",
    ]
    private static let actions = [
        "check", "read", "run", "write", "clear", "compare", "compute", "observe", "wait", "prompt",
    ]
    private static let checks = [
        "bus-health", "inventory", "released", "vin", "readiness", "findings", "trouble-codes",
        "coding",
    ]
    private static let stepKeys =
        ["id", "title", "text"] + actions + [
            "for", "limits", "marginal", "ecu", "ecus", "parallel", "on-fail", "expect", "safety",
            "always-after", "unit", "samples", "every", "use", "cpk", "max-difference",
            "addressing", "settle", "mask", "max", "from", "verify", "ignore-eol", "args", "retry",
            "during", "allow-incomplete", "timeout",
        ]

    init?(_ fields: SpecFields) {
        guard let id = fields.identity() else { return nil }
        self.id = id
        revision = fields.whole("revision", 0...1_000_000)
        _ = fields.time("target-time")
        checkWord(fields, "on-fail", ["continue", "stop"])
        var ids: Set<String> = []
        for item in fields.items("steps") {
            guard let step = step(item, fields) else { continue }
            if !ids.insert(step.id.value).inserted {
                fields.journal.note(
                    step.id.place, "there are two steps '\(step.id.value)'",
                    remedy: "name them apart: results are known by them")
            }
            steps.append(step)
        }
    }

    private func checkWord(_ fields: SpecFields, _ key: String, _ words: [String]) {
        guard let word = fields.text(key), !words.contains(word) else { return }
        fields.note(
            fields.place(of: key).yaml, "\(key): there is no '\(word)'",
            "write one of \(words.joined(separator: ", "))")
    }

    private func step(_ node: YAMLNode, _ fields: SpecFields) -> Step? {
        guard let details = fields.fields(node, of: "a step", keys: Self.stepKeys),
            details.neededText("id", "name the step: 'id: battery'") != nil,
            let id = details.placedText("id")
        else { return nil }
        checkWord(details, "on-fail", ["continue", "stop"])
        for key in ["for", "every", "settle", "timeout"] { _ = details.time(key) }
        let actions = Self.actions.filter { details[$0] != nil && $0 != "prompt" }
        let action = actions.first ?? (details["prompt"] != nil ? "prompt" : nil)
        guard let action, actions.count <= 1 else {
            details.note(
                node.place,
                actions.isEmpty
                    ? "the step '\(id.value)' does nothing"
                    : "the step '\(id.value)' does several things: \(actions.joined(separator: ", "))",
                actions.isEmpty
                    ? "write one of \(Self.actions.joined(separator: ", "))"
                    : "make a step of each")
            return nil
        }
        let subject = details.texts(action)
        var step = Step(
            id: id, action: action,
            subject: Placed(
                subject.map(\.value).joined(separator: ", "),
                at: subject.first?.place ?? id.place),
            roles: details.texts("ecus") + details.texts("ecu"))
        for entry in node.mapping ?? [] { step.properties[entry.key] = entry.value.plainText }
        read(subject, details, into: &step)
        if let after = details.placedText("always-after") {
            step.routines += mentions(in: after)
        }
        let limits = PlanLimits("limits", details)
        PlanLimits("marginal", details).check(within: limits)
        step.factors += limits.expressions.flatMap(mentions)
        if ["read", "compute", "compare"].contains(action) {
            step.unit = details.placedText("unit")
            step.expected = details.placedText("expect")
        }
        return step
    }

    private func read(_ subject: [Placed<String>], _ details: SpecFields, into step: inout Step) {
        switch step.action {
        case "check":
            for word in subject where !Self.checks.contains(word.value) {
                details.journal.note(
                    word.place, "there is no check '\(word.value)'",
                    remedy: SpecHint.near(word.value, Self.checks, else: "there are"))
            }
        case "read", "compute", "compare":
            for text in subject where text.value != "trouble-codes" {
                let mentions = mentions(in: text)
                let isProduct = text.value.contains { $0 == "*" || $0 == "/" }
                if isProduct { step.factors += mentions } else { step.identifiers += mentions }
                if step.action == "read", mentions.count != 1 {
                    details.journal.note(
                        text.place, "read: '\(text.value)' is no identifier of a role",
                        remedy: "write 'read: ECM.battery_voltage', or trouble-codes")
                }
            }
        case "run": step.routines += subject.flatMap(mentions)
        case "observe": step.signals += subject.flatMap(mentions)
        case "write": step.written = subject.first
        case "clear":
            for word in subject where word.value != "trouble-codes" {
                details.journal.note(
                    word.place, "clear: there is no '\(word.value)'",
                    remedy: "write 'clear: trouble-codes'")
            }
        default: break
        }
    }

    /// The names with a dot in a text.
    private func mentions(in text: Placed<String>) -> [Mention] {
        func isName(_ character: Character) -> Bool {
            character.isLetter || character.isNumber || character == "_"
        }
        let words = text.value.split { !isName($0) && $0 != "." }
        return words.compactMap { word in
            let parts = word.split(separator: ".", omittingEmptySubsequences: false)
            guard (2...3).contains(parts.count), parts[0].first?.isLetter == true,
                parts[1].first?.isLetter == true
            else { return nil }
            return Mention(role: String(parts[0]), name: String(parts[1]), place: text.place)
        }
    }

    /// What others see of it.
    func spec(file: String, text: String) -> PlanSpec {
        var plan = PlanSpec(id: id.value, file: file)
        plan.revision = revision
        plan.text = text
        plan.steps = steps.map {
            var step = PlanSpec.Step(
                id: $0.id.value, action: $0.action, subject: $0.subject.value)
            step.properties = $0.properties
            return step
        }
        return plan
    }
}
