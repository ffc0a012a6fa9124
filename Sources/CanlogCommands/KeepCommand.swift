import ArgumentParser
import CANFrame
import LocalFiles
import LogFile
import Recording

/// `canlog keep`
struct KeepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keep",
        abstract: "Mark logs that are never to be removed when room is made.",
        discussion: """
            The mark is an empty file of the log's name and .keep beside it; a recorder with \
            --keep-size or --keep-for passes such logs over.

            Examples:
              canlog keep WVWZZZ1JZXW000001_1_20261122T093000Z.canlog
              canlog keep --undo *.canlog
            """)

    @Argument(help: .init("The logs.", valueName: "log"), completion: .file(extensions: ["canlog"]))
    var logs: [String]

    @Flag(help: "Take the mark away.")
    var undo = false

    func run() throws {
        var isComplete = true
        for log in logs {
            guard Self.isLog(log) || undo && KeepMark.isSet(on: log) else {
                StandardError.say(
                    Folder.exists(log)
                        ? "\(log): this is no canlog file, so no recorder would remove it"
                        : "\(log): there is no such file")
                isComplete = false
                continue
            }
            do throws(SystemError) {
                if undo { try KeepMark.remove(from: log) } else { try KeepMark.set(on: log) }
                if !undo, !Folder.exists(log) {
                    // A recorder that makes room was faster.
                    try KeepMark.remove(from: log)
                    StandardError.say("\(log): it has been removed just now")
                    isComplete = false
                }
                if KeepMark.isSet(on: log) != undo {
                    StandardOutput.write(
                        "\(log): \(undo ? "no longer kept" : "kept")".printable + "\n")
                }
            } catch {
                StandardError.say("\(error)")
                isComplete = false
            }
        }
        if !isComplete { throw ExitStatus.Early(code: ExitStatus.couldNot) }
    }

    private static func isLog(_ path: String) -> Bool {
        Folder.regularFileSize(path) != nil && path.hasSuffix(LogFormat.suffix)
    }
}
