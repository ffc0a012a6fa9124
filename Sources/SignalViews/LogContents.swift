public import CANFrame
import CANTransport
import CanlogFiles
import LogFile
public import LogTools
import SignalDatabase

/// Which identifiers are on which interfaces of a log, told before its frames are decoded.
///
/// The index of a `.canlog` says so; a text is read once for it. What cannot be read twice, a pipe,
/// has none.
public struct LogContents: Sendable {
    struct Entry: Hashable, Sendable {
        var channel: UInt8
        var interface: String
        var identifier: PackedID
    }

    private(set) var entries: [Entry] = []
    /// Where its time axis begins; `nil` where it has no frame.
    public let start: LogStart?
    let isCanlog: Bool
    /// Identifiers beyond this are not told.
    static let maximumEntries = 65_536

    /// Looks into the log at `path`, which is a regular file.
    public init(path: String, options: LogInputOptions) throws(StreamError) {
        var options = options
        options.selection = LogSelection()
        start = try LogStart(path: path, options: options)
        let input = try LogInput(path: path, options: options)
        isCanlog = input.format == .canlog
        guard let summary = input.summary else {
            try read(input)
            return
        }
        var names: [UInt8: String] = [:]
        for channel in summary.channels { names[channel.number] = channel.description.interface }
        for stream in summary.streams.prefix(Self.maximumEntries) {
            entries.append(
                Entry(
                    channel: stream.channel,
                    interface: names[stream.channel] ?? "can\(stream.channel)",
                    identifier: stream.identifier))
        }
        let parts = entries.map(\.identifier).filter(J1939Transport.carries)
        guard !parts.isEmpty else { return }
        options.selection.only = parts.map { .identifiers($0.number...$0.number, isExtended: true) }
        try read(LogInput(path: path, options: options))
    }

    /// Reads all frames, those that announce longer messages too.
    private mutating func read(_ input: consuming LogInput) throws(StreamError) {
        var input = input
        var seen = Set(entries)
        // What came lately, by some of its bits: most frames are no news.
        var lately = [UInt64](repeating: .max, count: 4_096)
        var names = (0..<256).map { "can\($0)" }
        var batch = FrameBatch(capacity: 8_192)
        while try input.read(into: &batch, waiting: .zero) != .ended {
            for index in 0..<batch.events.count {
                if case .channel(let description) = batch.events[index].kind,
                    let channel = batch.events[index].channel
                {
                    names[Int(channel)] = description.interface
                }
            }
            let rows = batch.rows
            for index in rows.indices {
                let row = rows[index]
                let identifier = row.identifier
                if identifier.rawValue & 0x6000_0000 != 0 { continue }
                if let announced = J1939Transport.announcement(row) {
                    add(announced, row.channel, names, &seen)
                }
                let key = UInt64(row.channel) << 32 | UInt64(identifier.rawValue)
                let place = Int((key ^ key >> 10 ^ key >> 32) & 0xFFF)
                guard lately[place] != key else { continue }
                lately[place] = key
                add(identifier, row.channel, names, &seen)
            }
        }
    }

    private mutating func add(
        _ identifier: PackedID, _ channel: UInt8, _ names: [String], _ seen: inout Set<Entry>
    ) {
        let entry = Entry(
            channel: channel, interface: names[Int(channel)], identifier: identifier)
        guard entries.count < Self.maximumEntries, seen.insert(entry).inserted else { return }
        entries.append(entry)
    }

    /// The frames that can carry what is wanted: their identifiers, and those of the transport
    /// protocol where it may carry longer messages.
    func framePatterns(
        of selection: SignalSelection, in databases: BoundDatabases
    ) -> [FrameSelection.Pattern] {
        var patterns: Set<FrameSelection.Pattern> = []
        for entry in entries {
            guard let index = databases.index(forInterface: entry.interface) else { continue }
            let bound = databases.databases[index]
            let number = entry.identifier.number
            if let message = bound.plan.messageIndex(of: entry.identifier) {
                guard selection.wants(bound.database.messages[message]) else { continue }
            } else if !J1939Transport.carries(entry.identifier) {
                continue
            }
            patterns.insert(
                .identifiers(number...number, isExtended: entry.identifier.isExtended))
        }
        return Array(patterns)
    }
}
