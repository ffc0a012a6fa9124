import ArgumentParser
import CANFrame
import FirmwareSpecs
import LocalFiles
import VehicleSpec

/// `canlog specs`
struct SpecsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "specs",
        abstract:
            "Look through the specs of vehicles: what is wrong, what is in them, what changed.",
        subcommands: [
            SpecsLintCommand.self, SpecsShowCommand.self, SpecsDiffCommand.self,
            SpecsResolveCommand.self,
        ])
}

/// `canlog specs lint`
struct SpecsLintCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint",
        abstract: "Tell everything that would go wrong with a folder of specs.",
        discussion: """
            Each line says file, line and column, then error or warning, what is wrong, and what to \
            do. Told are, among others: two control units of a slot that could both match, with an \
            identification that both would take; names that a plan or rule uses and one supplier's \
            control unit lacks; signals that are not in the database; clashes of addresses; dates \
            that overlap; combinations that cannot happen; VINs of two variants; values that their \
            types cannot hold; keys and folders that are not known; files that nothing uses. The \
            last line counts.

            Examples:
              canlog specs lint
              canlog specs lint /srv/specs/Firmware-Specs
              canlog specs lint --json | jq -r 'select(.severity == "error") | .file'

            Exit status: 0 nothing is wrong (there may be warnings); 1 something is; 2 the folder \
            could not be read.
            """)

    @Argument(help: SpecsFolder.help, completion: .directory)
    var folder: String?

    @Flag(help: "One JSON object for each mistake, in one line each, and one for the summary.")
    var json = false

    func run() throws {
        let catalog = try SpecsFolder.read(folder)
        let place = folder ?? SpecsFolder.standard
        var text = ""
        for mistake in catalog.mistakes {
            text += json ? mistake.json.text : mistake.line(in: place)
            text += "\n"
        }
        StandardOutput.write(text + (json ? catalog.json.text : catalog.summary(of: place)) + "\n")
        if catalog.hasErrors { throw ExitStatus.Early(code: ExitStatus.negative) }
    }
}

extension SpecMistake {
    fileprivate func line(in folder: String) -> String {
        let isColoured = StandardOutput.isColoured
        let colour = severity == .error ? 31 : 33
        let word =
            isColoured ? "\u{1B}[\(colour)m\(severity.rawValue)\u{1B}[0m" : severity.rawValue
        let start = folder.hasSuffix("/") ? folder : folder + "/"
        let remedy = remedy.map { "; " + $0.printable } ?? ""
        return (start + place.description).printable + ": \(word): " + cause.printable + remedy
    }

    fileprivate var json: JSONValue {
        [
            "type": "mistake", "file": .string(place.file), "line": .count(UInt64(place.line)),
            "column": .count(UInt64(place.column)), "severity": .string(severity.rawValue),
            "cause": .string(cause), "remedy": JSONValue(remedy),
        ]
    }
}

extension SpecCatalog {
    private func count(_ severity: SpecMistake.Severity) -> UInt64 {
        UInt64(mistakes.count { $0.severity == severity })
    }

    fileprivate func summary(of folder: String) -> String {
        let parts = [
            UInt64(fileCount).counting("file"), UInt64(vehicles.count).counting("variant"),
            UInt64(versions.count).counting("firmware version"),
        ]
        let counts =
            mistakes.isEmpty
            ? "nothing wrong"
            : count(.error).counting("error") + ", " + count(.warning).counting("warning")
                + (unlistedMistakes > 0 ? ", \(unlistedMistakes) more are not listed" : "")
        return "\(folder.printable): \(parts.joined(separator: ", ")): \(counts)"
    }

    fileprivate var json: JSONValue {
        [
            "type": "summary", "files": .count(UInt64(fileCount)),
            "variants": .array(vehicles.map { .string($0.name) }),
            "firmwareVersions": .count(UInt64(versions.count)), "errors": .count(count(.error)),
            "warnings": .count(count(.warning)), "unlisted": .count(UInt64(unlistedMistakes)),
        ]
    }
}
