import ArgumentParser
import CANFrame
import LocalFiles
import SignalDatabase
import SignalViews

/// `canlog db diff`
struct DatabaseDiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Tell what changed from one database to another.",
        discussion: """
            Messages are the same by their ID, the rest by their name; signals by their name, the \
            rest by their bits, so that what was renamed is told as such. The order of lines is no \
            difference.

            Examples:
              canlog db diff car-3.1.dbc car-3.2.dbc
              canlog db diff --json old.dbc new.dbc | jq -r '.changes[].name'

            Exit status: 0 no difference; 1 they differ; 2 a file could not be read.
            """)

    @Argument(
        help: .init("The old database.", valueName: "old"), completion: .file(extensions: ["dbc"]))
    var old: String

    @Argument(
        help: .init("The new database.", valueName: "new"), completion: .file(extensions: ["dbc"]))
    var new: String

    @OptionGroup(title: "How the databases are read")
    var reading: DatabaseReadingOptions

    @Flag(help: "One JSON object, in one line.")
    var json = false

    func run() throws {
        let difference = DatabaseDifference(from: try reading.read(old), to: try reading.read(new))
        if json {
            StandardOutput.write(difference.json(old: old, new: new).text + "\n")
        } else {
            StandardOutput.write(difference.text + difference.summary + "\n")
        }
        if !difference.isEmpty { throw ExitStatus.Early(code: ExitStatus.negative) }
    }
}
