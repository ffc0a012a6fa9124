import Diagnostics
import YAMLText

extension SimulationReader {
    private enum J1939State: String, CaseIterable {
        case active
        case previouslyActive = "previously-active"
    }

    /// `j1939` of an ECU.
    func j1939(_ entry: YAMLEntry) throws(YAMLError) -> J1939Settings {
        let fields = try YAMLFields(
            entry.value, of: "'j1939'", keys: ["address", "cycle", "latency", "trouble-codes"])
        guard let address = fields["address"] else {
            throw entry.mistake("the address of the ECU is wanted", "write 'address: \"00\"'")
        }
        var settings = J1939Settings(address: try address.hexadecimal(UInt8.self))
        guard settings.address < 0xFE else {
            throw address.mistake("FE and FF are nobody's address")
        }
        if let time = try fields.time("cycle") {
            guard time >= 10_000_000 else { throw entry.mistake("a cycle is at least 10ms") }
            settings.cycle = time
        }
        if let time = try fields.time("latency") { settings.latency = time }
        for item in try fields["trouble-codes"].map(Self.described) ?? [] {
            settings.troubleCodes.append(try j1939Code(item))
        }
        guard settings.troubleCodes.count <= J1939Settings.mostCodes else {
            throw entry.mistake("a message holds \(J1939Settings.mostCodes) trouble codes")
        }
        return settings
    }

    /// `SPN 110 FMI 3: active`, or `{status: previously-active, occurrences: 5}`.
    private func j1939Code(_ entry: YAMLEntry) throws(YAMLError) -> StoredJ1939Code {
        guard let code = J1939TroubleCode(entry.key) else {
            throw YAMLError(
                at: entry.place, key: entry.key, "this is no trouble code of J1939",
                remedy: "write it as SPN 110 FMI 3, or 110/3")
        }
        guard entry.value.mapping != nil else {
            return StoredJ1939Code(code, isActive: try isActive(entry))
        }
        let fields = try YAMLFields(
            entry.value, of: "a trouble code", keys: ["status", "occurrences"])
        guard let state = fields["status"] else {
            throw entry.mistake("its status is wanted", "write 'status: active'")
        }
        let count = try fields.whole("occurrences", 0...126)
        let counted = J1939TroubleCode(
            parameter: code.parameter, failureMode: code.failureMode,
            occurrenceCount: count.map { UInt8($0) })
        return StoredJ1939Code(counted ?? code, isActive: try isActive(state))
    }

    private func isActive(_ entry: YAMLEntry) throws(YAMLError) -> Bool {
        guard let state = J1939State(rawValue: try entry.text) else {
            throw entry.mistake(
                "'\(try entry.text)' is no status", "write active, or previously-active")
        }
        return state == .active
    }
}
