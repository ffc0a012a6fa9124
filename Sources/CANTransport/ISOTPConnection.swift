public import CANFrame

/// One side of a conversation by ISO 15765-2: it sends messages to one address and receives them
/// from another, both at once if need be.
///
/// It does no input or output and has no clock. The caller hands over the frames that arrive
/// (``take(_:longPayload:at:)``), sends what ``nextFrame(at:)`` gives, and calls that again at
/// ``deadline`` at the latest. All times are nanoseconds of one clock that never steps.
public struct ISOTPConnection: ~Copyable, Sendable {
    /// Where our frames go, and where the other side's come from.
    public let sending: ISOTPAddress
    public let receiving: ISOTPAddress
    public let options: Options

    /// What failed last, of either direction; forgotten by ``send(_:at:)`` and ``forgetFailure()``.
    public private(set) var failure: ISOTPFailure?
    /// Whether the last frame taken began a message: P2 ends there, N_Cr begins.
    public private(set) var beganReceiving = false
    /// When the last frame of the last message sent was handed over, or with
    /// ``Options/awaitsConfirmation`` really sent; `nil` while it is not known.
    public private(set) var sentTime: Int64?

    private var transmission = ISOTPTransmission()
    /// Data frames that were handed over and not confirmed.
    private var unconfirmed = 0
    private var confirmationDeadline = Int64.max

    private var reception = ISOTPReception()
    private var store: ISOTPStore
    private var hasMessage = false
    private var leftInBlock = 0
    private var receptionDeadline = Int64.max
    private var pendingFlow: UInt8?
    private var pendingFlowTime: Int64 = 0
    private var waitsLeft = 0

    /// `options.maximumDataLength` must be a length that a frame of the format can have, 8 or more.
    public init(sending: ISOTPAddress, receiving: ISOTPAddress, options: Options = Options()) {
        let size = options.maximumDataLength
        precondition(
            options.isFD
                ? (8...64).contains(size)
                    && DataLengthCode.length(
                        of: DataLengthCode.code(for: UInt8(size)), isFD: true) == UInt8(size)
                : size == 8, "no frame has this length")
        (self.sending, self.receiving, self.options) = (sending, receiving, options)
        store = ISOTPStore(maximumBytes: options.maximumLength)
    }

    /// Whether a message is still being sent.
    public var isSending: Bool { transmission.isUnderWay }
    /// Whether a message is being received.
    public var isReceiving: Bool { reception.isUnderWay }

    /// The message that the last frame completed; empty without one.
    public var payload: Span<UInt8> {
        @_lifetime(borrow self) borrowing get {
            store.message.extracting(0..<(hasMessage ? store.message.count : 0))
        }
    }

    public mutating func forgetFailure() { failure = nil }

    // MARK: Sending

    /// Begins to send `payload`; its frames are given by ``nextFrame(at:)``.
    public mutating func send(_ payload: Span<UInt8>, at time: Int64) throws(ISOTPError) {
        guard !isSending else { throw .busy }
        guard (1...Int(UInt32.max)).contains(payload.count) else {
            throw .invalidLength(payload.count)
        }
        failure = nil
        sentTime = nil
        transmission.begin(payload, at: time)
    }

    /// Gives up what is being sent and what is being received.
    public mutating func cancel() {
        transmission.end()
        reception.end(in: &store)
        (receptionDeadline, pendingFlow) = (.max, nil)
    }

    /// What is to be sent now; `nil`: nothing before ``deadline``. What is given counts as handed over
    /// at `time`.
    public mutating func nextFrame(at time: Int64) -> Frame? {
        expire(at: time)
        if let status = pendingFlow, time >= pendingFlowTime {
            return flowControl(status, at: time)
        }
        switch transmission.phase {
        case .beginning: break
        case .sending:
            guard time >= transmission.earliest, !awaitsGap else { return nil }
        case .idle, .awaitingFlowControl: return nil
        }
        let payload = transmission.nextPayload(
            size: options.maximumDataLength, addressByte: sending.addressByte)
        let isLast = transmission.advance(at: time, timeoutBs: options.timeoutBs)
        if options.awaitsConfirmation {
            unconfirmed += 1
            confirmationDeadline = time &+ options.timeoutAs
        } else if isLast {
            sentTime = time
        }
        return frame(payload)
    }

    /// Whether STmin has to wait until the frame before is known to be sent.
    private var awaitsGap: Bool { unconfirmed > 0 && transmission.separation > 0 }

    private mutating func flowControl(_ status: UInt8, at time: Int64) -> Frame {
        pendingFlow = nil
        if status == ISOTPFlowControl.wait {
            waitsLeft -= 1
            pendingFlow = waitsLeft > 0 ? ISOTPFlowControl.wait : ISOTPFlowControl.continueToSend
            pendingFlowTime = time &+ options.waitTime
        } else if reception.isUnderWay {
            receptionDeadline = time &+ options.timeoutCr
        }
        let bytes = [0x30 | status, options.blockSize, options.separationTime.rawValue]
        return frame((sending.addressByte.map { [$0] } ?? []) + bytes)
    }

    /// Fills a payload to 8 bytes if frames are padded, above 8 to the next length that there is.
    private func frame(_ payload: [UInt8]) -> Frame {
        var payload = payload
        let code = DataLengthCode.code(for: UInt8(payload.count))
        let least = options.padding == nil ? 0 : 8
        let size = max(least, Int(DataLengthCode.length(of: code, isFD: options.isFD)))
        while payload.count < size { payload.append(options.padding ?? Self.filling) }
        var flags: FrameFlags = options.isFD ? .flexibleDataRate : []
        if options.isFD && options.bitRateSwitch { flags.insert(.bitRateSwitch) }
        return Frame(
            timestamp: Timestamp(nanoseconds: 0), identifier: sending.identifier, flags: flags,
            payload: payload)
    }

    /// ISO 15765-2 10.4.2.1: CC is the value that needs no stuff bits.
    private static let filling: UInt8 = 0xCC

    /// The frame of a message that a single frame holds; `nil` if it is longer. For functional
    /// requests, which have no flow control.
    public static func singleFrame(
        _ payload: Span<UInt8>, to address: ISOTPAddress, options: Options
    ) -> Frame? {
        var connection = ISOTPConnection(sending: address, receiving: address, options: options)
        guard (1...64).contains(payload.count) else { return nil }
        connection.transmission.begin(payload, at: 0)
        let frame = connection.nextFrame(at: 0)
        return connection.isSending ? nil : frame
    }

    // MARK: Receiving

    /// Takes a frame; true if it completed a message, which is ``payload`` until the next call.
    ///
    /// `longPayload` is the frame's payload if that has more than 8 bytes. A frame of ours that the
    /// socket hands back (`FrameOrigin.thisProcess`) confirms that it was sent.
    public mutating func take(
        _ row: FrameRow, longPayload: Span<UInt8>, at time: Int64
    ) -> Bool {
        hasMessage = false
        beganReceiving = false
        expire(at: time)
        if row.identifier == sending.identifier && row.flags.origin == .thisProcess {
            confirm(row, longPayload, at: time)
            return false
        }
        guard row.identifier == receiving.identifier, row.length > 0 else { return false }
        let head = row.isShort ? row.payloadWord : ISOTPFrame.head(of: longPayload)
        if let byte = receiving.addressByte, byte != UInt8(truncatingIfNeeded: head) {
            return false
        }
        let frame = ISOTPFrame(
            head: head, length: row.length, offset: receiving.addressByte == nil ? 0 : 1)
        switch frame {
        case .single(let start, let count):
            begin(row, at: time)
            store.gather(row, longPayload, from: Int(start), count: Int(count))
            hasMessage = true
        case .first(let start, let length):
            begin(row, at: time)
            beginMany(row, longPayload, start: Int(start), length: Int(length), at: time)
        case .consecutive(let start, let sequence):
            guard reception.isUnderWay else { return false }
            takeConsecutive(row, longPayload, start: Int(start), sequence: sequence, at: time)
        case .flowControl(let flow):
            guard transmission.phase == .awaitingFlowControl else { return false }
            let kind = transmission.take(
                flow, at: time, waitLimit: options.waitLimit, timeoutBs: options.timeoutBs)
            if let kind { failSending(kind, at: time, row.timestamp) }
        case .malformed: break
        }
        return hasMessage
    }

    private mutating func begin(_ row: FrameRow, at time: Int64) {
        if reception.isUnderWay { failReceiving(.replaced, at: time, row.timestamp) }
        beganReceiving = true
        pendingFlow = nil
    }

    private mutating func beginMany(
        _ row: FrameRow, _ longPayload: Span<UInt8>, start: Int, length: Int, at time: Int64
    ) {
        guard length <= options.maximumLength,
            reception.begin(row, longPayload, start: start, length: length, in: &store)
        else {
            failReceiving(.tooLong, at: time, row.timestamp, announced: length)
            (pendingFlow, pendingFlowTime) = (ISOTPFlowControl.overflow, time)
            return
        }
        askForBlock(at: time)
    }

    private mutating func takeConsecutive(
        _ row: FrameRow, _ longPayload: Span<UInt8>, start: Int, sequence: UInt8, at time: Int64
    ) {
        switch reception.take(row, longPayload, start: start, sequence: sequence, in: &store) {
        case .failed(let kind): failReceiving(kind, at: time, row.timestamp)
        case .whole:
            reception.deliver(from: &store)
            (receptionDeadline, pendingFlow, hasMessage) = (.max, nil, true)
        case .more:
            receptionDeadline = time &+ options.timeoutCr
            guard options.blockSize > 0 else { return }
            leftInBlock -= 1
            if leftInBlock == 0 { askForBlock(at: time) }
        }
    }

    private mutating func askForBlock(at time: Int64) {
        leftInBlock = Int(options.blockSize)
        waitsLeft = options.waits
        pendingFlow = waitsLeft > 0 ? ISOTPFlowControl.wait : ISOTPFlowControl.continueToSend
        pendingFlowTime = time
        // The other side waits for us now.
        receptionDeadline = .max
    }

    /// One of our frames was sent, as the socket says.
    private mutating func confirm(_ row: FrameRow, _ longPayload: Span<UInt8>, at time: Int64) {
        let frame = ISOTPFrame(
            row, longPayload: longPayload, hasAddressByte: sending.addressByte != nil)
        if case .flowControl = frame { return }
        guard options.awaitsConfirmation, unconfirmed > 0 else { return }
        unconfirmed -= 1
        guard unconfirmed == 0 else { return }
        confirmationDeadline = .max
        switch transmission.phase {
        case .idle: if failure == nil { sentTime = time }
        case .awaitingFlowControl: transmission.deadline = time &+ options.timeoutBs
        case .sending: transmission.earliest = time &+ transmission.separation
        case .beginning: break
        }
    }

    // MARK: Time

    /// When ``nextFrame(at:)`` is to be called at the latest: a frame may be sent, or something has
    /// failed; `nil` while nothing is under way. Never earlier than STmin allows.
    public var deadline: Int64? {
        var next = min(receptionDeadline, transmission.deadline, confirmationDeadline)
        if pendingFlow != nil { next = min(next, pendingFlowTime) }
        switch transmission.phase {
        case .beginning: next = min(next, transmission.earliest)
        case .sending: if !awaitsGap { next = min(next, transmission.earliest) }
        case .idle, .awaitingFlowControl: break
        }
        return next == .max ? nil : next
    }

    private mutating func expire(at time: Int64) {
        let now = Timestamp(nanoseconds: time)
        if time >= receptionDeadline { failReceiving(.timeoutCr, at: time, now) }
        if time >= confirmationDeadline {
            (unconfirmed, confirmationDeadline) = (0, .max)
            failSending(.timeoutA, at: time, now)
        }
        if time >= transmission.deadline { failSending(.timeoutBs, at: time, now) }
    }

    private mutating func failSending(
        _ kind: ISOTPFailure.Kind, at time: Int64, _ timestamp: Timestamp
    ) {
        failure = ISOTPFailure(
            kind: kind, link: 0, firstFrame: nil, frame: 0, time: time, timestamp: timestamp,
            announced: transmission.bytes.count, received: transmission.sent, endsMessage: true)
        transmission.end()
    }

    private mutating func failReceiving(
        _ kind: ISOTPFailure.Kind, at time: Int64, _ timestamp: Timestamp, announced: Int? = nil
    ) {
        failure = ISOTPFailure(
            kind: kind, link: 0, firstFrame: nil, frame: 0, time: time, timestamp: timestamp,
            announced: announced ?? reception.length, received: reception.received,
            endsMessage: true)
        reception.end(in: &store)
        (receptionDeadline, pendingFlow) = (.max, nil)
    }
}
