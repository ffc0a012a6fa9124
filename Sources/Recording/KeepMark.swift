public import LocalFiles

/// The mark that a log is to be kept: an empty file of its name and `.keep` beside it, which anyone can
/// see, set and copy.
public enum KeepMark {
    static let suffix = ".keep"

    /// Whether the log at `path` is to be kept.
    public static func isSet(on path: String) -> Bool { Folder.exists(path + suffix) }

    /// Marks the log at `path`; it may be marked already.
    public static func set(on path: String) throws(SystemError) {
        guard !isSet(on: path) else { return }
        let file = try WritableFile(creating: path + suffix)
        try file.synchronize()
        try Folder.synchronize(Folder.parent(of: path))
    }

    /// Takes the mark away; there may be none.
    public static func remove(from path: String) throws(SystemError) {
        try Folder.remove(path + suffix)
    }
}
