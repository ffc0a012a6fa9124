import CANFrame
import CANTransport

/// What the frames of one identifier are.
struct IdentifierRole: Sendable {
    enum Kind: UInt8, Sendable {
        /// Nobody knows yet.
        case candidate
        /// The listener has links for it.
        case known
        /// An identifier of ISO 15765-4 (7DF, 7E0 to 7EF) that was not heard to be one yet.
        case standard
        /// 18DA or 18DB with both addresses, not heard yet.
        case fixed
        /// 18CE or 18CD with both addresses, and an address extension in each frame.
        case mixed
        case j1939Transport
        case j1939Message
        /// A control unit sends periodic data there, without the transport protocol's bytes (UUDT).
        case periodic
        case ignored
    }

    var kind: Kind
    var hasAddressByte = false
    /// The link of its data; -1 without one.
    var link: Int32 = -1
    var candidate = CandidateTrust()
    /// The same with an address byte in front.
    var addressed = CandidateTrust()
    /// Of periodic data: the control unit, and how many frames were its.
    var periodicUnit: Int32 = -1
    var periodicFrames: UInt8 = 0
}

extension ConversationTracker {
    /// Makes room for an identifier; its place, or `nil` if there is none.
    mutating func addIdentifier(_ row: FrameRow) -> Int? {
        if let place = makeIdentifier(row.channel, row.identifier) {
            addGivenPairs(row)
            if identifiers[place].kind == .candidate { beginPeriodic(row, place) }
            return place
        }
        losses.refusedFrames += 1
        return nil
    }

    private mutating func makeIdentifier(_ channel: UInt8, _ identifier: PackedID) -> Int? {
        guard identifiers.count < options.maximumIdentifiers else { return nil }
        let place = identifiers.count
        places.add(StreamPlaces.key(channel, identifier), at: Int32(place))
        let kind = Self.kind(of: identifier)
        identifiers.append(IdentifierRole(kind: kind, hasAddressByte: kind == .mixed))
        return place
    }

    private static func kind(of identifier: PackedID) -> IdentifierRole.Kind {
        guard identifier.isExtended else {
            return identifier.number == 0x7DF || 0x7E0...0x7EF ~= identifier.number
                ? .standard : .candidate
        }
        if J1939Transport.carries(identifier) { return .j1939Transport }
        // Reserved bit and data page are zero in the identifiers of ISO 15765-2.
        guard identifier.number >> 24 & 3 == 0 else { return .candidate }
        switch UInt8(truncatingIfNeeded: identifier.number >> 16) {
        case 0xDA, 0xDB: return .fixed
        case 0xCE, 0xCD: return .mixed
        default: return J1939Request.concerns(identifier) ? .j1939Message : .candidate
        }
    }

    private mutating func addGivenPairs(_ row: FrameRow) {
        for pair in options.pairs
        where pair.request.identifier == row.identifier
            || pair.response.identifier == row.identifier
        {
            addPair(pair, channel: row.channel)
        }
    }

    /// The link whose data a frame is; `nil` if it is of none.
    func linkIndex(of row: FrameRow, _ longPayload: Span<UInt8>, _ place: Int) -> Int? {
        guard identifiers[place].hasAddressByte else {
            return identifiers[place].link < 0 ? nil : Int(identifiers[place].link)
        }
        return row.length > 0
            ? addressedLinks[UInt64(place) << 8 | UInt64(row.byte(at: 0, longPayload))] : nil
    }

    // MARK: Links

    /// Listens to both sides of a pair; false if there are too many.
    @discardableResult
    mutating func addPair(_ pair: AddressPair, channel: UInt8) -> Bool {
        guard hasRoom else { return false }
        let response = addLink(pair.response, answeredBy: pair.request, channel)
        let unit = controlUnit(of: response, pair.response, channel)
        let isNew = controlUnits[unit].request == nil
        if isNew {
            controlUnits[unit].request = pair.request
            learner.noteDistance(pair.request.identifier, pair.response.identifier)
            pairs.append((channel, pair))
        }
        let request = addLink(pair.request, answeredBy: pair.response, channel)
        switch links[request].role {
        case .requests(let known) where known != unit && known >= 0:
            // More than one answers: these are requests to all.
            links[request].role = .functionalRequests
            for index in controlUnits.indices where controlUnits[index].request == pair.request {
                controlUnits[index].request = nil
            }
            pairs.removeAll { $0.channel == channel && $0.pair.request == pair.request }
        case .functionalRequests: break
        default: links[request].role = .requests(unit)
        }
        return true
    }

    /// Whether there is room for one more control unit and its links; else counts what is left out.
    private var hasRoom: Bool {
        mutating get {
            let maximum = options.maximumControlUnits
            guard controlUnits.count < maximum, links.count < 4 * maximum else {
                losses.refusedMessages += 1
                return false
            }
            return true
        }
    }

    /// Listens to a control unit whose requests were to all so far; false if there are too many.
    mutating func addResponder(_ address: ISOTPAddress, channel: UInt8) -> Bool {
        guard hasRoom else { return false }
        _ = controlUnit(of: addLink(address, answeredBy: nil, channel), address, channel)
        return true
    }

    /// Listens to requests that are to all; false if there are too many.
    mutating func addFunctional(_ address: ISOTPAddress, channel: UInt8) -> Bool {
        guard links.count < 4 * options.maximumControlUnits else {
            losses.refusedMessages += 1
            return false
        }
        links[addLink(address, answeredBy: nil, channel)].role = .functionalRequests
        return true
    }

    private mutating func addLink(
        _ data: ISOTPAddress, answeredBy flowControl: ISOTPAddress?, _ channel: UInt8
    ) -> Int {
        let index = listener.addLink(data: data, flowControl: flowControl, channel: channel)
        if index == links.count {
            links.append(ConversationLink(channel: channel, address: data, role: .requests(-1)))
        }
        mark(data, channel, link: index)
        if let flowControl { mark(flowControl, channel, link: nil) }
        return index
    }

    private mutating func mark(_ address: ISOTPAddress, _ channel: UInt8, link: Int?) {
        let key = StreamPlaces.key(channel, address.identifier)
        var place = Int(places.place(of: key))
        if place < 0 {
            guard let made = makeIdentifier(channel, address.identifier) else { return }
            place = made
        }
        // Of mixed addressing further extensions may come.
        if identifiers[place].kind != .mixed { identifiers[place].kind = .known }
        identifiers[place].hasAddressByte = address.addressByte != nil
        guard let link else { return }
        if let byte = address.addressByte {
            addressedLinks[UInt64(place) << 8 | UInt64(byte)] = link
        } else {
            identifiers[place].link = Int32(link)
        }
    }

    private mutating func controlUnit(
        of link: Int, _ address: ISOTPAddress, _ channel: UInt8
    ) -> Int {
        if case .responses(let unit) = links[link].role { return unit }
        controlUnits.append(ControlUnit(channel: channel, address: address))
        links[link].role = .responses(controlUnits.count - 1)
        hearers[FunctionalKey(answersAt: address, channel), default: []].append(
            controlUnits.count - 1)
        return controlUnits.count - 1
    }

    // MARK: Addresses that the standards have

    /// Listens to an address of the standards once a frame of it looks like what it should be.
    mutating func meet(_ row: FrameRow, _ longPayload: Span<UInt8>, _ place: Int) -> Bool {
        let isMixed = identifiers[place].kind == .mixed
        guard
            let glance = FrameGlance(row, longPayload: longPayload, hasAddressByte: isMixed),
            let head = glance.head, head.isRequest || head.isAnswer
        else { return isMixed }
        if identifiers[place].kind == .standard {
            return meetStandard(row, head)
        }
        let address =
            isMixed
            ? .mixed(ArbitrationID(row.identifier), extension: row.byte(at: 0, longPayload))
            : ISOTPAddress(normalFixed: row.identifier)
        guard let address, let answer = address.answer else { return false }
        if address.isFunctional {
            return head.isRequest
                && (linkIndex(of: row, longPayload, place) != nil
                    || addFunctional(address, channel: row.channel))
        }
        return linkIndex(of: row, longPayload, place) != nil
            || addPair(
                head.isRequest
                    ? AddressPair(request: address, response: answer)
                    : AddressPair(request: answer, response: address), channel: row.channel)
    }

    /// ISO 15765-4 10.5.2: 7DF to all, 7E0 to 7E7 to one, 7E8 to 7EF its answers.
    private mutating func meetStandard(_ row: FrameRow, _ head: MessageHead) -> Bool {
        let number = row.identifier.number
        if number == 0x7DF {
            guard head.isRequest else { return false }
            return addFunctional(
                ISOTPAddress(ArbitrationID(row.identifier)), channel: row.channel)
        }
        guard number < 0x7E8 ? head.isRequest : head.isAnswer,
            let request = ArbitrationID(standard: number & ~8),
            let response = ArbitrationID(standard: number | 8)
        else { return false }
        return addPair(
            AddressPair(request: ISOTPAddress(request), response: ISOTPAddress(response)),
            channel: row.channel)
    }

    // MARK: Addresses that are learned

    /// Learns from a frame without a role; true if it has one now.
    mutating func learn(
        _ row: FrameRow, _ longPayload: Span<UInt8>, number: UInt64, at time: Int64, _ place: Int
    ) -> Bool {
        let found = learner.take(
            row, longPayload: longPayload, number: number, at: time,
            &identifiers[place].candidate)
        guard let found else {
            return learnAddressed(row, longPayload, number: number, at: time, place)
        }
        let wereKnown = [found.request, found.response].filter { isKnown($0, found.channel) }
        guard apply(found) else { return false }
        let remembered = learner.memory.frames(
            of: [found.request, found.response].filter { !wereKnown.contains($0) },
            channel: found.channel, since: found.since)
        takeRemembered(remembered, before: number)
        return true
    }

    /// The same with an address byte in front of the protocol's bytes.
    mutating func learnAddressed(
        _ row: FrameRow, _ longPayload: Span<UInt8>, number: UInt64, at time: Int64, _ place: Int
    ) -> Bool {
        let found = addressByteLearner.take(
            row, longPayload: longPayload, number: number, at: time,
            &identifiers[place].addressed)
        guard let found, addPair(found.pair, channel: found.channel) else { return false }
        takeRemembered(found.frames, before: number)
        return true
    }

    /// Takes frames whose roles were found out by a later one, which is taken for itself.
    private mutating func takeRemembered(
        _ frames: [CandidateFrames.Entry], before number: UInt64? = nil
    ) {
        for entry in frames where entry.number != number {
            let place = Int(
                places.place(of: StreamPlaces.key(entry.row.channel, entry.row.identifier)))
            guard place >= 0 else { continue }
            takeKnown(
                entry.row, entry.longPayload.span, number: entry.number, at: entry.time, place)
        }
    }

    /// Asks the learner about an answer of a control unit whose own address for requests is not known.
    mutating func learnRequest(
        _ head: MessageHead, _ row: FrameRow, at time: Int64, _ unit: Int
    ) {
        guard options.learnsAddresses, controlUnits[unit].request == nil,
            controlUnits[unit].address.addressByte == nil,
            let found = learner.pair(answeredBy: head, row, at: time),
            !isKnown(found.request, found.channel), apply(found)
        else { return }
        takeRemembered(
            learner.memory.frames(
                of: [found.request], channel: found.channel, since: found.since))
    }

    private func isKnown(_ identifier: PackedID, _ channel: UInt8) -> Bool {
        let place = Int(places.place(of: StreamPlaces.key(channel, identifier)))
        return place >= 0 && identifiers[place].kind == .known
    }

    private mutating func apply(_ found: AddressLearner.Pair) -> Bool {
        let request = ISOTPAddress(ArbitrationID(found.request))
        let response = ISOTPAddress(ArbitrationID(found.response))
        let place = Int(places.place(of: StreamPlaces.key(found.channel, found.request)))
        if place >= 0, identifiers[place].link >= 0,
            case .functionalRequests = links[Int(identifiers[place].link)].role
        {
            return addResponder(response, channel: found.channel)
        }
        guard
            addPair(AddressPair(request: request, response: response), channel: found.channel)
        else { return false }
        let learned = Int(places.place(of: StreamPlaces.key(found.channel, found.request)))
        if learned >= 0, identifiers[learned].link >= 0 {
            links[Int(identifiers[learned].link)].isLearned = true
        }
        return true
    }
}
