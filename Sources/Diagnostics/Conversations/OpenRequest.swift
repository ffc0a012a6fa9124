import CANFrame

/// A request that waits for answers.
struct OpenRequest: Sendable {
    let serial: UInt64
    let link: Int
    /// The control unit that it is to; `nil` is all.
    let controlUnit: Int?
    let head: MessageHead
    var exchange: Exchange
    /// One for each of the exchange's responses.
    var states: [ResponseState] = []
    var deadline: Int64
    /// How many answers of several frames are under way. They keep it open: the transport protocol
    /// tells when they break off.
    var incomingAnswers = 0

    /// When it ends by itself.
    var ending: Int64 { incomingAnswers > 0 ? .max : deadline }

    /// How far one control unit is with its answer.
    struct ResponseState: Sendable {
        let controlUnit: Int
        /// From when on the next answer is measured.
        var anchor: Int64
        var isFinal = false
        var isPending = false
    }

    var channel: UInt8 { exchange.channel }
    var isSuppressed: Bool { head.suppressesPositiveAnswer && !exchange.keepsHighBit }
    /// Whether one of those who answer asked for more time.
    var isPending: Bool { states.contains { $0.isPending && !$0.isFinal } }

    /// How its end is to be called.
    var outcome: Exchange.Outcome {
        let finals = exchange.responses.filter { $0.message != nil }
        if finals.isEmpty {
            if exchange.responses.contains(where: { $0.failure != nil }) { return .broken }
            if !exchange.responses.isEmpty { return .unfinished }
            return isSuppressed ? .suppressed : .unanswered
        }
        let refusals = finals.count { $0.negativeCode != nil }
        if refusals == 0 { return .positive }
        return refusals == finals.count ? .negative : .mixed
    }
}
