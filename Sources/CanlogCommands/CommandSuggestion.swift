import ArgumentParser

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
        let word = Array(word.lowercased().utf8)
        let ranked = names.map { ($0, distance(word, Array($0.utf8))) }.min { $0.1 < $1.1 }
        guard let ranked, ranked.1 <= max(1, min(word.count, 6) / 2) else { return nil }
        return ranked.0
    }

    /// How many characters must be inserted, removed, replaced or swapped with their neighbour
    /// (optimal string alignment).
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var rows = [Array(0...right.count)]
        for (i, character) in left.enumerated() {
            var row = [i + 1]
            for (j, other) in right.enumerated() {
                var best = min(rows[i][j + 1] + 1, row[j] + 1)
                best = min(best, rows[i][j] + (character == other ? 0 : 1))
                if i > 0, j > 0, character == right[j - 1], left[i - 1] == other {
                    best = min(best, rows[i - 1][j - 1] + 1)
                }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[left.count][right.count]
    }
}
