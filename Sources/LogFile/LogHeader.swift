import CANFrame

/// The beginning of a log: what it is, its metadata, and whether it was closed
/// (LogFile.docc, The header).
public struct LogHeader: Sendable, Equatable {
    /// The state record, which alone is rewritten when the log is closed.
    public enum State: Sendable, Equatable {
        /// Frames are still being written, or the writer ended without closing.
        case recording
        /// Closed when the file had this many bytes.
        case closed(finalSize: UInt64)
        /// Written to a pipe: whole if the footer is there.
        case streamed
        /// The record is damaged; the metadata does not suffer from it.
        case damaged
    }

    /// How many bytes a header has at most, and that of a log which is being recorded: no group
    /// shares a page with the state record, which is overwritten.
    public static let size = 4_096
    /// How many it has at least.
    static let leastSize = 1_024
    /// Sizes are multiples of a sector; the last one is the state record's own.
    static let sector = 512
    /// Where the metadata begins.
    static let fixedSize = 64
    /// How long the metadata is at most.
    static let metadataLimit = size - sector - 4 - fixedSize
    static let stateSize = 32
    static let stateMagic: UInt32 = 0x5453_4C43  // "CLST"

    public var metadata: LogMetadata
    public var state: State
    /// How many bytes it takes.
    public private(set) var byteCount = Self.size

    public init(metadata: LogMetadata, state: State = .recording) {
        self.metadata = metadata
        self.state = state
    }

    /// The bytes, ``size`` of them, or with `isCompact` as few as hold the metadata; throws
    /// ``LogError/metadataTooLong(bytes:limit:)``.
    public func encoded(isCompact: Bool = false) throws(LogError) -> [UInt8] {
        let fields = metadata.encodedFields()
        guard fields.count <= Self.metadataLimit else {
            throw .metadataTooLong(bytes: fields.count, limit: Self.metadataLimit)
        }
        let used = (Self.fixedSize + fields.count + 4 + Self.sector - 1) / Self.sector
        let size = isCompact ? max(Self.leastSize, (used + 1) * Self.sector) : Self.size
        var bytes = LogFormat.magic
        bytes.reserveCapacity(size)
        bytes.append(littleEndian: LogFormat.majorVersion)
        bytes.append(
            littleEndian: metadata.specification == nil
                ? LogFormat.minorVersion : LogFormat.minorVersionWithSpecification)
        bytes.append(littleEndian: UInt32(size))
        bytes += metadata.recording.bytes
        bytes.append(littleEndian: metadata.created.nanoseconds)
        bytes.append(littleEndian: metadata.resolution)
        bytes.append(littleEndian: UInt32(fields.count))
        bytes += Array(repeating: 0, count: Self.fixedSize - bytes.count)
        bytes += fields
        bytes += Array(repeating: 0, count: size - Self.sector - 4 - bytes.count)
        bytes.append(littleEndian: bytes.span.crc32c)
        bytes += Self.encoded(state)
        bytes += Array(repeating: 0, count: size - bytes.count)
        return bytes
    }

    /// What to overwrite, and where, when a log whose header has `size` bytes is closed with
    /// `finalSize` bytes.
    static func closedState(
        size: Int, finalSize: UInt64
    ) -> (offset: UInt64, bytes: [UInt8]) {
        (UInt64(size - sector), encoded(.closed(finalSize: finalSize)))
    }

    private static func encoded(_ state: State) -> [UInt8] {
        let (code, size): (UInt8, UInt64) =
            switch state {
            case .recording, .damaged: (0, 0)
            case .closed(let finalSize): (1, finalSize)
            case .streamed: (2, 0)
            }
        var bytes: [UInt8] = []
        bytes.append(littleEndian: stateMagic)
        bytes += [code, 0, 0, 0]
        bytes.append(littleEndian: size)
        bytes += Array(repeating: 0, count: stateSize - 4 - bytes.count)
        bytes.append(littleEndian: bytes.span.crc32c)
        return bytes
    }

    /// Reads a header from the first bytes of a file; a damaged state record is no error.
    public init(decoding bytes: Span<UInt8>) throws(LogError) {
        let magic = LogFormat.magic
        guard bytes.count >= magic.count, magic.indices.allSatisfy({ bytes[$0] == magic[$0] })
        else { throw .notALog }
        let size = Self.size(in: bytes)
        guard bytes.count >= size else {
            throw .truncated(.header, at: 0, missing: UInt64(size - bytes.count))
        }
        byteCount = size
        let checked = size - Self.sector - 4
        let stored = bytes.uint32(at: checked)
        let computed = bytes.extracting(0..<checked).crc32c
        guard stored == computed else {
            throw .checksum(.header, at: 0, stored: stored, computed: computed)
        }
        metadata = try LogMetadata(decodingHeader: bytes)
        let major = bytes.uint16(at: 8)
        guard major == LogFormat.majorVersion else {
            throw .unsupportedVersion(major: major, writtenBy: metadata.program)
        }
        state = Self.state(in: bytes)
    }

    /// The state in the first bytes of a file, whatever else is damaged in them.
    static func state(in bytes: Span<UInt8>) -> State {
        state(in: bytes, size: size(in: bytes))
    }

    private static func state(in bytes: Span<UInt8>, size: Int) -> State {
        let start = size - sector
        guard bytes.count >= start + stateSize else { return .damaged }
        return decodeState(bytes.extracting(start..<start + stateSize))
    }

    /// The size of the header in the first bytes of a file: as it says, unless only another one has
    /// an undamaged state record.
    static func size(in bytes: Span<UInt8>) -> Int {
        let sizes = Array(stride(from: leastSize, through: size, by: sector))
        let said = bytes.count >= 16 ? Int(bytes.uint32(at: 12)) : size
        for size in [said] + sizes where sizes.contains(size) {
            if state(in: bytes, size: size) != .damaged { return size }
        }
        return sizes.contains(said) ? said : size
    }

    private static func decodeState(_ record: Span<UInt8>) -> State {
        let checked = record.extracting(0..<stateSize - 4)
        guard record.uint32(at: 0) == stateMagic,
            record.uint32(at: stateSize - 4) == checked.crc32c
        else { return .damaged }
        switch record[4] {
        case 0: return .recording
        case 1: return .closed(finalSize: record.uint64(at: 8))
        case 2: return .streamed
        default: return .damaged
        }
    }
}
