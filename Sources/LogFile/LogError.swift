public import CANFrame

/// Why bytes are not a log, or values do not fit into one.
///
/// Each case carries what is needed to find the place with a hex viewer; offsets are bytes from the
/// start of the file.
public enum LogError: Error, Hashable, Sendable {
    /// The file does not begin with the format's magic, and does not end with its footer.
    case notALog
    /// Written by a later version, which this one cannot read.
    case unsupportedVersion(major: UInt16, writtenBy: String)
    /// The bytes end inside something.
    case truncated(LogPart, at: UInt64, missing: UInt64)
    /// A checksum disagrees.
    case checksum(LogPart, at: UInt64, stored: UInt32, computed: UInt32)
    /// A field has a value that it cannot have.
    case malformed(LogPart, at: UInt64, reason: String)
    /// A block of a kind that must be understood and is not.
    case unknownBlock(kind: UInt16, at: UInt64, writtenBy: String)
    /// A group is coded in a way that this version does not know.
    case unknownCoding(UInt8, at: UInt64, writtenBy: String)
    /// The metadata is longer than the place in the header.
    case metadataTooLong(bytes: Int, limit: Int)
    /// The text of the vehicle's spec is longer than a log carries.
    case specificationTooLong(bytes: Int, limit: Int)
    /// More frames or events than a group can have.
    case groupTooLarge(frames: Int, events: Int)
    /// The content of a group disagrees with its digest.
    case digest(at: UInt64)
    /// zstd or libcrypto could not do its work.
    case library(String)
}

/// A part of a log, as messages name it.
public enum LogPart: String, Sendable, CaseIterable {
    case header, state, block, groupHead, columns, stream, events, index, footer
    case journalHead, journalRecord
    case numbers, specification

    /// How a message names it.
    public var name: String {
        switch self {
        case .groupHead: "group head"
        case .journalHead: "journal head"
        case .journalRecord: "journal record"
        default: rawValue
        }
    }
}

extension LogError: CustomStringConvertible {
    /// The cause with its numbers.
    public var description: String {
        switch self {
        case .notALog:
            "this is not a .canlog file: neither its first 8 bytes nor its footer say so"
        case .unsupportedVersion(let major, let program):
            "the file has format version \(major), written by \(program); this program reads up to version \(LogFormat.majorVersion)"
        case .truncated(let part, let offset, let missing):
            "the \(part.name) at byte \(offset) ends \(missing) bytes too early"
        case .checksum(let part, let offset, let stored, let computed):
            "the \(part.name) at byte \(offset) is damaged: CRC-32C \(hexadecimal(stored)) stored, \(hexadecimal(computed)) computed"
        case .malformed(let part, let offset, let reason):
            "the \(part.name) at byte \(offset) is malformed: \(reason)"
        case .unknownBlock(let kind, let offset, let program):
            "the block at byte \(offset) is of the unknown kind \(kind), written by \(program)"
        case .unknownCoding(let coding, let offset, let program):
            "the group at byte \(offset) has the unknown coding \(coding), written by \(program)"
        case .metadataTooLong(let bytes, let limit):
            "the metadata needs \(bytes) bytes and the header holds \(limit)"
        case .specificationTooLong(let bytes, let limit):
            "the resolved spec has \(bytes) bytes and a log carries \(limit)"
        case .groupTooLarge(let frames, let events):
            "a group of \(frames) frames and \(events) events is too large: at most \(LogFormat.groupCapacity) frames and \(LogFormat.groupEventCapacity) events"
        case .digest(let offset):
            "the content of the group at byte \(offset) disagrees with its SHA-256 digest"
        case .library(let text):
            text
        }
    }

    private func hexadecimal(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
    }

    /// What to do about it, if we know.
    public var remedy: String? {
        switch self {
        case .notALog: "give a file that canlog wrote, or convert it with `canlog convert`"
        case .unsupportedVersion, .unknownBlock, .unknownCoding: "use a newer canlog"
        case .metadataTooLong: "shorten the tags"
        default: nil
        }
    }

    /// This error as a source or sink throws it; `place` names the file.
    public func streamError(place: String) -> StreamError {
        StreamError(place: place, cause: description, remedy: remedy)
    }

    /// Runs `body` and turns its error into the one of sources and sinks; `place` names the file.
    static func streaming<Result: ~Copyable>(
        at place: String, _ body: () throws(LogError) -> Result
    ) throws(StreamError) -> Result {
        do throws(LogError) { return try body() } catch { throw error.streamError(place: place) }
    }
}
