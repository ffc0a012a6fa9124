import CANFrame

/// What a listener knows of one sender and one receiver.
struct ISOTPLink: Sendable {
    /// The limits by which it judges.
    struct Limits: Sendable {
        var timeoutBs: Int64
        var timeoutCr: Int64
        var separationTolerance: Int64
        var maximumLength: Int
    }

    /// One frame with what is known about it.
    struct Arrival {
        var row: FrameRow
        var number: UInt64
        var time: Int64
    }

    private enum Phase: UInt8 { case idle, awaitingFlowControl, receiving }

    let index: Int
    let data: ISOTPAddress
    let channel: UInt8
    var flowControl: ISOTPAddress?
    /// The next link whose flow control comes from the same address; -1 is none.
    var nextOfFlow: Int32 = -1
    /// Whether the listener looks at it when it looks for what has waited too long.
    var isSwept = false
    private(set) var message: ISOTPMessage
    private var reception = ISOTPReception()
    private var phase = Phase.idle
    /// How many consecutive frames may still come in this block; -1 is no limit.
    private var leftInBlock = -1
    private var separation: Int64 = 0
    /// When the last frame of the sender, and since a flow control the last consecutive one, came.
    private var lastFrame: Int64 = 0
    private var lastConsecutive: Int64?
    /// From when on the receiver waits for a consecutive frame.
    private var awaitedSince: Int64?
    private var deadline: Int64 = 0
    private var isWaitCounted = false
    /// The kinds that were told since the last message began; repetitions are counted only.
    private var told: UInt32 = 0

    init(index: Int, data: ISOTPAddress, flowControl: ISOTPAddress?, channel: UInt8) {
        (self.index, self.data, self.channel) = (index, data, channel)
        self.flowControl = flowControl
        let none = FrameRow(
            timestamp: Timestamp(nanoseconds: 0), identifier: data.identifier, channel: channel,
            flags: [], length: 0, dlc: 0, payloadWord: 0)
        message = ISOTPMessage(link: index, none, frame: 0, at: 0, length: 0)
    }

    var isUnderWay: Bool { reception.isUnderWay }
    var awaitsFlowControl: Bool { isUnderWay && phase == .awaitingFlowControl }

    // MARK: The sender's frames

    /// Takes a frame of the sender; true if it completed ``message``.
    mutating func take(
        _ frame: ISOTPFrame, _ arrival: Arrival, _ longPayload: Span<UInt8>,
        by limits: borrowing Limits, in store: inout ISOTPStore, telling log: inout ISOTPFailureLog
    ) -> Bool {
        if isUnderWay && arrival.time > deadline { expire(arrival, in: &store, telling: &log) }
        switch frame {
        case .consecutive(let start, let sequence):
            guard isUnderWay else {
                tell(.unexpectedConsecutive, arrival, &log)
                return false
            }
            judge(arrival, by: limits, telling: &log)
            return continueMessage(
                start, sequence, arrival, longPayload, by: limits, in: &store, telling: &log)
        case .single(let start, let count):
            replace(arrival, in: &store, telling: &log)
            begin(arrival, length: Int(count))
            store.gather(arrival.row, longPayload, from: Int(start), count: Int(count))
            return true
        case .first(let start, let length):
            replace(arrival, in: &store, telling: &log)
            beginMany(
                start, Int(length), arrival, longPayload, by: limits, in: &store, telling: &log)
        case .malformed: tell(.malformed, arrival, &log)
        case .flowControl: break
        }
        return false
    }

    private mutating func begin(_ arrival: Arrival, length: Int) {
        message = ISOTPMessage(
            link: index, arrival.row, frame: arrival.number, at: arrival.time, length: length)
        told = 0
    }

    private mutating func beginMany(
        _ start: UInt8, _ length: Int, _ arrival: Arrival, _ longPayload: Span<UInt8>,
        by limits: borrowing Limits, in store: inout ISOTPStore, telling log: inout ISOTPFailureLog
    ) {
        begin(arrival, length: length)
        guard length <= limits.maximumLength else { return tell(.tooLong, arrival, &log) }
        guard
            reception.begin(
                arrival.row, longPayload, start: Int(start), length: length, in: &store)
        else { return fail(.tooMuch, arrival, in: &store, telling: &log) }
        phase = flowControl == nil ? .receiving : .awaitingFlowControl
        (leftInBlock, separation) = (-1, 0)
        (lastFrame, lastConsecutive, awaitedSince) = (arrival.time, nil, nil)
        isWaitCounted = false
        deadline = arrival.time &+ (flowControl == nil ? limits.timeoutCr : limits.timeoutBs)
    }

    /// Judges what the receiver asked for by a consecutive frame, before it is taken.
    private mutating func judge(
        _ arrival: Arrival, by limits: borrowing Limits, telling log: inout ISOTPFailureLog
    ) {
        if phase == .awaitingFlowControl {
            tell(
                message.flowControls > 0 ? .blockSizeExceeded : .missingFlowControl, arrival, &log)
            // The receiver's word was not seen: nothing more is known about what it allows.
            phase = .receiving
            leftInBlock = -1
        }
        if let lastConsecutive {
            let gap = arrival.time &- lastConsecutive
            message.smallestGap = min(message.smallestGap ?? gap, gap)
            message.largestGap = max(message.largestGap ?? gap, gap)
            if gap < separation &- limits.separationTolerance {
                tell(.separationTimeShort, arrival, &log)
            }
        }
        if let awaitedSince {
            let delay = arrival.time &- awaitedSince
            message.largestConsecutiveDelay = max(message.largestConsecutiveDelay ?? delay, delay)
        }
    }

    private mutating func continueMessage(
        _ start: UInt8, _ sequence: UInt8, _ arrival: Arrival, _ longPayload: Span<UInt8>,
        by limits: borrowing Limits, in store: inout ISOTPStore, telling log: inout ISOTPFailureLog
    ) -> Bool {
        switch reception.take(
            arrival.row, longPayload, start: Int(start), sequence: sequence, in: &store)
        {
        case .failed(let kind): fail(kind, arrival, in: &store, telling: &log)
        case .whole:
            note(arrival)
            phase = .idle
            reception.deliver(from: &store)
            return true
        case .more:
            note(arrival)
            (lastFrame, lastConsecutive, awaitedSince) = (arrival.time, arrival.time, arrival.time)
            deadline = arrival.time &+ limits.timeoutCr
            if leftInBlock > 0 {
                leftInBlock -= 1
                if leftInBlock == 0 {
                    phase = .awaitingFlowControl
                    (lastConsecutive, awaitedSince) = (nil, nil)
                    isWaitCounted = false
                    deadline = arrival.time &+ limits.timeoutBs
                }
            }
        }
        return false
    }

    private mutating func note(_ arrival: Arrival) {
        message.frames += 1
        message.lastFrame = arrival.number
        message.lastTime = arrival.time
        message.lastTimestamp = arrival.row.timestamp
    }

    // MARK: The receiver's frames

    /// Takes a frame of the receiver.
    mutating func take(
        _ flow: ISOTPFlowControl, _ arrival: Arrival, by limits: borrowing Limits,
        in store: inout ISOTPStore, telling log: inout ISOTPFailureLog
    ) {
        if isUnderWay && arrival.time > deadline { expire(arrival, in: &store, telling: &log) }
        guard awaitsFlowControl else {
            return tell(.unexpectedFlowControl, arrival, &log)
        }
        if !isWaitCounted {
            let delay = arrival.time &- lastFrame
            message.largestFlowControlDelay = max(message.largestFlowControlDelay ?? delay, delay)
        }
        switch flow.status {
        case ISOTPFlowControl.continueToSend:
            message.flowControls += 1
            message.blockSize = flow.blockSize
            message.separationTime = flow.separationTime
            leftInBlock = flow.blockSize == 0 ? -1 : Int(flow.blockSize)
            separation = flow.separationTime.nanoseconds
            (phase, awaitedSince, lastConsecutive) = (.receiving, arrival.time, nil)
            deadline = arrival.time &+ limits.timeoutCr
        case ISOTPFlowControl.wait:
            message.waits += 1
            isWaitCounted = true
            deadline = arrival.time &+ limits.timeoutBs
        case ISOTPFlowControl.overflow: fail(.overflow, arrival, in: &store, telling: &log)
        default: fail(.invalidFlowStatus, arrival, in: &store, telling: &log)
        }
    }

    // MARK: Ends

    /// Ends what has waited too long at the time of a frame of this or another link; true if so.
    @discardableResult
    mutating func expire(
        _ arrival: Arrival, in store: inout ISOTPStore, telling log: inout ISOTPFailureLog
    ) -> Bool {
        guard isUnderWay, arrival.time > deadline else { return false }
        fail(
            phase == .awaitingFlowControl ? .timeoutBs : .timeoutCr, arrival, in: &store,
            telling: &log)
        return true
    }

    /// When it ends by itself; `nil` if no message is under way.
    var ending: Int64? { isUnderWay ? deadline : nil }

    /// Ends what is under way since no more frames come.
    mutating func finish(
        at time: Int64, _ timestamp: Timestamp, in store: inout ISOTPStore,
        telling log: inout ISOTPFailureLog
    ) {
        guard isUnderWay else { return }
        let row = FrameRow(
            timestamp: timestamp, identifier: data.identifier, channel: channel, flags: [],
            length: 0, dlc: 0, payloadWord: 0)
        fail(
            .cutOff, Arrival(row: row, number: message.lastFrame, time: time), in: &store,
            telling: &log)
    }

    /// Ends what is under way since another begins.
    private mutating func replace(
        _ arrival: Arrival, in store: inout ISOTPStore, telling log: inout ISOTPFailureLog
    ) {
        if isUnderWay { fail(.replaced, arrival, in: &store, telling: &log) }
    }

    private mutating func fail(
        _ kind: ISOTPFailure.Kind, _ arrival: Arrival, in store: inout ISOTPStore,
        telling log: inout ISOTPFailureLog
    ) {
        // That a message ended is told even where a frame of the same kind was told of before.
        told &= ~Self.bit(of: kind)
        tell(kind, arrival, &log, endsMessage: true)
        phase = .idle
        reception.end(in: &store)
    }

    private static func bit(of kind: ISOTPFailure.Kind) -> UInt32 { 1 << UInt32(kind.rawValue) }

    /// Tells a failure the first time since the last message began, counts it always.
    private mutating func tell(
        _ kind: ISOTPFailure.Kind, _ arrival: Arrival, _ log: inout ISOTPFailureLog,
        endsMessage: Bool = false
    ) {
        let bit = Self.bit(of: kind)
        guard told & bit == 0 else { return log.count(kind) }
        told |= bit
        let hasMessage = isUnderWay || kind == .tooLong
        log.tell(
            ISOTPFailure(
                kind: kind, link: index, firstFrame: hasMessage ? message.firstFrame : nil,
                frame: arrival.number, time: arrival.time, timestamp: arrival.row.timestamp,
                announced: hasMessage ? message.length : 0,
                received: hasMessage ? reception.received : 0,
                endsMessage: endsMessage || kind.endsMessage))
    }
}
