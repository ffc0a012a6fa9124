import CANFrame

/// One value of a diagnostic message, and which of its bytes say it.
public struct DiagnosticField: Sendable, Hashable {
    public enum Value: Sendable, Hashable {
        case number(UInt64)
        /// A number that people write with so many hexadecimal digits: an address, a format.
        case hexadecimal(UInt64, digits: Int)
        /// A physical value, and how many decimals of it mean something.
        case quantity(Double, decimals: Int)
        /// A number that stands for something.
        case named(UInt64, String)
        /// The bits that are set, by name.
        case flags(UInt64, [String])
        case text(String)
        case code(TroubleCode)
        case bytes([UInt8])
    }

    /// The name in the standard: `powerDownTime`, `vehicleIdentificationNumber`, `engineSpeed`; ``data``
    /// for data of an identifier without a name, ``raw`` for what is not understood.
    public var name: String
    /// The data identifier whose data this is; `nil` where it is none's.
    public var identifier: UInt16?
    public var value: Value
    /// The unit of a quantity, as `km/h`; empty where there is none.
    public var unit: String
    /// Which bytes of the payload say it.
    public var range: Range<Int>

    /// The name of bytes that are not understood.
    public static let raw = "raw"
    /// The name of data of an identifier that has none itself.
    public static let data = "data"

    public init(
        name: String, identifier: UInt16? = nil, value: Value, unit: String = "",
        range: Range<Int>
    ) {
        self.name = name
        self.identifier = identifier
        self.value = value
        self.unit = unit
        self.range = range
    }

    /// The identifier's digits: `F190`.
    public var identifierText: String? { identifier?.hexadecimal }

    /// The name for people, behind the identifier's digits: `F190 vehicleIdentificationNumber`; the digits
    /// alone where there is no name.
    public var title: String {
        guard let identifier else { return name }
        return name == Self.data ? identifier.hexadecimal : "\(identifier.hexadecimal) \(name)"
    }

    /// The value for people, without its unit. Text of the vehicle's is as it came: pass it through
    /// `printable` before a terminal sees it.
    public var text: String {
        switch value {
        case .number(let number): String(number)
        case .hexadecimal(let number, let digits): number.hexadecimal(digits: digits)
        case .quantity(let value, let decimals): FigureText.fixed(value, decimals)
        case .named(_, let name): name
        case .flags(_, let names): names.isEmpty ? "none" : names.joined(separator: " ")
        case .text(let text): text
        case .code(let code): code.description
        case .bytes(let bytes): bytes.hexadecimal
        }
    }

    /// The value as a number, where it is one.
    public var number: Double? {
        switch value {
        case .number(let number), .hexadecimal(let number, _), .named(let number, _),
            .flags(let number, _):
            Double(number)
        case .quantity(let value, _): value
        case .code(let code): Double(code.threeBytes)
        case .text, .bytes: nil
        }
    }
}

extension DiagnosticField: CustomStringConvertible {
    /// `engineSpeed 1726.00 rpm`.
    public var description: String { "\(title) \(text)" + (unit.isEmpty ? "" : " " + unit) }
}

extension DiagnosticField {
    /// The same where room is short: masks of bits are two digits (`DTCStatusMask FF`), whose names are
    /// more than all that they were asked for.
    public var brief: String {
        guard name.hasSuffix("Mask"), case .flags(let bits, _) = value else { return description }
        return "\(title) \(bits.hexadecimal(digits: 2))"
    }
}

extension UInt64 {
    /// At least so many digits, without a prefix.
    func hexadecimal(digits: Int) -> String {
        let text = String(self, radix: 16, uppercase: true)
        return String(repeating: "0", count: Swift.max(0, digits - text.utf8.count)) + text
    }
}

extension Sequence<UInt8> {
    /// Two digits a byte, as candump writes a payload.
    var hexadecimal: String { map(\.hexadecimal).joined() }
}

/// What was noticed while a message was read, which is then understood in part.
public enum DiagnosticRemark: Sendable, Hashable {
    /// There is no byte at all.
    case empty
    /// No standard has this service, or nobody knows what its bytes mean.
    case unknownService(UInt8)
    case unknownSubFunction(UInt8)
    /// The bytes end inside this field.
    case tooShort(field: String, missing: Int)
    /// More bytes than the service has.
    case surplus(Range<Int>)
    /// Where the data of this field ends is known to nobody: the rest is left as bytes.
    case unknownLength(field: String)
    /// An identifier was answered that the request did not have.
    case notRequested(UInt16)
    /// It came from a control unit, and its first byte is no response's.
    case notAResponse
    /// More fields or codes than are held: the rest is left as bytes.
    case tooMany
}

extension DiagnosticRemark: CustomStringConvertible {
    public var description: String {
        switch self {
        case .empty: "the message is empty"
        case .unknownService(let service): "there is no service \(service.hexadecimal)"
        case .unknownSubFunction(let value): "there is no sub-function \(value.hexadecimal)"
        case .tooShort(let field, let missing):
            "\(UInt64(missing).counting("byte")) missing in \(field)"
        case .surplus(let range): "\(UInt64(range.count).counting("byte")) more than expected"
        case .unknownLength(let field): "the length of \(field) is not known"
        case .notRequested(let identifier):
            "\(identifier.hexadecimal) was answered and not requested"
        case .notAResponse: "this is no response"
        case .tooMany: "more values than are held"
        }
    }
}
