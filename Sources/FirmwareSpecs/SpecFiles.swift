public import CANFrame
import LocalFiles
import SignalDatabase

/// The files of a folder of specs in memory: what is resolved needs no disk.
public struct SpecFiles: Sendable {
    /// What each folder holds, by its name.
    enum Kind: String, CaseIterable {
        case profiles, dbc, ecus, vehicles, plans, rules

        var fileSuffix: String { self == .dbc ? ".dbc" : ".yaml" }
    }

    /// By path below the folder: `ecus/ecm/vireo-m3.yaml`.
    public private(set) var contents: [String: [UInt8]] = [:]
    /// What was found that is no file of specs, or too large.
    public private(set) var mistakes: [SpecMistake] = []

    /// A YAML file is larger than that by mistake only, in bytes.
    public static let maximumFileSize = 1 << 20
    /// Bytes of all files together.
    public static let maximumSize = 1 << 28
    public static let maximumFiles = 20_000
    /// Folders within one another.
    static let maximumDepth = 6
    private var size = 0

    public init() {}

    /// Files that are in memory already.
    public init(_ files: [String: [UInt8]]) {
        for (path, bytes) in files.sorted(by: { $0.key < $1.key }) { add(path, bytes) }
    }

    /// Whether a path is that of a file of specs; else why not.
    private static func refusal(of path: String) -> SpecMistake? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let place = SpecPlace(file: path, line: 1, column: 1)
        let folders = Kind.allCases.map(\.rawValue)
        guard parts.count > 1 else {
            return parts[0].hasSuffix(".md") || parts[0] == "LICENSE"
                ? nil
                : SpecMistake(
                    at: place, "beside the folders there is a file",
                    remedy: "put it into one of \(folders.joined(separator: ", "))",
                    severity: .warning)
        }
        guard let kind = Kind(rawValue: parts[0]) else {
            let near = NearName.nearest(to: parts[0], among: folders)
            return SpecMistake(
                at: place, "there is no folder '\(parts[0])'",
                remedy: near.map { "did you mean '\($0)'?" }
                    ?? "the folders are \(folders.joined(separator: ", "))")
        }
        if parts[parts.count - 1].hasSuffix(".md") { return nil }
        guard path.hasSuffix(kind.fileSuffix) else {
            return SpecMistake(
                at: place, "the file is not looked at",
                remedy: "a file of '\(kind.rawValue)' ends with \(kind.fileSuffix)",
                severity: .warning)
        }
        return nil
    }

    mutating func add(_ path: String, _ bytes: [UInt8]) {
        if let refusal = Self.refusal(of: path) {
            mistakes.append(refusal)
            return
        }
        guard let kind = path.split(separator: "/").first.flatMap({ Kind(rawValue: String($0)) }),
            path.hasSuffix(kind.fileSuffix)
        else { return }
        let place = SpecPlace(file: path, line: 1, column: 1)
        let limit = kind == .dbc ? Database.maximumFileSize : Self.maximumFileSize
        guard bytes.count <= limit, size + bytes.count <= Self.maximumSize,
            contents.count < Self.maximumFiles
        else {
            mistakes.append(
                SpecMistake(
                    at: place,
                    "the file is not read: it has \(bytes.count) bytes, or there are too many files",
                    remedy: "a file has at most \(limit) bytes, all \(Self.maximumSize)"))
            return
        }
        size += bytes.count
        contents[path] = bytes
    }

    /// The paths of a folder, in order.
    func paths(of kind: Kind) -> [String] {
        contents.keys.filter { $0.hasPrefix(kind.rawValue + "/") }.sorted()
    }
}

extension SpecFiles {
    /// Reads the folder at `path`; throws if it is none or cannot be read.
    public init(folder path: String) throws(StreamError) {
        self.init()
        guard Folder.isFolder(path) else {
            throw StreamError(
                place: path,
                cause: Folder.exists(path) ? "this is no folder" : "there is no such folder",
                remedy: "name the folder of the specs, which has the folder 'vehicles' in it")
        }
        try read(path, below: "", depth: 0)
    }

    private mutating func read(
        _ folder: String, below prefix: String, depth: Int
    ) throws(StreamError) {
        let entries = try streaming { () throws(SystemError) in try Folder.entries(in: folder) }
        for entry in entries.sorted(by: { $0.name < $1.name }) where !entry.name.hasPrefix(".") {
            let path = folder + "/" + entry.name
            if Folder.isFolder(path) {
                guard depth < Self.maximumDepth else {
                    mistakes.append(
                        SpecMistake(
                            at: SpecPlace(file: prefix + entry.name, line: 1, column: 1),
                            "more than \(Self.maximumDepth) folders within one another"))
                    continue
                }
                try read(path, below: prefix + entry.name + "/", depth: depth + 1)
            } else {
                try add(file: path, as: prefix + entry.name)
            }
        }
    }

    private mutating func add(file path: String, as name: String) throws(StreamError) {
        if let refusal = Self.refusal(of: name) {
            mistakes.append(refusal)
            return
        }
        guard Folder.kind(of: path) == .file else { return }
        let file = try streaming { () throws(SystemError) in try ReadableFile(path: path) }
        let limit = name.hasPrefix("dbc/") ? Database.maximumFileSize : Self.maximumFileSize
        // As large as the file, since memory costs when it is touched first; one byte more than may be,
        // so that what is too large is told as such.
        let size = Int(clamping: file.byteCount)
        var bytes = try file.bytes(at: 0, count: min(size, limit) + 1)
        // It has grown meanwhile, or does not tell its size.
        if bytes.count > size, size < limit { bytes = try file.bytes(at: 0, count: limit + 1) }
        add(name, bytes)
    }
}
