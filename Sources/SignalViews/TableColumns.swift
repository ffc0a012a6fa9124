import CANFrame
import SignalDatabase

/// The columns of a table with a column for each signal, laid out before the first row is written.
struct TableColumns {
    /// Columns that belong to one stream.
    struct Block {
        var database: Int
        var message: Int
        /// `nil` where the first stream that comes has the columns.
        var channel: UInt8?
        var interface: String?
        var sourceAddress: UInt8?
        /// The signals as places in the message, ascending.
        var places: [Int]
        /// The first of its columns.
        var first = 0
        /// How many columns it has.
        var width = 0
        var isTaken = false
    }

    private(set) var blocks: [Block] = []
    /// What stands above the columns, quoted.
    private(set) var titles: [[UInt8]] = []
    /// What is beside each physical value.
    let kinds: [CellTexts.Kind]

    /// The columns for the streams that `contents` promise, and, where signals were asked for, for those
    /// which are not in the log; without contents for all that is selected.
    init(
        _ contents: LogContents?, databases: BoundDatabases, selection: SignalSelection,
        kinds: [CellTexts.Kind]
    ) {
        self.kinds = kinds
        if let contents { addStreams(contents, databases, selection) }
        if contents == nil || !selection.isEverything { addRest(databases, selection) }
        blocks.sort {
            ($0.channel ?? .max, $0.database, $0.message, $0.sourceAddress ?? 0)
                < ($1.channel ?? .max, $1.database, $1.message, $1.sourceAddress ?? 0)
        }
        nameColumns(databases)
    }

    /// The block of a stream, which nobody else has then; `nil` if its columns belong to another.
    mutating func take(for stream: SignalStream) -> Int? {
        let index = blocks.firstIndex { block in
            guard !block.isTaken, block.database == stream.database,
                block.message == stream.message, block.places == stream.places
            else { return false }
            guard let channel = block.channel else { return true }
            return channel == stream.channel && block.interface == stream.interface
                && block.sourceAddress == stream.sourceAddress
        }
        if let index { blocks[index].isTaken = true }
        return index
    }

    // MARK: Layout

    private struct Key: Hashable {
        var channel: UInt8
        var interface: String
        var message: Int
        var sourceAddress: UInt8?
    }

    private mutating func addStreams(
        _ contents: LogContents, _ databases: BoundDatabases, _ selection: SignalSelection
    ) {
        var seen: Set<Key> = []
        for entry in contents.entries {
            guard let database = databases.index(forInterface: entry.interface) else { continue }
            let bound = databases.databases[database]
            guard let index = bound.plan.messageIndex(of: entry.identifier) else { continue }
            let message = bound.database.messages[index]
            let source =
                message.format == .j1939
                ? UInt8(truncatingIfNeeded: entry.identifier.rawValue) : nil
            let key = Key(
                channel: entry.channel, interface: entry.interface, message: index,
                sourceAddress: source)
            guard seen.insert(key).inserted else { continue }
            let places = selection.places(
                of: message, interface: entry.interface, sourceAddress: source)
            guard !places.isEmpty else { continue }
            blocks.append(
                Block(
                    database: database, message: index, channel: entry.channel,
                    interface: entry.interface, sourceAddress: source, places: places))
        }
    }

    private mutating func addRest(_ databases: BoundDatabases, _ selection: SignalSelection) {
        let known = Set(blocks.map { [$0.database, $0.message] })
        for (database, bound) in databases.databases.enumerated() {
            let interfaces = databases.interfaces(of: database)
            for (index, message) in bound.database.messages.enumerated()
            where !known.contains([database, index]) && message.identifier != nil {
                let places = selection.allPlaces(of: message, on: interfaces)
                guard !places.isEmpty else { continue }
                blocks.append(Block(database: database, message: index, places: places))
            }
        }
    }

    // MARK: Names

    /// `MESSAGE.SIGNAL [unit]`; with the interface in front where several have the message, and the
    /// source behind where several send it. What is the same still gets a number.
    private mutating func nameColumns(_ databases: BoundDatabases) {
        var interfaces: [String: Set<UInt8>] = [:]
        var sources: [String: Set<UInt8>] = [:]
        for block in blocks {
            let name = databases.databases[block.database].database.messages[block.message].longName
            if let channel = block.channel { interfaces[name, default: []].insert(channel) }
            if let source = block.sourceAddress { sources[name, default: []].insert(source) }
        }
        var names = UniqueNames()
        for index in blocks.indices {
            let block = blocks[index]
            let message = databases.databases[block.database].database.messages[block.message]
            var prefix = message.longName + "."
            if let interface = block.interface, interfaces[message.longName]?.count ?? 0 > 1 {
                prefix = interface + ":" + prefix
            }
            var suffix = ""
            if let source = block.sourceAddress, sources[message.longName]?.count ?? 0 > 1 {
                suffix = " @" + source.hexadecimal
            }
            blocks[index].first = titles.count
            blocks[index].width = block.places.count * kinds.count
            for place in block.places {
                let signal = message.signals[place]
                let name = names.unique(prefix + signal.longName + suffix)
                for kind in kinds { titles.append(CSVText.field(Self.title(name, kind, signal))) }
            }
        }
    }

    private static func title(
        _ name: String, _ kind: CellTexts.Kind, _ signal: Signal
    ) -> String {
        switch kind {
        case .raw: name + " raw"
        case .label: name + " label"
        case .physical: signal.unit.isEmpty ? name : "\(name) [\(signal.unit)]"
        case .labelOrPhysical:
            signal.unit.isEmpty || !signal.labels.isEmpty ? name : "\(name) [\(signal.unit)]"
        }
    }
}

/// Names of which none is given twice: the second gets `#2` behind it.
struct UniqueNames {
    private var counts: [String: Int] = [:]

    mutating func unique(_ name: String) -> String {
        counts[name, default: 0] += 1
        guard let count = counts[name], count > 1 else { return name }
        // Something else may have that name already.
        return unique("\(name)#\(count)")
    }
}
