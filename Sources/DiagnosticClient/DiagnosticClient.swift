public import CANFrame
public import CANTransport

/// A tester that speaks ISO 14229-1 with several control units at once.
///
/// It does no input or output and has no clock: the caller hands over the frames that arrive, sends
/// what ``nextFrame(at:)`` gives, and calls that again at ``deadline`` at the latest. Each control
/// unit has its own queue of requests, and its own session, which is kept by TesterPresent.
public final class DiagnosticClient {
    /// What is done with all at once, in its turn.
    private enum FunctionalStep {
        case request(Frame, [UInt8])
        case pause(Int64)
    }

    private let patience: TesterPatience
    private let transport: ISOTPConnection.Options
    private var units: [DiagnosticUnit] = []
    /// Frames to all, before anything else.
    private var functional: [FunctionalStep] = []
    /// Nothing is sent to all before.
    private var pausedUntil: Int64?
    /// The identifier of the frame to all whose sending is to be confirmed.
    private var unconfirmed: PackedID?

    public init(patience: TesterPatience, transport: ISOTPConnection.Options) {
        self.patience = patience
        self.transport = transport
    }

    /// Adds a control unit; returns its place.
    @discardableResult
    public func add(request: ISOTPAddress, response: ISOTPAddress) -> Int {
        let unit = DiagnosticUnit(
            index: units.count, request: request, response: response, patience: patience,
            transport: transport)
        units.append(unit)
        return unit.index
    }

    public var unitCount: Int { units.count }
    /// Whether nothing is under way and nothing waits.
    public var isIdle: Bool {
        functional.isEmpty && pausedUntil == nil && units.allSatisfy(\.isIdle)
    }
    /// The session that a control unit confirmed last; 1 is the default one.
    public func session(of unit: Int) -> UInt8 { units[unit].session }

    /// Asks one control unit; it is sent when what it was asked before is done.
    public func ask(
        _ request: [UInt8], of unit: Int, purpose: DiagnosticExchange.Purpose = .asked
    ) {
        units[unit].ask(DiagnosticExchange(request, for: unit, purpose))
    }

    /// Asks nothing of a control unit for so many nanoseconds behind what it was asked before; its session
    /// is kept meanwhile.
    public func pause(_ nanoseconds: Int64, of unit: Int) { units[unit].pause(nanoseconds) }

    /// Goes on with a control unit whose answer to ``DiagnosticExchange/Purpose/askingSeed`` has come:
    /// with `key`, a request, before all that waits, or with what waits. Until then it hears nothing but
    /// TesterPresent. Where nothing is held, it does nothing.
    public func goOn(_ unit: Int, with key: [UInt8]? = nil) { units[unit].goOn(with: key) }

    /// Gives up what waits of a control unit, and what is held: it is told as skipped.
    public func giveUp(_ unit: Int) { units[unit].cancel(untilNow: false) }

    /// Asks all of them by one frame to `address`; false if `request` does not fit a single frame.
    public func askAll(_ request: [UInt8], at address: ISOTPAddress) -> Bool {
        guard
            let frame = ISOTPConnection.singleFrame(
                request.span, to: address, options: transport)
        else { return false }
        functional.append(.request(frame, request))
        return true
    }

    /// Sends nothing to all for so many nanoseconds behind what was sent to all before.
    public func pauseAll(_ nanoseconds: Int64) { functional.append(.pause(nanoseconds)) }

    /// Whether a control unit's further requests are given up when one fails.
    public func stopAtFailure(_ stops: Bool) {
        for unit in units { unit.stopsAtFailure = stops }
    }

    /// Whether sessions are kept by TesterPresent.
    public func keepSessions(_ keeps: Bool) {
        for unit in units { unit.keepsSession = keeps }
    }

    /// Asks each control unit for the end of what only goes on because it was asked for: control of
    /// inputs and outputs is returned, routines are stopped where `stoppingRoutines`, and then the
    /// default session begins. A control unit that does nothing of this is not asked.
    public func makeSafe(stoppingRoutines: Bool) {
        for unit in units { unit.makeSafe(stoppingRoutines: stoppingRoutines) }
    }

    /// What waits is not sent any more; what is under way is given up with `atOnce`.
    public func cancel(atOnce: Bool) {
        functional.removeAll()
        pausedUntil = nil
        for unit in units { unit.cancel(untilNow: atOnce) }
    }

    /// The exchanges that ended since the last call.
    public func takeFinished() -> [DiagnosticExchange] { units.flatMap { $0.takeFinished() } }

    // MARK: Frames

    /// Takes a frame that arrived, or that was sent (`FrameOrigin.thisProcess`).
    public func take(_ row: FrameRow, longPayload: Span<UInt8>, at time: Int64) {
        if row.identifier == unconfirmed && row.flags.origin == .thisProcess {
            unconfirmed = nil
            for unit in units { unit.confirmFunctional(sent: time) }
            return
        }
        for unit in units { unit.take(row, longPayload: longPayload, at: time) }
    }

    /// What is to be sent now; `nil`: nothing before ``deadline``.
    public func nextFrame(at time: Int64) -> Frame? {
        if let frame = nextFunctionalFrame(at: time) { return frame }
        for unit in units {
            if let frame = unit.nextFrame(at: time) { return frame }
        }
        return nil
    }

    private func nextFunctionalFrame(at time: Int64) -> Frame? {
        if let end = pausedUntil, time >= end { pausedUntil = nil }
        while pausedUntil == nil, !functional.isEmpty, units.allSatisfy(\.isIdle) {
            switch functional.removeFirst() {
            case .pause(let length): pausedUntil = time &+ length
            case .request(let frame, let request):
                for unit in units {
                    unit.expectAnswer(
                        to: DiagnosticExchange(
                            request, for: unit.index, .asked, isFunctional: true),
                        sent: time)
                }
                unconfirmed = frame.identifier
                return frame
            }
        }
        return nil
    }

    /// When ``nextFrame(at:)`` is to be called at the latest; `nil` while nothing is under way.
    public var deadline: Int64? {
        let next = units.compactMap(\.deadline).min()
        if let end = pausedUntil { return min(end, next ?? .max) }
        return !functional.isEmpty && units.allSatisfy(\.isIdle) ? .min : next
    }
}
