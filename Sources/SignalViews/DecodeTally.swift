public import CANFrame
public import CANTransport

/// What a log has and what of it was decoded.
public struct DecodeTally: Sendable {
    /// Data frames that were read.
    public internal(set) var frames: UInt64 = 0
    /// Those that the databases know, or that completed a longer message.
    public internal(set) var decodedFrames: UInt64 = 0
    /// Frames that carry a wanted signal.
    public internal(set) var rows: UInt64 = 0
    /// Streams beyond the maximum, which were left out.
    public internal(set) var refusedStreams = 0
    /// Messages of J1939's transport protocol that did not come whole.
    public internal(set) var transportFailures = J1939FailureCounts()
    /// Interfaces that have frames and no database.
    public internal(set) var interfacesWithoutDatabase: Set<String> = []
    /// Identifiers that no database knows, as long as no frame was known; at most
    /// ``maximumIdentifiers``.
    public internal(set) var unknownIdentifiers: Set<PackedID> = []

    static let maximumIdentifiers = 4_096

    @inline(__always)
    mutating func noteUnknown(_ row: FrameRow) {
        guard decodedFrames == 0 else { return }
        insert(row.identifier)
    }

    @inline(never)
    private mutating func insert(_ identifier: PackedID) {
        guard unknownIdentifiers.count < Self.maximumIdentifiers else { return }
        unknownIdentifiers.insert(identifier)
    }
}
