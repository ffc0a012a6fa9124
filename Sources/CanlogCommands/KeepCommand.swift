import ArgumentParser
import LocalFiles
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
            guard Folder.exists(log) else {
                StandardError.say("\(log): there is no such file")
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
            } catch {
                StandardError.say("\(error)")
                isComplete = false
            }
        }
        if !isComplete { throw ExitStatus.Early(code: ExitStatus.couldNot) }
    }
}
