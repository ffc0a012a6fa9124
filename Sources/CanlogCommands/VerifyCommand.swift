import ArgumentParser
import CANFrame
import LogFile
import LogTools

/// `canlog verify`
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check that logs are whole: every byte, every frame, every digest.",
        discussion: """
            Reads everything: header and state, each block and its checksums, all frames and events \
            against the SHA-256 digests, the chain of the groups, the index, and the journal of a log \
            that was not closed. Each damaged place is a line with what is lost there. Drops that \
            the recorder counted are data: they are told, and no damage.

            Examples:
              canlog verify night.canlog
              canlog verify --json archive/*.canlog | jq -r 'select(.isWhole | not).file'

            Exit status: 0 all whole; 1 damage was found; 2 a log could not be read; 3 whole, but \
            frames that had been recorded are not in it (its journal is missing, or it is a copy of \
            a damaged log), or a part is of a later version and could not be checked. Of several \
            logs, the worst.
            """)

    @Argument(
        help: .init("The logs.", valueName: "file"), completion: .file(extensions: ["canlog"]))
    var files: [String]

    @Flag(help: "One JSON object for each log, in one line each.")
    var json = false

    func run() throws {
        var worst = ExitStatus.done
        for file in files {
            do throws(StreamError) {
                let result = try Self.verify(file)
                StandardOutput.write(
                    json ? result.json(of: file).text + "\n" : result.text(of: file))
                worst = ExitStatus.worse(worst, result.status)
            } catch {
                StandardError.say("\(error)")
                worst = ExitStatus.worse(worst, ExitStatus.couldNot)
            }
        }
        if worst != ExitStatus.done { throw ExitStatus.Early(code: worst) }
    }

    private static func verify(_ path: String) throws(StreamError) -> LogVerification {
        var verifier = try LogVerifier(path: path)
        var bar = ProgressBar()
        defer { bar.clear() }
        while try verifier.step() { bar.show(verifier.fraction, frames: verifier.result.frames) }
        return verifier.result
    }
}

extension ExitStatus {
    /// The status that a script must rather know of: could not, then negative, then lossy.
    static func worse(_ one: Int32, _ other: Int32) -> Int32 {
        let order = [done, lossy, negative, couldNot]
        let rank = { (status: Int32) in order.firstIndex(of: status) ?? order.count }
        return rank(one) >= rank(other) ? one : other
    }
}
