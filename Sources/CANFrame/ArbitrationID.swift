/// The identifier of a CAN frame, which is also its priority on the bus.
///
/// A standard identifier has 11 bits, an extended identifier 29; `123` standard and `00000123`
/// extended are different identifiers and never compare equal.
public struct ArbitrationID: Hashable, Sendable, BitwiseCopyable {
    /// The number alone, without any flag bit.
    public let value: UInt32
    /// Whether the identifier has 29 bits ("EFF" in linux/can.h).
    public let isExtended: Bool

    /// Creates an 11-bit identifier, or `nil` when `value` needs more than 11 bits.
    @inlinable
    public init?(standard value: UInt32) {
        guard value <= 0x7FF else { return nil }
        self.value = value
        self.isExtended = false
    }

    /// Creates a 29-bit identifier, or `nil` when `value` needs more than 29 bits.
    @inlinable
    public init?(extended value: UInt32) {
        guard value <= 0x1FFF_FFFF else { return nil }
        self.value = value
        self.isExtended = true
    }

    /// The identifier in `packed`, whose error and remote bits are left out.
    @inlinable
    public init(_ packed: PackedID) {
        self.isExtended = packed.isExtended
        self.value = packed.rawValue & (packed.isExtended ? 0x1FFF_FFFF : 0x7FF)
    }
}

/// An identifier with the bits that say what kind of frame carries it, in 32 bits.
///
/// The layout is that of `canid_t` in linux/can.h: bit 31 extended format (`CAN_EFF_FLAG`), bit 30
/// remote transmission request (`CAN_RTR_FLAG`), bit 29 error message frame (`CAN_ERR_FLAG`), below
/// them the identifier, or the error class of an error frame.
public struct PackedID: Hashable, Sendable, BitwiseCopyable {
    /// The bits as in `canid_t`.
    public var rawValue: UInt32

    /// Takes the bits as they are; see ``isValid``.
    @inlinable
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// The packed form of `identifier`, of a data frame or of a remote frame.
    @inlinable
    public init(_ identifier: ArbitrationID, isRemote: Bool = false) {
        self.rawValue =
            identifier.value | (identifier.isExtended ? 0x8000_0000 : 0)
            | (isRemote ? 0x4000_0000 : 0)
    }

    /// An error frame of the classes in `errorClass` (`CAN_ERR_*` in linux/can/error.h, 29 bits).
    @inlinable
    public init(errorClass: UInt32) {
        self.rawValue = 0x2000_0000 | (errorClass & 0x1FFF_FFFF)
    }

    /// Whether the identifier has 29 bits.
    @inlinable public var isExtended: Bool { rawValue & 0x8000_0000 != 0 }
    /// Whether this is a remote frame: it has a DLC and no payload.
    @inlinable public var isRemote: Bool { rawValue & 0x4000_0000 != 0 }
    /// Whether this is an error message frame, made by the driver and never seen on the wire.
    @inlinable public var isError: Bool { rawValue & 0x2000_0000 != 0 }
    /// The 29 bits below the flags: the identifier, or the error class of an error frame.
    @inlinable public var number: UInt32 { rawValue & 0x1FFF_FFFF }

    /// Whether no bit is set that its kind of frame does not have.
    @inlinable
    public var isValid: Bool {
        isExtended || isError || number <= 0x7FF
    }
}

extension PackedID: CustomStringConvertible {
    /// As candump prints it: 3 hexadecimal digits if standard, else 8, with the error bit in them.
    public var description: String {
        let value = isError ? rawValue & 0x3FFF_FFFF : number
        let digits = String(value, radix: 16, uppercase: true)
        let width = isExtended || isError ? 8 : 3
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension ArbitrationID: CustomStringConvertible {
    /// As candump prints it: 3 hexadecimal digits if standard, 8 if extended.
    public var description: String { PackedID(self).description }
}
