import ArgumentParser
import CANFrame
import LogTools

/// `canlog info`
struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Tell what is in a log: times, frames by channel and ID, losses, metadata.",
        discussion: """
            A .canlog is not decoded for this, so that it takes milliseconds however long it is; it \
            may be recorded at the moment.

            Examples:
              canlog info night.canlog
              canlog info --json logs/*.canlog | jq '.frames'

            Exit status: 0 told; 3 something of a log is missing or damaged; 2 could not read it.
            """)

    @Argument(
        help: .init("The logs; '-' for standard input.", valueName: "file"),
        completion: .file())
    var files: [String]

    @OptionGroup(title: "How the log is read")
    var input: LogInputArguments

    @Flag(help: "One JSON object for each log, in one line each.")
    var json = false

    func run() throws {
        var status = ExitStatus.done
        for (index, file) in files.enumerated() {
            do throws(StreamError) {
                let report = try LogReport(of: LogInput(path: file, options: input.options()))
                if json {
                    StandardOutput.write(report.json.text + "\n")
                } else {
                    StandardOutput.write((index > 0 ? "\n" : "") + report.text)
                }
                for message in report.losses.messages {
                    StandardError.say(message)
                }
                if !report.losses.isEmpty, status == ExitStatus.done { status = ExitStatus.lossy }
            } catch {
                StandardError.say("\(error)")
                status = ExitStatus.couldNot
            }
        }
        if status != ExitStatus.done { throw ExitStatus.Early(code: status) }
    }
}
