import LocalFiles
import LogFile
import LogInterchange

/// The formats of logs that canlog reads and writes.
public enum LogFileFormat: String, Sendable, CaseIterable {
    /// canlog's own.
    case canlog
    /// The text of `candump -L` and `canplayer`, perhaps compressed by zstd.
    case candump
    /// Captures of Wireshark, link type `LINKTYPE_CAN_SOCKETCAN`; the older `pcap` is read as well.
    case pcapng
    /// Vector's binary log format.
    case blf
    /// Vector's log of text.
    case asc
    /// PEAK's trace.
    case trc
    /// Bus logging of ASAM MDF 4.
    case mdf
    /// SavvyCAN's and GVRET's comma-separated values.
    case csv

    /// The format that a name's suffix stands for, `.zst` apart.
    public init?(suffixOf path: String) {
        let name = (path.hasSuffix(".zst") ? path.dropLast(4) : path[...]).lowercased()
        guard
            let format = Self.allCases.first(where: { $0.suffixes.contains(where: name.hasSuffix) })
        else { return nil }
        self = format
    }

    /// The format that a log's first bytes show; `nil` if they are none that is known.
    public init?(content: [UInt8]) {
        // Comments and stamps of candump begin as other formats may, too: it is asked last.
        let order = Self.allCases.filter { $0 != .candump } + [.candump]
        guard let format = order.first(where: { $0.matches(content) }) else { return nil }
        self = format
    }

    /// Whether these first bytes show a format, whatever follows them: a comment may be one of
    /// candump's or the first of another format's.
    static func isTold(by content: [UInt8]) -> Bool {
        guard let format = LogFileFormat(content: content) else { return false }
        return format != .candump || content.first == UInt8(ascii: "(")
    }

    /// The end of a name that is usual for it, without the point.
    public var suffix: String { String((suffixes.first ?? "").dropFirst()) }

    /// The ends of names that stand for it, the first as it is usual.
    var suffixes: [String] {
        switch self {
        case .canlog: [LogFormat.suffix]
        case .candump: [".log", ".txt", ".candump"]
        case .pcapng: [".pcapng", ".pcap"]
        case .blf: [".blf"]
        case .asc: [".asc"]
        case .trc: [".trc"]
        case .mdf: [".mf4", ".mdf"]
        case .csv: [".csv"]
        }
    }

    /// Whether these first bytes are those of a log of this format.
    private func matches(_ content: [UInt8]) -> Bool {
        switch self {
        case .canlog: content.starts(with: LogFormat.magic)
        case .candump: CandumpTextDecoder.matches(content)
        case .pcapng: PcapDecoder.matches(content)
        case .blf: BLFDecoder.matches(content)
        case .asc: ASCDecoder.matches(content)
        case .trc: TRCDecoder.matches(content)
        case .mdf: MDFReader<ReadableFile>.matches(content)
        case .csv: CSVDecoder.matches(content)
        }
    }

    /// What a log of this format is made of, in words.
    public var piece: String {
        switch self {
        case .canlog, .pcapng: "block"
        case .mdf: "record"
        case .candump, .asc, .trc, .csv: "line"
        case .blf: "object"
        }
    }

    /// Whether it is compressed by zstd as a whole if its name says so.
    public var isCompressible: Bool {
        switch self {
        case .canlog, .blf, .mdf: false
        case .candump, .pcapng, .asc, .trc, .csv: true
        }
    }

    /// Whether its stamps count from a start, which no frame may precede.
    var countsFromStart: Bool {
        switch self {
        case .canlog, .candump, .pcapng, .csv: false
        case .blf, .asc, .trc, .mdf: true
        }
    }

    /// All names, for help: `canlog, candump`.
    public static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }

    /// What reads it; `nil` for those that are read at any place.
    func decoder(_ options: LogInputOptions) -> (any InterchangeDecoder)? {
        switch self {
        case .canlog, .mdf: nil
        case .candump: CandumpTextDecoder(onFault: options.onFault)
        case .pcapng: PcapDecoder()
        case .blf: BLFDecoder(localClock: .host)
        case .asc: ASCDecoder(onFault: options.onFault, localClock: .host)
        case .trc: TRCDecoder(onFault: options.onFault, localClock: .host)
        case .csv: CSVDecoder(onFault: options.onFault)
        }
    }

    /// What writes it; `nil` for canlog's own.
    func encoder(_ options: EncodingOptions, _ style: CandumpTextStyle) -> (any InterchangeEncoder)?
    {
        switch self {
        case .canlog: nil
        case .candump: CandumpTextEncoder(style: style)
        case .pcapng: PcapngEncoder(options)
        case .blf: BLFEncoder(options)
        case .asc: ASCEncoder(options)
        case .trc: TRCEncoder(options)
        case .mdf: MDFEncoder(options)
        case .csv: CSVEncoder(options)
        }
    }
}

extension LocalClock {
    /// That of this host's time zone: dates without a zone mean the wall where a log was made, as
    /// Vector's tools write and Wireshark reads them.
    static let host = LocalClock(offset: HostClock.secondsEastOfUTC)
}
