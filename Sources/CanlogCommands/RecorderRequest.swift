import ArgumentParser
import CANFrame
import LocalFiles
import RecorderControl

/// Which running recorder a command talks to, and how it answers.
struct RecorderRequest: ParsableArguments {
    @Option(
        help: .init("The recorder, if more than one runs.", valueName: "recorder"))
    var name: String?

    @Flag(help: "The answer as JSON.")
    var json = false

    /// Asks, prints the answer and ends with its status.
    func send(_ word: String, _ values: [String: String?] = [:]) throws {
        let path = try recorder()
        var given = values.compactMapValues { $0 }
        if json { given["json"] = "yes" }
        let request = ControlRequest(word, given)
        guard request.line.utf8.count <= ControlRequest.lengthLimit else {
            throw ValidationError("that is too long: at most 8 kB are taken")
        }
        guard let reply = try ask(request, path) else {
            StandardError.say(
                "\(path): no answer within 10 s; look at the recorder itself")
            throw ExitStatus.Early(code: ExitStatus.couldNot)
        }
        let lines = reply.text.split(separator: "\n", omittingEmptySubsequences: true)
        if reply.status == ExitStatus.done {
            StandardOutput.write(lines.map { String($0).printable + "\n" }.joined())
        } else {
            for line in lines { StandardError.say(String(line)) }
            throw ExitStatus.Early(code: reply.status)
        }
    }

    private func ask(_ request: ControlRequest, _ path: String) throws -> ControlReply? {
        do throws(SystemError) { return try RecorderSocket.ask(request, at: path) } catch {
            let remedy =
                error.code == 13
                ? "; members of the group of the recorder may: sudo usermod -aG canlog $USER, then log in again"
                : ""
            StandardError.say("\(error)\(remedy)")
            throw ExitStatus.Early(code: ExitStatus.couldNot)
        }
    }

    private func recorder() throws -> String {
        let running = RecorderSocket.running()
        let names = running.map(\.name).joined(separator: ", ")
        if let name {
            let wanted = RecorderSocket.fileName(name)
            if let found = running.first(where: { $0.name == wanted }) { return found.path }
            StandardError.say(
                "no recorder '\(name)' runs; "
                    + (names.isEmpty ? "none does" : "there are: \(names)"))
            throw ExitStatus.Early(code: ExitStatus.couldNot)
        }
        if running.count == 1 { return running[0].path }
        StandardError.say(
            running.isEmpty
                ? "no recorder runs; start one: canlog record can0"
                : "\(running.count) recorders run; say which by --name: \(names)")
        throw ExitStatus.Early(code: ExitStatus.couldNot)
    }
}
