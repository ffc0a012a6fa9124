public import CANFrame
import CLinuxCAN

/// Which data and remote frames are received, as `struct can_filter` of linux/can.h says it: a frame
/// passes whose `can_id` has the bits of `identifier` where `mask` has ones.
///
/// The words are candump's: `123:7FF` (up to 3 digits of an identifier) and `18DA00F1:1FFFFFFF` (8
/// digits, which make it extended), `~` instead of `:` for all others. As there, a mask without bit
/// 31 (`80000000`) does not tell standard from extended identifiers.
public struct CaptureFilter: Sendable, Hashable {
    /// As many as one raw socket takes (`CAN_RAW_FILTER_MAX`).
    public static let maximumOnSocket = 512
    /// As many as a program of the packet ring has room for in the worst case.
    public static let maximumOnRing = 1_300

    /// The bits that a frame has to have: `can_id` with its flags.
    public let identifier: UInt32
    /// Which bits are looked at.
    public let mask: UInt32
    /// Whether those frames pass that do not match.
    public let isInverted: Bool

    /// A filter of these bits; flag bits as in linux/can.h, that of error frames left out.
    public init(identifier: UInt32, mask: UInt32, isInverted: Bool = false) {
        // What af_can.c does with a filter: bit 29 is the error frames' and, in the identifier, the
        // inversion's; where bit 31 has to be zero, only the bits of a standard identifier count.
        var mask = mask & 0xDFFF_FFFF
        if mask & 0x8000_0000 != 0, identifier & 0x8000_0000 == 0 { mask &= 0xC000_07FF }
        self.mask = mask
        self.identifier = identifier & mask
        self.isInverted = isInverted
    }

    /// Frames with one identifier, and no others.
    public init(_ only: ArbitrationID) {
        self.init(
            identifier: PackedID(only).rawValue,
            mask: only.isExtended ? 0x9FFF_FFFF : 0x8000_07FF)
    }

    /// Reads candump's words; `nil` if they are none.
    public init?(candump text: String) {
        guard let place = text.firstIndex(where: { $0 == ":" || $0 == "~" }) else { return nil }
        let digits = text[..<place]
        let maskDigits = text[text.index(after: place)...]
        guard digits.count == 8 || (1...3).contains(digits.count),
            (1...8).contains(maskDigits.count),
            let identifier = Self.number(digits), let mask = Self.number(maskDigits),
            digits.count == 8 || identifier <= 0x7FF
        else { return nil }
        self.init(
            identifier: digits.count == 8 ? identifier | 0x8000_0000 : identifier, mask: mask,
            isInverted: text[place] == "~")
    }

    private static func number(_ digits: Substring) -> UInt32? {
        // A sign is not a digit, though UInt32 would take it.
        digits.allSatisfy(\.isHexDigit) ? UInt32(digits, radix: 16) : nil
    }

    /// As the kernel takes it on a raw socket.
    var rawFilter: can_filter {
        // CAN_INV_FILTER
        can_filter(can_id: isInverted ? identifier | 0x2000_0000 : identifier, can_mask: mask)
    }
}

extension CaptureFilter: CustomStringConvertible {
    /// Candump's words for it.
    public var description: String {
        let isExtended = identifier & 0x8000_0000 != 0 || identifier > 0x7FF
        let digits = Self.digits(identifier & 0x7FFF_FFFF, count: isExtended ? 8 : 3)
        return digits + (isInverted ? "~" : ":") + Self.digits(mask, count: 3)
    }

    private static func digits(_ value: UInt32, count: Int) -> String {
        let text = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}
