import CANFrame
import SignalDatabase
import YAMLText

extension SimulationReader {
    private static let keys = [
        "bus", "node", "sends", "cycle", "messages", "signals", "diagnostics", "j1939",
    ]

    /// In nanoseconds; two frames of a bus at 1 Mbit/s.
    static let shortestCycle: Int64 = 100_000

    /// One of `ecus`: its name and what is said of it.
    func ecu(_ entry: YAMLEntry) throws(YAMLError) -> SimulatedECU {
        let fields = try YAMLFields(entry.value, of: "an ECU", keys: Self.keys)
        var ecu = SimulatedECU(name: entry.key, bus: try bus(of: fields, entry))
        ecu.messages = try messages(of: fields, entry, ecu.bus)
        try fields["signals"].map { (signals) throws(YAMLError) in
            try readCourses(signals, into: &ecu)
        }
        if let entry = fields["diagnostics"] {
            ecu.diagnostics = try diagnostics(entry, of: ecu)
        }
        ecu.j1939 = try fields["j1939"].map(j1939)
        return ecu
    }

    /// The place of the bus that is named, which may be left out where there is only one.
    private func bus(of fields: YAMLFields, _ entry: YAMLEntry) throws(YAMLError) -> Int {
        let names = vehicle.buses.map(\.name)
        guard let named = fields["bus"] else {
            if names.count == 1 { return 0 }
            throw entry.mistake("the ECU is on no bus", "write 'bus: \(names.first ?? "PT")'")
        }
        guard let place = names.firstIndex(of: try named.text) else {
            throw named.mistake(
                "there is no bus '\(try named.text)'", "the buses: \(names.joined(separator: ", "))"
            )
        }
        return place
    }

    // MARK: Messages

    /// What the ECU sends: what `sends` names, else what its node sends in the database.
    private func messages(
        of fields: YAMLFields, _ entry: YAMLEntry, _ bus: Int
    ) throws(YAMLError) -> [SimulatedMessage] {
        let database = vehicle.buses[bus].database
        let cycle = try fields.time("cycle")
        var messages: [SimulatedMessage] = []
        if let sends = fields["sends"] {
            for name in try sends.texts {
                let index = try message(name, in: database, sends)
                guard let cycle = database.messages[index].cycle ?? cycle else {
                    messages.append(SimulatedMessage(message: index, cycle: 0, of: database))
                    continue
                }
                messages.append(SimulatedMessage(message: index, cycle: cycle, of: database))
            }
        } else {
            let node = try fields.text("node") ?? entry.key
            for (index, message) in database.messages.enumerated()
            where message.transmitters.contains(node) && message.fitsIntoFrame {
                guard let cycle = message.cycle ?? cycle else { continue }
                messages.append(SimulatedMessage(message: index, cycle: cycle, of: database))
            }
        }
        for described in try fields["messages"].map(Self.described) ?? [] {
            let index = try message(described.key, in: database, described)
            let place = messages.firstIndex { $0.message == index } ?? messages.count
            if place == messages.count {
                let cycle = database.messages[index].cycle ?? cycle ?? 0
                messages.append(SimulatedMessage(message: index, cycle: cycle, of: database))
            }
            try read(described, into: &messages[place], database.messages[index])
        }
        for sent in messages where (2..<Self.shortestCycle).contains(sent.cycle) {
            throw YAMLError(
                at: entry.place, key: entry.key,
                "the cycle time of \(database.messages[sent.message].name) is below 100us",
                remedy: "no bus carries that: write 1ms or more")
        }
        if let silent = messages.first(where: { $0.cycle <= 1 }) {
            throw YAMLError(
                at: entry.place, key: entry.key,
                "\(database.messages[silent.message].name) has no cycle time, neither here nor in "
                    + "the database",
                remedy:
                    "write 'messages: {\(database.messages[silent.message].name): {cycle: 100ms}}'"
            )
        }
        return messages
    }

    static func described(_ entry: YAMLEntry) throws(YAMLError) -> [YAMLEntry] {
        try YAMLFields.entries(of: entry.value, "'\(entry.key)'")
    }

    private func message(
        _ name: String, in database: Database, _ entry: YAMLEntry
    ) throws(YAMLError) -> Int {
        if let index = database.messageIndices(named: name).first { return index }
        throw YAMLError(
            at: entry.place, key: entry.key, "the database has no message '\(name)'",
            remedy: Self.remedy(of: database))
    }

    /// A message that is missing where the database has a mistake may stand in that line.
    private static func remedy(of database: Database) -> String {
        if let loss = database.diagnostics.first(where: { $0.severity == .lost }) {
            return "its line \(loss.line) may be why: \(loss.cause); \(loss.action)"
        }
        return database.messages.isEmpty
            ? "the bus has no database: write 'PT: car.dbc' in 'buses'"
            : "'canlog db show' lists its messages"
    }

    private func read(
        _ entry: YAMLEntry, into settings: inout SimulatedMessage, _ message: Message
    ) throws(YAMLError) {
        let fields = try YAMLFields(
            entry.value, of: "a message", keys: ["cycle", "counter", "checksum"])
        if let cycle = try fields.time("cycle") { settings.cycle = cycle }
        if let counter = fields["counter"] {
            settings.counter = try signal(try counter.text, of: message, counter)
            settings.counterValues = nil
        }
        guard let checksum = fields["checksum"] else { return }
        let parts = try YAMLFields(
            checksum.value, of: "a checksum",
            keys: ["signal", "algorithm", "data-id", "data-id-mode", "data-ids"])
        guard let name = parts["signal"],
            let algorithm = try parts.word("algorithm", MessageChecksum.Algorithm.self)
        else {
            let words = MessageChecksum.Algorithm.allCases.map(\.rawValue).joined(separator: ", ")
            throw checksum.mistake(
                "the signal and the algorithm of a checksum are wanted",
                "write '{signal: CRC, algorithm: crc8-sae-j1850}'; the algorithms: \(words)")
        }
        var value = MessageChecksum(algorithm)
        if let id = parts["data-id"] { value.dataID = try id.hexadecimal(UInt16.self) }
        if let mode = try parts.word("data-id-mode", MessageChecksum.DataIDMode.self) {
            value.dataIDMode = mode
        }
        if let ids = parts["data-ids"] {
            for text in try ids.texts {
                guard let id = YAMLEntry.hexadecimal(text, UInt8.self) else {
                    throw ids.mistake("'\(text)' is no byte in hexadecimal digits")
                }
                value.dataIDs.append(id)
            }
        }
        let place = try signal(try name.text, of: message, name)
        let held = message.signals[place]
        let isLittle = held.byteOrder == .littleEndian
        guard held.length == 8 * value.width, isLittle || value.width == 1,
            held.startBit % 8 == (isLittle ? 0 : 7)
        else {
            throw name.mistake(
                value.width == 1
                    ? "\(held.name) is not one whole byte of the payload"
                    : "\(held.name) is not two whole bytes of the payload, the lower first")
        }
        settings.checksumSignal = place
        settings.checksum = value
    }

    private func signal(
        _ name: String, of message: Message, _ entry: YAMLEntry
    ) throws(YAMLError) -> Int {
        if let place = message.signalIndices(named: name).first { return place }
        throw entry.mistake(
            "\(message.name) has no signal '\(name)'",
            "its signals: " + message.signals.map(\.name).joined(separator: ", "))
    }

    // MARK: Signals

    /// `Engine.Coolant: 90`, or how it moves.
    private func readCourses(_ signals: YAMLEntry, into ecu: inout SimulatedECU) throws(YAMLError) {
        let database = vehicle.buses[ecu.bus].database
        for entry in try Self.described(signals) {
            let names = entry.key.split(separator: ".", maxSplits: 1)
            guard names.count == 2,
                let place = ecu.messages.firstIndex(where: {
                    database.messages[$0.message].name == names[0]
                        || database.messages[$0.message].longName == names[0]
                })
            else {
                throw YAMLError(
                    at: entry.place, key: entry.key, "this is no signal that the ECU sends",
                    remedy: "write it as Message.Signal")
            }
            let message = database.messages[ecu.messages[place].message]
            let signal = try signal(String(names[1]), of: message, entry)
            ecu.messages[place].courses[signal] = try Self.course(entry)
        }
    }

    /// A number for a value that stays, else its shape, limits and period.
    static func course(_ entry: YAMLEntry) throws(YAMLError) -> SignalCourse {
        guard entry.value.mapping != nil else { return SignalCourse(constant: try entry.number) }
        let fields = try YAMLFields(
            entry.value, of: "a signal", keys: ["shape", "from", "to", "period", "values"])
        let period = try fields.time("period") ?? 10_000_000_000
        var course = SignalCourse(.ramp, 0, 0, period: period)
        if let values = fields["values"] {
            course.shape = .steps
            for text in try values.texts {
                guard let value = Double(text), value.isFinite else {
                    throw values.mistake("'\(text)' is no number")
                }
                course.steps.append(value)
            }
            return course
        }
        let (from, to) = (try fields.number("from"), try fields.number("to"))
        if let from, let to, from > to {
            throw entry.mistake(
                "it moves from \(from) to \(to), and the first is greater",
                "write the lower limit as 'from'; 'shape' says how it moves between both")
        }
        guard let from, let to else {
            throw entry.mistake(
                "from where to where it moves is wanted",
                "write '{shape: sine, from: 20, to: 90, period: 10s}'")
        }
        (course.low, course.high) = (from, to)
        if let shape = try fields.word("shape", SignalCourse.Shape.self) { course.shape = shape }
        return course
    }
}
