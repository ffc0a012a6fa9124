import CANFrame
import YAMLText

/// Memory of an ECU, and what goes on without being asked for each time.
extension SimulationReader {
    /// `"00100000": {size: 4096, write: true}`, or `bytes:` with what it holds.
    func region(
        _ entry: YAMLEntry, beside others: [MemoryRegion]
    ) throws(YAMLError) -> MemoryRegion {
        guard let start = YAMLEntry.hexadecimal(entry.key, UInt64.self) else {
            throw YAMLError(
                at: entry.place, key: entry.key, "an address in hexadecimal digits is wanted",
                remedy: "write \"00100000\": in quotes if they are digits only")
        }
        let fields = try YAMLFields(
            entry.value, of: "a region of memory",
            keys: ["size", "bytes", "write", "session", "level"])
        var held = try fields["bytes"].map(bytes) ?? []
        let room = MemoryRegion.mostBytes - others.reduce(0) { $0 + $1.bytes.count }
        if let size = try fields.whole("size", 1...MemoryRegion.mostBytes) {
            guard size >= held.count else { throw entry.mistake("'bytes' are more than 'size'") }
            // Memory that nobody wrote to: as flash is when it is erased.
            if size <= room { held += [UInt8](repeating: 0xFF, count: size - held.count) }
        }
        guard !held.isEmpty, held.count <= room else {
            throw entry.mistake(
                held.isEmpty
                    ? "a region has no bytes"
                    : "the regions of an ECU have more than \(MemoryRegion.mostBytes) bytes",
                "write 'size: 4096'")
        }
        guard start <= UInt64.max - UInt64(held.count) else {
            throw entry.mistake("the region ends behind the last address")
        }
        let end = start + UInt64(held.count)
        if let other = others.first(where: {
            $0.start < end && start < $0.start + UInt64($0.bytes.count)
        }) {
            throw entry.mistake(
                "the region overlaps that of \(String(other.start, radix: 16, uppercase: true))")
        }
        var region = MemoryRegion(start: start, bytes: held)
        let access = try Self.access(fields)
        if try fields.flag("write") == true {
            region.writing = access
        } else {
            region.reading = access
        }
        return region
    }

    static func transfer(_ entry: YAMLEntry) throws(YAMLError) -> TransferSettings {
        let fields = try YAMLFields(
            entry.value, of: "'transfer'", keys: ["block-length", "session", "level"])
        var transfer = TransferSettings()
        if let length = try fields.whole("block-length", 3...DiagnosticServer.longest) {
            transfer.blockLength = length
        }
        transfer.access = try access(fields)
        return transfer
    }

    static func periodic(_ entry: YAMLEntry) throws(YAMLError) -> PeriodicSettings {
        let fields = try YAMLFields(
            entry.value, of: "'periodic'", keys: ["identifier", "slow", "medium", "fast"])
        var periodic = PeriodicSettings()
        if let entry = fields["identifier"] {
            periodic.identifier = PackedID(try arbitrationID(entry))
        }
        if let time = try rate("slow", fields) { periodic.slow = time }
        if let time = try rate("medium", fields) { periodic.medium = time }
        if let time = try rate("fast", fields) { periodic.fast = time }
        return periodic
    }

    private static func rate(_ key: String, _ fields: YAMLFields) throws(YAMLError) -> Int64? {
        guard let entry = fields[key] else { return nil }
        let time = try entry.time
        guard time >= 1_000_000 else {
            throw entry.mistake("no ECU sends more often than each 1ms")
        }
        return time
    }

    /// An identifier of 3 digits, or of more.
    static func arbitrationID(_ entry: YAMLEntry) throws(YAMLError) -> ArbitrationID {
        let text = try entry.text
        let value = try entry.hexadecimal(UInt32.self)
        let identifier =
            text.count > 3 ? ArbitrationID(extended: value) : ArbitrationID(standard: value)
        guard let identifier else {
            throw entry.mistake("'\(text)' is no identifier", "write 3 digits, or 8: 18DA10F1")
        }
        return identifier
    }
}
