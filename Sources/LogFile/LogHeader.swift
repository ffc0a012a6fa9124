import CANFrame

/// The first 4,096 bytes of a log: what it is, its metadata, and whether it was closed
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

    /// How many bytes a header has.
    public static let size = 4_096
    /// Where the metadata begins, and where its space ends.
    static let metadataRange = 64..<3_580
    static let checksumOffset = 3_580
    /// The state record lies in a sector of its own.
    static let stateOffset = 3_584
    static let stateSize = 32
    static let stateMagic: UInt32 = 0x5453_4C43  // "CLST"

    public var metadata: LogMetadata
    public var state: State

    public init(metadata: LogMetadata, state: State = .recording) {
        self.metadata = metadata
        self.state = state
    }

    /// The 4,096 bytes; throws ``LogError/metadataTooLong(bytes:limit:)``.
    public func encoded() throws(LogError) -> [UInt8] {
        let fields = metadata.encodedFields()
        guard fields.count <= Self.metadataRange.count else {
            throw .metadataTooLong(bytes: fields.count, limit: Self.metadataRange.count)
        }
        var bytes = LogFormat.magic
        bytes.reserveCapacity(Self.size)
        bytes.append(littleEndian: LogFormat.majorVersion)
        bytes.append(littleEndian: LogFormat.minorVersion)
        bytes.append(littleEndian: UInt32(Self.size))
        bytes += metadata.recording.bytes
        bytes.append(littleEndian: metadata.created.nanoseconds)
        bytes.append(littleEndian: metadata.resolution)
        bytes.append(littleEndian: UInt32(fields.count))
        bytes += Array(repeating: 0, count: Self.metadataRange.lowerBound - bytes.count)
        bytes += fields
        bytes += Array(repeating: 0, count: Self.checksumOffset - bytes.count)
        bytes.append(littleEndian: bytes.span.crc32c)
        bytes += Self.encoded(state)
        bytes += Array(repeating: 0, count: Self.size - bytes.count)
        return bytes
    }

    /// What to overwrite, and where, when the log is closed with `finalSize` bytes.
    public static func closedState(finalSize: UInt64) -> (offset: UInt64, bytes: [UInt8]) {
        (UInt64(stateOffset), encoded(.closed(finalSize: finalSize)))
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
        guard bytes.count >= Self.size else {
            throw .truncated(.header, at: 0, missing: UInt64(Self.size - bytes.count))
        }
        let stored = bytes.uint32(at: Self.checksumOffset)
        let computed = bytes.extracting(0..<Self.checksumOffset).crc32c
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
        guard bytes.count >= stateOffset + stateSize else { return .damaged }
        return decodeState(bytes.extracting(stateOffset..<stateOffset + stateSize))
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
