public import CANFrame
import Glibc
public import LocalFiles

/// Why an interface cannot be set up as it is wanted.
public enum LinkSettingsError: Error, Hashable, Sendable {
    /// There is no interface of this name; these CAN interfaces are there.
    case noInterface(String, present: [String])
    case notCAN(String)
    /// The right is lacking; `command` is what an administrator would run.
    case notPermitted(String, command: String)
    /// A controller without a bit rate cannot be set up.
    case noBitRate(String, command: String)
    /// A virtual interface has no such setting.
    case notApplicable(String, kind: String, setting: String)
    /// The controller cannot do it; `supported` is what it can.
    case notSupported(String, setting: String, supported: String)
    /// The kernel or the driver refuses it.
    case refused(SystemError)

    /// The error of a failed call, by its errno.
    init(_ error: SystemError, command: String) {
        switch error.code {
        case EPERM, EACCES: self = .notPermitted(error.place, command: command)
        default: self = .refused(error)
        }
    }

    /// The same for the seam of sources and sinks.
    public var streamError: StreamError {
        switch self {
        case .noInterface(let name, let present):
            SocketCANError.noInterface(name, present: present).streamError
        case .notCAN(let name): SocketCANError.notCAN(name).streamError
        case .notPermitted(let name, let command):
            StreamError(
                place: name, cause: "setting it up or down needs the capability CAP_NET_ADMIN",
                remedy: "an administrator runs '\(command)'")
        case .noBitRate(let name, let command):
            StreamError(
                place: name, cause: "it has no bit rate, and without one it cannot be set up",
                remedy: "give --bitrate; by hand: '\(command)'")
        case .notApplicable(let name, let kind, let setting):
            StreamError(
                place: name,
                cause: "\(setting) does not apply: a \(kind) is no controller, it has no bits",
                remedy: "leave it out for this interface")
        case .notSupported(let name, let setting, let supported):
            StreamError(place: name, cause: "\(setting) is not possible", remedy: supported)
        case .refused(let error):
            error.streamError(
                remedy: error.code == EINVAL ? "the kernel's log (dmesg) may say more" : nil)
        }
    }
}

extension LinkSettingsError: CustomStringConvertible {
    public var description: String { streamError.description }
}
