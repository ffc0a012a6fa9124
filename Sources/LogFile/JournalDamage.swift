import CANFrame

/// A stretch of a journal segment that could not be read, with records behind it that could.
public struct JournalDamage: Sendable, Hashable {
    /// How many of them a reader keeps.
    static let limit = 1_000

    /// Where it begins, in bytes from the start of the segment.
    public var offset: UInt64
    /// How many bytes were passed over, with the records that could not be decoded without it.
    public var byteCount: UInt64
    /// How many frames are missing because of it.
    public var missingFrames: UInt64
    /// What was wrong at its beginning.
    public var reason: String
}

extension JournalDamage: CustomStringConvertible {
    /// In the words of a message.
    public var description: String {
        "the journal is damaged at byte \(offset): \(reason); missing: \(missingFrames.counting("frame")) in \(byteCount.counting("byte"))"
    }
}
