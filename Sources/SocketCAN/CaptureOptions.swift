/// Which interfaces a ``CANSource`` reads.
public enum CaptureInterfaces: Sendable, Hashable {
    /// These, each by a socket of its own, so that drops are attributed to it; channels in this order.
    case named([String])
    /// All CAN interfaces, those that appear later too, by one socket; drops concern them together.
    case all
}

/// By which of the kernel's ways frames are received.
public enum ReceivePath: String, Sendable, Hashable, CaseIterable {
    /// The ring where it is permitted and nothing is asked for that only sockets have.
    case auto
    /// A raw socket of each interface, or one for all: needs no right, attributes drops to an
    /// interface, knows the origin of each frame, takes stamps of the controller.
    case socket
    /// The packet ring (`TPACKET_V3`), one for all interfaces: a frame costs a third, and the same
    /// memory holds three times as many; needs `CAP_NET_RAW`.
    case ring
}

/// How a ``CANSource`` receives.
public struct CaptureOptions: Sendable {
    /// By which way frames are received.
    public var receivePath = ReceivePath.auto
    /// Which frames are received; all if there are none. A frame passes that matches one of them.
    public var filters: [CaptureFilter] = []
    /// Whether error frames are received; ``filters`` do not concern them.
    public var includesErrorFrames = true
    /// How long frames gather in the kernel before they are taken together.
    ///
    /// `nil`: 20 ms with the ring, 10 ms with a large buffer, 5 ms where the kernel granted only a small one, since 278
    /// frames fit the default one. Their stamps are the kernel's, so this adds no error to them.
    public var coalescing: Duration?
    /// The receive buffer to ask for, in bytes per socket, 8 MiB by default.
    ///
    /// The kernel doubles it, and charges 768 bytes for a classic frame: 21,845 frames. All sockets
    /// together are given at most 32 MiB as the kernel counts: more than two share them.
    public var receiveBuffer = 8 << 20
    /// The size of the ring in bytes, 8 MiB by default and at most 32 MiB: 71,000 classic frames, and
    /// 16 s of a bus on which little happens..
    public var ringSize = 8 << 20
    /// Whether frames sent through this source's own sockets come back (`CAN_RAW_RECV_OWN_MSGS`);
    /// these are what only sockets have.
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
    /// The smallest ring.
    static let smallestRing = 64 << 10
    /// Below this a granted buffer counts as small, as the kernel counts.
    static let smallReceiveBuffer = 1 << 20

    /// The size of the ring, in whole blocks.
    var wholeRingSize: Int {
        let size = min(max(ringSize, Self.smallestRing), Self.totalReceiveBuffer)
        return size / PacketRing.blockSize * PacketRing.blockSize
    }

    /// The buffer to ask for when `sockets` share.
    func receiveBuffer(sharedBy sockets: Int) -> Int {
        min(receiveBuffer, Self.totalReceiveBuffer / 2 / max(1, sockets))
    }
}
