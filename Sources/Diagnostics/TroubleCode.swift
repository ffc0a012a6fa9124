/// A diagnostic trouble code as SAE J2012 and ISO 15031-6 write it: `P0118`, or `P0118-17` with its
/// failure type.
///
/// OBD-II sends two bytes, UDS three: `P0118` and `P0118-00` are different codes and never equal.
public struct TroubleCode: Sendable, Hashable, BitwiseCopyable {
    /// The three bytes as a number; the highest bit is set where there is no third.
    private let stored: UInt32

    private static let lacksFailureType: UInt32 = 0x8000_0000

    /// The code of three bytes, as UDS sends it; the highest byte of `value` is not looked at.
    @inlinable
    public init(threeBytes value: UInt32) {
        self.init(stored: value & 0xFF_FFFF)
    }

    /// The code of two bytes, as OBD-II sends it.
    public init(twoBytes value: UInt16) {
        self.init(stored: UInt32(value) << 8 | Self.lacksFailureType)
    }

    @usableFromInline
    init(stored: UInt32) { self.stored = stored }

    /// The code without its failure type: two bits of system, two of a first digit, three digits.
    public var number: UInt16 { UInt16(truncatingIfNeeded: stored >> 8) }

    /// The failure type byte (FTB); `nil` in a code of two bytes.
    public var failureType: FailureType? {
        stored & Self.lacksFailureType == 0
            ? FailureType(rawValue: UInt8(truncatingIfNeeded: stored)) : nil
    }

    /// The three bytes as a number, `0` for a failure type that is not there.
    public var threeBytes: UInt32 { stored & 0xFF_FFFF }

    /// Which part of the vehicle it is about.
    public var system: System {
        // Two bits have four values, which are all there.
        System(rawValue: UInt8(truncatingIfNeeded: number >> 14)) ?? .powertrain
    }

    /// Who has defined what the code means.
    public var isDefinedByStandard: Bool {
        let digit = number >> 12 & 3
        return switch system {
        case .powertrain: digit == 0 || digit == 2 || (digit == 3 && number & 0xFFF >= 0x400)
        case .network: digit == 0 || (digit == 3 && number & 0xFFF >= 0x400)
        case .chassis, .body: digit == 0 || digit == 3
        }
    }

    /// The first two bits of a code.
    public enum System: UInt8, Sendable, CaseIterable {
        case powertrain, chassis, body, network

        /// The letter that a code begins with.
        public var letter: Character {
            switch self {
            case .powertrain: "P"
            case .chassis: "C"
            case .body: "B"
            case .network: "U"
            }
        }
    }
}

extension TroubleCode: CustomStringConvertible, LosslessStringConvertible {
    /// `P0118`, or `P0118-17` with its failure type; it needs no memory from the heap.
    public var description: String {
        let length = failureType == nil ? 5 : 8
        // Eight bytes of ASCII, all of them written before they are counted.
        return unsafe String(unsafeUninitializedCapacity: 8) { buffer in
            let ascii = self.ascii
            for index in 0..<length { unsafe buffer[index] = ascii[index] }
            return length
        }
    }

    /// The eight characters of ``description``; in a code of two bytes the last three mean nothing.
    public var ascii: InlineArray<8, UInt8> {
        let letters: InlineArray<4, UInt8> = [0x50, 0x43, 0x42, 0x55]
        return [
            letters[Int(stored >> 22 & 3)], UInt8(0x30) + UInt8(stored >> 20 & 3),
            Self.digit(stored >> 16), Self.digit(stored >> 12), Self.digit(stored >> 8), 0x2D,
            Self.digit(stored >> 4), Self.digit(stored),
        ]
    }

    private static func digit(_ value: UInt32) -> UInt8 {
        let nibble = UInt8(truncatingIfNeeded: value & 0xF)
        return nibble < 10 ? 0x30 + nibble : 0x37 + nibble
    }

    /// Reads `P0118` or `P0118-17`, in letters of either case; `nil` for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count <= 2, let code = parts.first, code.utf8.count == 5,
            let system = System.allCases.first(where: { code.uppercased().first == $0.letter }),
            let digits = Self.hexadecimal(code.dropFirst()), digits < 0x4000
        else { return nil }
        let number = UInt16(system.rawValue) << 14 | digits
        guard parts.count == 2 else {
            self.init(twoBytes: number)
            return
        }
        guard parts[1].utf8.count == 2, let type = Self.hexadecimal(parts[1]) else { return nil }
        self.init(threeBytes: UInt32(number) << 8 | UInt32(type))
    }

    /// Digits only: the integer's own reader takes a sign too.
    private static func hexadecimal(_ text: Substring) -> UInt16? {
        text.allSatisfy(\.isHexDigit) ? UInt16(text, radix: 16) : nil
    }
}
