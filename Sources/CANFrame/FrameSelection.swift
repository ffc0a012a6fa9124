/// Which frames of a source are wanted.
///
/// Given when a source is opened, so that a `.canlog` skips what is not wanted; others filter.
public struct FrameSelection: Sendable, Hashable {
    /// A set of frames by identifier or kind.
    public enum Pattern: Sendable, Hashable {
        /// Data and remote frames whose identifier is of this kind and in this range.
        case identifiers(ClosedRange<UInt32>, isExtended: Bool)
        case errorFrames
        case remoteFrames

        /// Whether a frame with this identifier is meant.
        @inlinable
        public func matches(_ identifier: PackedID) -> Bool {
            switch self {
            case .identifiers(let range, let isExtended):
                !identifier.isError && identifier.isExtended == isExtended
                    && range.contains(identifier.number)
            case .errorFrames: identifier.isError
            case .remoteFrames: identifier.isRemote && !identifier.isError
            }
        }
    }

    /// Frames before this moment are left out.
    public var from: Timestamp?
    /// Frames after this moment are left out.
    public var to: Timestamp?
    /// If not empty, only frames that match one of these are wanted.
    public var only: [Pattern] = []
    /// Frames that match one of these are not wanted.
    public var except: [Pattern] = []
    /// If not empty, only frames of these interfaces are wanted.
    public var interfaces: [String] = []
    /// If not empty, only frames of the channels with these numbers are wanted.
    public var channels: [UInt8] = []
    /// Only frames are wanted: no frame numbers, and no events but those that tell of channels and of
    /// damage. A log then decodes nothing but what is wanted.
    public var isFramesOnly = false

    /// All frames.
    public init() {}

    /// Whether a frame with this identifier is wanted, time and channel apart.
    @inlinable
    public func wants(_ identifier: PackedID) -> Bool {
        for pattern in except where pattern.matches(identifier) { return false }
        if only.isEmpty { return true }
        for pattern in only where pattern.matches(identifier) { return true }
        return false
    }

    /// Whether a frame of this moment is wanted.
    @inlinable
    public func wants(_ timestamp: Timestamp) -> Bool {
        if let from, timestamp < from { return false }
        if let to, timestamp > to { return false }
        return true
    }
}
