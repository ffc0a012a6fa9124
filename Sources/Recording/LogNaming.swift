public import CANFrame
import LocalFiles
public import LogFile

/// Where the logs of a recorder lie and how they are named.
public struct LogNaming: Sendable, Hashable {
    /// Words in braces that stand for what is known of a recording.
    public static let placeholders = [
        "vin", "attempt", "utc", "station", "line", "recorder", "host",
    ]
    /// The pattern where nobody gave another one.
    public static let standardPattern = "{vin}_{attempt}_{utc}"
    /// Longer names are cut: file systems take 255 bytes, and journals add to a name.
    static let nameLimit = 200

    /// The folder, empty for that of the process.
    public var folder: String
    /// Text and ``placeholders``, in parts joined by `_`; a part with nothing known in it is left
    /// out.
    public let pattern: String

    /// Names by `pattern`; throws where it could not give names.
    public init(folder: String, pattern: String = standardPattern) throws(StreamError) {
        let pattern =
            pattern.hasSuffix(LogFormat.suffix)
            ? String(pattern.dropLast(LogFormat.suffix.count)) : pattern
        self.folder = folder == "." ? "" : folder
        self.pattern = pattern
        for piece in Self.pieces(of: pattern) {
            if case .placeholder(let word) = piece, !Self.placeholders.contains(word) {
                throw StreamError(
                    place: "name pattern '\(pattern)'", cause: "{\(word)} stands for nothing",
                    remedy: "there are "
                        + Self.placeholders.map { "{\($0)}" }.joined(separator: " "))
            }
        }
        guard pattern.contains("{utc}") else {
            throw StreamError(
                place: "name pattern '\(pattern)'",
                cause: "without {utc} two logs would have one name", remedy: "add {utc}")
        }
        guard pattern.unicodeScalars.allSatisfy({ $0 != "/" && $0.value >= 0x20 }) else {
            throw StreamError(
                place: "name pattern '\(pattern)'", cause: "a name has no '/' and no line ends",
                remedy: "name the folder with -o")
        }
    }

    /// Names of the logs that a recorder in trigger mode writes until there is a trigger.
    var beforeTrigger: LogNaming {
        LogNaming(unchecked: folder, "{recorder}-before-trigger_{utc}")
    }

    /// Names of the standard pattern in the folder that holds `path`.
    init(beside path: String) {
        self.init(
            unchecked: path.contains("/") ? Folder.parent(of: path) : "", Self.standardPattern)
    }

    private init(unchecked folder: String, _ pattern: String) {
        (self.folder, self.pattern) = (folder, pattern)
    }

    /// The path for a log of this metadata; after the first attempt with a number, for when there is
    /// one of that name.
    public func path(for metadata: LogMetadata, attempt: Int = 1) -> String {
        let name = String(name(for: metadata).prefix(Self.nameLimit))
        // A name that begins with '-' would be an option to other commands.
        return inFolder(
            (name.hasPrefix("-") ? "_" : "") + name + (attempt > 1 ? "-\(attempt)" : "")
                + LogFormat.suffix)
    }

    /// The path of something else in the same folder.
    func inFolder(_ name: String) -> String {
        folder.isEmpty || folder.hasSuffix("/") ? folder + name : folder + "/" + name
    }

    private func name(for metadata: LogMetadata) -> String {
        var parts: [String] = []
        for part in pattern.split(separator: "_") {
            var text = ""
            var (asked, known) = (false, false)
            for piece in Self.pieces(of: String(part)) {
                switch piece {
                case .text(let words): text += words
                case .placeholder(let word):
                    asked = true
                    guard let value = Self.value(of: word, in: metadata) else { continue }
                    known = true
                    text += Self.fileNamePart(value)
                }
            }
            if known || !asked { parts.append(text) }
        }
        return parts.joined(separator: "_")
    }

    private static func value(of word: String, in metadata: LogMetadata) -> String? {
        let value: String? =
            switch word {
            case "vin": metadata.vin
            case "attempt": metadata.attempt.map { "\($0)" }
            case "utc": UTCTime(metadata.created).compactText
            case "station": metadata.station
            case "line": metadata.line
            case "recorder": metadata.recorder
            default: metadata.host
            }
        return value.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// What is scanned or typed may hold anything: what does not belong in a name becomes `-`.
    private static func fileNamePart(_ text: String) -> String {
        String(
            text.unicodeScalars.prefix(40).map { scalar -> Character in
                let isPlain =
                    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
                    || ("0"..."9").contains(scalar)
                return isPlain ? Character(scalar) : "-"
            })
    }

    private enum Piece {
        case text(String)
        case placeholder(String)
    }

    private static func pieces(of pattern: String) -> [Piece] {
        var pieces: [Piece] = []
        var rest = pattern[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            pieces.append(.text(String(rest[..<open])))
            pieces.append(.placeholder(String(rest[rest.index(after: open)..<close])))
            rest = rest[rest.index(after: close)...]
        }
        return pieces + [.text(String(rest))]
    }
}
