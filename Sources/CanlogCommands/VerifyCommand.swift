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
            the recorder counted are data: they are told, and no damage. Logs of other tools have no \
            digests: they are read to their end, and each place that cannot be understood is a line.

            Examples:
              canlog verify night.canlog
              canlog verify from-the-supplier.blf
              canlog verify --json archive/*.canlog | jq -r 'select(.isWhole | not).file'

            Exit status: 0 all whole; 1 damage was found; 2 a log could not be read; 3 whole, but \
            frames that had been recorded are not in it (its journal is missing, or it is a copy of \
            a damaged log), or a part is of a later version and could not be checked. Of several \
            logs, the worst.
            """)

    @Argument(
        help: .init("The logs, of any format.", valueName: "file"), completion: .file())
    var files: [String]

    @Flag(help: "One JSON object for each log, in one line each.")
    var json = false

    func run() throws {
        var worst = ExitStatus.done
        for file in files {
            do throws(StreamError) {
                let (text, status) = try verify(file)
                StandardOutput.write(text)
                worst = ExitStatus.worse(worst, status)
            } catch {
                StandardError.say("\(error)")
                worst = ExitStatus.worse(worst, ExitStatus.couldNot)
            }
        }
        if worst != ExitStatus.done { throw ExitStatus.Early(code: worst) }
    }

    /// What there is to say of one log, and what it is worth.
    private func verify(_ path: String) throws(StreamError) -> (text: String, status: Int32) {
        var bar = ProgressBar()
        defer { bar.clear() }
        if let other = try ForeignVerification(path, progress: { bar.show($0, frames: $1) }) {
            return (json ? other.json.text + "\n" : other.text, other.status)
        }
        var verifier = try LogVerifier(path: path)
        while try verifier.step() { bar.show(verifier.fraction, frames: verifier.result.frames) }
        let result = verifier.result
        let text = json ? result.json(of: path).text + "\n" : result.text(of: path)
        return (text, result.status)
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
