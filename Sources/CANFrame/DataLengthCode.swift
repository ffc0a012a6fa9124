/// The data length code: 4 bits on the wire that stand for a payload length.
///
/// ISO 11898-1: codes 0 to 8 are lengths; 9 to 15 stand for 12, 16, 20, 24, 32, 48 and 64 bytes in
/// the CAN FD format and for 8 bytes in the classic one.
public enum DataLengthCode {
    /// The longest payload of a frame, in bytes.
    public static let maximumLength = 64

    /// The payload length in bytes that the 4 low bits of `code` stand for.
    @inlinable
    public static func length(of code: UInt8, isFD: Bool) -> UInt8 {
        let code = code & 15
        if code <= 8 { return code }
        guard isFD else { return 8 }
        switch code {
        case 9: return 12
        case 10: return 16
        case 11: return 20
        case 12: return 24
        case 13: return 32
        case 14: return 48
        default: return 64
        }
    }

    /// The smallest code whose length holds `length` bytes (at most 64).
    @inlinable
    public static func code(for length: UInt8) -> UInt8 {
        switch length {
        case 0...8: length
        case 9...12: 9
        case 13...16: 10
        case 17...20: 11
        case 21...24: 12
        case 25...32: 13
        case 33...48: 14
        default: 15
        }
    }
}
