import CANFrame

/// What is found out about a log when all of it is read and compared with all that it says.
public struct LogVerification: Sendable {
    /// A group with the digests over its decoded content.
    public struct Group: Sendable, Hashable {
        public var firstFrameNumber: UInt64
        public var frames: Int
        public var events: Int
        public var frameDigest: [UInt8]
        public var eventDigest: [UInt8]
    }

    /// How the log ends.
    public internal(set) var state: LogState
    /// Who, where and what.
    public let metadata: LogMetadata
    /// What is in the log.
    public let summary: LogSummary
    /// What is damaged, in the order in which it was found; checked are header, state, every block
    /// and section, frames and events against their digests, the chain, index, footer and journal.
    public internal(set) var damages: [LogDamage] = []
    /// The groups that were whole, and the segments of the journal that will be groups.
    public internal(set) var groups: [Group] = []
    /// How many of ``groups`` are still segments of the journal.
    public internal(set) var segments = 0
    /// Frames and events that were decoded.
    public internal(set) var frames: UInt64 = 0
    public internal(set) var events: UInt64 = 0
    /// Bytes of records at the ends of segments that were never completed: the recorder died.
    public internal(set) var tornBytes: UInt64 = 0
    /// Blocks and events of a later version, which cannot be checked.
    public internal(set) var unknownBlocks: UInt64 = 0
    public internal(set) var unknownEvents: UInt64 = 0
    /// Whether the first group goes on from one that is not in this file, or numbers are left out.
    public internal(set) var isPart = false

    init(of state: LogState, _ metadata: LogMetadata, _ summary: LogSummary) {
        self.state = state
        self.metadata = metadata
        self.summary = summary
    }

    /// The digests of the last group, which stand for all before it.
    public var frameDigest: [UInt8]? { groups.last?.frameDigest }
    public var eventDigest: [UInt8]? { groups.last?.eventDigest }

    /// Frames that the damages cost.
    public var lostFrames: UInt64 {
        damages.reduce(into: 0) { $0.add(upToLimit: $1.frames ?? 0) }
    }

    /// Whether the log itself says that it is a copy of one in which frames were lost.
    public var isLossyCopy: Bool { summary.losses.contains { $0.cause == .damage } }
}

extension LogError {
    /// The part of the log that is concerned.
    public var part: LogPart? {
        switch self {
        case .truncated(let part, _, _), .checksum(let part, _, _, _), .malformed(let part, _, _):
            part
        case .digest: .columns
        case .unknownBlock: .block
        case .unknownCoding: .groupHead
        case .notALog, .unsupportedVersion, .metadataTooLong: .header
        case .specificationTooLong: .specification
        case .groupTooLarge, .library: nil
        }
    }
}
