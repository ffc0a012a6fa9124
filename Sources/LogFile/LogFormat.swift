public import CANFrame

/// The constants of the `.canlog` format, version 1.2; the catalogue `LogFile.docc` defines them.
public enum LogFormat {
    /// The first 8 bytes of every log. The high bit, the line ends and the control-Z show a file
    /// that went through a text-mode transfer.
    public static let magic: [UInt8] = [0x89, 0x43, 0x4C, 0x4F, 0x47, 0x0D, 0x0A, 0x1A]
    /// A reader refuses a greater major version; a greater minor one it reads.
    public static let majorVersion: UInt16 = 1
    public static let minorVersion: UInt16 = 1
    /// That of a log with a spec; a log has the least version that knows what is in it.
    static let minorVersionWithSpecification: UInt16 = 2
    /// Frames in a group at most.
    public static let groupCapacity = 131_072
    /// Events in a group at most; a recorder ends a journal segment, and with it a group, far below:
    /// on an idle bus, with ten ticks and a tie each second, after some 25 minutes.
    public static let groupEventCapacity = 131_072
    /// What follows a log's name in the name of its journal segments, before the ordinal.
    public static let journalSuffix = ".journal-"
    /// The suffix of a log's name.
    public static let suffix = ".canlog"

    /// Whether a group whose highest stamp is `highest` ends before a frame stamped `stamp`: the
    /// clock stepped back by more than 1 s. Smaller steps are inversions between interfaces.
    @inlinable
    public static func endsGroup(before stamp: Timestamp, highest: Timestamp) -> Bool {
        stamp < highest
            && UInt64(bitPattern: highest.nanoseconds &- stamp.nanoseconds) > 1_000_000_000
    }
}
