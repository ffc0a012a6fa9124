import SignalDatabase
import VehicleSpec

extension SpecLint {
    /// Rules that name what a variant, or one supplier's control unit, does not have.
    func checkRules(_ built: VehicleBuilder.Built) {
        for (path, file) in built.rules {
            for rule in file.rules {
                guard let step = rule.value.during, let plan = built.plan?.file,
                    !plan.steps.contains(where: { $0.id.value == step })
                else { continue }
                journal.note(
                    rule.place,
                    "the rule '\(rule.value.id)' is for the step '\(step)', which the plan "
                        + "\(plan.id.value) of \(built.spec.name) has not",
                    remedy: SpecHint.near(
                        step, plan.steps.map(\.id.value), else: "its steps are"))
            }
            _ = path
        }
    }
}
