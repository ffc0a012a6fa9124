import CANFrame
import LogFile
import LogTools

/// Logs as a table for people: a line for each, columns as wide as they must be.
struct LogTable {
    private static let heading = [
        "start (UTC)", "duration", "VIN", "attempt", "station", "interfaces", "frames", "size",
        "state", "name",
    ]
    /// Numbers stand on the right of their column.
    private static let isRight = [false, true, false, true, false, false, true, true, false, false]

    private let logs: [ListedLog]
    private let widths: [Int]

    init(_ logs: [ListedLog]) {
        self.logs = logs
        var widths = Self.heading.map(\.count)
        for log in logs {
            for (index, cell) in log.cells.enumerated() {
                widths[index] = max(widths[index], cell.unicodeScalars.count)
            }
        }
        self.widths = widths
    }

    /// Writes the table to standard output; its heading is for terminals only.
    func write() {
        if StandardOutput.isTerminal, !logs.isEmpty {
            StandardOutput.write(line(of: Self.heading))
        }
        var text = ""
        for log in logs {
            text += line(of: log.cells)
            if text.utf8.count > 65_536 {
                StandardOutput.write(text)
                text = ""
            }
        }
        StandardOutput.write(text)
    }

    private func line(of cells: [String]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let fill = String(
                repeating: " ", count: max(0, widths[index] - cell.unicodeScalars.count))
            let isLast = index == cells.count - 1
            line += isLast ? cell : Self.isRight[index] ? fill + cell + "  " : cell + fill + "  "
        }
        return line + "\n"
    }
}

extension ListedLog {
    /// What stands in the columns of the table; `-` for what is not known.
    fileprivate var cells: [String] {
        let metadata = glance?.metadata
        let interfaces = glance?.interfaces ?? []
        let cells: [String?] = [
            start.map { UTCTime($0).text(fractionDigits: 0) },
            glance?.duration.map { FigureText.seconds($0) },
            metadata?.vin, metadata?.attempt.map { String($0) }, metadata?.station,
            interfaces.isEmpty ? nil : interfaces.joined(separator: ","),
            glance?.frames.map { String($0) },
            glance.map { FigureText.bytes($0.fileBytes) }, state.words, path,
        ]
        return cells.map { ($0 ?? "-").printable }
    }

    /// The log for programs.
    var json: JSONValue {
        let metadata = glance?.metadata
        return [
            "file": .string(path),
            "state": .string(state.word),
            "start": time(start),
            "end": time(end),
            "durationNanoseconds": glance?.duration.map { .integer($0) } ?? .null,
            "vin": JSONValue(metadata?.vin),
            "vinIsDoubtful": metadata.map { .bool($0.vinIsDoubtful) } ?? .null,
            "attempt": metadata?.attempt.map { .count(UInt64($0)) } ?? .null,
            "station": JSONValue(metadata?.station),
            "line": JSONValue(metadata?.line),
            "operator": JSONValue(metadata?.operatorName),
            "host": JSONValue(metadata?.host),
            "recording": JSONValue(metadata?.recording.description),
            "interfaces": .array((glance?.interfaces ?? []).map { .string($0) }),
            "frames": glance?.frames.map { .count($0) } ?? .null,
            "fileBytes": glance.map { .count($0.fileBytes) } ?? .null,
            "cause": JSONValue(doubt?.cause),
            "remedy": JSONValue(doubt?.remedy),
        ]
    }

    private func time(_ timestamp: Timestamp?) -> JSONValue {
        guard let timestamp else { return .null }
        return [
            "utc": .string(UTCTime(timestamp).text(fractionDigits: 6)),
            "nanoseconds": .integer(timestamp.nanoseconds),
        ]
    }
}

extension ListedLog.State {
    /// The state for people.
    fileprivate var words: String { self == .recoveryNeeded ? "unclosed" : word }

    /// The state as JSON names it.
    fileprivate var word: String {
        switch self {
        case .complete: "complete"
        case .recording: "recording"
        case .recoveryNeeded: "recoveryNeeded"
        case .damaged: "damaged"
        case .unreadable: "unreadable"
        }
    }
}
