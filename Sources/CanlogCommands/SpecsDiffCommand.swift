import ArgumentParser
import CANFrame
import FirmwareSpecs
import LocalFiles

/// `canlog specs diff`
struct SpecsDiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Tell what changed from one folder of specs to another: limits, patterns, codes.",
        discussion: """
            What is compared is what the files mean: order, comments and the level at which \
            something is written are no difference. What a family has otherwise is told once, and \
            not for each of its versions.

            Examples:
              canlog specs diff /srv/specs-2026-10 Firmware-Specs
              canlog specs diff --json old new | jq -r 'select(.property == "valid")'

            Exit status: 0 no difference; 1 they differ; 2 a folder could not be read, or has \
            errors.
            """)

    @Argument(help: .init("The old folder.", valueName: "old"), completion: .directory)
    var old: String

    @Argument(help: .init("The new folder.", valueName: "new"), completion: .directory)
    var new: String

    @Flag(help: "One JSON object for each change, in one line each.")
    var json = false

    func run() throws {
        let difference = SpecDifference(from: try read(old), to: try read(new))
        var text = ""
        if json {
            for change in difference.changes { text += change.json.text + "\n" }
        } else {
            text = difference.text
        }
        StandardOutput.write(text)
        if !difference.isEmpty { throw ExitStatus.Early(code: ExitStatus.negative) }
    }

    /// A folder with errors is not wholly read: what is missing is no change.
    private func read(_ folder: String) throws(StreamError) -> SpecCatalog {
        let catalog = try SpecCatalog(folder: folder)
        guard let first = catalog.mistakes.first(where: { $0.severity == .error }) else {
            return catalog
        }
        throw StreamError(
            place: "\(folder)/\(first.place)", cause: first.cause,
            remedy: "'canlog specs lint \(folder)' tells all that is wrong")
    }
}

extension SpecDifference {
    /// For people: a heading for each that changed, and its changes below it.
    fileprivate var text: String {
        guard !isEmpty else { return "no difference\n" }
        var text = ""
        var subject: String?
        for change in changes {
            if change.item.isEmpty, change.property.isEmpty {
                let kind = change.new ?? change.old ?? ""
                text += "\(change.subject.printable): \(kind) \(change.action.rawValue)\n"
                subject = nil
                continue
            }
            if change.subject != subject {
                text += "\(change.subject.printable):\n"
                subject = change.subject
            }
            text += "  \(change.line.printable)\n"
        }
        return text + UInt64(changes.count).counting("change") + "\n"
    }
}

extension SpecDifference.Change {
    /// `~ identifier 0110 battery_voltage: valid 6 to 18 → 6 to 16`
    fileprivate var line: String {
        let name = [item, property].filter { !$0.isEmpty }.joined(separator: ": ")
        func shown(_ value: String?) -> String {
            guard let value, !value.isEmpty else { return "none" }
            return value
        }
        return switch action {
        case .added: "+ \(name)" + (new.map { " (\($0))" } ?? "")
        case .removed: "- \(name)" + (old.map { " (\($0))" } ?? "")
        case .changed: "~ \(name): \(shown(old)) → \(shown(new))"
        }
    }

    fileprivate var json: JSONValue {
        [
            "type": "change", "action": .string(action.rawValue), "subject": .string(subject),
            "item": .string(item), "property": .string(property), "old": JSONValue(old),
            "new": JSONValue(new),
        ]
    }
}
