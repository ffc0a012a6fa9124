import ArgumentParser
import Recording

/// Whether only what is around triggers is kept.
struct TriggerOptionGroup: ParsableArguments {
    @Option(
        help: .init(
            """
            Keep only what is around such a frame: ID, ID:MASK, ID#BYTES (. for any digit, /MASK \
            behind them), error-frame or bus-off; as often as you like.
            """, valueName: "condition"))
    var trigger: [String] = []

    @Option(
        help: .init(
            "Trigger mode: keep this much before a trigger; 10s if --trigger is given.",
            valueName: "time"),
        transform: TimeSpan.parse)
    var triggerBefore: TimeSpan?

    @Option(
        help: .init("Trigger mode: record this much behind the last trigger.", valueName: "time"),
        transform: TimeSpan.parse)
    var triggerAfter = TimeSpan(nanoseconds: 10_000_000_000)

    func validate() throws {
        for text in trigger where TriggerCondition(text) == nil {
            throw ValidationError(
                "'\(text)' is no trigger; wanted is an ID as candump writes it (7E8, 18DAF110), "
                    + "ID:MASK, ID#BYTES as 7E8#037F.., error-frame or bus-off")
        }
        if let before = triggerBefore, before.nanoseconds > 3_600_000_000_000 {
            throw ValidationError("--trigger-before is at most 1h")
        }
    }

    /// What was asked for; `nil` if everything is to be recorded.
    var options: TriggerOptions? {
        guard !trigger.isEmpty || triggerBefore != nil else { return nil }
        return TriggerOptions(
            before: .nanoseconds(triggerBefore?.nanoseconds ?? 10_000_000_000),
            after: .nanoseconds(triggerAfter.nanoseconds),
            conditions: trigger.compactMap { TriggerCondition($0) })
    }
}
