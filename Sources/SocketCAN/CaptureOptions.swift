/// Which interfaces a ``CANSource`` reads.
public enum CaptureInterfaces: Sendable, Hashable {
    /// These, each by a socket of its own, so that drops are attributed to it; channels in this order.
    case named([String])
    /// All CAN interfaces, those that appear later too, by one socket; drops concern them together.
    case all
}

/// How a ``CANSource`` receives.
public struct CaptureOptions: Sendable {
    /// How long frames gather in the kernel before they are taken together.
    ///
    /// `nil`: 10 ms with a large buffer, 5 ms where the kernel granted only a small one, since 278
    /// frames fit the default one. Their stamps are the kernel's, so this adds no error to them.
    public var coalescing: Duration?
    /// The receive buffer to ask for, in bytes per socket, 8 MiB by default.
    ///
    /// The kernel doubles it, and charges 768 bytes for a classic frame: 21,845 frames. All sockets
    /// together are given at most 32 MiB as the kernel counts: more than two share them.
    public var receiveBuffer = 8 << 20
    /// Whether frames sent through this source's own sockets come back (`CAN_RAW_RECV_OWN_MSGS`).
    public var includesOwnFrames = false
    /// Whether a named interface may be absent at the start; else that is an error, because a
    /// mistyped name must not look like silence.
    public var waitsForAbsent = false
    /// Whether stamps of the controller are taken where its driver offers them.
    public var usesHardwareStamps = true
    /// Who sets interfaces up when they come back, and has to tell of it.
    public var keeper: LinkKeeper?

    public init() {}

    /// What all sockets together may have, as the kernel counts.
    static let totalReceiveBuffer = 32 << 20
    /// Below this a granted buffer counts as small, as the kernel counts.
    static let smallReceiveBuffer = 1 << 20

    /// The buffer to ask for when `sockets` share.
    func receiveBuffer(sharedBy sockets: Int) -> Int {
        min(receiveBuffer, Self.totalReceiveBuffer / 2 / max(1, sockets))
    }
}
