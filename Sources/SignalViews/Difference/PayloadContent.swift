import CANFrame

/// What the payloads of one identifier on one interface had, in bounded memory.
struct PayloadContent: Sendable {
    /// A bit for each length from 0 to 64.
    private var lengthBits: (low: UInt64, high: Bool) = (0, false)
    /// A bit for each combination of FDF, BRS and ESI.
    private var formatBits: UInt8 = 0
    private(set) var bytes: [ByteSet] = []

    @inline(__always)
    mutating func add(_ row: FrameRow, _ longPayload: Span<UInt8>) {
        if row.length < 64 {
            lengthBits.low |= 1 &<< UInt64(row.length)
        } else {
            lengthBits.high = true
        }
        formatBits |= 1 &<< (row.flags.rawValue & FrameFlags.wire.rawValue)
        if bytes.count < Int(row.length) {
            bytes += [ByteSet](repeating: ByteSet(), count: Int(row.length) - bytes.count)
        }
        if row.isShort {
            var word = row.payloadWord
            for index in 0..<Int(row.length) {
                bytes[index].insert(UInt8(truncatingIfNeeded: word))
                word &>>= 8
            }
        } else {
            for index in longPayload.indices { bytes[index].insert(longPayload[index]) }
        }
    }

    /// `8`, or `2 4 8`.
    var lengths: String {
        let all =
            (0..<64).filter { lengthBits.low & 1 << UInt64($0) != 0 }
            + (lengthBits.high ? [64] : [])
        return all.map { "\($0)" }.joined(separator: " ")
    }

    /// `classic`, `CAN FD`, `CAN FD BRS`, in the order of their bits.
    var formats: String {
        let all = (0..<8).filter { formatBits & 1 << UInt8($0) != 0 }.map { bits -> String in
            let flags = FrameFlags(rawValue: UInt8(bits))
            guard flags.isFD else { return "classic" }
            return "CAN FD" + (flags.contains(.bitRateSwitch) ? " BRS" : "")
                + (flags.contains(.errorStateIndicator) ? " ESI" : "")
        }
        return all.joined(separator: ", ")
    }
}
