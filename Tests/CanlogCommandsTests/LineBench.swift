import CANFrame
import Glibc
import LocalFiles
import LogFile
import RecorderControl
import TestBench
import Testing

/// A folder of logs and the recorders that write there, as at the end of a line.
final class LineBench {
    let logs: String
    private let temporary: TemporaryFolder
    private let runtime: String

    init() throws {
        temporary = try TemporaryFolder()
        (logs, runtime) = (temporary.path + "/logs", temporary.path + "/run")
        _ = unsafe mkdir(logs, 0o755)
        _ = unsafe mkdir(runtime, 0o700)
    }

    /// Starts `canlog record` with these words into the folder, and waits until it can be asked.
    func start(_ words: [String], name: String = "bench", as user: [String] = []) throws -> Program
    {
        let program = try Program(
            user + [canlogPath, "record"] + words + ["-o", logs, "--name", name],
            environment: ["XDG_RUNTIME_DIR": runtime])
        _ = waitUntil(.seconds(60)) { LocalConnection.isAnswered(at: socket(name)) }
        return program
    }

    /// Runs another command of canlog beside the recorders.
    func run(_ words: [String]) throws -> ProgramResult {
        try Program([canlogPath] + words, environment: ["XDG_RUNTIME_DIR": runtime]).wait()
    }

    func socket(_ name: String = "bench") -> String { runtime + "/canlog/\(name).sock" }

    /// Asks a recorder as `canlog next` and others do.
    func ask(
        _ word: String, _ values: [String: String] = [:], of name: String = "bench"
    ) throws -> ControlReply? {
        try RecorderSocket.ask(
            ControlRequest(word, values), at: socket(name), waiting: .seconds(60))
    }

    /// All logs of the folder.
    func read() throws -> [RecordedLog] {
        try Folder.names(in: logs).filter { $0.hasSuffix(".canlog") }.sorted()
            .map { try RecordedLog(path: logs + "/" + $0) }
    }

    /// The counters in the payloads on an interface, in all logs, sorted.
    static func numbers(of logs: [RecordedLog], on interface: String) -> [UInt64] {
        logs.flatMap { $0.numbers(on: interface) }.sorted()
    }
}
