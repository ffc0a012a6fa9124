import CANFrame
import SignalDatabase

/// What the monitor shows of one identifier beside its timing: the last payload, when each byte of it
/// changed, and the signals in it.
struct MonitoredStream: Sendable {
    /// A signal as the frames so far have it.
    struct ShownSignal: Sendable {
        /// The last value that a frame carried; the state if none did.
        var value = SignalValue.unknown
        /// Bus time of its last change, `nil` before one.
        var changed: Int64?
        /// Whether the last frame carried it: not with another value of its multiplexer.
        var isCurrent = false
    }

    /// Lower case: what a filter is compared with.
    let searchText: String
    private(set) var payload = InlineArray<64, UInt8>(repeating: 0)
    private(set) var length: UInt8 = 0
    private(set) var dlc: UInt8 = 0
    private(set) var flags: FrameFlags = []
    /// Bus times of the last change of each byte; meaningful where ``hasChanged`` says so.
    private var byteChanges = InlineArray<64, Int64>(repeating: 0)
    private var hasChanged: UInt64 = 0
    /// Bus time of the last change of any byte, else of the first frame.
    private(set) var lastChange: Int64 = .min
    private(set) var signals: [ShownSignal]
    private var isFirst = true

    init(searchText: String, signals count: Int) {
        self.searchText = searchText
        signals = Array(repeating: ShownSignal(), count: count)
    }

    /// When byte `index` changed last; `nil` if it never did.
    func change(ofByte index: Int) -> Int64? {
        hasChanged & (1 << UInt64(index)) == 0 ? nil : byteChanges[index]
    }

    /// Takes a frame; true if its payload is not that of the frame before.
    mutating func take(_ row: FrameRow, longPayload: Span<UInt8>, at time: Int64) -> Bool {
        let isSameLength = row.length == length && !isFirst
        (dlc, flags) = (row.dlc, row.flags)
        var differs = !isSameLength
        for index in 0..<Int(row.length) {
            let byte =
                row.isShort
                ? UInt8(truncatingIfNeeded: row.payloadWord >> (UInt64(index) * 8))
                : longPayload[index]
            guard byte != payload[index] || index >= Int(length) else { continue }
            payload[index] = byte
            differs = true
            guard !isFirst else { continue }
            byteChanges[index] = time
            hasChanged |= 1 << UInt64(index)
        }
        length = row.length
        isFirst = false
        if differs { lastChange = time }
        return differs
    }

    /// Takes the values of the frame that was taken last.
    mutating func take(_ values: Span<SignalValue>, at time: Int64) {
        for index in signals.indices where index < values.count {
            let value = values[index]
            let before = signals[index].value
            signals[index].isCurrent = value.state != .absent
            // With another value of the multiplexer the last one stays, and says that it is not of now.
            if value.state == .absent && before.state != .unknown { continue }
            let isSame = value.rawBits == before.rawBits && value.state == before.state
            if !isSame && before.state != .unknown { signals[index].changed = time }
            signals[index].value = value
        }
    }
}
