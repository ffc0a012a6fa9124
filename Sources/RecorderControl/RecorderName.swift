public import LocalFiles

/// A name that no other recorder of this user has while this value lives: what is removed as old, and
/// whom a command talks to, goes by it.
public final class RecorderName: Sendable {
    public let name: String
    /// Where the recorder of this name listens.
    public let socketPath: String
    private let lock: LockFile

    /// Takes `name`; throws `EAGAIN` where a recorder has it.
    public init(_ name: String) throws(SystemError) {
        let path = try RecorderSocket.path(for: name)
        let lock = try LockFile(path + ".lock")
        self.name = name
        socketPath = path
        self.lock = lock
    }

    /// Takes `name`, or the next of `name-2`, `name-3` … that is free.
    public static func any(like name: String) throws(SystemError) -> RecorderName {
        var number = 1
        while true {
            do throws(SystemError) {
                return try RecorderName(number == 1 ? name : "\(name)-\(number)")
            } catch {
                guard error.code == 11, number < 1_000 else { throw error }
            }
            number += 1
        }
    }
}
