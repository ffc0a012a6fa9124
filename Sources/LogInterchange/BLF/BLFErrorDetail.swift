/// What an error frame of BLF and one of SocketCAN tell, in the words of the other.
///
/// SocketCAN's are the classes and bytes of linux/can/error.h. Of BLF these are `flags`, `ecc` and
/// `flagsExt` of CAN_ERROR_EXT (`CanErrorFrameExt.h`) and the same fields of CAN_FD_ERROR_64.
struct BLFErrorDetail: Equatable {
    /// `flags`: `ecc` is a SJA1000's error code capture register.
    static let registerIsValid: UInt32 = 1
    /// `flags`: `flagsExt` is a CAN core's error code.
    static let codeIsValid: UInt32 = 2

    /// `CAN_ERR_PROT`
    static let protocolClass: UInt32 = 0x08
    /// `CAN_ERR_ACK`
    static let acknowledgeClass: UInt32 = 0x20

    var flags: UInt32 = 0
    var ecc: UInt8 = 0
    var flagsExt: UInt16 = 0
}

extension BLFErrorDetail {
    /// What the classes and the payload, its first byte in the low bits, are in BLF.
    ///
    /// Protocol and acknowledge errors have a code there; states of the controller have none.
    init(errorClass: UInt32, payload: UInt64) {
        guard errorClass & (Self.protocolClass | Self.acknowledgeClass) != 0 else { return }
        let kind = UInt8(truncatingIfNeeded: payload >> 16)
        let location = UInt8(truncatingIfNeeded: payload >> 24)
        let isSent = kind & 0x80 != 0  // CAN_ERR_PROT_TX
        let isUnacknowledged = errorClass & Self.acknowledgeClass != 0
        // Bits 6 to 11 the code; 12 whether the corrupted frame was sent, 13 whether the error is
        // another than a missing acknowledge.
        let code = isUnacknowledged ? 7 : Self.code(kind: kind, location: location)
        flags = Self.codeIsValid
        flagsExt = code << 6 | (isSent || isUnacknowledged ? 1 << 12 : 0)
        if !isUnacknowledged { flagsExt |= 1 << 13 }
    }

    /// The code of `CAN_ERR_PROT_*` in data[2] and `CAN_ERR_PROT_LOC_*` in data[3].
    private static func code(kind: UInt8, location: UInt8) -> UInt16 {
        if kind & 0x20 != 0 { return 8 }  // overload
        if kind & 0x04 != 0 { return 2 }  // stuff
        if location == 0x08 { return 4 }  // CRC sequence
        if location == 0x1B { return 5 }  // acknowledge delimiter
        if kind & 0x02 != 0 { return 1 }  // form
        if kind & 0x19 != 0 { return 0 }  // bit
        return 3
    }

    /// The classes and the payload that SocketCAN would tell; a bare error frame is
    /// `CAN_ERR_PROT` with nothing in it.
    var report: (errorClass: UInt32, payload: UInt64) {
        if flags & Self.codeIsValid != 0 { return codeReport }
        if flags & Self.registerIsValid != 0 { return registerReport }
        return (Self.protocolClass, 0)
    }

    private var codeReport: (errorClass: UInt32, payload: UInt64) {
        let sent: UInt64 = flagsExt & 1 << 12 != 0 ? 0x80 << 16 : 0
        let code = flagsExt >> 6 & 0x3F
        if flagsExt & 1 << 13 == 0 || code == 7 {
            // CAN_ERR_PROT_LOC_ACK
            return (Self.acknowledgeClass, sent | 0x19 << 24)
        }
        let detail: UInt64 =
            switch code {
            case 0: 0x01 << 16
            case 1: 0x02 << 16
            case 2: 0x04 << 16
            case 4: 0x08 << 24
            case 5: 0x02 << 16 | 0x1B << 24
            case 8: 0x20 << 16
            default: 0
            }
        return (Self.protocolClass, sent | detail)
    }

    /// The register's bits 7 and 6 are the kind, 5 the direction (1 received), the others the
    /// segment, whose numbers are those of `CAN_ERR_PROT_LOC_*` (the kernel's sja1000.c).
    private var registerReport: (errorClass: UInt32, payload: UInt64) {
        let kind: UInt64 =
            switch ecc >> 6 {
            case 0: 0x01
            case 1: 0x02
            case 2: 0x04
            default: 0
            }
        let sent: UInt64 = ecc & 0x20 == 0 ? 0x80 : 0
        return (Self.protocolClass, (kind | sent) << 16 | UInt64(ecc & 0x1F) << 24)
    }
}
