import CANFrame
import SignalDatabase
import TestBench
import Testing

@Suite(
    "golden vectors",
    .enabled(if: Requirement.data.shouldRun, "the databases at CANLOG_TEST_DATA are not there"))
struct GoldenVectorTests {
    /// Every raw and physical value of the vectors, which a bit-by-bit oracle made and cantools
    /// 45.1 was compared with.
    @Test("decode to the last bit, in all databases", arguments: TestDatabases.names)
    func golden(name: String) throws {
        let database = try TestDatabases.database(name)
        let plan = DecodePlan(database)
        var live = LiveDecoder(plan)
        var batches = LiveDecoder(plan)
        var columns = ColumnDecoder(plan)
        var raw = ColumnDecoder(plan, form: .raw)
        let text = try Program.shell("gzip -dc '\(testDataFolder)/golden/\(name).jsonl.gz'")
        let lines = text.output.split(separator: "\n").map { JSONText($0) }
        try #require(lines.first?["messages"].integer == database.messages.count)
        var differences = Differences()
        for (index, line) in lines.dropFirst().enumerated() {
            let message = database.messages[index]
            #expect(message.name == line["n"].text)
            #expect(message.length == line["l"].integer)
            #expect(message.signals.map(\.name) == line["s"].list.map { $0.text ?? "" })
            compareLabels(of: message, with: line, &differences)
            let vectors = Self.vectors(of: line, length: message.length)
            for vector in vectors {
                let decoded = values(vector.payload, ofMessage: index, plan)
                differences.compare(decoded, vector, of: message)
                guard let identifier = message.identifier,
                    plan.messageIndex(of: PackedID(identifier)) == index
                else { continue }
                let found = live.decode(vector.payload.span, of: PackedID(identifier))
                let stream = try #require(found)
                #expect(live.streams[stream].message == index)
                let last = live.values(of: stream)
                differences.compare(last.indices.map { last[$0] }, vector, of: message)
            }
            guard let identifier = message.identifier, message.length <= 64,
                plan.messageIndex(of: PackedID(identifier)) == index
            else { continue }
            let batch = batch(of: vectors.map(\.payload), identifier)
            for (row, decoded) in byRecords(batch, message, &batches).enumerated() {
                differences.compare(decoded, vectors[row], of: message)
            }
            for (row, decoded) in byColumns(batch, plan, &columns).enumerated() {
                differences.compare(decoded, vectors[row], of: message)
            }
            for (row, decoded) in byColumns(batch, plan, &raw).enumerated() {
                differences.compare(decoded, vectors[row], of: message)
            }
        }
        #expect(differences.count == 0, "\(differences.first)")
        #expect(differences.compared > 0 || database.messages.allSatisfy(\.signals.isEmpty))
    }

    private func compareLabels(
        of message: Message, with line: JSONText, _ differences: inout Differences
    ) {
        guard case .object(let tables) = line["c"] else { return }
        for signal in message.signals {
            guard case .object(let texts)? = tables[signal.name] else { continue }
            for (raw, text) in texts {
                let label = Int64(raw).flatMap { raw in
                    // Python's dictionary keeps the last of several texts of a value.
                    signal.labels.last { $0.raw == raw }?.text
                }
                // The vectors keep the backslash before a quote.
                if label != text.text.map(unescaped),
                    label != text.text
                {
                    differences.add("\(message.name) \(signal.name) \(raw): \(label ?? "-")")
                }
            }
        }
    }

    struct Vector {
        var payload: [UInt8]
        var raw: [JSONText]
        /// Not of the walking ones.
        var physical: [JSONText]?
    }

    private static func vectors(of line: JSONText, length: Int) -> [Vector] {
        let plain = line["v"].list.map(\.list).map { vector in
            Vector(
                payload: bytes(vector[1].text ?? ""), raw: vector[2].list,
                physical: vector[3].list)
        }
        let walking = line["w"].list.map(\.list).map { vector in
            var payload = [UInt8](repeating: 0, count: length)
            let bit = vector[0].integer ?? 0
            payload[bit >> 3] = 1 << UInt8(bit & 7)
            return Vector(payload: payload, raw: vector[1].list, physical: nil)
        }
        return plain + walking
    }

    private static func bytes(_ digits: String) -> [UInt8] {
        let digits = digits.utf8.map { UInt8($0 <= 0x39 ? $0 & 15 : ($0 & 15) + 9) }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}

/// Counts what differs and remembers the first.
private struct Differences {
    private(set) var count = 0
    private(set) var compared = 0
    private(set) var first = ""

    mutating func add(_ what: String) {
        if count == 0 { first = what }
        count += 1
    }

    mutating func compare(
        _ values: [SignalValue], _ vector: GoldenVectorTests.Vector, of message: Message
    ) {
        for (index, value) in values.enumerated() {
            compared += 1
            let signal = message.signals[index]
            let physical = vector.physical?[index]
            if !isSame(value, raw: vector.raw[index], physical, signal) {
                add(
                    "\(message.name) \(signal.name) \(vector.payload): \(value), \(vector.raw[index]) \(String(describing: physical))"
                )
            }
        }
    }

    private func isSame(
        _ value: SignalValue, raw: JSONText, _ physical: JSONText?, _ signal: Signal
    ) -> Bool {
        guard case .number(let digits) = raw else {
            guard let physical else { return !value.state.isPresent }
            return value.state == (physical.text == "OOB" ? .beyondFrame : .absent)
        }
        let bits =
            digits.hasPrefix("-") ? Int64(digits).map { UInt64(bitPattern: $0) } : UInt64(digits)
        guard value.state.isPresent, value.rawBits == bits else { return false }
        switch physical {
        case nil: return true
        case .number(let digits)?: return Double(digits) == value.physical
        case .text("NaN")?: return value.physical.isNaN
        case .text(let text)?: return Double(text) == value.physical
        default: return false
        }
    }
}

/// `text` with quotes for `\"`.
private func unescaped(_ text: String) -> String {
    var plain = ""
    for character in text {
        if character == "\"", plain.last == "\\" { plain.removeLast() }
        plain.append(character)
    }
    return plain
}
