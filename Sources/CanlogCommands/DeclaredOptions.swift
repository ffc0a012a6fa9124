import ArgumentParser
import YAMLText

/// The options that a command declares, asked of its declarations themselves.
struct DeclaredOptions {
    /// An option or a flag.
    struct Option: Hashable {
        /// Its long name.
        var name: String
        /// The long name that says the contrary of a flag: `no-listen-only`.
        var inverse: String?
        /// `o` of `-o`.
        var letters: [String]
        /// Whether it has no value.
        var isFlag: Bool
        /// Whether it may be given several times.
        var isRepeating: Bool
    }

    let options: [Option]

    /// What `command` declares; `left` are those of no interest.
    init(of command: (some ParsableCommand).Type, without left: Set<String>) {
        // The declarations as JSON, which is YAML: the reader of the one serves for the other.
        let tree = try? YAMLDocument(command._dumpHelp()).root
        let arguments = tree?["command"]?["arguments"]?.sequence ?? []
        let all = arguments.compactMap { argument -> Option? in
            let kind = argument["kind"]?.scalar?.text
            guard kind == "option" || kind == "flag" else { return nil }
            let names = argument["names"]?.sequence ?? []
            let texts = { (kind: String) in
                names.filter { $0["kind"]?.scalar?.text == kind }
                    .compactMap { $0["name"]?.scalar?.text }
            }
            guard let name = texts("long").first, !left.contains(name) else { return nil }
            return Option(
                name: name, letters: texts("short"), isFlag: kind == "flag",
                isRepeating: argument["isRepeating"]?.scalar?.text == "true")
        }
        // A flag and its contrary are declared as two.
        let flags = Set(all.filter(\.isFlag).map(\.name))
        options = all.compactMap { option in
            guard
                !(option.name.hasPrefix("no-") && flags.contains(String(option.name.dropFirst(3))))
            else { return nil }
            var option = option
            if flags.contains("no-" + option.name) { option.inverse = "no-" + option.name }
            return option
        }
    }

    /// The option of this long name.
    subscript(name: String) -> Option? { options.first { $0.name == name } }
}

/// What a command line already says.
struct GivenArguments {
    /// Long names of the options in it.
    private(set) var options: Set<String> = []
    /// Values of the options, the last one where there are several.
    private(set) var values: [String: String] = [:]
    private(set) var hasPositional = false
    /// Whether it asks for help or the like, and not for the work.
    private(set) var isQuestion = false

    init(_ words: [String], _ declared: DeclaredOptions) {
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                hasPositional = hasPositional || !rest.isEmpty
                return
            }
            guard word.hasPrefix("-"), word != "-" else {
                hasPositional = true
                continue
            }
            if ["-h", "--help", "--version", "--experimental-dump-help"].contains(word)
                || word.hasPrefix("--generate-completion-script")
            {
                isQuestion = true
            }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let option = declared.options.first { option in
                "--" + option.name == parts[0]
                    || option.inverse.map { "--" + $0 == parts[0] } == true
                    || !word.hasPrefix("--") && option.letters.contains { word.hasPrefix("-" + $0) }
            }
            guard let option else { continue }
            options.insert(option.name)
            if parts.count == 2 {
                values[option.name] = String(parts[1])
            } else if !option.isFlag, word.hasPrefix("--") || word.count == 2 {
                values[option.name] = rest.popFirst()
            }
        }
    }
}
