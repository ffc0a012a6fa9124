/// The five bytes of an error frame in a TRC log (PEAK CAN TRC File Format, "Error Frames"): type
/// (1 bit, 2 form, 4 stuff, 8 other), direction (0 while sending, 1 while receiving), place in the
/// frame by the codes of the SJA1000, counters of errors when receiving and when sending.
///
/// A type of 0 says that there was an error and no more.
extension BusError {
    /// Reads the bytes, the first in the low bits; `nil` if they tell no more than that.
    init?(trc bytes: UInt64) {
        func byte(_ index: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: bytes >> (8 * index)) }
        guard byte(0) != 0 else { return nil }
        self.init()
        kind = Kind(rawValue: byte(0) & 0x07) ?? .other
        isSending = byte(1) == 0
        location = byte(2)
        receiveErrors = byte(3)
        transmitErrors = byte(4)
    }

    /// The bytes that tell this.
    var trcBytes: UInt64 {
        let type: UInt8 =
            switch kind {
            case .bit, .form, .stuff: kind.rawValue
            case .overload, .other: 8
            }
        return UInt64(type) | (isSending ? 0 : 1) << 8 | UInt64(location) << 16
            | UInt64(receiveErrors) << 24 | UInt64(transmitErrors) << 32
    }

    /// The bytes of an error frame that says no more than that there was one.
    static let trcBareBytes: UInt64 = 0x0100
}
