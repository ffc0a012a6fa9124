import SignalDatabase

/// A word of a rule, with the place where it begins.
struct RuleToken {
    enum Kind: Hashable {
        /// With the unit that stands behind it.
        case number(Double, unit: String?)
        /// In quotes, single or double.
        case text(String)
        /// `ECM_Temps`; `and`, `or`, `not` are among them.
        case name(String)
        /// `+ - * / ( ) , . == != < <= > >=`
        case sign(String)
        case end
    }

    let kind: Kind
    let place: RulePlace

    /// As it is told in messages.
    var text: String {
        switch kind {
        case .number(let value, let unit): "the number \(value.decimalText)\(unit ?? "")"
        case .text(let text): "the text '\(text)'"
        case .name(let name): name
        case .sign(let sign): sign
        case .end: "the end"
        }
    }
}
