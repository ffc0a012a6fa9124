import Glibc
import LocalFiles

/// A folder of a test's own, removed with all that is in it when the test lets it go.
public final class TemporaryFolder: Sendable {
    /// Its path, below `TMPDIR` or `/tmp`.
    public let path: String

    public init() throws {
        var template = Array(((environment("TMPDIR") ?? "/tmp") + "/canlog-XXXXXX").utf8CString)
        // mkdtemp changes the last six characters of the array it is given, which ends with 0.
        let isMade = unsafe template.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return false }
            return unsafe mkdtemp(start) != nil
        }
        let code = errno
        guard isMade else {
            throw SystemError("mkdtemp", on: environment("TMPDIR") ?? "/tmp", code: code)
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        remove(path)
    }

    private func remove(_ path: String) {
        for name in (try? Folder.names(in: path)) ?? [] {
            let child = path + "/" + name
            if Folder.isFolder(child) { remove(child) } else { try? Folder.remove(child) }
        }
        // What cannot be removed stays in the temporary folder.
        _ = unsafe rmdir(path)
    }
}
