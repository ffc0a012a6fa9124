import ArgumentParser

/// `canlog trigger`
struct TriggerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trigger",
        abstract: "Let a recorder in trigger mode keep what it has and what comes.",
        discussion: """
            The recorder keeps the time before, as --trigger-before says, and records on, as \
            --trigger-after says; a trigger while it does extends that.

            Examples:
              canlog trigger
              canlog trigger "gearbox noise"
            """)

    @Argument(help: .init("Why, for the log.", valueName: "reason"))
    var reason: [String] = []

    @OptionGroup var request: RecorderRequest

    func run() throws {
        try request.send(
            "trigger", ["text": reason.isEmpty ? nil : reason.joined(separator: " ")])
    }
}
