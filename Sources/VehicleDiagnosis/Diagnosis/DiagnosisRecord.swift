public import Diagnostics

/// What a diagnosis tells as traffic goes by, in an order that depends on the frames alone.
public enum DiagnosisRecord: Sendable {
    /// An exchange, decoded by what its control unit turned out to be.
    case exchange(DiagnosedExchange)
    /// What fills a role is settled.
    case identified(ControlUnitReport, time: Int64)
    /// A step in the life of a trouble code.
    case troubleCode(TroubleCodeStep)
    case opened(Finding)
    case closed(Finding)
}

/// An exchange with the roles that took part, and the values that the specs have names for.
public struct DiagnosedExchange: Sendable {
    public var decoded: DecodedExchange
    /// The bus by its name in the spec; `nil` of an interface that is none of the vehicle's.
    public var bus: String?
    /// The interface's channel.
    public var channel: UInt8
    /// By response; `nil` of somebody who is of no role.
    public var roles: [String?]
    /// The role that was asked alone, if nobody answered.
    public var addressee: String?
    /// By response, what the values of its identifiers are by the names of the specs.
    public var values: [[IdentifiedValue]]
    /// Its control unit was not identified: it was decoded by what all that may be there have alike.
    public var isProvisional: Bool
}

/// A step in the life of a trouble code, by the role that has it.
public struct TroubleCodeStep: Sendable {
    public var role: String?
    public var unit: String
    public var code: String
    public var transition: TroubleCodeBook.Transition
}
