import ArgumentParser
import CANFrame
import LocalFiles
import StationHealth

/// `canlog doctor`
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say whether this station is fit to record, and what mends it.",
        discussion: """
            Kernel, interfaces, rights, buffers, disk, clock, service and leftovers of crashed \
            recordings, against what /etc/canlog/station.yaml asks for. A line for each finding, \
            with the command that mends it. 16 MiB are written to the folder of the logs and removed.

            Examples:
              canlog doctor
              canlog doctor --config /etc/canlog/left.yaml
              canlog doctor --json | jq -r '.findings[] | select(.verdict == "fail") | .remedy'

            Exit status: 0 the shift may start; 1 it should not, something fails; 3 nothing fails, but \
            something could not be found out.
            """)

    @Option(
        help: .init("The configuration of the station.", valueName: "file"),
        completion: .file(extensions: ["yaml"]))
    var config: String?

    @Flag(help: "All findings as one JSON object.")
    var json = false

    func run() throws {
        let path = config ?? StationFile.standardPath
        var findings: [Finding] = []
        let setup = setup(path, &findings)
        findings += Examination(of: setup).findings()
        let verdicts = Set(findings.map(\.verdict))
        let status =
            verdicts.contains(.fail)
            ? ExitStatus.negative
            : verdicts.contains(.notMeasured) ? ExitStatus.lossy : ExitStatus.done
        if json {
            StandardOutput.write(Self.json(findings, path, status).text + "\n")
        } else {
            StandardOutput.write(Self.text(findings))
        }
        if status != ExitStatus.done { throw ExitStatus.Early(code: status) }
    }

    /// What the file asks for; a mistake in it is a finding.
    private func setup(_ path: String, _ findings: inout [Finding]) -> StationSetup {
        var setup = StationSetup(interfaces: ["any"], folder: ".")
        setup.name = StationFile.name(of: path)
        guard config != nil || Folder.exists(path) else {
            findings.append(
                Finding(
                    "configuration", .warn, "there is no \(path): every CAN interface is looked at",
                    remedy: "write it; 'man canlog-record' has its keys"))
            return setup
        }
        setup.path = path
        do {
            let file = try StationFile(path: path)
            let command = try file.command()
            setup.interfaces = command.interfaces
            setup.folder = command.folder
            setup.waits = command.capture.wait
            setup.name = command.name ?? setup.name
            setup.setsBitRates = file.settings.contains { $0.key == "bitrate" }
            setup.synchronizeEvery = Int64(command.synchronizeMilliseconds) * 1_000_000
            setup.keptBytes = command.rotation.keepSize?.bytes
            findings.append(Finding("configuration", .ok, "\(path) is right"))
            if let finding = Self.specs(command.specification) { findings.append(finding) }
        } catch {
            let words = (error as? StreamError)?.description ?? RecordCommand.message(for: error)
            findings.append(
                Finding("configuration", .fail, words, remedy: "sudoedit \(path)"))
        }
        return setup
    }

    /// Specs that cannot be used keep the recorder from starting.
    private static func specs(_ options: SpecificationOptions) -> Finding? {
        do throws(StreamError) {
            guard let specs = try options.recorded(), let folder = options.specs else { return nil }
            let count = UInt64(specs.count).counting("variant")
            return Finding("specs", .ok, "\(folder) is right: \(count)")
        } catch {
            return Finding(
                "specs", .fail, "\(error.place): \(error.cause)",
                remedy: error.remedy ?? "canlog specs lint \(options.specs ?? "")")
        }
    }

    // MARK: Telling

    private static func text(_ findings: [Finding]) -> String {
        let width = findings.map(\.subject.count).max() ?? 0
        let isColoured = StandardOutput.isColoured
        let lines = findings.map { finding in
            let subject =
                finding.subject
                + String(repeating: " ", count: width - finding.subject.count)
            let rest = "\(subject)  \(finding.words)" + (finding.remedy.map { "; \($0)" } ?? "")
            let (word, colour) = finding.verdict.shown
            let mark = isColoured ? "\u{1B}[\(colour)m\(word)\u{1B}[0m" : word
            return "\(mark)  \(rest.printable)\n"
        }
        return lines.joined()
    }

    private static func json(_ findings: [Finding], _ path: String, _ status: Int32) -> JSONValue {
        [
            "configuration": .string(path),
            "mayStart": .bool(status != ExitStatus.negative),
            "findings": .array(
                findings.map { finding in
                    [
                        "subject": .string(finding.subject),
                        "verdict": .string(finding.verdict.rawValue),
                        "words": .string(finding.words),
                        "remedy": JSONValue(finding.remedy),
                    ]
                }),
        ]
    }
}

extension Finding.Verdict {
    /// The word of a line, as wide as the others, and its colour (ECMA-48, SGR).
    fileprivate var shown: (word: String, colour: Int) {
        switch self {
        case .ok: ("ok  ", 32)
        case .warn: ("warn", 33)
        case .fail: ("FAIL", 31)
        case .notMeasured: ("?   ", 35)
        }
    }
}

extension RecordCommand {
    /// The folder that the logs go to.
    fileprivate var folder: String {
        guard !Folder.isFolder(output), !output.hasSuffix("/") else { return output }
        return Folder.parent(of: output)
    }
}
