import CANFrame
import DiagnosticClient
import Glibc
import LocalFiles
import SocketCAN

/// Lets a ``DiagnosticClient`` speak on an interface: one thread, one socket, no sleeping. It waits for
/// frames until the client's next deadline; the kernel's stamps say when each frame came or went.
struct UDSRunner: ~Copyable {
    private let socket: ConversationSocket
    private let signals: SignalWaiter
    private let signalDescriptor: OwnedDescriptor
    /// What may end a wait: the socket, a signal, and what the caller waits for itself.
    private let waited: [CInt]
    private var batch = FrameBatch(capacity: ConversationSocket.capacity)
    /// A frame that the socket did not take yet.
    private var unsent: WireFrame?
    private var now: Int64 = 0
    /// Frames that the socket lost.
    private(set) var lost: UInt32 = 0
    private(set) var isInterrupted = false

    init(
        interface: String, identifiers: [ArbitrationID], signals: SignalWaiter, bell: CInt? = nil
    ) throws(SystemError) {
        let signalled = try signals.descriptor()
        socket = try ConversationSocket(interface: interface, identifiers: identifiers)
        self.signals = signals
        waited = [socket.descriptor, signalled.rawValue] + (bell.map { [$0] } ?? [])
        signalDescriptor = signalled
    }

    /// Goes on until `client` has nothing to do and `isDone` agrees, `end` (monotonic) has come, or
    /// a signal asks to end; `isDone` is called with what has ended.
    mutating func run(
        _ client: DiagnosticClient, until end: Int64? = nil,
        _ isDone: ([DiagnosticExchange]) -> Bool
    ) throws(StreamError) {
        isInterrupted = false
        now = HostClock.monotonic()
        while true {
            try receive(client)
            let hasSent = try send(client)
            let ended = client.takeFinished()
            if isDone(ended), client.isIdle, unsent == nil { return }
            if let end, now >= end { return }
            // What was sent may be confirmed already, and answered.
            if hasSent { continue }
            wait(until: min(client.deadline ?? .max, end ?? .max))
            if isInterrupted {
                unsent = nil
                return
            }
        }
    }

    private mutating func wait(until deadline: Int64) {
        var limit = deadline
        // A full queue is tried again; no descriptor tells when it has room.
        if unsent != nil { limit = min(limit, now + Self.retryDelay) }
        // The deadline may be that of long ago.
        let nanoseconds = limit <= now ? 0 : min(limit - now, Self.longest)
        if nanoseconds == 0 {
            now = HostClock.monotonic()
            return
        }
        SocketWait.wait(for: waited, toWrite: false, atMost: nanoseconds)
        let before = now
        now = HostClock.monotonic()
        // Signals are asked for when it is they, or nothing, that ended the wait, and now and then.
        if now >= limit || now - lastLook > Self.lookInterval {
            lastLook = before
            if case .signal = signals.wait(.zero) { isInterrupted = true }
        }
    }

    private var lastLook: Int64 = 0
    private static let lookInterval: Int64 = 20_000_000
    private static let retryDelay: Int64 = 500_000
    private static let longest: Int64 = 3_600_000_000_000

    private mutating func receive(_ client: DiagnosticClient) throws(StreamError) {
        repeat {
            batch.removeAll()
            do throws(SystemError) {
                lost = max(lost, try socket.receive(into: &batch))
            } catch {
                throw Self.failure(error, on: socket.interface)
            }
            guard batch.count > 0 else { return }
            let (realTime, monotonic) = HostClock.tie()
            now = monotonic
            for index in 0..<batch.count {
                let row = batch.rows[index]
                // How long ago it was, by the clock that stamped it.
                let age = max(0, realTime.nanoseconds &- row.timestamp.nanoseconds)
                client.take(
                    row, longPayload: batch.longPayload(at: index), at: monotonic &- age)
            }
        } while batch.count == ConversationSocket.capacity
    }

    /// Sends what is to be sent now; true if something was.
    private mutating func send(_ client: DiagnosticClient) throws(StreamError) -> Bool {
        var hasSent = false
        while true {
            guard let frame = unsent ?? client.nextFrame(at: now).map(Self.wire) else {
                return hasSent
            }
            unsent = nil
            switch socket.send(frame) {
            case .sent: hasSent = true
            case .socketFull, .queueFull:
                unsent = frame
                return false
            case .linkDown:
                throw StreamError(
                    place: socket.interface, cause: "the link is down",
                    remedy: "set it up: ip link set \(socket.interface) up")
            case .refused(let code):
                throw Self.failure(
                    SystemError("send", on: socket.interface, code: code), on: socket.interface)
            }
        }
    }

    private static func wire(_ frame: Frame) -> WireFrame {
        var batch = FrameBatch(capacity: 1)
        batch.append(frame)
        let row = batch.rows[0]
        return WireFrame(row, longPayload: batch.longPayload(at: 0))
    }

    private static func failure(_ error: SystemError, on interface: String) -> StreamError {
        StreamError(place: interface, cause: error.description)
    }
}
