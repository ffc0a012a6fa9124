import CANFrame

/// What an error frame tells, as SocketCAN says it and as `CAN_ErrorFrame.ErrorType` does.
///
/// The standard has one number for the kind of error (ASAM MDF Bus Logging): 1 bit, 2 form, 3 bit
/// stuffing, 4 CRC, 5 acknowledgement, 0 another one.
enum MDFErrorType {
    /// Of linux/can/error.h.
    private enum Class {
        static let protocolViolation: UInt32 = 0x08
        static let noAcknowledgement: UInt32 = 0x20
        // data[2]
        static let bit: UInt8 = 0x01
        static let form: UInt8 = 0x02
        static let stuff: UInt8 = 0x04
        static let bits: UInt8 = 0x01 | 0x08 | 0x10
        // data[3]
        static let checksum: UInt8 = 0x08
        static let checksumDelimiter: UInt8 = 0x18
    }

    /// The number of an error frame with `errorClass` and the bytes of `payload`, the first lowest.
    static func number(errorClass: UInt32, payload: UInt64) -> UInt8 {
        if errorClass & Class.noAcknowledgement != 0 { return 5 }
        guard errorClass & Class.protocolViolation != 0 else { return 0 }
        let (kind, place) = (UInt8(payload >> 16 & 0xFF), UInt8(payload >> 24 & 0xFF))
        if kind & Class.stuff != 0 { return 3 }
        if kind & Class.form != 0 { return 2 }
        if kind & Class.bits != 0 { return 1 }
        return place == Class.checksum || place == Class.checksumDelimiter ? 4 : 0
    }

    /// The class and the payload of a frame of which only the number is known; a bare error frame is
    /// a protocol violation of an unknown kind.
    static func frame(number: UInt64) -> (errorClass: UInt32, payload: UInt64) {
        switch number {
        case 1: (Class.protocolViolation, UInt64(Class.bit) << 16)
        case 2: (Class.protocolViolation, UInt64(Class.form) << 16)
        case 3: (Class.protocolViolation, UInt64(Class.stuff) << 16)
        case 4: (Class.protocolViolation, UInt64(Class.checksum) << 24)
        case 5: (Class.noAcknowledgement, 0)
        default: (Class.protocolViolation, 0)
        }
    }
}

extension MDFFrameLayout {
    /// Makes an error frame of a row: exactly what canlog wrote, else what the kind of error means.
    /// python-can keeps the class in `ID`, has no `ErrorType` and eight bytes of data.
    func setError(_ row: inout FrameRow, at record: Int, of bytes: Span<UInt8>) -> Bool {
        let length = dataLength.value(at: record, in: bytes)
        let number = UInt32(
            truncatingIfNeeded: identifier.value(at: record, in: bytes) & 0x1FFF_FFFF)
        var errorClass = UInt32(
            truncatingIfNeeded: errorClass.value(at: record, in: bytes) & 0x1FFF_FFFF)
        let isKept = self.errorClass.isThere
        let isSocketCAN =
            !errorType.isThere && number != 0 && length == 8 && payload == .inRecord
            && extended.value(at: record, in: bytes) == 0
        if isKept || isSocketCAN {
            guard length <= 8, length <= payloadRoom, payload == .inRecord else { return false }
            if !isKept { errorClass = number }
            row.length = UInt8(length)
            row.dlc = UInt8(length)
            row.payloadWord = FrameRow.maskedWord(
                bytes.word(at: record + payloadOffset).bits, length: row.length)
        } else {
            let frame = MDFErrorType.frame(number: errorType.value(at: record, in: bytes))
            (errorClass, row.payloadWord) = (frame.errorClass, frame.payload)
            row.length = 8
            row.dlc = 8
        }
        row.identifier = PackedID(errorClass: errorClass)
        if isKept && extended.value(at: record, in: bytes) != 0 {
            // A bit without a meaning in error frames, which some logs have.
            row.identifier.rawValue |= 0x8000_0000
        }
        return true
    }
}
