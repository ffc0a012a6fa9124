import CANFrame
import LocalFiles
import YAMLText

/// The configuration of a recorder: the long options of `canlog record` as keys of a YAML file.
///
/// Every key becomes arguments, and they are understood by the declarations that understand the
/// command line: what can be said there can be said here, in the same words.
struct StationFile {
    /// What a station is configured by, where nothing else is named.
    static let standardPath = "/etc/canlog/station.yaml"
    /// The key that stands for the arguments without a name.
    static let interfacesKey = "interfaces"
    /// Options of `canlog record` that make no sense in the file.
    private static let left: Set = ["config", "help", "version"]

    /// What a recorder is called that the file at `path` configures: `station`.
    static func name(of path: String) -> String {
        let name = Folder.name(of: path)
        return [".yaml", ".yml"].first { name.hasSuffix($0) }
            .map { String(name.dropLast($0.count)) } ?? name
    }

    /// The options that the file may have.
    static var declared: DeclaredOptions { DeclaredOptions(of: RecordCommand.self, without: left) }

    /// One key with what it says.
    struct Setting {
        var key: String
        var line: Int
        /// The same on a command line.
        var arguments: [String]
    }

    let path: String
    let settings: [Setting]

    /// Reads the file at `path`; a mistake is told with its line, the key and what to do.
    init(path: String) throws(StreamError) {
        try self.init(
            ConfigurationText.read(
                path, otherwise: "name the interfaces on the command line, or write the file"),
            path: path)
    }

    /// Understands `text`, which messages call `path`.
    init(_ text: [UInt8], path: String) throws(StreamError) {
        let declared = Self.declared
        var settings: [Setting] = []
        do throws(YAMLError) {
            guard let root = try YAMLDocument(text.span).root else {
                self.init(path: path, settings: [])
                return
            }
            guard let entries = root.mapping else {
                throw YAMLError(
                    at: root.place, "this is \(root.kind)",
                    remedy: "write 'key: value' in each line, for example 'interfaces: [can0]'")
            }
            for entry in entries {
                let arguments =
                    entry.key == Self.interfacesKey
                    ? try Self.interfaces(entry) : try Self.arguments(of: entry, declared)
                settings.append(
                    Setting(key: entry.key, line: entry.place.line, arguments: arguments))
            }
        } catch {
            throw StreamError(
                place: "\(path):\(error.place.line)" + (error.key.map { ": \($0)" } ?? ""),
                cause: error.cause, remedy: error.remedy)
        }
        self.init(path: path, settings: settings)
    }

    private init(path: String, settings: [Setting]) {
        self.path = path
        self.settings = settings
    }

    // MARK: Keys

    private static func interfaces(_ entry: YAMLEntry) throws(YAMLError) -> [String] {
        let names = try texts(of: entry)
        guard !names.isEmpty else {
            throw YAMLError(
                at: entry.place, key: entry.key, "the list is empty",
                remedy: "write 'interfaces: [can0, can1]', or 'any' for all")
        }
        for name in names where name.isEmpty || name.hasPrefix("-") {
            throw YAMLError(at: entry.place, key: entry.key, "'\(name)' is no interface")
        }
        return names
    }

    private static func arguments(
        of entry: YAMLEntry, _ declared: DeclaredOptions
    ) throws(YAMLError) -> [String] {
        guard let option = declared[entry.key] else {
            let names = declared.options.map(\.name) + [interfacesKey]
            let nearest = CommandSuggestion.nearest(to: entry.key, among: names)
            throw YAMLError(
                at: entry.place, key: entry.key, "there is no such option",
                remedy: nearest.map { "did you mean '\($0)'?" }
                    ?? "'canlog record --help' has all of them")
        }
        if option.isFlag {
            guard let isOn = entry.value.scalar?.boolean else {
                throw YAMLError(
                    at: entry.place, key: entry.key,
                    "\(described(entry.value)) is neither true nor false",
                    remedy: "write '\(entry.key): true' or '\(entry.key): false', without quotes")
            }
            return isOn ? ["--\(entry.key)"] : option.inverse.map { ["--\($0)"] } ?? []
        }
        let texts = try texts(of: entry)
        guard option.isRepeating || entry.value.scalar != nil else {
            throw YAMLError(
                at: entry.place, key: entry.key,
                "one value is wanted, and this is \(entry.value.kind)",
                remedy: "write '\(entry.key): value'")
        }
        return texts.map { "--\(entry.key)=\($0)" }
    }

    /// A value, those of a list, or those of a mapping as `key=value`.
    private static func texts(of entry: YAMLEntry) throws(YAMLError) -> [String] {
        switch entry.value.content {
        case .scalar: return [try text(of: entry.value, entry.key)]
        case .sequence(let items):
            var texts: [String] = []
            for item in items { texts.append(try text(of: item, entry.key)) }
            return texts
        case .mapping(let entries):
            var texts: [String] = []
            for part in entries {
                texts.append("\(part.key)=\(try text(of: part.value, entry.key))")
            }
            return texts
        }
    }

    private static func text(of node: YAMLNode, _ key: String) throws(YAMLError) -> String {
        guard let scalar = node.scalar else {
            throw YAMLError(
                at: node.place, key: key, "a single value is wanted, and this is \(node.kind)")
        }
        if scalar.isNull {
            throw YAMLError(
                at: node.place, key: key, "it has no value",
                remedy: "write one, or put a # before the line")
        }
        if scalar.doubt == "a boolean" {
            throw YAMLError(
                at: node.place, key: key, "a text is wanted, and \(scalar.text) reads as a boolean",
                remedy: "write it in quotes: \"\(scalar.text)\"")
        }
        return scalar.text
    }

    private static func described(_ node: YAMLNode) -> String {
        guard let scalar = node.scalar, !scalar.isNull else { return node.kind }
        return "'\(scalar.text)'"
    }
}
