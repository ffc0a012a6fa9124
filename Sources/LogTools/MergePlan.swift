import CANFrame
import LogFile

/// Which channel numbers and names the logs that are merged get.
///
/// The first log keeps its own; names that several logs have get the host behind them, or a letter.
struct MergePlan {
    struct Source {
        /// The number of each channel in the merged log, and of each recorder.
        var channels = [UInt8?](repeating: nil, count: 256)
        /// Under which number events of all channels stand; `nil` for a log that was merged itself.
        var recorder: UInt8?
        /// The recorder of each channel of the merged log.
        fileprivate var recorders: [UInt8: UInt8] = [:]
        fileprivate var names: [String: String] = [:]

        /// A channel as the merged log describes it, under its number there.
        func renamed(_ description: ChannelDescription, of channel: UInt8) -> ChannelDescription {
            var description = description
            description.interface = names[description.interface] ?? description.interface
            description.recorder = recorders[channel]
            return description
        }
    }

    private(set) var sources: [Source] = []
    private var next = 0

    /// Gives numbers to the channels and recorders of a log.
    mutating func add(_ log: MergeSource) throws(StreamError) {
        let described = log.summary.channels
        var numbers = Set(described.map(\.number))
        numbers.formUnion(log.summary.streams.map(\.channel))
        guard !numbers.isEmpty else {
            throw StreamError(place: log.place, cause: "it has no channel, so nothing to merge")
        }
        let known = Set(log.metadata.sources.map(\.recorder))
        var source = Source()
        for number in numbers.union(known).sorted() {
            source.channels[Int(number)] =
                sources.isEmpty ? number : try take(for: log.place)
        }
        if sources.isEmpty { next = Int(numbers.union(known).max() ?? 0) + 1 }
        if known.isEmpty { source.recorder = try take(for: log.place) }
        let recorders = described.reduce(into: [UInt8: UInt8]()) {
            $0[$1.number] = $1.description.recorder
        }
        for number in numbers {
            guard let channel = source.channels[Int(number)] else { continue }
            source.recorders[channel] =
                source.recorder ?? recorders[number].flatMap { source.channels[Int($0)] }
        }
        sources.append(source)
    }

    private mutating func take(for place: String) throws(StreamError) -> UInt8 {
        guard let number = UInt8(exactly: next) else {
            throw StreamError(
                place: place, cause: "all logs together have more channels than the 256 of a log",
                remedy: "`canlog cut --channel` takes fewer of them first")
        }
        next += 1
        return number
    }

    // MARK: Names

    private mutating func name(_ logs: [MergeSource]) {
        let names = logs.map { Set($0.summary.channels.map(\.description.interface)) }
        var taken = names.reduce(into: Set<String>()) { $0.formUnion($1) }
        let labels = Self.labels(logs)
        for index in logs.indices {
            for name in names[index].sorted() {
                let isShared = names.indices.contains { $0 != index && names[$0].contains(name) }
                guard isShared else { continue }
                var other = "\(name)@\(labels[index])"
                while taken.contains(other) { other += "'" }
                taken.insert(other)
                sources[index].names[name] = other
            }
        }
    }

    /// The hosts, if these tell the logs apart; else A, B, C.
    private static func labels(_ logs: [MergeSource]) -> [String] {
        let hosts = logs.compactMap(\.metadata.host).filter { host in
            (1...32).contains(host.utf8.count)
                && host.utf8.allSatisfy { byte in
                    (UInt8(ascii: "!")...UInt8(ascii: "~")).contains(byte)
                }
        }
        if Set(hosts).count == logs.count { return hosts }
        return logs.indices.map(Self.letter)
    }

    /// A to Z, then numbers.
    static func letter(_ index: Int) -> String {
        index < 26 ? String(UnicodeScalar(UInt8(ascii: "A") + UInt8(index))) : String(index + 1)
    }

    // MARK: Metadata

    /// What the merged log says of itself: what all logs agree on, and each log's own words.
    mutating func metadata(_ given: LogMetadata, of logs: [MergeSource]) -> LogMetadata {
        name(logs)
        var metadata = given
        func common(_ path: KeyPath<LogMetadata, String?>) -> String? {
            let values = Set(logs.compactMap { $0.metadata[keyPath: path] })
            return values.count == 1 ? values.first : nil
        }
        metadata.vin = common(\.vin)
        metadata.vinIsDoubtful =
            metadata.vin != nil && logs.contains { $0.metadata.vinIsDoubtful }
        metadata.station = common(\.station)
        metadata.line = common(\.line)
        metadata.operatorName = common(\.operatorName)
        // Which specs a log had stays with its source; a text is one for the whole log.
        let specifications = logs.compactMap(\.metadata.specification)
        metadata.specification =
            Set(specifications).count == 1
            ? specifications.first(where: \.isCarried) ?? specifications.first : nil
        let attempts = Set(logs.compactMap(\.metadata.attempt))
        metadata.attempt = attempts.count == 1 ? attempts.first : nil
        metadata.resolution = logs.reduce(0) { Self.divisor($0, $1.metadata.resolution) }
        metadata.sources = zip(logs, sources).flatMap { Self.entries(of: $0, $1) }
        return metadata
    }

    private static func entries(of log: MergeSource, _ plan: Source) -> [LogMetadata.Source] {
        guard log.metadata.sources.isEmpty else {
            return log.metadata.sources.map { known in
                var source = known
                source.recorder = plan.channels[Int(known.recorder)] ?? known.recorder
                source.orderOffset = known.orderOffset &+ log.offset
                source.metadata.cuts += log.metadata.cuts
                source.channels = known.channels.compactMap { channel in
                    plan.channels[Int(channel.number)].map { number in
                        var channel = channel
                        channel.number = number
                        return channel
                    }
                }
                return source
            }
        }
        let channels = log.summary.channels.compactMap { channel in
            plan.channels[Int(channel.number)].map { number in
                LogMetadata.Source.Channel(
                    number: number, originalNumber: channel.number,
                    originalInterface: channel.description.interface)
            }
        }
        return [
            LogMetadata.Source(
                recorder: plan.recorder ?? 0, metadata: log.metadata, channels: channels,
                frames: log.frames, frameDigest: log.frameDigest, orderOffset: log.offset)
        ]
    }

    /// The greatest common divisor of two resolutions; 0 and n give n.
    private static func divisor(_ first: Int64, _ second: Int64) -> Int64 {
        var (a, b) = (first, second)
        while b != 0 { (a, b) = (b, a % b) }
        return a
    }
}
