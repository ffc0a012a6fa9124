import VehicleDiagnosis
import VehicleSpec

/// Up to the first zero byte lines of rules, a condition each, `for`, `clear-for` and `only-if` behind `|`;
/// behind it records of four bytes: an input, a value, a step of time, and whether a frame carries it.
///
/// Places lie in the text, what is read is read again the same, what is resolved can be judged, and what is
/// found does not depend on when it is asked for: what opens has been closed, and what closes was open.
func fuzzRules(_ bytes: [UInt8]) {
    let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
    // As bytes: a carriage return and a line feed are one character.
    let lines = parts[0].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    var rules: [Rule] = []
    for (index, line) in lines.prefix(16).enumerated() {
        let text = String(decoding: line, as: UTF8.self)
        if let rule = readRule(text[...], number: index) { rules.append(rule) }
    }
    let (resolved, problems) = ResolvedRules.resolve(rules) {
        (input, place) throws(RuleError) in try fuzzedFacts(of: input, at: place)
    }
    precondition(resolved.rules.count + Set(problems.map(\.rule)).count == rules.count)
    precondition(resolved.windowBytes <= RuleWindow.maximumSamples * RuleWindow.bytesPerSample)
    guard parts.count > 1, !resolved.inputs.isEmpty else { return }
    let moments = Array(parts[1])
    let once = judge(resolved, moments, asksOften: false)
    precondition(once == judge(resolved, moments, asksOften: true))
    var open = Set<Int>()
    for event in once {
        precondition(
            event.kind == .opened
                ? open.insert(event.rule).inserted : open.remove(event.rule) != nil)
        precondition(event.began <= event.time && (event.ended ?? event.time) <= event.time)
    }
}

private func readRule(_ line: Substring, number: Int) -> Rule? {
    let words = line.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    let width = line.unicodeScalars.count
    do throws(RuleError) {
        let start = RulePlace(line: number + 1, column: 1)
        let expression = try RuleExpression(words[0], at: start)
        let again = try RuleExpression(words[0], at: start)
        precondition(again == expression)
        for reading in expression.readings {
            precondition(reading.place.line == number + 1 && reading.place.column <= width)
        }
        var rule = Rule(id: "r\(number)", when: expression, severity: .info, place: start)
        for (index, word) in words.dropFirst().enumerated() {
            switch index {
            case 0: rule.for = try? RuleHold(word)
            case 1: rule.clearFor = try? RuleHold(word)
            default: rule.onlyIf = try? RuleExpression(word)
            }
        }
        return rule
    } catch {
        precondition(error.place.line == number + 1)
        precondition((1...max(1, width + 1)).contains(error.place.column))
        return nil
    }
}

/// Names that begin with `n` are not known, those with `t` are texts; a letter gives the unit.
private func fuzzedFacts(
    of input: RuleInput, at place: RulePlace
) throws(RuleError) -> RuleFacts {
    var facts = RuleFacts(input)
    guard case .signal(_, let message, let signal) = input else {
        if case .message = input { facts.cycleTime = 10_000_000 }
        if case .finding = input { throw RuleError(at: place, "no finding") }
        return facts
    }
    if signal.hasPrefix("n") { throw RuleError(at: place, "no signal") }
    facts.isText = signal.hasPrefix("t")
    facts.unit = signal.hasPrefix("v") ? "V" : signal.hasPrefix("m") ? "ms" : nil
    facts.labels = signal.hasPrefix("l") ? [RuleLabel(text: "on", value: 1)] : []
    facts.cycleTime = message.hasPrefix("M") ? 1_000_000 : nil
    return facts
}

private func judge(
    _ rules: ResolvedRules, _ moments: [UInt8], asksOften: Bool
) -> [RuleEvent] {
    var engine = RuleEngine(rules)
    var events: [RuleEvent] = []
    var time: Int64 = 0
    var frame: UInt64 = 0
    for start in stride(from: 0, to: moments.count - 3, by: 4) {
        let step = Int64(moments[start + 2])
        // Now and then back, and to the ends of all times.
        time = step == 255 ? .max : step == 254 ? .min : time &+ (step - 2) * 500_000
        let flags = moments[start + 3]
        let hasFrame = flags & 1 == 0
        // A frame of its own, and so a moment of its own.
        if hasFrame, step != 0 {
            frame += 1
            if asksOften {
                events += engine.takeEvents()
                if flags & 2 != 0 { engine.advance(to: time) }
            }
        }
        let input = Int(moments[start]) % rules.inputs.count
        let raw = moments[start + 1]
        let value: Double? = raw == 255 ? nil : raw == 254 ? .infinity : Double(raw) / 4 - 20
        engine.set(input, value, at: time, frame: hasFrame ? frame : nil)
    }
    return events + engine.takeEvents()
}
