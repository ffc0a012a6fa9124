import CANFrame
import CANTransport
import Diagnostics

/// Frames in, lines out: exchanges as they end, and what they say together.
struct ConversationReport: ~Copyable {
    enum Form {
        case text, json
    }

    private var tracker: ConversationTracker
    private let filter: ConversationFilter
    private let form: Form
    private let showsExchanges: Bool
    private var lines = ConversationLines()
    private var summary = ConversationSummary()
    private var book = TroubleCodeBook()
    private var steps = StampSteps()
    /// What the rows of the summary are of, and which words of the filter were met.
    private var chosen: Set<ControlUnitName> = []
    private var met: Set<String> = []
    private(set) var frames: UInt64 = 0
    /// What is to be said beside the result; known at the end.
    private(set) var notices: [String] = []
    /// What could not be taken in, in words; known at the end.
    private(set) var doubts: [String] = []

    init(
        tracker: consuming ConversationTracker, filter: ConversationFilter, form: Form,
        showsExchanges: Bool
    ) {
        self.tracker = tracker
        self.filter = filter
        self.form = form
        self.showsExchanges = showsExchanges
    }

    var losses: ConversationLosses { tracker.losses }

    /// The lines of what ended with this batch.
    mutating func take(_ batch: borrowing FrameBatch) -> String {
        frames += UInt64(batch.count)
        steps.take(batch)
        tracker.take(batch)
        return takeExchanges()
    }

    /// What was under way, and the summary.
    mutating func finish() -> String {
        tracker.finish()
        let rest = takeExchanges()
        if !filter.units.isEmpty { summary.keepUnits(chosen) }
        notices = steps.notices
        if frames == 0 { notices.append("no frame was read, so nobody said anything") }
        for unit in filter.units.subtracting(met).sorted() where frames > 0 {
            notices.append("--ecu \(unit): nobody sends there in any exchange")
        }
        let ending = ConversationEnding(
            summary: summary, book: book, showsAllCodes: filter.isEmpty, clockSteps: steps,
            pairs: tracker.pairs.map(\.pair),
            interfaces: (0...255).map { tracker.interface(of: $0) }, losses: tracker.losses,
            transportFailures: tracker.transportFailures, j1939Failures: tracker.j1939Failures,
            unchangedBroadcasts: tracker.unchangedBroadcasts)
        doubts = ending.doubts
        switch form {
        case .json: return rest + ending.json.text + "\n"
        case .text: return rest + ending.text(isBehindLines: showsExchanges)
        }
    }

    private mutating func takeExchanges() -> String {
        var text = ""
        // Trouble codes are followed through all, whatever is shown.
        for answer in tracker.takeCodeAnswers() { book.take(DecodedExchange(answer)) }
        for exchange in tracker.takeExchanges() {
            if !filter.units.isEmpty { met.formUnion(filter.namedUnits(in: exchange)) }
            guard filter.wants(exchange) else { continue }
            if !filter.units.isEmpty { chosen.formUnion(filter.chosenUnits(of: exchange)) }
            summary.add(exchange)
            guard showsExchanges else { continue }
            let decoded = DecodedExchange(exchange)
            let interface = tracker.interface(of: exchange.channel)
            switch form {
            case .json: text += decoded.json(interface: interface).text + "\n"
            case .text: text += lines.text(of: decoded, interface: interface)
            }
        }
        return text
    }
}

/// What is to be said when all exchanges have ended.
struct ConversationEnding {
    var summary: ConversationSummary
    var book: TroubleCodeBook
    /// Else the codes of the control units of the summary alone.
    var showsAllCodes: Bool
    var clockSteps: StampSteps
    var pairs: [AddressPair]
    /// By channel.
    var interfaces: [String]
    var losses: ConversationLosses
    var transportFailures: ISOTPFailureCounts
    var j1939Failures: J1939FailureCounts
    var unchangedBroadcasts: UInt64

    /// The control units whose trouble codes are shown. They are followed through all exchanges, also
    /// those that are not shown: a code that was cleared meanwhile is told as cleared.
    var codedUnits: [TroubleCodeBook.Unit] {
        let shown = Set(summary.units.map(\.name))
        return book.units.filter { showsAllCodes || shown.contains($0.name) }
    }

    /// A line for each thing that may make the result poorer than what happened.
    var doubts: [String] {
        var doubts: [String] = []
        if losses.frames > 0 {
            doubts.append(
                "lost: \(losses.frames.counting("frame")); exchanges may lack their answers")
        }
        if losses.hurriedRequests > 0 {
            doubts.append(
                "ended early, since too many waited: \(losses.hurriedRequests.counting("request"))")
        }
        if losses.cutMessages > 0 {
            doubts.append(
                "kept in part, since too much waited: \(losses.cutMessages.counting("message"))")
        }
        if losses.refusedFrames > 0 {
            doubts.append(
                "left out: \(losses.refusedFrames.counting("frame")) of identifiers beyond the first 65,536"
            )
        }
        if losses.refusedMessages > 0 {
            doubts.append(
                "left out: \(losses.refusedMessages.counting("message")) of control units beyond the first 1,024"
            )
        }
        if losses.ambiguousAnswers > 0 {
            doubts.append(
                "of unknown addresses: \(losses.ambiguousAnswers.counting("answer")) to one of several requests; --pair says whose"
            )
        }
        if book.refusedCodes > 0 {
            doubts.append("left out: \(book.refusedCodes.counting("trouble code"))")
        }
        if losses.forgottenBroadcasts > 0 {
            doubts.append(
                "from senders beyond the first 4,096: \(losses.forgottenBroadcasts.counting("broadcast")), told even if unchanged"
            )
        }
        for (kind, count) in transportFailures.occurred {
            doubts.append("ISO-TP: \(kind): \(count)")
        }
        for (kind, count) in j1939Failures.occurred {
            doubts.append("J1939 transport: \(kind): \(count)")
        }
        return doubts
    }
}
