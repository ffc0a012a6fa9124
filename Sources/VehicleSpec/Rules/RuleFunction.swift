/// The functions of the rule language, each with its arguments and what it gives.
public enum RuleFunction: String, Sendable, Hashable, CaseIterable {
    case age, cycle, missing
    case rate, stuck, changed, min, max, avg, spread
    case aliveError = "alive_error"
    case checksumError = "crc_error"
    case busLoad = "busload"
    case errors, dtc, finding, p2, nrc, abs

    /// What stands between the parentheses.
    enum Argument: Sendable, Hashable {
        /// `ECM_Temps` or `PT.ECM_Temps`.
        case message
        /// `ECM_Temps.CoolantTemp`, or the identifier of a role.
        case signal
        case bus, role
        case troubleCode, responseCode, findingID
        /// A number with a unit of time, greater than 0.
        case time
        /// Any expression that is a number.
        case number
    }

    /// What it gives.
    public enum Result: Sendable, Hashable {
        /// True or false.
        case condition
        /// A number of seconds, which is compared with a time.
        case time
        /// A number in the unit of its argument; of `rate` in that unit per second.
        case ofArgument
        /// Per cent.
        case share
        /// A number without unit.
        case count
    }

    /// The arguments; the last of them can be left out if `isLastOptional`.
    var signature: (arguments: [Argument], isLastOptional: Bool, result: Result) {
        switch self {
        case .age: ([.message], false, .time)
        case .cycle: ([.message], false, .time)
        case .missing: ([.message, .time], true, .condition)
        case .rate: ([.signal, .time], false, .ofArgument)
        case .stuck: ([.signal, .time], false, .condition)
        case .changed: ([.signal, .time], true, .condition)
        case .min, .max, .avg, .spread: ([.signal, .time], false, .ofArgument)
        case .aliveError: ([.signal], false, .condition)
        case .checksumError: ([.message], false, .condition)
        case .busLoad: ([.bus, .time], true, .share)
        case .errors: ([.bus, .time], true, .count)
        case .dtc: ([.role, .troubleCode], false, .condition)
        case .finding: ([.findingID], false, .condition)
        case .p2: ([.role], false, .time)
        case .nrc: ([.role, .responseCode], true, .condition)
        case .abs: ([.number], false, .ofArgument)
        }
    }

    public var result: Result { signature.result }

    /// How it is written, for messages and help.
    public var usage: String {
        switch self {
        case .age: "age(Message)"
        case .cycle: "cycle(Message)"
        case .missing: "missing(Message) or missing(Message, 500ms)"
        case .rate: "rate(Message.Signal, 1s)"
        case .stuck: "stuck(Message.Signal, 2s)"
        case .changed: "changed(Message.Signal) or changed(Message.Signal, 1s)"
        case .min, .max, .avg, .spread: "\(rawValue)(Message.Signal, 1s)"
        case .aliveError: "alive_error(Message.Counter)"
        case .checksumError: "crc_error(Message)"
        case .busLoad: "busload(BUS) or busload(BUS, 1s)"
        case .errors: "errors(BUS) or errors(BUS, 1s)"
        case .dtc: "dtc(ROLE, 'P0118')"
        case .finding: "finding('id-of-a-rule')"
        case .p2: "p2(ROLE)"
        case .nrc: "nrc(ROLE) or nrc(ROLE, '31')"
        case .abs: "abs(number)"
        }
    }

    /// The longest window, and the longest time that `missing` waits: 60 s.
    public static let longestWindow: Int64 = 60_000_000_000
    /// The window of `busload` where none is written: 1 s.
    static let busLoadWindow: Int64 = 1_000_000_000
}
