import CANFrame
import LocalFiles
import SocketCAN

/// What the recorder is permitted.
struct RightsFindings {
    private let service: ServiceState
    private let own: Set<ProcessRights.Capability>?

    init(_ service: ServiceState, own: Set<ProcessRights.Capability>?) {
        self.service = service
        self.own = own
    }

    var all: [Finding] {
        ProcessRights.Capability.allCases.map { capability in
            if let names = service.capabilities {
                return names.contains(capability.name.lowercased())
                    ? Finding(
                        "rights", .ok, "\(service.unit) has \(capability.name): \(capability.use)")
                    : Finding(
                        "rights", .warn,
                        "\(service.unit) lacks \(capability.name): \(capability.use)",
                        remedy: "sudo systemctl revert \(service.unit)")
            }
            guard let own else {
                return Finding(
                    "rights", .notMeasured, "/proc does not tell of \(capability.name)")
            }
            return own.contains(capability)
                ? Finding("rights", .ok, "this process has \(capability.name): \(capability.use)")
                : Finding(
                    "rights", .warn, "this process lacks \(capability.name): \(capability.use)",
                    remedy:
                        "record by the service, or: sudo setcap cap_net_admin,cap_net_raw,cap_sys_nice+ep \"$(command -v canlog)\""
                )
        }
    }
}

extension ProcessRights.Capability {
    /// What a recorder has it for.
    fileprivate var use: String {
        switch self {
        case .networkAdministration: "sets interfaces up, and receive buffers beyond the limit"
        case .rawNetwork: "receives by the packet ring"
        case .scheduling: "receives before other programs run"
        }
    }
}

/// How many frames the kernel holds while the recorder is held up.
enum BufferFinding {
    /// `granted` as the kernel counts, `nil` without CAN; `limit` is net.core.rmem_max.
    static func of(granted: Int?, limit: Int?, service: ServiceState) -> Finding {
        guard let granted else {
            return Finding("receive buffer", .notMeasured, "there is no CAN socket to ask with")
        }
        let frames = granted / CANSupport.frameCharge
        let words = "\(granted / 1_024) KiB for a socket, \(frames) frames"
        let isSmall = frames < 10_000
        if isSmall, service.capabilities?.contains("cap_net_admin") == true {
            return Finding(
                "receive buffer", .notMeasured,
                "\(words) for this process; the service may take more than net.core.rmem_max")
        }
        guard isSmall else { return Finding("receive buffer", .ok, words) }
        return Finding(
            "receive buffer", .warn,
            words + (limit.map { "; net.core.rmem_max is \($0)" } ?? "")
                + ": a standstill of \(frames / 4) ms loses frames at 4,000/s",
            remedy:
                "echo net.core.rmem_max=16777216 | sudo tee /etc/sysctl.d/60-canlog.conf && sudo sysctl --system"
        )
    }
}

/// Whether the clock by which everything is stamped is right.
enum ClockFinding {
    static func of(_ state: ClockSynchronisation?) -> Finding {
        guard let state else {
            return Finding(
                "clock", .notMeasured, "the kernel does not tell whether it is synchronised")
        }
        guard state.isSynchronised else {
            return Finding(
                "clock", .warn, "is not synchronised: stamps may be off by any time",
                remedy: "sudo timedatectl set-ntp true, or set chrony up")
        }
        let milliseconds = state.maximumError / 1_000
        guard milliseconds < 1_000 else {
            return Finding(
                "clock", .warn, "is synchronised, but may be off by \(milliseconds) ms",
                remedy: "chronyc sources, or timedatectl timesync-status")
        }
        return Finding("clock", .ok, "synchronised, off by at most \(milliseconds) ms")
    }
}
