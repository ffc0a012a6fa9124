public import CANFrame
import LocalFiles
import YAMLText

/// The file that remembers which databases belong to the logs of a folder and those below it.
///
/// ```yaml
/// databases: car.dbc
/// ```
/// or, where interfaces have databases of their own,
/// ```yaml
/// databases:
///   - car.dbc
///   - interface: can1
///     file: truck.dbc
/// ```
/// An item may also be `can1=truck.dbc`, as on the command line. Paths are relative to the file.
public struct ProjectFile: Sendable, Hashable {
    public static let name = ".canlog.yaml"

    /// Where the file is.
    public let path: String
    /// What it says, with paths as they can be opened from here.
    public let bindings: [DatabaseBinding]

    /// The file of `folder` or of the nearest folder above it; `nil` if there is none.
    public static func find(from folder: String) throws(StreamError) -> ProjectFile? {
        var folder = Folder.resolved(folder)
        guard folder.hasPrefix("/") else { return nil }
        while true {
            let path = folder == "/" ? "/" + name : "\(folder)/\(name)"
            if Folder.kind(of: path) == .file { return try ProjectFile(path: path) }
            if folder == "/" { return nil }
            folder = Folder.parent(of: folder)
        }
    }

    /// Reads the file at `path`; a mistake is told with its line, the key and what to do.
    public init(path: String) throws(StreamError) {
        let file = try streaming { () throws(SystemError) in try ReadableFile(path: path) }
        let count = Int(min(file.byteCount, UInt64(YAMLLimits().bytes) + 1))
        try self.init(file.bytes(at: 0, count: count), path: path)
    }

    /// Understands `text`, which messages call `path`.
    public init(_ text: [UInt8], path: String) throws(StreamError) {
        do throws(YAMLError) {
            bindings = try Self.bindings(text, in: Folder.parent(of: path))
        } catch {
            throw StreamError(
                place: "\(path):\(error.place.line)" + (error.key.map { ": \($0)" } ?? ""),
                cause: error.cause, remedy: error.remedy)
        }
        self.path = path
    }

    // MARK: Reading

    private static let key = "databases"

    private static func bindings(
        _ text: [UInt8], in folder: String
    ) throws(YAMLError) -> [DatabaseBinding] {
        guard let root = try YAMLDocument(text.span).root else { return [] }
        guard let entries = root.mapping else {
            throw YAMLError(
                at: root.place, "this is \(root.kind)", remedy: "write 'databases: car.dbc'")
        }
        var bindings: [DatabaseBinding] = []
        for entry in entries {
            guard entry.key == key else {
                throw YAMLError(
                    at: entry.place, key: entry.key, "there is no such key",
                    remedy: "the key is 'databases'")
            }
            bindings = try Self.bindings(of: entry.value, entry.key)
        }
        return bindings.map { binding in
            var binding = binding
            if !binding.path.hasPrefix("/") {
                binding.path = folder == "/" ? "/" + binding.path : "\(folder)/\(binding.path)"
            }
            return binding
        }
    }

    private static func bindings(
        of node: YAMLNode, _ key: String
    ) throws(YAMLError) -> [DatabaseBinding] {
        switch node.content {
        case .scalar: return [try binding(node, key)]
        case .mapping: return [try described(node, key)]
        case .sequence(let items):
            var bindings: [DatabaseBinding] = []
            for item in items {
                let binding =
                    item.mapping == nil ? try binding(item, key) : try described(item, key)
                if bindings.contains(where: { $0.interface == binding.interface }) {
                    throw YAMLError(
                        at: item.place, key: key,
                        "\(binding.interface ?? "all interfaces") has a database already",
                        remedy: "write '- interface: can1' above 'file: \(binding.path)'")
                }
                bindings.append(binding)
            }
            return bindings
        }
    }

    /// `car.dbc` or `can1=truck.dbc`.
    private static func binding(_ node: YAMLNode, _ key: String) throws(YAMLError)
        -> DatabaseBinding
    {
        guard let scalar = node.scalar, !scalar.isNull, let binding = DatabaseBinding(scalar.text)
        else {
            throw YAMLError(
                at: node.place, key: key, "a database file is wanted, and this is \(node.kind)",
                remedy: "write 'databases: car.dbc'")
        }
        return binding
    }

    /// `interface: can1` with `file: truck.dbc`.
    private static func described(
        _ node: YAMLNode, _ key: String
    ) throws(YAMLError) -> DatabaseBinding {
        var binding = DatabaseBinding(path: "")
        for entry in node.mapping ?? [] {
            guard let scalar = entry.value.scalar, !scalar.isNull, !scalar.text.isEmpty else {
                throw YAMLError(
                    at: entry.value.place, key: entry.key,
                    "a name is wanted, and this is \(entry.value.kind)")
            }
            switch entry.key {
            case "interface": binding.interface = scalar.text
            case "file": binding.path = scalar.text
            default:
                throw YAMLError(
                    at: entry.place, key: entry.key, "there is no such key",
                    remedy: "the keys of a database are 'file' and 'interface'")
            }
        }
        guard !binding.path.isEmpty else {
            throw YAMLError(
                at: node.place, key: key, "no file is named", remedy: "write 'file: car.dbc'")
        }
        return binding
    }

    // MARK: Writing

    /// Writes a file in `folder` that says `bindings`, in place of one that is there, and gives its
    /// path.
    public static func write(
        _ bindings: [DatabaseBinding], in folder: String
    ) throws(StreamError) -> String {
        let folder = Folder.resolved(folder)
        let path = folder == "/" ? "/" + name : "\(folder)/\(name)"
        var text =
            "# Which databases decode the logs of this folder and those below it (canlog --db)\n"
        text += "\(key):\n"
        for binding in bindings {
            let file = quoted(relative(Folder.resolved(binding.path), to: folder))
            if let interface = binding.interface {
                text += "  - interface: \(quoted(interface))\n    file: \(file)\n"
            } else {
                text += "  - file: \(file)\n"
            }
        }
        var file = try ResultFile(path: path, replacing: true, permissions: 0o666)
        let bytes = Array(text.utf8)
        try file.append(bytes.span)
        try file.complete()
        return path
    }

    /// `path` as seen from `folder`, so that both can be moved together; both without links.
    static func relative(_ path: String, to folder: String) -> String {
        let steps = path.split(separator: "/")
        let base = folder.split(separator: "/")
        let common = zip(steps, base).prefix { $0 == $1 }.count
        guard path.hasPrefix("/"), common > 0 else { return path }
        let up = Array(repeating: Substring(".."), count: base.count - common)
        let relative = (up + steps[common...]).joined(separator: "/")
        // Without a folder in front, what precedes a `=` would be an interface.
        return relative.contains("=") ? "./" + relative : relative
    }

    /// `text` as a double-quoted scalar of YAML, where it needs that.
    private static func quoted(_ text: String) -> String {
        let plain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."),
                UInt8(ascii: "_"):
                true
            default: false
            }
        }
        if plain, YAMLScalar(text: text, isPlain: true).doubt == nil { return text }
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                result += "\\x" + (digits.count < 2 ? "0" : "") + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
