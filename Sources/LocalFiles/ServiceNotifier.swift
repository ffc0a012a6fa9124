import CLinuxFiles
import Glibc

/// Tells the service manager how the process does, as sd_notify(3) describes: datagrams to the socket
/// that `NOTIFY_SOCKET` names. Without one it does nothing.
///
/// Our own forty lines, since libsystemd would bring five libraries into a recorder whose memory is
/// a promise; the protocol is stable and made to be implemented (sd_notify(3), Notes).
public struct ServiceNotifier: Sendable {
    private let path: String?
    /// How often ``alive()`` is wanted, half of what `WATCHDOG_USEC` allows; `nil` for never.
    public let watchdogInterval: Duration?

    /// Reads the environment of the process.
    public init() {
        path = ProcessEnvironment["NOTIFY_SOCKET"]
        let isOurs =
            ProcessEnvironment["WATCHDOG_PID"].map {
                $0 == "\(ProcessEnvironment.processIdentifier)"
            } ?? true
        let limit = ProcessEnvironment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
        watchdogInterval = isOurs && limit > 0 && path != nil ? .microseconds(limit / 2) : nil
    }

    /// The service is up.
    public func ready() { send("READY=1") }

    /// The service begins to end.
    public func stopping() { send("STOPPING=1") }

    /// The service works: not to be said by a thread that cannot know it.
    public func alive() { send("WATCHDOG=1") }

    /// One line for people who ask for the service's status.
    public func status(_ words: String) {
        send("STATUS=" + words.filter { !$0.isNewline })
    }

    private func send(_ text: String) {
        guard let path,
            let socket = try? OwnedDescriptor(
                adopting: canlog_local_socket(0), from: "socket", on: path)
        else { return }
        // The strings live for the calls. A manager that does not listen is not our trouble.
        guard unsafe canlog_local_address(socket.rawValue, path, 0) == 0 else { return }
        let bytes = Array(text.utf8)
        _ = unsafe canlog_send_some(socket.rawValue, bytes, UInt(bytes.count))
    }
}
