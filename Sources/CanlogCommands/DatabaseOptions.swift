import ArgumentParser
import CANFrame
import LocalFiles
import SignalViews

/// Which databases decode the frames: from the command line, else from the project's file.
struct DatabaseOptions: ParsableArguments {
    @Option(
        help: .init(
            "The database (.dbc) of all interfaces, or of one: can1=truck.dbc; may be repeated. "
                + "Remembered in .canlog.yaml beside the log.",
            valueName: "[interface=]file"),
        completion: .file(extensions: ["dbc"]), transform: BindingArgument.parse)
    var db: [BindingArgument] = []

    @Flag(help: "Remember --db in place of what the .canlog.yaml that was found says.")
    var remember = false

    @Flag(help: "Neither read nor write a .canlog.yaml.")
    var noProject = false

    func validate() throws {
        if remember && (db.isEmpty || noProject) {
            throw ValidationError("--remember remembers --db, and not together with --no-project")
        }
    }

    /// The databases for the log at `path`, `nil` or `-` for a live interface or standard input;
    /// `nil` if none is named anywhere.
    func databases(forLog path: String?) throws(StreamError) -> BoundDatabases? {
        let folder = Self.folder(ofLog: path)
        guard !db.isEmpty else {
            guard !noProject, let project = try ProjectFile.find(from: folder),
                !project.bindings.isEmpty
            else { return nil }
            do throws(StreamError) {
                return tellingHints(try BoundDatabases(project.bindings))
            } catch {
                throw StreamError(
                    place: project.path, cause: "it names \(error)",
                    remedy: "correct it, or give --db with --remember")
            }
        }
        return tellingHints(try BoundDatabases(db.map(\.binding)))
    }

    private static func folder(ofLog path: String?) -> String {
        path.flatMap { $0 == "-" ? nil : Folder.parent(of: Folder.resolved($0)) } ?? "."
    }

    /// Remembers what the command line names, once log and signals have shown to be right as well.
    func remember(forLog path: String?) {
        if !db.isEmpty, !noProject { keepInMind(in: Self.folder(ofLog: path)) }
    }

    /// The same, where nothing can be done without a database.
    func neededDatabases(forLog path: String?) throws(StreamError) -> BoundDatabases {
        guard let databases = try databases(forLog: path) else {
            throw StreamError(
                place: path == nil || path == "-" ? "databases" : path ?? "",
                cause: "no database is named for it", remedy: "give one: --db car.dbc")
        }
        return databases
    }

    private func tellingHints(_ databases: BoundDatabases) -> BoundDatabases {
        for hint in databases.databases.compactMap(\.hint) { StandardError.say(hint) }
        return databases
    }

    /// Writes the project's file where there is none, or where that is asked for; what cannot be
    /// written is a hint and no failure.
    private func keepInMind(in folder: String) {
        let given = Set(db.map { $0.binding.withResolvedPath })
        do throws(StreamError) {
            let found = try ProjectFile.find(from: folder)
            if let found {
                guard Set(found.bindings.map(\.withResolvedPath)) != given else { return }
                guard remember else {
                    StandardError.say(
                        "\(found.path) names other databases; --remember puts these in their place")
                    return
                }
            }
            let target = found.map { Folder.parent(of: $0.path) } ?? folder
            let path = try ProjectFile.write(db.map(\.binding), in: target)
            StandardError.say("remembered in \(path)")
        } catch {
            StandardError.say("not remembered: \(error)")
        }
    }
}

extension DatabaseBinding {
    fileprivate var withResolvedPath: DatabaseBinding {
        DatabaseBinding(interface: interface, path: Folder.resolved(path))
    }
}

/// `[IFACE=]FILE` as an argument.
struct BindingArgument: ExpressibleByArgument, Hashable {
    var binding: DatabaseBinding

    init?(argument: String) {
        guard let binding = DatabaseBinding(argument) else { return nil }
        self.binding = binding
    }

    static let parse = wanted("a file, or an interface with its file: can1=truck.dbc")
}

/// A pattern of signals as an argument.
struct SignalPatternArgument: ExpressibleByArgument, Hashable {
    var pattern: SignalPattern

    init?(argument: String) {
        guard let pattern = SignalPattern(argument) else { return nil }
        self.pattern = pattern
    }

    static let parse = wanted("MESSAGE.SIGNAL or SIGNAL, in which * and ? stand for others")
}

extension SignalSelection {
    /// What the patterns of --signal want; one that matches nothing is wrong usage.
    static func of(
        _ patterns: [SignalPatternArgument], in databases: BoundDatabases
    ) throws -> SignalSelection {
        do throws(UnknownSignal) {
            return try SignalSelection(patterns.map(\.pattern), in: databases)
        } catch {
            throw ValidationError("--signal: \(error)".printable)
        }
    }
}
