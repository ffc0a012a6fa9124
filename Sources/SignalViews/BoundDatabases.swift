public import CANFrame
import LocalFiles
public import SignalDatabase

/// One database file, loaded and compiled.
public struct BoundDatabase: Sendable {
    public let path: String
    public let database: Database
    public let plan: DecodePlan

    init(path: String) throws(StreamError) {
        database = try DatabaseFile.read(path)
        guard !database.messages.isEmpty else {
            throw StreamError(
                place: path, cause: "no message was found in it, so that nothing can be decoded",
                remedy: "name a DBC file; `canlog db check \(path)` says what is wrong with it")
        }
        plan = DecodePlan(database)
        self.path = path
    }

    /// Whether it has messages of J1939, which may be longer than a frame.
    var isJ1939: Bool { database.messages.contains { $0.format == .j1939 } }

    /// How many things in the file were lost or taken otherwise than written, in a line for people;
    /// `nil` if there are none.
    public var hint: String? {
        let lost = database.diagnostics.count { $0.severity == .lost }
        let repaired = database.diagnostics.count { $0.severity == .repaired }
        guard lost + repaired > 0 || database.unlistedDiagnostics > 0 else { return nil }
        var parts: [String] = []
        if lost > 0 { parts.append("\(UInt64(lost).counting("faulty statement")) left out") }
        if repaired > 0 { parts.append("\(repaired) repaired") }
        let rest = database.unlistedDiagnostics
        if rest > 0 { parts.append("\(rest) more not listed") }
        return "\(path): \(parts.joined(separator: ", ")); `canlog db check \(path)` lists them"
    }
}

/// The databases of a log or of live interfaces, each loaded once, and which interface has which.
public struct BoundDatabases: Sendable {
    public let databases: [BoundDatabase]
    /// The databases' files.
    public var paths: [String] { databases.map(\.path) }
    /// The database of an interface, as an index into ``databases``.
    private let indices: [String: Int]
    /// That of the others.
    private let general: Int?

    /// Loads what `bindings` name; a file that is bound several times is loaded once.
    public init(_ bindings: [DatabaseBinding]) throws(StreamError) {
        var databases: [BoundDatabase] = []
        var paths: [String: Int] = [:]
        var indices: [String: Int] = [:]
        var general: Int?
        for binding in bindings {
            let path = Folder.resolved(binding.path)
            let known = binding.interface.map { indices[$0] } ?? general
            if let known, paths[path] != known {
                let name = binding.interface ?? "all interfaces"
                throw StreamError(
                    place: binding.path,
                    cause: "\(name) has \(databases[known].path) already",
                    remedy: "bind one database to each interface: can0=\(databases[known].path)")
            }
            let index = paths[path] ?? databases.count
            if index == databases.count {
                databases.append(try BoundDatabase(path: binding.path))
                paths[path] = index
            }
            if let interface = binding.interface {
                indices[interface] = index
            } else {
                general = index
            }
        }
        self.databases = databases
        self.indices = indices
        self.general = general
    }

    /// The database that decodes the frames of an interface, as an index into ``databases``: its own,
    /// else that of all others; `nil` if there is neither.
    public func index(forInterface name: String) -> Int? { indices[name] ?? general }

    /// The interfaces that a database is bound to by name; `nil` of the one for all others.
    func interfaces(of database: Int) -> [String]? {
        general == database ? nil : indices.filter { $0.value == database }.map(\.key)
    }

    /// Interfaces that have a database of their own.
    public var interfaces: [String] { indices.keys.sorted() }
}
