public import CANFrame

/// Reads the bus logging of ASAM MDF 4: data, remote and error frames of CAN, in order of time.
///
/// All groups of a file are read side by side. Of each one stretch is held, 256 KiB or a compressed
/// block of at most 64 MiB, and of all together 256 MiB; where that is not enough, blocks are
/// decompressed several times. Lists of data are read as they are needed, so that the memory does not
/// depend on the file's size.
///
/// Sources: ASAM MDF 4.1 for the blocks, ASAM MDF Bus Logging for the names of channels; what both
/// leave open is as asammdf and python-can have it.
public struct MDFReader<Source: ByteSource & ~Copyable>: InterchangeSource, ~Copyable {
    private let source: Source
    private var merge: MDFMerge

    /// Reads what the file describes. Damage of that ends the reading with the groups before it:
    /// ``gaps``; what is no MDF 4 is an error.
    public init(
        _ source: consuming Source, place: String = "log", localClock: LocalClock = .utc
    ) throws(StreamError) {
        let merge = try Self.open(source, place, localClock)
        self.source = source
        self.merge = merge
    }

    /// Whether the first bytes of a file are those of MDF 4, finalised or not.
    public static func matches(_ content: [UInt8]) -> Bool {
        MDFIdentification(content) != nil
    }

    private static func open(
        _ source: borrowing Source, _ place: String, _ localClock: LocalClock
    ) throws(StreamError) -> MDFMerge {
        let head = try source.bytes(at: 0, count: MDFIdentification.size)
        guard let identification = MDFIdentification(head) else {
            throw StreamError(
                place: place, cause: "the file does not begin as one of MDF 4.0 to 4.3 does",
                remedy: "convert files of MDF 3 with asammdf first")
        }
        let blocks = MDFBlockReader(place: place, fileSize: source.byteCount)
        var reader = MDFStructureReader(blocks, localClock: localClock)
        var gaps = ReadingGaps()
        do throws(MDFError) {
            try reader.read(from: source, &gaps)
        } catch {
            switch error {
            case .damaged(let error): gaps.damage = error
            case .unreadable(let error): throw error
            }
        }
        let structure = reader.structure
        gaps.otherContent = structure.otherRecords
        let limits = MDFMemoryLimits(windows: structure.windows)
        let sequences = structure.dataGroups.map {
            MDFSequence($0, identification, blocks, limits)
        }
        return MDFMerge(sequences, structure.interfaceNames, start: structure.start, gaps)
    }

    public mutating func read(
        into batch: inout FrameBatch, waiting limit: Duration
    ) throws(StreamError) -> ReadOutcome {
        try merge.fill(&batch, from: source) ? .batch : .ended
    }

    public var gaps: ReadingGaps { merge.gaps }
    public var resolution: Int64 { merge.resolution }
}
