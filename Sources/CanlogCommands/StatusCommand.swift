import ArgumentParser

/// `canlog status`
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say how a running recorder does.",
        discussion: """
            Examples:
              canlog status
              canlog status --json | jq .lost

            Exit status: 0 it answered; 2 no recorder runs, or more than one and none was named.
            """)

    @OptionGroup var request: RecorderRequest

    func run() throws {
        try request.send("status")
    }
}
