import Glibc
public import LocalFiles
import Synchronization

/// Listens on a recorder's socket and answers requests, one after another, on a thread of its own.
///
/// Whoever may open the socket may be hostile: a line is bounded in length and in time, of too many
/// connections the oldest go, nobody is waited for.
public struct ControlServer: ~Copyable, Sendable {
    /// Connections at one time; of more the oldest is closed.
    static let connectionLimit = 64
    /// How long a client may take to ask, and to take its answer, in nanoseconds.
    static let patience: Int64 = 5_000_000_000

    /// Where it listens.
    public let path: String
    private let stop: StopFlag
    private let thread: WorkerThread

    /// Starts to listen at `path`; `answer` is called on the server's thread.
    public init(
        at path: String, answer: @escaping @Sendable (ControlRequest) -> ControlReply
    ) throws(SystemError) {
        let socket = try ListeningSocket(at: path)
        let flag = try StopFlag()
        let box = ServerBox(ControlLoop(socket: socket, stop: flag, answer: answer))
        thread = try WorkerThread("canlog-control") { box.run() }
        stop = flag
        self.path = path
    }

    /// Stops listening, and removes the socket.
    public consuming func close() {
        stop.raise()
        thread.join()
    }
}

/// Tells the server's thread to end.
final class StopFlag: Sendable {
    private let bell: Doorbell
    private let isRaised = Atomic<Bool>(false)

    init() throws(SystemError) { bell = try Doorbell() }

    var rawValue: CInt { bell.rawValue }
    var isUp: Bool { isRaised.load(ordering: .relaxed) }

    func raise() {
        isRaised.store(true, ordering: .relaxed)
        bell.ring()
    }
}

/// Carries the loop, which cannot be copied, into its thread.
private final class ServerBox: Sendable {
    private let loop: Mutex<ControlLoop?>

    init(_ loop: consuming sending ControlLoop) { self.loop = Mutex(loop) }

    func run() {
        guard var own = loop.withLock({ $0.take() }) else { return }
        own.run()
    }
}

/// The server's loop: accepts, reads lines, answers.
private struct ControlLoop: ~Copyable, Sendable {
    private struct Client {
        var connection: LocalConnection
        var deadline: Int64
        var line: [UInt8] = []
        /// What is left of its answer; `nil` while it asks.
        var answer: ArraySlice<UInt8>?
    }

    private let socket: ListeningSocket
    private let stop: StopFlag
    private let answer: @Sendable (ControlRequest) -> ControlReply
    private var clients: [Client] = []

    init(
        socket: consuming ListeningSocket, stop: StopFlag,
        answer: @escaping @Sendable (ControlRequest) -> ControlReply
    ) {
        self.socket = socket
        self.stop = stop
        self.answer = answer
    }

    mutating func run() {
        while !stop.isUp {
            for place in wait().reversed() {
                var client = clients.remove(at: place)
                // Who has waited that long has gone.
                if client.deadline < HostClock.monotonic() { continue }
                if !serve(&client) { clients.insert(client, at: place) }
            }
            let now = HostClock.monotonic()
            clients.removeAll { $0.deadline < now }
            acceptAll(until: now + ControlServer.patience)
        }
    }

    /// Waits for something to do; the clients that can go on.
    private borrowing func wait() -> [Int] {
        var entries = [
            pollfd(fd: stop.rawValue, events: Int16(POLLIN), revents: 0),
            pollfd(fd: socket.rawValue, events: Int16(POLLIN), revents: 0),
        ]
        for client in clients {
            let events = client.answer == nil ? POLLIN : POLLOUT
            entries.append(
                pollfd(fd: client.connection.rawValue, events: Int16(events), revents: 0))
        }
        // As many entries as the array has.
        guard unsafe poll(&entries, nfds_t(entries.count), clients.isEmpty ? -1 : 500) > 0 else {
            return []
        }
        return clients.indices.filter { entries[$0 + 2].revents != 0 }
    }

    private mutating func acceptAll(until deadline: Int64) {
        for _ in 0..<ControlServer.connectionLimit {
            guard let connection = socket.accept() else {
                // None waits, or there is no descriptor for it: then the poll would not wait either.
                if errno != EAGAIN {
                    HostClock.sleep(untilMonotonic: HostClock.monotonic() + 20_000_000)
                }
                return
            }
            if clients.count == ControlServer.connectionLimit { clients.removeFirst() }
            clients.append(Client(connection: connection, deadline: deadline))
        }
    }

    /// Reads or writes what can be; true when done with the client.
    private func serve(_ client: inout Client) -> Bool {
        if client.answer == nil {
            guard let bytes = client.connection.read(4_096) else { return true }
            client.line += bytes
            if let end = client.line.firstIndex(of: UInt8(ascii: "\n")) {
                client.answer = reply(to: Array(client.line[..<end])).bytes[...]
            } else if client.line.count > ControlRequest.lengthLimit {
                client.answer = Self.notUnderstood.bytes[...]
            }
        }
        guard let rest = client.answer else { return false }
        guard let sent = client.connection.write(rest) else { return true }
        client.answer = rest.dropFirst(sent)
        return sent == rest.count
    }

    private func reply(to line: [UInt8]) -> ControlReply {
        guard line.count <= ControlRequest.lengthLimit, let request = ControlRequest(line: line)
        else { return Self.notUnderstood }
        return answer(request)
    }

    private static let notUnderstood = ControlReply(
        status: 64, "this is not a request: wanted is a line of a word and key=value, as 'status'")
}
