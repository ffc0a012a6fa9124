import SignalDatabase
import VehicleSpec
import YAMLText

/// `rules/…yaml`: rules and the settings of automatic checks.
struct RulesFile {
    var id: Placed<String>
    var rules: [Placed<Rule>] = []
    /// What they say, by id.
    var conditions: [String: String] = [:]
    /// The checks that are on, where the file lists them.
    var listed: Set<AutomaticCheck>?
    /// Changes settings as the file says.
    var settings: [(inout CheckSettings) -> Void] = []
    private let fields: SpecFields

    static let keys = ["spec", "id", "title", "auto", "rules"]

    init?(_ fields: SpecFields) {
        guard let id = fields.identity() else { return nil }
        self.id = id
        self.fields = fields
        readChecks()
        var ids: Set<String> = []
        for item in fields.items("rules") {
            guard let rule = rule(item) else { continue }
            if !ids.insert(rule.value.id).inserted {
                fields.journal.note(
                    rule.place, "there are two rules '\(rule.value.id)'",
                    remedy: "name them apart: findings are known by them")
            }
            rules.append(rule)
            let words = ["when", "only-if"].compactMap { item[$0]?.scalar?.text }
            conditions[rule.value.id] = words.joined(separator: ", only if ")
        }
    }

    // MARK: Rules

    private static let ruleKeys = [
        "id", "when", "for", "clear-for", "only-if", "during", "finding", "severity", "text",
        "safety",
    ]

    private func rule(_ node: YAMLNode) -> Placed<Rule>? {
        guard let details = fields.fields(node, of: "a rule", keys: Self.ruleKeys),
            let id = details.neededText("id", "name the rule: 'id: ect-range'"),
            details.neededText("when", "say when it is violated: 'when: \"Msg.Signal > 5\"'") != nil
        else { return nil }
        let place = details.place(of: "id")
        // What is wrong with one key does not hide what is wrong with the others.
        let when = expression("when", details)
        let onlyIf = details["only-if"] == nil ? nil : expression("only-if", details)
        let hold = hold("for", details)
        let clearFor = self.hold("clear-for", details)
        if details["severity"] == nil {
            details.note(
                node.place, "the rule '\(id)' has no 'severity'",
                "write one of \(FindingSeverity.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let severity = details.word("severity", FindingSeverity.self) ?? .rework
        let finding = details.text("finding")
        let text = details.text("text")
        let safety = details.flag("safety") ?? false
        let during = details.text("during")
        guard let when else { return nil }
        var rule = Rule(
            id: id, when: when, severity: severity,
            place: RulePlace(line: place.line, column: place.column))
        rule.for = hold
        rule.clearFor = clearFor
        rule.onlyIf = onlyIf
        rule.during = during
        rule.finding = finding
        rule.text = text
        rule.safety = safety
        return Placed(rule, at: place)
    }

    /// Where the text of a value begins: behind its quote.
    private func start(_ key: String, _ details: SpecFields) -> RulePlace {
        let place = details.place(of: key)
        let isPlain = details[key]?.value.scalar?.isPlain ?? true
        return RulePlace(line: place.line, column: place.column + (isPlain ? 0 : 1))
    }

    private func expression(_ key: String, _ details: SpecFields) -> RuleExpression? {
        guard let text = details.text(key) else { return nil }
        do throws(RuleError) {
            return try RuleExpression(text, at: start(key, details))
        } catch {
            fields.journal.note(SpecMistake(error, key: key, in: fields.file))
            return nil
        }
    }

    private func hold(_ key: String, _ details: SpecFields) -> RuleHold? {
        guard let text = details.text(key) else { return nil }
        do throws(RuleError) {
            return try RuleHold(text, at: start(key, details))
        } catch {
            fields.journal.note(SpecMistake(error, key: key, in: fields.file))
            return nil
        }
    }

    // MARK: Automatic checks

    private static let settingKeys = [
        "off", "severities", "ignored", "start-up", "clear", "confirm", "cycle-tolerance",
        "gap-cycles", "gap-slack", "finds-fast-messages", "node-silence", "value-frames",
        "counter-errors", "counter-window", "bus-load", "error-frames",
    ]

    /// `auto:` as a list of the checks that are made, or as settings.
    private mutating func readChecks() {
        guard let entry = fields["auto"] else { return }
        if entry.value.mapping == nil {
            listed = Set(fields.texts("auto").compactMap { check($0) })
            return
        }
        let keys = Self.settingKeys + ["only"]
        guard let details = fields.fields("auto", keys: keys) else { return }
        if details["only"] != nil { listed = Set(details.texts("only").compactMap { check($0) }) }
        let off = Set(details.texts("off").compactMap { check($0) })
        settings.append { $0.off.formUnion(off) }
        for item in details.entries("severities") {
            let place = SpecPlace(item.place, in: fields.file)
            guard let check = check(Placed(item.key, at: place)) else { continue }
            guard let word = item.value.scalar?.text, let severity = FindingSeverity(rawValue: word)
            else {
                details.note(
                    item.value.place, "\(item.key): a severity is wanted",
                    "write one of \(FindingSeverity.allCases.map(\.rawValue).joined(separator: ", "))"
                )
                continue
            }
            settings.append { $0.severities[check] = severity }
        }
        readIgnored(details)
        readTimes(details)
        readNumbers(details)
    }

    private func check(_ word: Placed<String>) -> AutomaticCheck? {
        if let check = AutomaticCheck(rawValue: word.value) { return check }
        fields.journal.note(
            word.place, "there is no automatic check '\(word.value)'",
            remedy: SpecHint.near(
                word.value, AutomaticCheck.allCases.map(\.rawValue), else: "there are"))
        return nil
    }

    private mutating func readIgnored(_ details: SpecFields) {
        for item in details.items("ignored") {
            var check: AutomaticCheck?
            let subject: String?
            if item.mapping == nil {
                subject = item.scalar?.text
            } else {
                let parts = details.fields(
                    item, of: "an entry of 'ignored'", keys: ["check", "subject"])
                check = parts?.placedText("check").flatMap { self.check($0) }
                subject = parts?.neededText("subject", "write 'subject: PT.Engine.*'")
            }
            guard let subject else { continue }
            let exception = CheckSettings.Exception(check, subject: subject)
            settings.append { $0.ignored.append(exception) }
        }
    }

    private mutating func readTimes(_ details: SpecFields) {
        let times: [(String, WritableKeyPath<CheckSettings, Int64>)] = [
            ("start-up", \.startUp), ("clear", \.clear), ("confirm", \.confirm),
            ("gap-slack", \.gapSlack), ("node-silence", \.nodeSilence),
        ]
        for (key, path) in times {
            if let time = details.time(key) { settings.append { $0[keyPath: path] = time } }
        }
    }

    private mutating func readNumbers(_ details: SpecFields) {
        let parts: [(String, WritableKeyPath<CheckSettings, Double>, ClosedRange<Double>)] = [
            ("cycle-tolerance", \.cycleTolerance, 0.01...10),
            ("gap-cycles", \.gapCycles, 1...1_000),
            ("bus-load", \.busLoad, 0.01...1),
        ]
        for (key, path, range) in parts {
            guard let number = details.number(key) else { continue }
            guard range.contains(number) else {
                details.note(
                    details.place(of: key).yaml,
                    "\(key): it is from \(range.lowerBound.decimalText) to "
                        + range.upperBound.decimalText)
                continue
            }
            settings.append { $0[keyPath: path] = number }
        }
        let counts: [(String, WritableKeyPath<CheckSettings, Int>)] = [
            ("value-frames", \.valueFrames), ("counter-errors", \.counterErrors),
            ("counter-window", \.counterWindow), ("error-frames", \.errorFrames),
        ]
        for (key, path) in counts {
            if let count = details.whole(key, 1...1_000_000) {
                settings.append { $0[keyPath: path] = count }
            }
        }
        if let flag = details.flag("finds-fast-messages") {
            settings.append { $0.findsFastMessages = flag }
        }
    }

    /// The settings that several files make together: a check is on if any lists it, or none lists.
    static func settings(of files: [RulesFile]) -> CheckSettings {
        var settings = CheckSettings()
        let lists = files.compactMap(\.listed)
        if !lists.isEmpty {
            let on = lists.reduce(into: Set()) { $0.formUnion($1) }
            settings.off = Set(AutomaticCheck.allCases).subtracting(on)
        }
        for change in files.flatMap(\.settings) { change(&settings) }
        return settings
    }
}

extension SpecMistake {
    /// A mistake of a rule, at its own line and column.
    init(_ error: RuleError, key: String? = nil, in file: String) {
        self.init(
            at: SpecPlace(file: file, line: error.place.line, column: error.place.column),
            (key.map { "\($0): " } ?? "") + error.cause, remedy: error.hint)
    }
}
