public import CANFrame
import Glibc
public import LocalFiles

/// Why an interface cannot be used.
public enum SocketCANError: Error, Hashable, Sendable {
    /// The kernel has no CAN, or no raw sockets for it.
    case noCAN(code: Int32)
    /// There is no interface of this name; these CAN interfaces are there.
    case noInterface(String, present: [String])
    /// All interfaces were asked for, and there is none.
    case noInterfaces
    /// The interface is there and is not a CAN interface.
    case notCAN(String)
    /// The kernel refuses a socket, as in a container without the right.
    case notPermitted(String, code: Int32)
    /// More interfaces than a recording has channels (256), or one was named twice.
    case tooManyInterfaces(count: Int)
    case namedTwice(String)
    /// The packet ring was asked for, and this failed; it needs `CAP_NET_RAW`.
    case noRing(SystemError)
    /// The packet ring was asked for, and only a socket has what was asked for beside it.
    case ringLacks(String)
    /// More filters than this way to receive takes.
    case tooManyFilters(count: Int, maximum: Int)
    /// Another call failed.
    case call(SystemError)

    /// The error of a failed call on `interface`, by its errno.
    init(_ error: SystemError) {
        switch error.code {
        case EAFNOSUPPORT, EPROTONOSUPPORT: self = .noCAN(code: error.code)
        case EPERM, EACCES: self = .notPermitted(error.place, code: error.code)
        default: self = .call(error)
        }
    }

    /// The same for the seam of sources and sinks.
    public var streamError: StreamError {
        switch self {
        case .noCAN(let code):
            StreamError(
                place: "kernel", cause: SystemError("CAN socket", on: "kernel", code: code).reason,
                remedy: "load the modules by 'modprobe can-raw', or use a kernel that has CAN")
        case .noInterface(let name, let present):
            StreamError(
                place: name, cause: "there is no interface of this name",
                remedy: present.isEmpty
                    ? "no CAN interface is present; plug one in, or wait for it"
                    : "present are " + present.joined(separator: ", "))
        case .noInterfaces:
            StreamError(
                place: "any", cause: "there is no CAN interface",
                remedy: "plug one in, make one by 'ip link add vcan0 type vcan', or wait by --wait")
        case .notCAN(let name):
            StreamError(
                place: name, cause: "not a CAN interface",
                remedy: "list CAN interfaces by 'ip link show type can' or 'type vcan'")
        case .notPermitted(let name, let code):
            StreamError(
                place: name, cause: SystemError("CAN socket", on: name, code: code).reason,
                remedy: "give the container or service the right to open CAN sockets")
        case .tooManyInterfaces(let count):
            StreamError(
                place: "interfaces", cause: "\(count) interfaces, and a recording has 256 channels",
                remedy: "name those that are wanted")
        case .namedTwice(let name):
            StreamError(place: name, cause: "named twice", remedy: "name each interface once")
        case .noRing(let error): error.streamError(remedy: Self.remedy(ofRing: error))
        case .ringLacks(let what):
            StreamError(
                place: PacketRing.place, cause: "\(what) cannot be had by it",
                remedy: "receive by sockets: --receive socket")
        case .tooManyFilters(let count, let maximum):
            StreamError(
                place: "filters", cause: "\(count) filters, and the kernel takes \(maximum)",
                remedy: "let one mask cover several identifiers, or record all and select later")
        case .call(let error): error.streamError()
        }
    }
}

extension SocketCANError {
    private static func remedy(ofRing error: SystemError) -> String {
        switch error.code {
        case EPERM, EACCES:
            "it needs CAP_NET_RAW: an administrator runs 'setcap "
                + "cap_net_raw,cap_net_admin,cap_sys_nice+ep' on the canlog binary; or receive by "
                + "sockets: --receive socket"
        case ENOMEM where error.operation.contains("FILTER"):
            "an administrator raises it by 'sysctl net.core.optmem_max=131072'; or name fewer filters"
        default: "receive by sockets: --receive socket"
        }
    }
}

extension SocketCANError: CustomStringConvertible {
    public var description: String { streamError.description }
}
