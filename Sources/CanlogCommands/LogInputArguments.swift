public import ArgumentParser
import CanlogFiles
import LogInterchange
import LogTools

extension LogFileFormat: ExpressibleByArgument {}

/// How a log that is read is to be understood.
struct LogInputArguments: ParsableArguments {
    @Option(
        help: .init(
            "The format of the log, where content and name do not tell: \(LogFileFormat.names).",
            valueName: "format"))
    var fromFormat: LogFileFormat?

    @Flag(help: "Skip and count lines of a text that cannot be understood.")
    var lenient = false

    /// The options as the tools take them.
    func options(_ selection: SelectionOptions? = nil) -> LogInputOptions {
        var options = LogInputOptions()
        options.format = fromFormat
        options.onFault = lenient ? .skip : .stop
        options.selection = selection?.selection ?? LogSelection()
        return options
    }
}

extension LogLosses {
    /// Says on standard error what is missing, and ends the command with its exit status if
    /// something is.
    func report() throws(ExitStatus.Early) {
        for message in messages { StandardError.say(message) }
        if !isEmpty { throw ExitStatus.Early(code: ExitStatus.lossy) }
    }
}
