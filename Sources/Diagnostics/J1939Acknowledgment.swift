/// The control byte of an acknowledgment: J1939-21 5.4.4.
public struct J1939Acknowledgment: RawRepresentable, Sendable, Hashable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let positive = J1939Acknowledgment(rawValue: 0)
    public static let negative = J1939Acknowledgment(rawValue: 1)
    public static let accessDenied = J1939Acknowledgment(rawValue: 2)
    public static let cannotRespond = J1939Acknowledgment(rawValue: 3)

    /// In the standard's words.
    public var name: String {
        switch self {
        case .positive: "positive"
        case .negative: "negative"
        case .accessDenied: "accessDenied"
        case .cannotRespond: "cannotRespond"
        default: "reserved\(rawValue)"
        }
    }
}
