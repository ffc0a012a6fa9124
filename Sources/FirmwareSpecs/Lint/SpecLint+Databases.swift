import CANFrame
import SignalDatabase
import VehicleSpec

extension SpecLint {
    /// Senders of messages that are no role of any variant with the database: nobody could be named when
    /// they fall silent.
    func checkTransmitters(of built: [VehicleBuilder.Built]) {
        // Which roles there are is not known while control units are missing.
        guard built.allSatisfy(\.isComplete) else { return }
        var roles: [String: Set<String>] = [:]
        var databases: [String: Database] = [:]
        for one in built {
            for bus in one.spec.buses {
                guard let file = bus.databaseFile else { continue }
                roles[file, default: []].formUnion(one.spec.slots.map(\.role))
                databases[file] = bus.database
            }
        }
        for (file, database) in databases.sorted(by: { $0.key < $1.key }) {
            let known = roles[file] ?? []
            var told: Set<String> = []
            for message in database.messages where message.identifier != nil {
                for name in message.transmitters
                where !known.contains(name) && told.insert(name).inserted {
                    journal.note(
                        SpecPlace(file: file, line: message.line, column: 1),
                        "'\(name)', which sends \(message.longName), is no role of a vehicle with this "
                            + "database, so that no control unit can be named when it falls silent",
                        remedy: SpecHint.near(name, Array(known), else: "the roles are"),
                        severity: .warning)
                }
            }
        }
    }
}

extension Database {
    /// Tells of messages with one identifier: only the first would ever be decoded.
    func checkIdentifiers(in file: String, _ journal: SpecJournal) {
        var first: [ArbitrationID: Message] = [:]
        for message in messages {
            guard let identifier = message.identifier else { continue }
            guard let other = first[identifier] else {
                first[identifier] = message
                continue
            }
            journal.note(
                SpecPlace(file: file, line: message.line, column: 1),
                "the message \(message.longName) has the identifier \(identifier) of \(other.longName) "
                    + "(line \(other.line))",
                remedy: "give each its own: frames are decoded by the first")
        }
    }
}
