import CANFrame

/// What other formats tell of an error on the bus, as SocketCAN's error frames hold it
/// (linux/can/error.h): what was wrong, where in the frame, and who sent it.
///
/// Every format's own words are one extension of this: a code of Vector's tools, the register of a
/// SJA1000, the five bytes of PEAK's, the number of ASAM's.
struct BusError: Equatable {
    /// `CAN_ERR_PROT_*` of data[2].
    enum Kind: UInt8 {
        case other = 0
        case bit = 0x01
        case form = 0x02
        case stuff = 0x04
        case overload = 0x20
    }

    /// `CAN_ERR_PROT_LOC_*` of data[3], which are the segments of the SJA1000's error code capture.
    enum Location {
        static let checksum: UInt8 = 0x08
        static let checksumDelimiter: UInt8 = 0x18
        static let acknowledgeSlot: UInt8 = 0x19
        static let acknowledgeDelimiter: UInt8 = 0x1B
    }

    /// The classes of linux/can/error.h.
    private enum Class {
        static let protocolViolation: UInt32 = 0x08
        static let noAcknowledgement: UInt32 = 0x20
        static let busError: UInt32 = 0x80
        static let counters: UInt32 = 0x200
    }

    var kind = Kind.other
    /// `CAN_ERR_PROT_TX`: it happened while this controller was sending.
    var isSending = false
    /// One of ``Location`` or of the other `CAN_ERR_PROT_LOC_*`; 0 where it is not known.
    var location: UInt8 = 0
    /// `CAN_ERR_ACK`: nobody acknowledged.
    var isUnacknowledged = false
    /// data[6] and data[7], where `CAN_ERR_CNT` says that they are there.
    var transmitErrors: UInt8 = 0
    var receiveErrors: UInt8 = 0

    /// The error frame of a log that only says that there was one: `CAN_ERR_PROT` with eight zero
    /// bytes.
    static let bareIdentifier = PackedID(errorClass: Class.protocolViolation)

    init() {}

    /// What an error frame tells of a protocol error or a missing acknowledgement; `nil` if it tells
    /// of neither. ``isAll(of:)`` says whether that is everything.
    init?(_ row: FrameRow) {
        let errorClass = row.identifier.number
        isUnacknowledged = errorClass & Class.noAcknowledgement != 0
        guard isUnacknowledged || errorClass & Class.protocolViolation != 0 else { return nil }
        let violation = Self.byte(2, of: row)
        kind = Self.kind(ofViolation: violation)
        isSending = violation & 0x80 != 0
        location = Self.byte(3, of: row)
        guard errorClass & Class.counters != 0 else { return }
        transmitErrors = Self.byte(6, of: row)
        receiveErrors = Self.byte(7, of: row)
    }

    /// The kind of data[2], in which several bits may be set: a bit that was sent as dominant or as
    /// recessive only (0x08, 0x10) is a bit error.
    private static func kind(ofViolation violation: UInt8) -> Kind {
        if violation & Kind.overload.rawValue != 0 { return .overload }
        if violation & Kind.stuff.rawValue != 0 { return .stuff }
        if violation & Kind.form.rawValue != 0 { return .form }
        return violation & (Kind.bit.rawValue | 0x08 | 0x10) != 0 ? .bit : .other
    }

    /// As the drivers of Linux tell it: `CAN_ERR_PROT` and `CAN_ERR_BUSERROR`, and `CAN_ERR_ACK`
    /// beside them where nobody acknowledged.
    var identifier: PackedID {
        let hasCounters = transmitErrors > 0 || receiveErrors > 0
        return PackedID(
            errorClass: Class.protocolViolation | Class.busError
                | (isUnacknowledged ? Class.noAcknowledgement : 0)
                | (hasCounters ? Class.counters : 0))
    }

    var payloadWord: UInt64 {
        UInt64(kind.rawValue | (isSending ? 0x80 : 0)) << 16 | UInt64(location) << 24
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

extension FrameRow {
    init(error: BusError?, timestamp: Timestamp) {
        self.init(
            timestamp: timestamp, identifier: BusError.bareIdentifier, channel: 0, flags: [],
            length: 8, dlc: 8, payloadWord: 0)
        setError(error)
    }

    /// Makes the row an error frame that tells `error`, or only that there was one.
    mutating func setError(_ error: BusError?) {
        identifier = error?.identifier ?? BusError.bareIdentifier
        payloadWord = error?.payloadWord ?? 0
        length = 8
        dlc = 8
    }
}
