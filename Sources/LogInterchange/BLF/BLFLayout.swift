/// Sizes, types and bits of Vector's binary log format.
///
/// There is no public specification. The names are those of Vector's `binlog_objects.h` as the
/// library Vector BLF documents them (`ObjectHeaderBase.h`, `CanMessage.h` and so on); python-can's
/// `can/io/blf.py` and Wireshark's `wiretap/blf.c` agree with it. All fields are little-endian.
enum BLFLayout {
    /// `LOBJ` as a little-endian number.
    static let objectSignature: UInt32 = 0x4A42_4F4C
    /// `ObjectHeaderBase`: signature, header size, header version, object size, object type.
    static let baseHeaderSize = 16
    /// `ObjectHeader`: behind the base flags, client index, object version and the stamp.
    static let objectHeaderSize = 32
    /// What stands between a container's header and its data: the method, the size of the data.
    static let containerFieldsSize = 16

    /// A container may have this many bytes, packed and unpacked; those of Vector's and others'
    /// tools have 128 KiB unpacked.
    static let largestContainer = 64 * 1024 * 1024
    /// How much of an object of CAN is looked at; none has more fields.
    static let largestFrame = 256
    /// How much of a marker or comment is looked at.
    static let largestText = 64 * 1024

    /// `BL_OBJ_FLAG_TIME_TEN_MICS`: the stamp counts 10 µs.
    static let tenMicroseconds: UInt32 = 1
    /// `BL_OBJ_FLAG_TIME_ONE_NANS`: the stamp counts nanoseconds.
    static let oneNanosecond: UInt32 = 2

    /// How a container's data is packed.
    static let stored: UInt16 = 0
    static let zlib: UInt16 = 2

    /// Identifiers have this bit if they are extended.
    static let extendedBit: UInt32 = 0x8000_0000
    /// `flags` of the classic messages and of CAN_FD_MESSAGE: who sent, in the low half.
    static let directionMask: UInt8 = 0x0F
    static let sent: UInt8 = 0x01
    static let remote: UInt8 = 0x80
}

/// The kinds of objects that are read (`ObjectType`); the others are passed over by their size.
enum BLFObjectType {
    static let canMessage: UInt32 = 1
    static let canError: UInt32 = 2
    static let canOverload: UInt32 = 3
    static let logContainer: UInt32 = 10
    static let canErrorExt: UInt32 = 73
    static let canMessage2: UInt32 = 86
    static let eventComment: UInt32 = 92
    static let globalMarker: UInt32 = 96
    static let canFDMessage: UInt32 = 100
    static let canFDMessage64: UInt32 = 101
    static let canFDError64: UInt32 = 104

    /// Vector's name of a kind that is read, else its number.
    static func name(_ type: UInt32) -> String {
        switch type {
        case canMessage: "CAN_MESSAGE"
        case canError: "CAN_ERROR"
        case canOverload: "CAN_OVERLOAD"
        case logContainer: "LOG_CONTAINER"
        case canErrorExt: "CAN_ERROR_EXT"
        case canMessage2: "CAN_MESSAGE2"
        case eventComment: "EVENT_COMMENT"
        case globalMarker: "GLOBAL_MARKER"
        case canFDMessage: "CAN_FD_MESSAGE"
        case canFDMessage64: "CAN_FD_MESSAGE_64"
        case canFDError64: "CAN_FD_ERROR_64"
        default: "object of type \(type)"
        }
    }

    /// How much of an object of this kind has to be held to read it; 0 if it is passed over.
    @inline(__always)
    static func wanted(_ type: UInt32) -> Int {
        switch type {
        case canMessage, canMessage2, canFDMessage, canFDMessage64, canError, canErrorExt,
            canFDError64:
            BLFLayout.largestFrame
        case globalMarker, eventComment: BLFLayout.largestText
        default: 0
        }
    }
}

/// The sixteen bytes with which every object begins (`ObjectHeaderBase`).
struct BLFBaseHeader {
    var signature: UInt32
    /// Where the object's own fields begin.
    var headerSize: Int
    /// 1, 2 or 3: flags and stamp of all three stand at the same places.
    var headerVersion: UInt16
    /// From the signature to the end, without padding.
    var size: Int
    var type: UInt32

    /// Reads the header at `position`, where 16 bytes must be.
    @inline(__always)
    init(_ bytes: Span<UInt8>, at position: Int) {
        let low = bytes.word(at: position).bits
        let high = bytes.word(at: position &+ 8).bits
        signature = UInt32(truncatingIfNeeded: low)
        headerSize = Int(low &>> 32 & 0xFFFF)
        headerVersion = UInt16(truncatingIfNeeded: low &>> 48)
        size = Int(high & 0xFFFF_FFFF)
        type = UInt32(truncatingIfNeeded: high &>> 32)
    }

    /// Whether it can be an object: its size holds its header.
    @inline(__always)
    var hasCredibleSize: Bool { headerSize >= BLFLayout.baseHeaderSize && size >= headerSize }

    /// Whether bytes that were come across in a search are an object, and not a payload that
    /// contains the signature.
    var isObject: Bool {
        signature == BLFLayout.objectSignature && hasCredibleSize && headerSize <= 64
            && (1...3).contains(headerVersion)
    }

    /// Where the next object from `start` on begins; `nil` if none does in what is held.
    static func find(in bytes: Span<UInt8>, from start: Int, end: Int) -> Int? {
        var position = start
        while end - position >= BLFLayout.baseHeaderSize {
            if bytes[position] == UInt8(ascii: "L"), BLFBaseHeader(bytes, at: position).isObject {
                return position
            }
            position += 1
        }
        return nil
    }
}
