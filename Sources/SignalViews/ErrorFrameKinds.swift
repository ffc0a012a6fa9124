/// How many error frames told of what (the classes of linux/can/error.h); one may tell of several.
public struct ErrorFrameKinds: Sendable {
    /// The classes in the order of their bits, from `CAN_ERR_TX_TIMEOUT` to `CAN_ERR_RESTARTED`.
    public static let names = [
        "tx timeout", "lost arbitration", "controller", "protocol", "transceiver", "no ack",
        "bus-off", "bus error", "restarted",
    ]

    /// All error frames.
    public private(set) var frames: UInt64 = 0
    private var counts = InlineArray<9, UInt64>(repeating: 0)

    init() {}

    mutating func add(errorClass: UInt32) {
        frames &+= 1
        for bit in 0..<9 where errorClass & (1 << UInt32(bit)) != 0 { counts[bit] &+= 1 }
    }

    /// What was told of, the most frequent first.
    public var counted: [(name: String, count: UInt64)] {
        (0..<9).filter { counts[$0] > 0 }.map { (Self.names[$0], counts[$0]) }
            .sorted { $0.count > $1.count }
    }
}
