import SignalDatabase
import VehicleSpec

extension SpecLint {
    /// Rules that name what a variant, or one supplier's control unit, does not have.
    func checkRules(_ built: VehicleBuilder.Built) {
        var rules: [Rule] = []
        var files: [String] = []
        for (path, file) in built.rules {
            var ids: Set<String> = []
            // Two of one file are told already.
            for rule in file.rules where ids.insert(rule.value.id).inserted {
                checkStep(rule, built)
                rules.append(rule.value)
                files.append(path)
            }
        }
        let problems = ResolvedRules.resolve(rules, with: RuleVocabulary(of: built.spec)).problems
        for problem in problems {
            let rule = rules[problem.rule]
            var mistake = SpecMistake(problem.error, in: files[problem.rule])
            mistake.cause = "rule '\(rule.id)': \(mistake.cause)"
            journal.note(mistake)
        }
    }

    /// The step of the plan that a rule is for.
    private func checkStep(_ rule: Placed<Rule>, _ built: VehicleBuilder.Built) {
        guard let step = rule.value.during, let plan = built.plan?.file,
            !plan.steps.contains(where: { $0.id.value == step })
        else { return }
        journal.note(
            rule.place,
            "rule '\(rule.value.id)': the plan '\(plan.id.value)' has no step '\(step)'",
            remedy: SpecHint.near(step, plan.steps.map(\.id.value), else: "its steps are"))
    }
}
