/// A check that is made of all traffic with nothing written: what is wanted comes from the database.
public enum AutomaticCheck: String, Sendable, Hashable, CaseIterable {
    /// A signal's value is outside of its `[minimum|maximum]`.
    case range
    /// A signal says that there is no value.
    case notAvailable = "not-available"
    /// A signal has a value that is reserved.
    case reservedValue = "reserved-value"
    /// A message comes too seldom, too often, or not at all while its node sends others.
    case cycleTime = "cycle-time"
    /// No cyclic message of a node comes.
    case silentNode = "silent-node"
    /// A frame is shorter or longer than its message.
    case length
    /// A frame has an identifier that the database does not know.
    case unknownIdentifier = "unknown-identifier"
    case busLoad = "bus-load"
    case errorFrames = "error-frames"
    case busOff = "bus-off"
    /// A counter that each frame should raise by one is repeated or jumps.
    case liveCounter = "live-counter"
    /// A checksum is not that of its frame.
    case checksum
    /// All cyclic messages of a bus ended together: the end of traffic, told and no violation.
    case busRest = "bus-rest"

    /// What a violation means for the car where the spec says nothing.
    public var severity: FindingSeverity {
        switch self {
        case .silentNode: .block
        case .range, .cycleTime, .length, .unknownIdentifier, .liveCounter, .checksum: .rework
        // The cause may as well lie in cable, bit rate or station.
        case .busLoad, .errorFrames, .busOff: .retest
        // Many a value is not there because its equipment is not.
        case .notAvailable, .reservedValue, .busRest: .info
        }
    }
}
