import Glibc
public import LocalFiles

extension Program {
    /// Runs the built `canlog`, which lies beside the test bundle.
    public static func canlog(_ arguments: String...) throws(SystemError) -> ProgramResult {
        try run([canlogPath] + arguments)
    }

    /// Runs a line of the shell, in which `canlog` is the built one.
    public static func shell(_ line: String) throws(SystemError) -> ProgramResult {
        try run(["bash", "-c", "canlog() { '\(canlogPath)' \"$@\"; }; \(line)"])
    }

    private static func run(_ arguments: [String]) throws(SystemError) -> ProgramResult {
        try Program(arguments).wait(.seconds(120))
    }
}

/// Where the built `canlog` lies: at `CANLOG_BINARY`, else in the folder of the test bundle.
public let canlogPath: String = {
    if let chosen = environment("CANLOG_BINARY") { return chosen }
    var buffer = [CChar](repeating: 0, count: 4096)
    // The kernel writes at most the count it is given; the last 0 stays.
    let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count - 1)
    let executable = String(
        decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let beside = Folder.parent(of: executable) + "/canlog"
    // Under `swift test` the process is the toolchain's, and the tests run from the package's folder.
    return Folder.exists(beside) ? beside : ".build/debug/canlog"
}()
