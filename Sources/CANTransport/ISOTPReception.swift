import CANFrame

/// One message of many frames on its way to whoever listens or takes part.
struct ISOTPReception: Sendable {
    /// What a consecutive frame did.
    enum Step: Sendable {
        case more
        case whole
        case failed(ISOTPFailure.Kind)
    }

    /// How long the whole message is; 0 if none is under way.
    private(set) var length = 0
    private(set) var bytes = ISOTPStore.Chain()
    private var sequence: UInt8 = 1
    /// The length of the frame that announced it (RX_DL): that of all others, except the last.
    private var frameLength: UInt8 = 8

    var isUnderWay: Bool { length > 0 }
    var received: Int { bytes.count }

    /// Begins with a first frame that announced `length` bytes; false if there is no room.
    mutating func begin(
        _ row: FrameRow, _ longPayload: Span<UInt8>, start: Int, length: Int,
        in store: inout ISOTPStore
    ) -> Bool {
        self.length = length
        sequence = 1
        frameLength = row.length
        return store.append(
            row, longPayload, from: start, count: min(Int(row.length) - start, length), to: &bytes)
    }

    /// Takes a consecutive frame whose own bytes begin at `start`.
    mutating func take(
        _ row: FrameRow, _ longPayload: Span<UInt8>, start: Int, sequence: UInt8,
        in store: inout ISOTPStore
    ) -> Step {
        guard sequence == self.sequence else { return .failed(.wrongSequence) }
        let missing = length - bytes.count
        let count = min(missing, Int(row.length) - start)
        // 9.6.4: only the last frame may be shorter, and none is longer.
        guard row.length == frameLength || (row.length < frameLength && count == missing) else {
            return .failed(.malformed)
        }
        guard store.append(row, longPayload, from: start, count: count, to: &bytes) else {
            return .failed(.tooMuch)
        }
        self.sequence = (sequence + 1) & 15
        return count == missing ? .whole : .more
    }

    /// Ends it, and makes its bytes the message of `store`.
    mutating func deliver(from store: inout ISOTPStore) {
        length = 0
        store.gather(&bytes)
    }

    /// Ends it, and gives its bytes back.
    mutating func end(in store: inout ISOTPStore) {
        length = 0
        store.release(&bytes)
    }
}
