public import CANFrame
import Diagnostics
import SignalDatabase
public import VehicleSpec
import YAMLText

/// A folder of specs, read, resolved and looked through.
public struct SpecCatalog: Sendable {
    /// The variants of all vehicles, in order of name; those in which something is missing are not
    /// complete, and ``hasErrors`` is set.
    public private(set) var vehicles: [VehicleSpec] = []
    /// The families of control units by their base, and their versions, in order of id.
    public private(set) var families: [ControlUnitSpec] = []
    public private(set) var versions: [ControlUnitSpec] = []
    /// In order of file, line and column.
    public private(set) var mistakes: [SpecMistake] = []
    /// How many more mistakes there are than are listed.
    public private(set) var unlistedMistakes = 0
    /// How many files were read.
    public private(set) var fileCount = 0

    public var hasErrors: Bool { mistakes.contains { $0.severity == .error } }

    /// Reads the folder at `path`; throws if it is none.
    public init(folder path: String) throws(StreamError) {
        self.init(try SpecFiles(folder: path))
    }

    /// Reads files that are in memory; never fails: what is wrong is told.
    public init(_ files: SpecFiles) {
        let journal = SpecJournal()
        for mistake in files.mistakes { journal.note(mistake) }
        let folder = SpecFolder(files, journal)
        fileCount = files.contents.count
        var builder = VehicleBuilder(folder, journal)
        vehicles = builder.build().sorted { $0.name < $1.name }
        families = folder.units.values.map(\.base).sorted { $0.id < $1.id }
        versions = folder.units.values.flatMap(\.versions).sorted { $0.id < $1.id }
        var seen: Set<SpecMistake> = []
        mistakes = journal.mistakes.filter { seen.insert($0).inserted }.sorted {
            ($0.place.file, $0.place.line, $0.place.column, $0.cause)
                < ($1.place.file, $1.place.line, $1.place.column, $1.cause)
        }
        unlistedMistakes = journal.unlisted
    }
}

/// The files of a folder, each read for itself, by id or path.
final class SpecFolder {
    private let journal: SpecJournal
    private let files: SpecFiles
    private(set) var profiles: [String: ProfileFile] = [:]
    private(set) var units: [String: ControlUnitFile] = [:]
    private(set) var vehicles: [(path: String, file: VehicleFile)] = []
    private(set) var rules: [String: RulesFile] = [:]
    private(set) var plans: [String: PlanFile] = [:]
    private var canonicalTexts: [String: String] = [:]
    private var databases: [String: Database] = [:]
    /// Ids of files that could not be read: whoever names them is not wrong.
    private(set) var unreadIDs: Set<String> = []
    private(set) var unreadPaths: Set<String> = []
    /// Where each id stands that was met, by kind.
    private var idPlaces: [String: SpecPlace] = [:]
    private var usedProfiles: Set<String> = []
    private var usedPaths: Set<String> = []

    init(_ files: SpecFiles, _ journal: SpecJournal) {
        self.files = files
        self.journal = journal
        var patterns = PatternStore()
        for path in files.paths(of: .profiles) {
            guard let fields = fields(path, .profiles, ProfileFile.keys),
                let profile = ProfileFile(fields), isNew(profile.id, "profile", path)
            else {
                noteUnread(path)
                continue
            }
            profiles[profile.id.value] = profile
        }
        ProfileFile.check(profiles, journal)
        for path in files.paths(of: .ecus) {
            guard let fields = fields(path, .ecus, ControlUnitFile.keys),
                let unit = ControlUnitFile(
                    fields, profiles: profiles, unread: unreadIDs, &patterns,
                    usedProfiles: &usedProfiles)
            else {
                noteUnread(path)
                continue
            }
            if isNew(unit.id, "ECU", path) { units[unit.id.value] = unit }
        }
        for path in files.paths(of: .rules) {
            guard let fields = fields(path, .rules, RulesFile.keys), let file = RulesFile(fields),
                isNew(file.id, "rules file", path)
            else {
                unreadPaths.insert(path)
                continue
            }
            rules[path] = file
        }
        for path in files.paths(of: .plans) {
            guard let fields = fields(path, .plans, PlanFile.keys), let file = PlanFile(fields),
                isNew(file.id, "plan", path)
            else {
                unreadPaths.insert(path)
                continue
            }
            plans[path] = file
        }
        for path in files.paths(of: .vehicles) {
            guard let fields = fields(path, .vehicles, VehicleFile.keys),
                let file = VehicleFile(fields, &patterns), isNew(file.id, "vehicle", path)
            else {
                unreadPaths.insert(path)
                continue
            }
            vehicles.append((path, file))
        }
        if vehicles.isEmpty, files.mistakes.isEmpty, journal.mistakes.isEmpty {
            journal.note(
                SpecPlace(file: "vehicles", line: 1, column: 1), "there is no vehicle",
                remedy: "write vehicles/NAME.yaml")
        }
    }

    // MARK: Files

    private static let kinds: [SpecFiles.Kind: String] = [
        .profiles: "profile", .ecus: "ecu", .vehicles: "vehicle", .rules: "rules", .plans: "plan",
    ]

    private func fields(_ path: String, _ kind: SpecFiles.Kind, _ keys: [String]) -> SpecFields? {
        guard let bytes = files.contents[path] else { return nil }
        let root: YAMLNode?
        do throws(YAMLError) {
            let document = try YAMLDocument(bytes.span)
            root = document.root
        } catch {
            journal.note(SpecMistake(error, in: path))
            noteUnread(path)
            return nil
        }
        guard let root else {
            journal.note(
                SpecPlace(file: path, line: 1, column: 1), "the file is empty",
                remedy: "remove it")
            noteUnread(path)
            return nil
        }
        guard let fields = SpecFields(root, of: "the file", keys: keys, path, journal) else {
            noteUnread(path)
            return nil
        }
        if kind == .rules || kind == .plans { canonicalTexts[path] = root.canonicalText }
        let wanted = "canlog/\(Self.kinds[kind] ?? "")@1"
        guard let spec = fields.neededText("spec", "begin the file with 'spec: \(wanted)'") else {
            return fields
        }
        guard spec != wanted else { return fields }
        let isNewer = spec.hasPrefix(wanted.dropLast())
        fields.note(
            fields.place(of: "spec").yaml,
            isNewer
                ? "spec: '\(spec)' is not known to this canlog"
                : "spec: a file of '\(kind.rawValue)' is no '\(spec)'",
            isNewer ? "it knows \(wanted)" : "write 'spec: \(wanted)', or move the file")
        return fields
    }

    private func isNew(_ id: Placed<String>, _ kind: String, _ path: String) -> Bool {
        if let first = idPlaces["\(kind) \(id.value)"] {
            journal.note(
                id.place, "the id '\(id.value)' is that of another \(kind): \(first.file)",
                remedy: "name one of them otherwise")
            return false
        }
        idPlaces["\(kind) \(id.value)"] = id.place
        return true
    }

    /// Keeps the id of a file that could not be read, as far as a line says it.
    private func noteUnread(_ path: String) {
        unreadPaths.insert(path)
        guard let bytes = files.contents[path] else { return }
        for line in bytes.prefix(4_096).split(separator: UInt8(ascii: "\n")) {
            let text = String(decoding: line, as: UTF8.self)
            guard text.hasPrefix("id:") else { continue }
            let id = text.dropFirst(3).drop { $0 == " " }
            unreadIDs.insert(
                String(id.prefix { $0 != " " && $0 != "#" && $0 != "\r" }).replacing("\"", with: "")
            )
        }
    }

    // MARK: What others name

    func use(_ path: String) { usedPaths.insert(path) }

    /// The database of a path below the folder; each is read once.
    func database(_ path: String) -> Database? {
        usedPaths.insert(path)
        if let database = databases[path] { return database }
        guard path.hasPrefix("dbc/"), let bytes = files.contents[path] else { return nil }
        let database = Database(dbc: bytes.span)
        databases[path] = database
        for diagnostic in database.diagnostics where diagnostic.severity == .lost {
            journal.note(
                SpecPlace(file: path, line: diagnostic.line, column: diagnostic.column),
                diagnostic.cause, remedy: diagnostic.action, severity: .warning)
        }
        database.checkIdentifiers(in: path, journal)
        if database.messages.isEmpty {
            journal.note(
                SpecPlace(file: path, line: 1, column: 1), "there is no message in the database",
                remedy: "check that it is a DBC file")
        }
        return database
    }

    /// The text of a database, lines ended by line feeds.
    func databaseText(_ path: String) -> String {
        guard let bytes = files.contents[path] else { return "" }
        return Database.text(ofDBC: bytes.span)
    }

    /// The canonical form of a file of rules or a plan.
    func canonicalText(_ path: String) -> String { canonicalTexts[path] ?? "" }

    func paths(of kind: SpecFiles.Kind) -> [String] { files.paths(of: kind) }

    /// Warns of files that nothing names.
    func tellUnused() {
        // Whom a file names that could not be read is not known.
        guard !unreadPaths.contains(where: { $0.hasPrefix("vehicles/") }) else { return }
        let hasUnread = unreadPaths.contains { $0.hasPrefix("ecus/") }
        for (id, profile) in profiles where !hasUnread && !usedProfiles.contains(id) {
            journal.note(
                profile.id.place, "no ECU uses the profile '\(id)'",
                remedy: "name it in their 'uses', or remove it", severity: .warning)
        }
        for (id, unit) in units where !usedPaths.contains(unit.id.place.file) {
            journal.note(
                unit.id.place, "no slot of a vehicle has the ECU '\(id)'",
                remedy: "name it in a slot, or remove it", severity: .warning)
        }
        let kinds: [SpecFiles.Kind] = [.dbc, .rules, .plans]
        for path in kinds.flatMap(paths) where !usedPaths.contains(path) {
            journal.note(
                SpecPlace(file: path, line: 1, column: 1), "no vehicle uses the file",
                remedy: "name it in a variant, or remove it", severity: .warning)
        }
    }
}
