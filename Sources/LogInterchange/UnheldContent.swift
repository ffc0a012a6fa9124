import CANFrame

/// What a format could not hold of what was written to it, counted.
public struct UnheldContent: Sendable, Hashable, CustomStringConvertible {
    /// What is lost.
    public enum Kind: Int, Sendable, CaseIterable {
        /// Whole frames of a kind that the format does not know.
        case frame
        /// Frames whose stamps were rounded down to the format's resolution.
        case stampDigits
        /// Frames whose direction was known: where a format has none at all, those that were sent.
        case direction
        /// CAN FD frames whose bit rate switch or error state indicator was set.
        case flexibleFlags
        /// Classic frames with a DLC above 8, and remote frames with a DLC above 0.
        case dataLengthCode
        /// Error frames, of which only the fact stands there, or less than the kernel told.
        case errorDetail
        /// Channels whose interface has another name than a reader would give it.
        case interfaceName
        /// Events: losses, markers, states of the controller, statistics.
        case event
        /// What a log says of itself: VIN, station, specs.
        case metadata
    }

    private var counts = [UInt64](repeating: 0, count: Kind.allCases.count)

    public init() {}

    /// How much of one kind was lost.
    public subscript(kind: Kind) -> UInt64 {
        get { counts[kind.rawValue] }
        set { counts[kind.rawValue] = newValue }
    }

    /// Whether all that was written is there.
    public var isEmpty: Bool { counts.allSatisfy { $0 == 0 } }

    /// Counts the events of a batch that tell something; a format that holds some counts for itself.
    mutating func countEvents(of batch: borrowing FrameBatch) {
        for index in batch.events.indices where batch.events[index].kind.isTelling {
            self[.event] += 1
        }
    }

    /// Counts the frames of a batch that this host sent, which stand there as if they were received.
    mutating func countSent(of batch: borrowing FrameBatch) {
        let rows = batch.rows
        var count: UInt64 = 0
        for index in rows.indices where rows[index].flags.isByThisHost { count &+= 1 }
        self[.direction] += count
    }

    /// What is lost, in words: `12 events, the direction of 3 frames`; empty if nothing is.
    public var description: String {
        Kind.allCases.filter { self[$0] > 0 }.map(words).joined(separator: ", ")
    }

    private func words(_ kind: Kind) -> String {
        let count = self[kind]
        return switch kind {
        case .frame: count.counting("frame")
        case .stampDigits: "digits of \(count.counting("stamp"))"
        case .direction: "the direction of \(count.counting("frame"))"
        case .flexibleFlags: "the CAN FD bits of \(count.counting("frame"))"
        case .dataLengthCode: "the DLC of \(count.counting("frame"))"
        case .errorDetail: "the cause of \(count.counting("error frame"))"
        case .interfaceName: "the name of \(count.counting("interface"))"
        case .event: count.counting("event")
        case .metadata: "what the log says of itself"
        }
    }
}

extension BusEvent.Kind {
    /// Whether it says something that a reader of the log would miss.
    var isTelling: Bool {
        switch self {
        case .channel, .tick, .clockTie: false
        default: true
        }
    }
}
