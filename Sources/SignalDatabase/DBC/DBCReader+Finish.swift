import CANFrame

extension DBCReader {
    /// Resolves what can only be said when all has been read.
    mutating func finish() {
        let defaults = DefaultValues(of: database)
        takeNodeNames()
        for message in database.messages.indices {
            resolveMultiplexing(of: message)
            takeAttributes(of: message, defaults)
        }
    }

    // MARK: Multiplexing

    private mutating func resolveMultiplexing(of message: Int) {
        let marks = marks[message]
        guard
            marks.contains(where: { $0.isMultiplexer || $0.isBare || $0.value != nil })
                || database.messages[message].signals.indices.contains(where: {
                    explicitMultiplexing[DBCIndex.Place(message: message, signal: $0)] != nil
                })
        else { return }
        // The multiplexer of those whose line does not name one: `M`, else a bare `m`.
        let plain = marks.indices.filter { marks[$0].isMultiplexer && marks[$0].value == nil }
        let bare = marks.indices.filter { marks[$0].isBare && !marks[$0].isMultiplexer }
        let root = plain.first ?? bare.first
        for signal in marks.indices {
            var multiplexing = Multiplexing()
            if let value = marks[signal].value {
                multiplexing.isSwitched = true
                multiplexing.multiplexer = root
                multiplexing.values = [value...value]
            }
            let place = DBCIndex.Place(message: message, signal: signal)
            if let explicit = explicitMultiplexing[place] {
                multiplexing = explicit
            } else if multiplexing.isSwitched {
                tellMultiplexer(of: place, among: plain.count, hasBare: !bare.isEmpty)
            }
            multiplexing.isMultiplexer = marks[signal].isMultiplexer
            database.messages[message].signals[signal].multiplexing = multiplexing
        }
        if plain.isEmpty, let root, marks.contains(where: { $0.value != nil }) {
            diagnostics.add(
                line: database.messages[message].signals[root].line,
                "'m' has no number, and the message has no multiplexer", .repaired,
                "the signal is read as the multiplexer")
        }
        for signal in database.messages[message].signals.indices {
            if let parent = database.messages[message].signals[signal].multiplexing.multiplexer {
                database.messages[message].signals[parent].multiplexing.isMultiplexer = true
            }
        }
        cutCycles(in: message)
    }

    private mutating func tellMultiplexer(
        of place: DBCIndex.Place, among count: Int, hasBare: Bool
    ) {
        let message = database.messages[place.message]
        let signal = message.signals[place.signal]
        if count > 1 {
            diagnostics.add(
                line: signal.line,
                "the message \(message.name) has \(count) multiplexers, and nothing says on which "
                    + "\(signal.name) depends",
                .repaired, "it depends on the first")
        } else if count == 0, !hasBare {
            diagnostics.add(
                line: signal.line,
                "the message \(message.name) has no multiplexer for \(signal.name)", .noted,
                "the signal is kept, and in no frame")
        }
    }

    /// A multiplexer that depends on itself can never be there: such a chain is opened.
    private mutating func cutCycles(in message: Int) {
        var signals = database.messages[message].signals
        // 0 not seen, 1 on the present chain, 2 known to end.
        var state = [UInt8](repeating: 0, count: signals.count)
        for start in signals.indices where state[start] == 0 {
            var chain: [Int] = []
            var next: Int? = start
            while let signal = next, state[signal] == 0 {
                state[signal] = 1
                chain.append(signal)
                next = signals[signal].multiplexing.multiplexer
            }
            if let next, state[next] == 1, let last = chain.last {
                signals[last].multiplexing.multiplexer = nil
                diagnostics.add(
                    line: signals[last].line,
                    "the multiplexer \(signals[next].name) depends on itself", .noted,
                    "the signal \(signals[last].name) is kept, and in no frame")
            }
            for signal in chain { state[signal] = 2 }
        }
        database.messages[message].signals = signals
    }

    // MARK: Attributes with a meaning

    /// The defaults of the attributes that mean something here.
    struct DefaultValues {
        var frameFormat: AttributeValue?
        var cycleTime: AttributeValue?
        /// Whether the whole bus speaks J1939 (`ProtocolType` of the database).
        var isJ1939 = false

        init(of database: Database) {
            func value(_ name: String, _ owner: AttributeOwner) -> AttributeValue? {
                database.value(
                    of: name, in: owner == .database ? database.attributes : [], of: owner)
            }
            frameFormat = value("VFrameFormat", .message)
            cycleTime = value("GenMsgCycleTime", .message)
            isJ1939 = value("ProtocolType", .database)?.text == "J1939"
        }
    }

    private mutating func takeNodeNames() {
        for node in database.nodes.indices {
            let name = database.nodes[node].attributes.value(of: "SystemNodeLongSymbol")?.text
            if let name, !name.isEmpty { database.nodes[node].longName = name }
        }
    }

    private mutating func takeAttributes(of place: Int, _ defaults: DefaultValues) {
        let attributes = database.messages[place].attributes
        if let name = attributes.value(of: "SystemMessageLongSymbol")?.text, !name.isEmpty {
            database.messages[place].longName = name
        }
        let cycleTime = (attributes.value(of: "GenMsgCycleTime") ?? defaults.cycleTime)?.number
        if let cycleTime, cycleTime > 0 {
            if cycleTime <= Message.maximumCycleTime {
                database.messages[place].cycleTimeMilliseconds = cycleTime
            } else {
                diagnostics.add(
                    line: database.messages[place].line,
                    "the cycle time of the message \(database.messages[place].name) is "
                        + "\(cycleTime) ms",
                    .lost, "the message has no cycle time")
            }
        }
        database.messages[place].format = frameFormat(of: database.messages[place], defaults)
        for signal in database.messages[place].signals.indices {
            let attributes = database.messages[place].signals[signal].attributes
            guard !attributes.isEmpty else { continue }
            if let name = attributes.value(of: "SystemSignalLongSymbol")?.text, !name.isEmpty {
                database.messages[place].signals[signal].longName = name
            }
            database.messages[place].signals[signal].suspectParameterNumber =
                attributes.value(of: "SPN")?.number.flatMap { UInt32(exactly: $0) }
                .flatMap { $0 > 0 ? $0 : nil }
        }
    }

    /// The format by the name of the attribute's choice, since files number the choices variously.
    private func frameFormat(
        of message: Message, _ defaults: DefaultValues
    ) -> Message.FrameFormat {
        let value = message.attributes.value(of: "VFrameFormat") ?? defaults.frameFormat
        let isExtended = message.identifier?.isExtended == true
        if isExtended, isParameterGroup(value) { return .j1939 }
        if let name = value?.text, name.hasSuffix("CAN_FD") { return .flexibleDataRate }
        if let value, message.attributes.value(of: "VFrameFormat") != nil,
            value.text != nil || value.number != nil
        {
            return plainFormat(of: message)
        }
        return isExtended && defaults.isJ1939 ? .j1939 : plainFormat(of: message)
    }

    /// Where the attribute is a mere number, Vector's own numbering holds: 3 is J1939PG.
    private func isParameterGroup(_ value: AttributeValue?) -> Bool {
        switch value {
        case .choice(_, let name), .text(let name): name == "J1939PG"
        case .integer(let number): number == 3
        case .number, nil: false
        }
    }

    private func plainFormat(of message: Message) -> Message.FrameFormat {
        8 < message.length && message.length <= 64 ? .flexibleDataRate : .classic
    }
}
