/// A parameter (PID) of SAE J1979's modes 01 and 02: what its bytes mean.
///
/// A physical value is `raw x factor + offset`; the facts are the standard's, put together by us.
public struct OBDParameter: Sendable {
    public let number: UInt8
    /// `engineSpeed`.
    public let name: String
    /// Bytes of data.
    public let length: Int
    let parts: [Part]
    let hasSupportByte: Bool
    /// Bytes up to the end of the last part.
    let understoodLength: Int

    /// One value in a parameter.
    enum Part: Sendable {
        /// So many bytes, the highest first. `from` is where they begin.
        case linear(
            String, from: Int, bytes: Int, factor: Double, offset: Double, unit: String,
            decimals: Int, signed: Bool)
        case named(String, from: Int, [UInt8: String])
        case flags(String, from: Int, [String])
        /// Which of the next 32 parameters there are.
        case supported
        case readiness
        case troubleCode

        func end(of length: Int) -> Int {
            switch self {
            case .linear(_, let from, let bytes, _, _, _, _, _): from + bytes
            case .named(_, let from, _), .flags(_, let from, _): from + 1
            case .supported, .readiness, .troubleCode: length
            }
        }
    }

    init(_ number: UInt8, _ name: String, _ length: Int, _ parts: [Part] = []) {
        self.number = number
        self.name = name
        self.length = length
        self.parts = parts
        // The first byte then has a bit for each value.
        if case .linear(_, let from, _, _, _, _, _, _) = parts.first {
            hasSupportByte = from > 0
        } else {
            hasSupportByte = false
        }
        understoodLength = parts.reduce(0) { max($0, $1.end(of: length)) }
    }

    /// The parameter of a number; `nil` for one whose meaning is not in the table.
    public static subscript(number: UInt8) -> OBDParameter? { byNumber[number] }

    /// All parameters of the table, by number.
    public static let all: [OBDParameter] = (basic + later).sorted { $0.number < $1.number }

    private static let byNumber: [UInt8: OBDParameter] = Dictionary(
        uniqueKeysWithValues: all.map { ($0.number, $0) })
}

extension OBDParameter {
    /// A value that is the parameter's only one, or one of several.
    static func value(
        _ name: String, _ bytes: Int, at place: Int = 0, x factor: Double = 1,
        plus offset: Double = 0,
        _ unit: String, decimals: Int = 0, signed: Bool = false
    ) -> Part {
        .linear(
            name, from: place, bytes: bytes, factor: factor, offset: offset, unit: unit,
            decimals: decimals, signed: signed)
    }

    /// 0 to 255 are 0 to 100 %.
    static func percent(_ name: String, at place: Int = 0) -> Part {
        value(name, 1, at: place, x: 100.0 / 255, "%", decimals: 1)
    }

    /// 0 to 255 are -100 % to 99.2 %.
    static func trim(_ name: String, at place: Int = 0) -> Part {
        value(name, 1, at: place, x: 100.0 / 128, plus: -100, "%", decimals: 1)
    }

    static func temperature(_ name: String, at place: Int = 0) -> Part {
        value(name, 1, at: place, plus: -40, "°C")
    }

    /// Two bytes of tenths of a degree.
    static func hot(_ name: String, at place: Int = 0) -> Part {
        value(name, 2, at: place, x: 0.1, plus: -40, "°C", decimals: 1)
    }

    static func torque(_ name: String, at place: Int = 0) -> Part {
        value(name, 1, at: place, plus: -125, "%")
    }

    static func ratio(_ name: String, at place: Int = 0) -> Part {
        value(name, 2, at: place, x: 2.0 / 65_536, "lambda", decimals: 4)
    }
}
