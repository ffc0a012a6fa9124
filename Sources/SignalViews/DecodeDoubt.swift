import CANFrame
import SignalDatabase

/// Why nothing of a log was decoded, as far as it can be told.
public enum DecodeDoubt {
    /// A line for people; `nil` where something was.
    public static func reason(
        _ report: SignalExport.Report, _ databases: BoundDatabases, _ selection: SignalSelection
    ) -> String? {
        let tally = report.tally
        guard report.rows == 0, tally.rows == 0 else { return nil }
        if tally.frames == 0 { return "there is no data frame in what was read" }
        guard tally.decodedFrames == 0 else {
            return "none of the \(tally.frames.counting("frame")) carries what is selected"
                + wanted(databases, selection)
        }
        let log =
            "no frame is in a database: the log has \(tally.frames.counting("frame")) with "
            + listed(tally.unknownIdentifiers.map(\.description), "ID")
        return log + "; " + known(databases) + hint(tally, databases)
    }

    private static func known(_ databases: BoundDatabases) -> String {
        databases.databases.map { bound in
            let all = bound.database.messages.compactMap { $0.identifier?.description }
            return "\(bound.path) has \(listed(all, "ID"))"
        }.joined(separator: "; ")
    }

    /// Which messages would have it.
    private static func wanted(
        _ databases: BoundDatabases, _ selection: SignalSelection
    ) -> String {
        guard !selection.isEverything else { return "" }
        let names = databases.databases.flatMap { bound in
            bound.database.messages.filter { selection.wants($0) }.map { message in
                message.longName + (message.identifier.map { " (\($0))" } ?? "")
            }
        }
        return names.isEmpty ? "" : ": it would be in " + listed(names, "message")
    }

    /// What is probably wrong.
    private static func hint(_ tally: DecodeTally, _ databases: BoundDatabases) -> String {
        if !tally.interfacesWithoutDatabase.isEmpty {
            let names = tally.interfacesWithoutDatabase.sorted().prefix(4)
            let bound = databases.interfaces.joined(separator: ", ")
            let options = names.map { "--db \($0)=FILE" }.joined(separator: " ")
            return
                "; \(names.joined(separator: ", ")) \(names.count > 1 ? "have" : "has") no database, "
                + "only \(bound): give \(options)"
        }
        let messages = databases.databases.flatMap(\.database.messages)
        let numbers = Set(messages.compactMap { $0.identifier })
        let others = tally.unknownIdentifiers.filter { packed in
            let other =
                packed.isExtended
                ? ArbitrationID(standard: packed.number) : ArbitrationID(extended: packed.number)
            return other.map(numbers.contains) ?? false
        }
        if let one = others.min(by: { $0.rawValue < $1.rawValue }) {
            let kinds =
                one.isExtended ? ("extended", "standard") : ("standard", "extended")
            return "; \(one) is \(kinds.0) in the log and \(kinds.1) in the database"
        }
        let groups = Set(numbers.compactMap(ParameterGroup.init(of:)))
        let isGroup = tally.unknownIdentifiers.contains { packed in
            ParameterGroup(of: ArbitrationID(packed)).map(groups.contains) ?? false
        }
        return isGroup
            ? "; their parameter groups (PGN) are the same: if this is J1939, the database must say so "
                + "by VFrameFormat"
            : "; is it the database of this bus?"
    }

    /// `3 IDs (123, 124, 125)`, the first ones of many.
    private static func listed(_ names: [String], _ noun: String) -> String {
        let shown = Set(names).sorted().prefix(6).joined(separator: ", ")
        let rest = Set(names).count > 6 ? ", ..." : ""
        return "\(UInt64(Set(names).count).counting(noun)) (\(shown)\(rest))"
    }
}
