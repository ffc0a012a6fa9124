import CANFrame

/// What the blocks of a file describe: where its frames are and how they lie there.
struct MDFStructure: Sendable {
    /// One data group with frames of CAN, or with damage.
    struct DataGroup: Sendable {
        var place: String
        /// `dg_data`: the data, or lists of it.
        var dataLink: UInt64
        /// `dg_rec_id_size`: how many bytes the number before each record has.
        var recordIDSize: Int
        var groups: [Group]

        /// How many stretches of data are read side by side.
        var windows: Int {
            groups.reduce(1) { count, group in
                guard case .frames(let layout) = group.content else { return count }
                return count + (layout.payload == .signalData ? 1 : 0)
            }
        }
    }

    /// One channel group.
    struct Group: Sendable {
        enum Content: Sendable {
            case frames(MDFFrameLayout)
            /// Values of a channel with variable length (VLSD), each with its own length.
            case variableLength
            case other
        }

        /// Where the group's block is; channels of variable length link to it.
        var offset: UInt64
        var recordID: UInt64
        var cycleCount: UInt64
        /// Of a record, with its invalidation bytes.
        var recordSize: Int
        var content: Content
    }

    var dataGroups: [DataGroup] = []
    /// Nanoseconds since 1970, UTC.
    var start: Int64 = 0
    /// The interfaces' names by their numbers, as canlog writes them.
    var interfaceNames: [UInt32: String] = [:]
    /// How many stretches of data are read side by side.
    var windows = 0
    /// Records of groups that hold no frames of CAN.
    var otherRecords: UInt64 = 0
}

/// Walks through a file's blocks from its header on.
struct MDFStructureReader: Sendable {
    /// `cg_flags` (MDF 4.1, 5.15).
    private enum GroupFlag {
        static let variableLength: UInt16 = 0x01
        static let busEvent: UInt16 = 0x02
        static let remoteMaster: UInt16 = 0x08
    }

    private let blocks: MDFBlockReader
    private var chains: MDFChannelReader
    private let localClock: LocalClock
    private(set) var structure = MDFStructure()
    /// How many channel groups of variable length there are; of each half a mebibyte is held.
    private var variableGroups = 0
    private static let greatestVariableGroups = 256

    init(_ blocks: MDFBlockReader, localClock: LocalClock) {
        self.blocks = blocks
        self.localClock = localClock
        chains = MDFChannelReader(blocks)
    }

    /// Reads all groups. What was found before a damage is in ``structure``; damage of one group is
    /// counted in `gaps`, and the next one is read.
    mutating func read<Source: ByteSource & ~Copyable>(
        from source: borrowing Source, _ gaps: inout ReadingGaps
    ) throws(MDFError) {
        let header = try blocks.block(at: 64, [.header], in: source)
        let links = try blocks.links(of: header, count: 6, in: source)
        structure.start = start(of: try blocks.data(of: header, count: 32, in: source))
        if let comment = try? blocks.text(at: links[5], atMost: 1 << 20, in: source) {
            structure.interfaceNames = MDFInterfaceNames.read(comment)
        }
        var next = links[0]
        while next != 0 {
            let block = try blocks.block(at: next, [.dataGroup], in: source)
            try chains.visit(block)
            let links = try blocks.links(of: block, count: 4, in: source)
            let data = try blocks.data(of: block, count: 8, in: source)
            next = links[0]
            try addDataGroup(block, links, Int(data.byte(0)), from: source, &gaps)
        }
    }

    private mutating func addDataGroup<Source: ByteSource & ~Copyable>(
        _ block: MDFBlock, _ links: [UInt64], _ recordIDSize: Int, from source: borrowing Source,
        _ gaps: inout ReadingGaps
    ) throws(MDFError) {
        guard [0, 1, 2, 4, 8].contains(recordIDSize) else {
            return gaps.skip(
                StreamError(
                    place: "\(blocks.place), DG block at byte \(block.offset)",
                    cause: "its record ids of \(recordIDSize) bytes are none of 0, 1, 2, 4 and 8"))
        }
        var dataGroup = MDFStructure.DataGroup(
            place: "\(blocks.place), data group at byte \(block.offset)", dataLink: links[2],
            recordIDSize: recordIDSize, groups: [])
        var next = links[1]
        do throws(MDFError) {
            while next != 0 {
                let block = try blocks.block(at: next, [.channelGroup], in: source)
                try chains.visit(block)
                next = try addGroup(block, to: &dataGroup, from: source, &gaps)
            }
        } catch {
            guard case .damaged(let damage) = error else { throw error }
            gaps.skip(damage)
        }
        let hasFrames = dataGroup.groups.contains { group in
            if case .frames = group.content { true } else { false }
        }
        if hasFrames {
            let windows = structure.windows + dataGroup.windows
            guard windows <= MDFMemoryLimits.greatestWindows else {
                throw blocks.damage(
                    "DG block", at: block.offset,
                    "the file has more than \(MDFMemoryLimits.greatestWindows) groups to read side by side"
                )
            }
            structure.windows = windows
            structure.dataGroups.append(dataGroup)
        } else {
            for group in dataGroup.groups {
                if case .other = group.content {
                    structure.otherRecords.add(upToLimit: group.cycleCount)
                }
            }
        }
    }

    /// Adds a channel group; gives the link to the next one.
    private mutating func addGroup<Source: ByteSource & ~Copyable>(
        _ block: MDFBlock, to dataGroup: inout MDFStructure.DataGroup,
        from source: borrowing Source, _ gaps: inout ReadingGaps
    ) throws(MDFError) -> UInt64 {
        let links = try blocks.links(of: block, count: 7, in: source)
        let data = try blocks.data(of: block, count: 32, in: source)
        let flags = data.integer(16, UInt16.self)
        let dataBytes = Int(data.integer(24, UInt32.self))
        var group = MDFStructure.Group(
            offset: block.offset, recordID: data.integer(0), cycleCount: data.integer(8),
            recordSize: dataBytes + Int(data.integer(28, UInt32.self)), content: .other)
        if flags & GroupFlag.variableLength != 0 {
            group.content = .variableLength
            variableGroups += 1
            guard variableGroups <= Self.greatestVariableGroups else {
                throw blocks.damage(
                    "CG block", at: block.offset,
                    "the file has more than \(Self.greatestVariableGroups) groups of variable length"
                )
            }
        } else {
            // Groups of measured signals may have thousands of channels; those of frames begin with
            // time and frame.
            let limit = flags & GroupFlag.busEvent != 0 ? Int.max : 4
            let channels = try chains.channels(from: links[1], atMost: limit, in: source)
            if channels.contains(where: \.isFrameStructure) {
                var builder = MDFLayoutBuilder(
                    channels: channels, dataBytes: dataBytes, recordSize: group.recordSize,
                    start: structure.start)
                builder.source = try self.source(links, in: source)
                builder.hasRemoteMaster = flags & GroupFlag.remoteMaster != 0
                if let fault = builder.fault {
                    gaps.skip(
                        StreamError(
                            place: "\(blocks.place), CG block at byte \(block.offset)",
                            cause: fault + ", so that its \(group.cycleCount) frames are not read"))
                } else if let layout = builder.layout {
                    group.content = .frames(layout)
                }
            }
        }
        dataGroup.groups.append(group)
        return links[0]
    }

    /// The names of what a group's frames come from; a bus is often known by its number in them.
    private func source<Source: ByteSource & ~Copyable>(
        _ links: [UInt64], in source: borrowing Source
    ) throws(MDFError) -> [String] {
        var names: [String] = []
        if links[3] != 0 {
            let block = try blocks.block(at: links[3], [.source], in: source)
            let texts = try blocks.links(of: block, count: 2, in: source)
            names.append(try blocks.text(at: texts[1], in: source))
            names.append(try blocks.text(at: texts[0], in: source))
        }
        names.append(try blocks.text(at: links[2], in: source))
        return names
    }

    /// `hd_start_time_ns` with what `hd_time_flags` say of it (MDF 4.1, 5.5).
    private func start(of data: MDFFields) -> Int64 {
        let given = Int64(clamping: data.integer(0, UInt64.self))
        let isLocal = data.byte(12) & 1 != 0
        guard isLocal else { return given }
        let second: Int64 = 1_000_000_000
        let utc = localClock.utc(ofWall: given / second)
        return utc.multipliedReportingOverflow(by: second).partialValue &+ given % second
    }
}

/// The names of interfaces in the comment of a file's header, one property of the name
/// `canlog.interface.1` for bus channel 1. The standard has no place for them where frames of
/// several buses lie in one group.
enum MDFInterfaceNames {
    static let property = "canlog.interface."

    static func read(_ comment: String) -> [UInt32: String] {
        var names: [UInt32: String] = [:]
        var rest = comment[...]
        let opening = "<e name=\"" + property
        while names.count < 256, let start = rest.firstRange(of: opening) {
            rest = rest[start.upperBound...]
            guard let quote = rest.firstRange(of: "\">"),
                let end = rest.firstRange(of: "</e>"), quote.upperBound <= end.lowerBound
            else { return names }
            if let number = UInt32(rest[..<quote.lowerBound]) {
                names[number] = MDFText.plain(String(rest[quote.upperBound..<end.lowerBound]))
            }
            rest = rest[end.upperBound...]
        }
        return names
    }
}

/// Text within XML.
enum MDFText {
    private static let marks = [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;")]

    static func escaped(_ text: String) -> String {
        marks.reduce(text) { $0.replacing($1.0, with: $1.1) }
    }

    static func plain(_ text: String) -> String {
        marks.reversed().reduce(text) { $0.replacing($1.1, with: $1.0) }
    }
}
