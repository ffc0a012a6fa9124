import CANFrame
import CLinuxFiles
import Glibc

/// A Unix stream socket that listens at a path; the path goes with it.
public struct ListeningSocket: ~Copyable, Sendable {
    /// Where it listens.
    public let path: String
    private let descriptor: OwnedDescriptor

    /// Listens at `path`, for owner and group. What a recorder that died left there is removed;
    /// throws `EADDRINUSE` while another one answers.
    public init(at path: String) throws(SystemError) {
        let socket = try OwnedDescriptor(
            adopting: canlog_local_socket(1), from: "socket", on: path)
        do throws(SystemError) { try Self.listen(socket, path) } catch {
            guard error.code == EADDRINUSE, !LocalConnection.isAnswered(at: path) else {
                throw error
            }
            try Folder.remove(path)
            try Self.listen(socket, path)
        }
        // The string lives for the call; a mode that cannot be set leaves it to the owner.
        _ = unsafe chmod(path, 0o660)
        self.path = path
        descriptor = socket
    }

    deinit { try? Folder.remove(path) }

    private static func listen(
        _ socket: borrowing OwnedDescriptor, _ path: String
    ) throws(SystemError) {
        // The string lives for the call.
        let result = unsafe canlog_local_address(socket.rawValue, path, 1)
        let code = errno
        guard result == 0 else { throw SystemError("listen", on: path, code: code) }
    }

    /// The descriptor, to be polled for reading.
    public var rawValue: CInt { descriptor.rawValue }

    /// The next connection that waits; `nil` if there is none, or no descriptor for it.
    public borrowing func accept() -> LocalConnection? {
        let accepted = canlog_accept(descriptor.rawValue)
        return accepted < 0 ? nil : LocalConnection(OwnedDescriptor(adopting: accepted))
    }
}

/// One end of a connection over a Unix stream socket; no call of it waits but ``waitToRead(_:)``.
///
/// A class because arrays do not hold noncopyable values yet. Used by one thread at a time.
public final class LocalConnection: Sendable {
    private let descriptor: OwnedDescriptor

    init(_ descriptor: consuming OwnedDescriptor) {
        self.descriptor = descriptor
    }

    /// Connects to whoever listens at `path`.
    public init(to path: String) throws(SystemError) {
        let socket = try OwnedDescriptor(
            adopting: canlog_local_socket(1), from: "socket", on: path)
        // The string lives for the call.
        let result = unsafe canlog_local_address(socket.rawValue, path, 0)
        let code = errno
        guard result == 0 else { throw SystemError("connect", on: path, code: code) }
        descriptor = socket
    }

    /// Whether anyone listens at `path`.
    public static func isAnswered(at path: String) -> Bool {
        do throws(SystemError) {
            _ = try LocalConnection(to: path)
            return true
        } catch {
            // Others wait there already.
            return error.code == EAGAIN
        }
    }

    /// The descriptor, to be polled.
    public var rawValue: CInt { descriptor.rawValue }

    /// Takes at most `count` bytes of what has arrived: none yet `[]`, and `nil` at the end or where
    /// the connection is broken.
    public func read(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        while true {
            // The call writes at most as many bytes as the array has.
            let taken = unsafe recv(descriptor.rawValue, &bytes, count, CInt(MSG_DONTWAIT))
            if taken > 0 { return Array(bytes[..<taken]) }
            if taken == 0 { return nil }
            switch errno {
            case EINTR: continue
            case EAGAIN: return []
            default: return nil
            }
        }
    }

    /// Hands over as much of `bytes` as there is room for at once; how many, or `nil` where the
    /// connection is broken.
    public func write(_ bytes: ArraySlice<UInt8>) -> Int? {
        // The call reads no more than the count.
        let sent = unsafe bytes.withUnsafeBytes {
            unsafe canlog_send_some(descriptor.rawValue, $0.baseAddress, UInt($0.count))
        }
        if sent >= 0 { return Int(sent) }
        return errno == EAGAIN || errno == EINTR ? 0 : nil
    }

    /// Waits at most `limit` until there is something to read; false if there is not.
    public func waitToRead(_ limit: Duration) -> Bool {
        var entry = pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0)
        // One entry, which is a local.
        return unsafe poll(&entry, 1, CInt(clamping: limit.wholeNanoseconds / 1_000_000)) > 0
    }
}
