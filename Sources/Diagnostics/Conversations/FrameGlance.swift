import CANFrame
import CANTransport

/// What one frame tells of itself before anything is known of who sent it: its place in ISO 15765-2,
/// and the beginning of the message in it.
struct FrameGlance {
    var frame: ISOTPFrame
    /// Where a message begins; `nil` of other frames.
    var head: MessageHead?
    /// Whether what fills up the frame behind the message has one value throughout.
    var isEvenlyPadded = true

    /// Looks at a frame; `nil` if ISO 15765-2 has none such.
    init?(_ row: FrameRow, longPayload: Span<UInt8>, hasAddressByte: Bool = false) {
        frame = ISOTPFrame(row, longPayload: longPayload, hasAddressByte: hasAddressByte)
        switch frame {
        case .malformed: return nil
        case .consecutive: break
        case .single(let start, let count):
            let end = Int(start) + Int(count)
            head = MessageHead(row, longPayload, from: Int(start), length: Int(count))
            isEvenlyPadded = Self.isEven(row, longPayload, from: end)
        case .first(let start, let length):
            head = MessageHead(row, longPayload, from: Int(start), length: Int(length))
        case .flowControl(let control):
            guard control.status <= ISOTPFlowControl.overflow, !control.separationTime.isReserved
            else { return nil }
            isEvenlyPadded = Self.isEven(row, longPayload, from: hasAddressByte ? 4 : 3)
        }
    }

    private static func isEven(_ row: FrameRow, _ long: Span<UInt8>, from start: Int) -> Bool {
        guard start < Int(row.length) else { return true }
        let value = row.byte(at: start, long)
        for index in start..<Int(row.length) where row.byte(at: index, long) != value {
            return false
        }
        return true
    }
}

extension FrameRow {
    /// A byte of the payload, which is `long` where it has more than 8 bytes.
    func byte(at index: Int, _ long: Span<UInt8>) -> UInt8 {
        isShort ? UInt8(truncatingIfNeeded: payloadWord >> UInt64(8 * index)) : long[index]
    }
}
