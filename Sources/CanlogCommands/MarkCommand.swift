import ArgumentParser

/// `canlog mark`
struct MarkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mark",
        abstract: "Put a word among the frames of a running recorder.",
        discussion: """
            It stands in the log behind what has arrived by now, as an event with its time; 'canlog \
            dump --events' shows it.

            Examples:
              canlog mark "door module replaced"
              canlog mark engine start
            """)

    @Argument(help: .init("What to store.", valueName: "text"))
    var text: [String]

    @OptionGroup var request: RecorderRequest

    func validate() throws {
        guard !text.joined().isEmpty else { throw ValidationError("a mark has at least one word") }
    }

    func run() throws {
        try request.send("mark", ["text": text.joined(separator: " ")])
    }
}
