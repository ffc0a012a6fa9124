import ArgumentParser
import SignalDatabase

/// What to say to a mistyped subcommand.
enum CommandSuggestion {
    /// Refuses arguments whose first is neither an option nor a subcommand, or asks for help about
    /// what is none.
    static func check(_ arguments: ArraySlice<String>) throws {
        try check(arguments.first)
        if arguments.first == "help" { try check(arguments.dropFirst().first) }
    }

    private static func check(_ argument: String?) throws {
        guard let argument, !argument.hasPrefix("-") else { return }
        let names = CanlogCommand.configuration.subcommands.compactMap {
            $0.configuration.commandName
        }
        guard !names.contains(argument), argument != "help" else { return }
        let nearest = nearest(to: argument, among: names)
        let hint =
            nearest.map { "did you mean '\($0)'?" }
            ?? "the commands are \(names.joined(separator: ", "))"
        throw ValidationError("there is no command '\(argument)'; \(hint)")
    }

    /// The name that differs least, if it is near enough to have been meant.
    static func nearest(to word: String, among names: [String]) -> String? {
        NearName.nearest(to: word, among: names)
    }
}
