/// Which database decodes which interface: `--db [IFACE=]FILE`.
public struct DatabaseBinding: Sendable, Hashable {
    /// The interface whose frames it decodes; `nil` for those that have no database of their own.
    public var interface: String?
    /// Where the database file is.
    public var path: String

    public init(interface: String? = nil, path: String) {
        self.interface = interface
        self.path = path
    }

    /// Reads `car.dbc` or `can1=truck.dbc`; `nil` where there is no file in it.
    ///
    /// What precedes the first `=` is an interface if the kernel could have one of that name; a file
    /// with `=` in its name is written with a folder: `./a=b.dbc`.
    public init?(_ text: String) {
        guard let sign = text.firstIndex(of: "="), Self.isInterfaceName(text[..<sign]) else {
            guard !text.isEmpty else { return nil }
            self.init(path: text)
            return
        }
        let path = text[text.index(after: sign)...]
        guard !path.isEmpty else { return nil }
        self.init(interface: String(text[..<sign]), path: String(path))
    }

    /// Whether the kernel could have an interface of this name (`dev_valid_name` in net/core/dev.c), or
    /// a merged log (`can0@host`).
    static func isInterfaceName(_ name: Substring) -> Bool {
        !name.isEmpty && name != "." && name != ".."
            && name.unicodeScalars.allSatisfy { $0.value > 0x20 && $0 != "/" && $0 != ":" }
    }
}

extension DatabaseBinding: CustomStringConvertible {
    /// As on the command line.
    public var description: String { interface.map { "\($0)=\(path)" } ?? path }
}
