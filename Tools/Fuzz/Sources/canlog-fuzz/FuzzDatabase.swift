import CANFrame
import SignalDatabase

/// The reader of DBC files, by the first byte in one encoding or another: no message is lost
/// silently, all places lie in the file, and what was read can be reviewed, compared and decoded.
func fuzzDatabase(_ input: [UInt8]) {
    guard let kind = input.first else { return }
    let text = Array(input.dropFirst())
    let encodings: [TextEncoding] = [.automatic, .automatic, .utf8, .windows1252, .gb18030]
    let database = Database(dbc: text.span, encoding: encodings[Int(kind) % encodings.count])
    checkPlaces(of: database, lines: text.count + 1)
    if kind & 0x80 == 0, database.encoding == .utf8 || database.encoding == .windows1252 {
        checkMessages(of: database, in: text)
    }
    // A signal has two bytes at least of its own, a text three.
    let signals = database.messages.reduce(0) { $0 + $1.signals.count }
    precondition(database.messages.count + signals <= text.count / 2 + 1)

    precondition(DatabaseDifference(from: database, to: database).isEmpty)
    precondition(database.review().count <= Database.maximumDiagnostics)
    let plan = DecodePlan(database)
    let payload: [UInt8] = [0, 1, 2, 3, 4, 5, 6, 0xFF, 0x80, 9]
    for message in database.messages.indices.prefix(64) {
        var values = [SignalValue](
            repeating: .unknown, count: plan.signals(of: message).count)
        var places = values.mutableSpan
        plan.decode(payload.span, ofMessage: message, into: &places)
    }
}

private func checkPlaces(of database: Database, lines: Int) {
    precondition(database.diagnostics.count <= Database.maximumDiagnostics)
    for diagnostic in database.diagnostics {
        precondition(1...lines ~= diagnostic.line && diagnostic.column >= 1)
    }
    for message in database.messages {
        precondition(1...lines ~= message.line)
        for signal in message.signals {
            precondition(1...lines ~= signal.line && signal.length > 0 && signal.startBit >= 0)
            if let parent = signal.multiplexing.multiplexer {
                precondition(message.signals.indices.contains(parent))
            }
        }
        for group in message.signalGroups {
            precondition(group.signals.allSatisfy(message.signals.indices.contains))
        }
    }
    for relation in database.relations {
        precondition(database.nodes.indices.contains(relation.node))
    }
}

/// Each line that begins with `BO_` and a number is a message, has a diagnostic, or lies in a text or
/// a comment that goes over lines.
private func checkMessages(of database: Database, in text: [UInt8]) {
    guard database.unlistedDiagnostics == 0, !text.contains(UInt8(ascii: "\r")) else { return }
    // Texts and comments are told from statements by the reader alone: without them nothing hides.
    guard !text.contains(UInt8(ascii: "\"")), !text.contains(UInt8(ascii: "/")) else { return }
    let told = Set(database.messages.map(\.line)).union(database.diagnostics.map(\.line))
    for (index, line) in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        .enumerated()
    {
        let word = line.drop { $0 == 0x20 || $0 == 0x09 }
        guard word.starts(with: "BO_ ".utf8),
            let digit = word.dropFirst(4).first(where: { $0 != 0x20 }),
            UInt8(ascii: "0")...UInt8(ascii: "9") ~= digit
        else { continue }
        precondition(told.contains(index + 1), "a message is lost silently")
    }
}
