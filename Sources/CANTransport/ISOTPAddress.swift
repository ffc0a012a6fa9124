public import CANFrame

/// How a frame of ISO 15765-2 says who sends to whom (10.3).
public enum ISOTPAddressing: UInt8, Sendable, Hashable, CaseIterable {
    /// The identifier alone stands for sender and receiver.
    case normal
    /// 29 bits that hold both addresses: 18DAttss to one ECU, 18DBttss to all.
    case normalFixed
    /// The first byte of the payload is the receiver's address (N_TA).
    case extended
    /// The first byte of the payload is an address extension (N_AE); of 29 bits are 18CEttss to one
    /// ECU, 18CDttss to all.
    case mixed

    /// Whether an address byte stands in front of the protocol's bytes.
    @inlinable public var hasAddressByte: Bool { self == .extended || self == .mixed }
}

/// Where one sender's frames are: the identifier, and the address byte in front of the payload.
public struct ISOTPAddress: Sendable, Hashable {
    public var identifier: PackedID
    public var addressing: ISOTPAddressing
    /// N_TA if extended, N_AE if mixed, else `nil`.
    public var addressByte: UInt8?

    /// An address of ``ISOTPAddressing/normal`` addressing, 11 or 29 bits.
    public init(_ identifier: ArbitrationID) {
        self.identifier = PackedID(identifier)
        addressing = .normal
        addressByte = nil
    }

    /// An address of ``ISOTPAddressing/extended`` addressing: frames with `identifier` to `target`.
    public static func extended(_ identifier: ArbitrationID, target: UInt8) -> ISOTPAddress {
        ISOTPAddress(PackedID(identifier), .extended, target)
    }

    /// An address of ``ISOTPAddressing/mixed`` addressing with 11 bits, or with 29 bits given whole.
    public static func mixed(_ identifier: ArbitrationID, extension byte: UInt8) -> ISOTPAddress {
        ISOTPAddress(PackedID(identifier), .mixed, byte)
    }

    /// 18DAttss, or 18DBttss to all (`isFunctional`); priority 6 is the standard's default.
    public static func normalFixed(
        target: UInt8, source: UInt8, isFunctional: Bool = false, priority: UInt8 = 6
    ) -> ISOTPAddress {
        let format: UInt32 = isFunctional ? 0xDB : 0xDA
        return ISOTPAddress(fixed(format, target, source, priority), .normalFixed, nil)
    }

    /// 18CEttss, or 18CDttss to all (`isFunctional`), with the address extension in the payload.
    public static func mixed(
        target: UInt8, source: UInt8, extension byte: UInt8, isFunctional: Bool = false,
        priority: UInt8 = 6
    ) -> ISOTPAddress {
        let format: UInt32 = isFunctional ? 0xCD : 0xCE
        return ISOTPAddress(fixed(format, target, source, priority), .mixed, byte)
    }

    private init(_ identifier: PackedID, _ addressing: ISOTPAddressing, _ byte: UInt8?) {
        self.identifier = identifier
        self.addressing = addressing
        addressByte = byte
    }

    private static func fixed(
        _ format: UInt32, _ target: UInt8, _ source: UInt8, _ priority: UInt8
    ) -> PackedID {
        let number =
            UInt32(priority & 7) << 26 | format << 16 | UInt32(target) << 8 | UInt32(source)
        return PackedID(rawValue: 0x8000_0000 | number)
    }

    /// The format of a 29-bit identifier whose addresses are in it (`DA`, `DB`, `CE`, `CD`).
    private static func format(of identifier: PackedID) -> UInt8? {
        // Reserved bit and data page are zero in all four; the priority is free.
        guard identifier.isExtended, identifier.rawValue >> 24 & 3 == 0 else { return nil }
        let format = UInt8(truncatingIfNeeded: identifier.rawValue >> 16)
        switch format {
        case 0xDA, 0xDB, 0xCE, 0xCD: return format
        default: return nil
        }
    }

    /// The address of normal fixed addressing that `identifier` is; `nil` if it is none.
    public init?(normalFixed identifier: PackedID) {
        guard let format = Self.format(of: identifier), format >= 0xDA else { return nil }
        self.init(identifier, .normalFixed, nil)
    }

    /// Whether an identifier with both addresses in it.
    private var holdsAddresses: Bool {
        switch addressing {
        case .normal, .extended: false
        case .normalFixed: true
        case .mixed: Self.format(of: identifier) != nil
        }
    }

    /// The receiver's address, where the identifier or the payload holds it.
    public var target: UInt8? {
        if addressing == .extended { return addressByte }
        return holdsAddresses ? UInt8(truncatingIfNeeded: identifier.rawValue >> 8) : nil
    }

    /// The sender's address, where the identifier holds it.
    public var source: UInt8? {
        holdsAddresses ? UInt8(truncatingIfNeeded: identifier.rawValue) : nil
    }

    /// Whether frames at this address are for all, as far as the identifier tells (18DB, 18CD).
    public var isFunctional: Bool {
        guard holdsAddresses, let format = Self.format(of: identifier) else { return false }
        return format == 0xDB || format == 0xCD
    }

    /// The address of the answer where it follows from this one: the same with both addresses
    /// exchanged, to one ECU; `nil` where the identifier does not hold them.
    public var answer: ISOTPAddress? {
        guard holdsAddresses, let target, let source else { return nil }
        var swapped = self
        let format: UInt32 = addressing == .normalFixed ? 0xDA : 0xCE
        swapped.identifier = PackedID(
            rawValue: identifier.rawValue & 0xFF00_0000 | format << 16 | UInt32(source) << 8
                | UInt32(target))
        return swapped
    }
}

extension ISOTPAddress: CustomStringConvertible {
    /// The identifier as candump prints it, with the address byte behind `/`: `6F1/12`.
    public var description: String {
        guard let addressByte else { return identifier.description }
        let digits = String(addressByte, radix: 16, uppercase: true)
        return "\(identifier)/\(digits.count < 2 ? "0" : "")\(digits)"
    }
}
