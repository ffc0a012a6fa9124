public import CANFrame
import LogFile

/// What of a log's metadata is not to be given away, and where it still occurs.
public struct LogRemoval: Sendable {
    /// A value that was removed from the metadata and is still in the new log.
    public struct Remnant: Sendable, Hashable {
        /// What it is: `VIN`, `operator`, a tag's key.
        public var name: String
        /// Where it still is, for people.
        public var places: [String]
        /// Whether `--without markers,notes` would remove it from some of them.
        public var isInWords: Bool
        /// The identifiers of frames that carry parts of it, ascending, the first few.
        public var identifiers: [PackedID]
    }

    private struct Value {
        var name: String
        var text: String
        /// The windows of 7 characters that frames of ISO-TP or of a multiplexer carry in their
        /// bytes 1 to 7.
        var windows: Set<UInt64> = []
        var markers: UInt64 = 0
        var notes: UInt64 = 0
        var interfaces: Set<String> = []
        var frames: UInt64 = 0
        var identifiers: Set<UInt32> = []
    }

    /// The names of what can be removed besides tags by their keys.
    public static let names = [
        "vin", "operator", "station", "line", "attempt", "host", "source", "recorder", "tags",
        "specs", "markers", "notes",
    ]

    private let wanted: Set<String>
    private var values: [Value] = []
    /// Shorter texts occur everywhere.
    private static let leastLength = 3

    /// Removes what `names` name, of ``names`` or keys of tags.
    public init(_ names: [String]) {
        wanted = Set(names)
    }

    /// Whether nothing is removed.
    var isEmpty: Bool { wanted.isEmpty }
    /// What is removed, in the words of the command.
    var words: String { wanted.sorted().joined(separator: ",") }

    // MARK: Metadata

    /// Removes what is not wanted from `metadata` and from that of its sources.
    mutating func apply(to metadata: inout LogMetadata) {
        func take(_ name: String, _ value: inout String?, as title: String? = nil) {
            guard wanted.contains(name), let text = value else { return }
            note(text, name: title ?? name)
            value = nil
        }
        take("vin", &metadata.vin, as: "VIN")
        if metadata.vin == nil { metadata.vinIsDoubtful = false }
        take("operator", &metadata.operatorName)
        take("station", &metadata.station)
        take("line", &metadata.line)
        take("host", &metadata.host)
        take("source", &metadata.source)
        take("recorder", &metadata.recorder)
        if wanted.contains("specs") { metadata.specification = nil }
        if wanted.contains("attempt") { metadata.attempt = nil }
        metadata.tags.removeAll { tag in
            guard wanted.contains("tags") || wanted.contains(tag.key) else { return false }
            note(tag.value, name: "tag \(tag.key)")
            return true
        }
        for index in metadata.sources.indices { apply(to: &metadata.sources[index].metadata) }
    }

    private mutating func note(_ text: String, name: String) {
        guard text.utf8.count >= Self.leastLength,
            !values.contains(where: { $0.text == text.lowercased() })
        else { return }
        var value = Value(name: name, text: text.lowercased())
        let bytes = Array(text.utf8)
        if name == "VIN", bytes.count >= 10 {
            for start in 0...bytes.count - 7 {
                value.windows.insert(
                    bytes[start..<start + 7].reversed().reduce(0) { $0 << 8 | UInt64($1) })
            }
        }
        values.append(value)
    }

    // MARK: Content

    /// Whether an event stays.
    func keeps(_ event: BusEvent) -> Bool {
        switch event.kind {
        case .marker: !wanted.contains("markers")
        case .note: !wanted.contains("notes")
        default: true
        }
    }

    /// Looks for what was removed in the texts and payloads of `batch`.
    mutating func search(_ batch: borrowing FrameBatch) {
        for index in values.indices {
            for place in batch.events.indices {
                let event = batch.events[place]
                switch event.kind {
                case .marker(let text) where contains(text, index): values[index].markers += 1
                case .note(let text) where contains(text, index): values[index].notes += 1
                case .channel(let channel) where contains(channel.interface, index):
                    values[index].interfaces.insert(channel.interface)
                default: break
                }
            }
            guard !values[index].windows.isEmpty else { continue }
            search(batch, for: &values[index])
        }
    }

    private func contains(_ text: String, _ index: Int) -> Bool {
        text.lowercased().contains(values[index].text)
    }

    private func search(_ batch: borrowing FrameBatch, for value: inout Value) {
        let windows = value.windows
        let rows = batch.rows
        for index in rows.indices {
            let row = rows[index]
            let isFound =
                row.isShort
                ? row.length == 8 && windows.contains(row.payloadWord >> 8)
                : Self.contains(batch.longPayload(at: index), windows)
            guard isFound else { continue }
            value.frames += 1
            if value.identifiers.count < 8 { value.identifiers.insert(row.identifier.rawValue) }
        }
    }

    private static func contains(_ payload: Span<UInt8>, _ windows: Set<UInt64>) -> Bool {
        var word: UInt64 = 0
        for index in payload.indices {
            word = word >> 8 | UInt64(payload[index]) << 48
            if index >= 6, windows.contains(word) { return true }
        }
        return false
    }

    /// What was removed and still occurs in the new log, whose metadata and name these are.
    func remnants(metadata: LogMetadata, path: String) -> [Remnant] {
        values.compactMap { value in
            var places: [String] = []
            for (name, text) in metadata.texts where text.lowercased().contains(value.text) {
                places.append("the " + name)
            }
            places += value.interfaces.sorted().map { "the interface name \($0)" }
            if path.lowercased().contains(value.text) { places.append("the name of the file") }
            if value.markers > 0 { places.append(value.markers.counting("marker")) }
            if value.notes > 0 { places.append(value.notes.counting("note")) }
            if value.frames > 0 { places.append(value.frames.counting("frame")) }
            guard !places.isEmpty else { return nil }
            return Remnant(
                name: value.name, places: places,
                isInWords: value.markers > 0 || value.notes > 0,
                identifiers: value.identifiers.sorted().map { PackedID(rawValue: $0) })
        }
    }
}

extension LogMetadata {
    /// All texts by their names.
    fileprivate var texts: [(name: String, text: String)] {
        var texts: [(String, String)] = []
        for (name, text) in [
            ("VIN", vin), ("operator", operatorName), ("station", station), ("line", line),
            ("host", host), ("source", source),
        ] {
            if let text { texts.append((name, text)) }
        }
        // A pattern of VINs is in it, and perhaps more.
        if let text = try? specification?.text() { texts.append(("specs", text)) }
        texts += tags.map { ("tag \($0.key)", "\($0.key)=\($0.value)") }
        texts += cuts.map { ("words of a cut", $0.selection) }
        for source in sources {
            texts += source.metadata.texts.map { ("\($0.name) of a merged log", $0.text) }
            texts += source.channels.map { ("interface of a merged log", $0.originalInterface) }
        }
        return texts
    }
}
