import CANFrame
import CANTransport

/// An ECU's end of the transport protocol, and when it says what.
///
/// A class, since arrays do not hold what cannot be copied; it belongs to one ``VehicleSimulation``.
final class DiagnosticPort {
    /// Between two "response pending" of a storm.
    private static let stormGap: Int64 = 20_000_000

    /// A message that waits for its time.
    private struct Waiting {
        var time: Int64
        var payload: [UInt8]
        var isReset = false
        var isFinal = true
    }

    let bus: UInt8
    private let settings: DiagnosticSettings
    private let faults: [SimulationFault]
    private var connection: ISOTPConnection
    private var functional: ISOTPConnection
    private var server: DiagnosticServer
    private var waiting: [Waiting] = []
    /// Until when the ECU begins anew.
    private var absentUntil = Int64.min
    private var resetsAfterSending = false
    /// When the last frame was taken.
    private var lastTaken: Int64 = -1
    private(set) var counts = DiagnosticCounts()
    /// The request that is told to come again, and how often it was.
    private var repeatedRequest: (payload: [UInt8], count: Int)?

    init(
        _ settings: DiagnosticSettings, bus: Int, faults: [SimulationFault], numbers: SeededNumbers
    ) {
        self.bus = UInt8(bus)
        self.settings = settings
        self.faults = faults
        connection = ISOTPConnection(
            sending: settings.response, receiving: settings.request, options: settings.transport)
        // Of the functional address only single frames are taken: it never sends.
        functional = ISOTPConnection(
            sending: settings.response, receiving: settings.functional ?? settings.request,
            options: settings.transport)
        server = DiagnosticServer(settings, faults: faults, numbers: numbers)
    }

    /// Whether it sends nothing by itself: a tester wants it so, or it begins anew.
    func isSilent(at time: Int64) -> Bool { server.isSilent(at: time) || isAbsent(at: time) }

    private func isAbsent(at time: Int64) -> Bool {
        time < absentUntil || fault(.missing, at: time) != nil
    }

    private func fault(_ kind: SimulationFault.Kind, at time: Int64) -> SimulationFault? {
        faults.last { $0.kind == kind && $0.isActive(at: time) }
    }

    // MARK: Requests

    /// Takes a frame of its bus that arrived at `time`; `reading` gives what an identifier has then.
    func take(
        _ row: FrameRow, longPayload: Span<UInt8>, at time: Int64,
        reading: (StoredIdentifier.Value) -> [UInt8]
    ) {
        if faults.contains(where: { $0.kind == .missing && $0.from <= time && $0.from > lastTaken })
        {
            // It was away: it begins anew.
            server.reset(at: time)
        }
        lastTaken = time
        guard !isAbsent(at: time) else { return }
        if connection.take(row, longPayload: longPayload, at: time) {
            var request: [UInt8] = []
            for index in connection.payload.indices { request.append(connection.payload[index]) }
            answer(request, isFunctional: false, at: time, reading)
        }
        guard settings.functional != nil,
            functional.take(row, longPayload: longPayload, at: time)
        else { return }
        var request: [UInt8] = []
        for index in functional.payload.indices { request.append(functional.payload[index]) }
        answer(request, isFunctional: true, at: time, reading)
    }

    private func answer(
        _ request: [UInt8], isFunctional: Bool, at time: Int64,
        _ reading: (StoredIdentifier.Value) -> [UInt8]
    ) {
        counts.requests += 1
        if let service = request.first, !server.hasService(service) { counts.unknownServices += 1 }
        let isTesterPresent = request == [0x3E, 0x80]
        guard waiting.isEmpty && !connection.isSending || isTesterPresent else {
            // One at a time: ISO 14229-2 lets a server leave out what comes while it is at work.
            counts.ignored += 1
            return
        }
        if !isTesterPresent, isToComeAgain(request, at: time) {
            return enqueue(
                DiagnosticReply(payload: [0x7F, request[0], 0x21]), to: request[0], at: time)
        }
        var reply = server.reply(
            to: request, isFunctional: isFunctional, at: time, reading: reading)
        if let fault = fault(.negative, at: time), let service = request.first,
            fault.service.map({ $0 == service }) ?? true, !isTesterPresent
        {
            reply = DiagnosticReply(payload: [0x7F, service, fault.code])
        }
        guard let reply else { return }
        enqueue(reply, to: request[0], at: time)
    }

    /// Whether a request is told that the ECU is busy; it is served when it has come often enough.
    private func isToComeAgain(_ request: [UInt8], at time: Int64) -> Bool {
        guard let fault = fault(.busy, at: time), !request.isEmpty else { return false }
        let count = repeatedRequest?.payload == request ? repeatedRequest?.count ?? 0 : 0
        repeatedRequest = count < fault.count ? (request, count + 1) : nil
        return count < fault.count
    }

    /// The answer, with as many "response pending" before it as its time and the faults want.
    private func enqueue(_ reply: DiagnosticReply, to service: UInt8, at time: Int64) {
        let pending: [UInt8] = [0x7F, service, 0x78]
        var ready = time + settings.latency + reply.duration
        if let slow = fault(.slow, at: time) {
            ready = time + slow.time
        } else if let storm = fault(.pending, at: time) {
            for index in 0..<Int64(storm.count) {
                let due = time + settings.latency + index * Self.stormGap
                waiting.append(Waiting(time: due, payload: pending, isFinal: false))
            }
            ready = max(ready, time + settings.latency + Int64(storm.count) * Self.stormGap)
        } else if settings.latency + reply.duration > settings.p2 {
            // In good time before P2, then before each P2*.
            var due = time + min(settings.latency, settings.p2 / 2)
            while due < ready {
                waiting.append(Waiting(time: due, payload: pending, isFinal: false))
                due += max(settings.p2Star / 2, 1_000_000)
            }
        }
        waiting.append(Waiting(time: ready, payload: reply.payload, isReset: reply.isReset))
    }

    // MARK: Frames

    /// When ``nextFrame(at:)`` is to be called at the latest.
    var deadline: Int64? {
        let queued = connection.isSending ? nil : waiting.first?.time
        return [queued, connection.deadline, periodicDeadline].compactMap { $0 }.min()
    }

    /// When an identifier is to be sent periodically; where that is an answer, behind others.
    private var periodicDeadline: Int64? {
        guard settings.periodic.identifier != nil || waiting.isEmpty && !connection.isSending else {
            return nil
        }
        return server.nextPeriodicTime
    }

    /// The next frame that is to be sent at `time`, which never goes back; `reading` gives what an
    /// identifier has then.
    func nextFrame(
        at time: Int64, reading: (StoredIdentifier.Value) -> [UInt8]
    ) -> Frame? {
        if isAbsent(at: time) {
            waiting.removeAll()
            connection.cancel()
            server.stopPeriodic()
            return nil
        }
        if let due = periodicDeadline, due <= time,
            let data = server.takePeriodic(at: time, reading: reading)
        {
            counts.periodic += 1
            if let identifier = settings.periodic.identifier {
                return Frame(
                    timestamp: Timestamp(nanoseconds: time), identifier: identifier, payload: data)
            }
            let answer = [0x6A] + data
            // A single frame, and nothing else is being sent.
            try? connection.send(answer.span, at: time)
        }
        while let first = waiting.first, first.time <= time, !connection.isSending {
            waiting.removeFirst()
            begin(first, at: time)
        }
        guard var frame = connection.nextFrame(at: time) else {
            if connection.failure != nil {
                counts.transportFailures += 1
                connection.forgetFailure()
            }
            return nil
        }
        if fault(.wrongSequence, at: time) != nil { spoil(&frame) }
        if resetsAfterSending, !connection.isSending {
            resetsAfterSending = false
            server.reset(at: time)
            absentUntil = time + settings.resetTime
        }
        return frame
    }

    private func begin(_ message: Waiting, at time: Int64) {
        counts.note(message.payload, isFinal: message.isFinal)
        guard !message.payload.isEmpty else {
            // A reset whose answer was not wanted.
            server.reset(at: time)
            absentUntil = time + settings.resetTime
            return
        }
        resetsAfterSending = message.isReset
        let payload = message.payload
        // It does not send now, and no answer is longer than a message can be.
        try? connection.send(payload.span, at: time)
    }

    /// Consecutive frames are one ahead of their sequence.
    private func spoil(_ frame: inout Frame) {
        let place = settings.response.addressByte == nil ? 0 : 1
        guard frame.payload.count > place, frame.payload[place] >> 4 == 2 else { return }
        frame.payload[place] = 0x20 | (frame.payload[place] + 1) & 0x0F
    }
}

/// What ECUs were asked and said.
public struct DiagnosticCounts: Sendable, Hashable {
    public var requests: UInt64 = 0
    public var positive: UInt64 = 0
    public var negative: UInt64 = 0
    public var pending: UInt64 = 0
    /// Requests that came while the ECU was at work on another.
    public var ignored: UInt64 = 0
    /// Messages of which the transport protocol lost the rest.
    public var transportFailures: UInt64 = 0
    /// Requests of services that the ECU does not have, answered by serviceNotSupported (11).
    public var unknownServices: UInt64 = 0
    /// Messages that were sent periodically, which answer no request of their own.
    public var periodic: UInt64 = 0

    public init() {}

    /// Answers that are whole: pending ones are on the way to one.
    public var answered: UInt64 { positive + negative }

    mutating func note(_ payload: [UInt8], isFinal: Bool) {
        guard let first = payload.first else { return }
        if !isFinal {
            pending += 1
        } else if first == 0x7F {
            negative += 1
        } else {
            positive += 1
        }
    }

    mutating func add(_ other: DiagnosticCounts) {
        requests += other.requests
        positive += other.positive
        negative += other.negative
        pending += other.pending
        ignored += other.ignored
        transportFailures += other.transportFailures
        unknownServices += other.unknownServices
        periodic += other.periodic
    }
}
