import CANFrame

/// What other formats tell of an error on the bus, as SocketCAN's error frames hold it
/// (linux/can/error.h): what was wrong, where in the frame, and who sent it.
struct BusError: Equatable {
    /// `CAN_ERR_PROT_BIT`, `_FORM`, `_STUFF` of data[2], or 0 if it was anything else.
    var type: UInt8 = 0
    /// `CAN_ERR_PROT_TX`: it happened while this controller was sending.
    var isSending = false
    /// `CAN_ERR_PROT_LOC_*` of data[3], which are the codes of the SJA1000's error code capture.
    var location: UInt8 = 0
    /// `CAN_ERR_ACK`: nobody acknowledged.
    var isUnacknowledged = false
    /// data[6] and data[7], where `CAN_ERR_CNT` says that they are there.
    var transmitErrors: UInt8 = 0
    var receiveErrors: UInt8 = 0

    /// The error frame of a log that only says that there was one: `CAN_ERR_PROT` with eight zero
    /// bytes.
    static let bareIdentifier = PackedID(errorClass: 0x08)

    init() {}

    /// What an error frame tells of a protocol error; `nil` if it tells of none.
    init?(_ row: FrameRow) {
        guard row.identifier.number & 0x08 != 0 else { return nil }
        let type = Self.byte(2, of: row) & 0x07
        guard type.nonzeroBitCount <= 1 else { return nil }
        self.type = type
        isSending = Self.byte(2, of: row) & 0x80 != 0
        location = Self.byte(3, of: row)
        isUnacknowledged = row.identifier.number & 0x20 != 0
        guard row.identifier.number & 0x200 != 0 else { return }
        transmitErrors = Self.byte(6, of: row)
        receiveErrors = Self.byte(7, of: row)
    }

    /// From the SJA1000's error code capture register: two bits for the type, one that is set when
    /// receiving, five for the place.
    init(errorCodeCapture code: UInt8) {
        type = [0x01, 0x02, 0x04, 0x00][Int(code >> 6)]
        isSending = code & 0x20 == 0
        location = code & 0x1F
    }

    /// The register's value, if there is one that tells as much.
    var errorCodeCapture: UInt8? {
        guard location < 32 else { return nil }
        let code: UInt8 = type == 0 ? 3 : UInt8(type.trailingZeroBitCount)
        return code << 6 | (isSending ? 0 : 0x20) | location
    }

    /// From the code that Vector's tools write as `CodeExt` (CAPL's `ErrorCode` with a CAN core).
    init(vectorCode code: UInt32) {
        isSending = code >> 12 & 1 != 0
        switch code >> 6 & 0x3F {
        case 0: type = 0x01
        case 1: type = 0x02
        case 2: type = 0x04
        case 4: location = 0x08  // CAN_ERR_PROT_LOC_CRC_SEQ
        case 5: location = 0x1B  // CAN_ERR_PROT_LOC_ACK_DEL
        case 7:
            location = 0x19  // CAN_ERR_PROT_LOC_ACK
            isUnacknowledged = true
        default: break
        }
    }

    /// As the drivers of Linux tell it: `CAN_ERR_PROT` and `CAN_ERR_BUSERROR`.
    var identifier: PackedID {
        let hasCounters = transmitErrors > 0 || receiveErrors > 0
        return PackedID(
            errorClass: 0x88 | (isUnacknowledged ? 0x20 : 0) | (hasCounters ? 0x200 : 0))
    }

    var payloadWord: UInt64 {
        UInt64(type | (isSending ? 0x80 : 0)) << 16 | UInt64(location) << 24
            | UInt64(transmitErrors) << 48 | UInt64(receiveErrors) << 56
    }

    /// Whether `row` tells this and no more.
    func isAll(of row: FrameRow) -> Bool {
        row.identifier == identifier && row.payloadWord == payloadWord && row.length == 8
    }

    /// Whether an error frame only says that there was one.
    static func isBare(_ row: FrameRow) -> Bool {
        row.identifier == bareIdentifier && row.payloadWord == 0 && row.length == 8
    }

    private static func byte(_ index: UInt64, of row: FrameRow) -> UInt8 {
        row.isShort ? UInt8(truncatingIfNeeded: row.payloadWord >> (8 * index)) : 0
    }
}
