public import CANFrame
import CSignalKernels

/// Frames of one message from one sender: of a J1939 message each source address is a stream of
/// its own, of others the message is one.
public struct MessageStream: Sendable, Hashable, BitwiseCopyable {
    /// The index of the message in the database.
    public let message: Int
    /// The identifier of the first frame.
    public let identifier: PackedID
    /// The sender of a J1939 message (J1939-81 "source address"); `nil` of others.
    public let sourceAddress: UInt8?
}

/// Which stream a frame belongs to.
///
/// Its memory is bounded: by the messages of the database, and 1 KiB for each J1939 message that
/// was seen. The streams themselves are as many as its maker allows.
struct StreamTable: Sendable {
    /// No identifier of a data frame: those have the remote and error bits clear.
    private static let free: UInt32 = .max
    private static let refused: Int32 = -2

    let maximum: Int
    private(set) var streams: [MessageStream] = []
    /// How many streams there was no room for.
    private(set) var refusedStreams = 0
    /// Standard identifiers by their number, behind them extended ones where their hash says; the
    /// last of those that share a place has it.
    private(set) var slots: [canlog_slot]
    /// By message: its stream, of a J1939 message where its sources begin; -1 before its first frame.
    private var firsts: [Int32]
    /// 256 streams for each J1939 message that was seen.
    private var sources: [Int32] = []

    init(_ plan: DecodePlan, maximum: Int) {
        self.maximum = max(0, maximum)
        firsts = Array(repeating: -1, count: plan.messageCount)
        slots = Array(
            repeating: canlog_slot(identifier: Self.free, stream: 0),
            count: Int(CANLOG_STANDARD_SLOTS) + 1 << Int(CANLOG_EXTENDED_BITS))
    }

    /// Where an identifier is remembered.
    @inline(__always)
    static func slot(of identifier: PackedID) -> Int {
        guard identifier.isExtended else { return Int(identifier.rawValue & 0x7FF) }
        let hash = identifier.rawValue &* CANLOG_HASH_FACTOR
        return Int(CANLOG_STANDARD_SLOTS) + Int(hash >> UInt32(32 - CANLOG_EXTENDED_BITS))
    }

    /// The stream of an identifier, -1 for none; it is made when it is first asked for.
    @inline(__always)
    mutating func index(of identifier: PackedID, _ plan: DecodePlan) -> Int {
        let slot = slots[Self.slot(of: identifier)]
        guard slot.identifier == identifier.rawValue else { return find(identifier, plan) }
        return Int(slot.stream) - 1
    }

    /// What was not remembered.
    @inline(never)
    private mutating func find(_ identifier: PackedID, _ plan: DecodePlan) -> Int {
        guard !identifier.isRemote, !identifier.isError else { return -1 }
        var stream: Int32 = -1
        if let message = plan.messageIndex(of: identifier) {
            stream = max(-1, self.stream(of: message, identifier, plan))
        }
        slots[Self.slot(of: identifier)] = canlog_slot(
            identifier: identifier.rawValue, stream: UInt32(stream + 1))
        return Int(stream)
    }

    private mutating func stream(
        of message: Int, _ identifier: PackedID, _ plan: DecodePlan
    ) -> Int32 {
        guard plan.messages[message].hasSources else {
            if firsts[message] == -1 { firsts[message] = add(message, identifier, from: nil) }
            return firsts[message]
        }
        if firsts[message] == -1 {
            firsts[message] = Int32(sources.count)
            sources.append(contentsOf: repeatElement(-1, count: 256))
        }
        let source = UInt8(truncatingIfNeeded: identifier.rawValue)
        let place = Int(firsts[message]) + Int(source)
        if sources[place] == -1 { sources[place] = add(message, identifier, from: source) }
        return sources[place]
    }

    private mutating func add(
        _ message: Int, _ identifier: PackedID, from source: UInt8?
    ) -> Int32 {
        guard streams.count < maximum else {
            refusedStreams += 1
            return Self.refused
        }
        streams.append(
            MessageStream(message: message, identifier: identifier, sourceAddress: source))
        return Int32(streams.count - 1)
    }
}
