/// What a controller makes of its error counters (`enum can_state` of linux/can/netlink.h).
public enum ControllerState: UInt8, Sendable, CaseIterable {
    /// Both counters are below 96.
    case errorActive = 0
    /// One of them has reached 96.
    case errorWarning = 1
    /// One of them has reached 128: it announces errors passively, which nobody else sees.
    case errorPassive = 2
    /// The transmit counter has reached 256: it neither sends nor receives until it is restarted.
    case busOff = 3
    /// It is set down.
    case stopped = 4
    case sleeping = 5
}

extension ControllerState {
    /// The state as `ip link` names it: `ERROR-ACTIVE`.
    public var name: String {
        switch self {
        case .errorActive: "ERROR-ACTIVE"
        case .errorWarning: "ERROR-WARNING"
        case .errorPassive: "ERROR-PASSIVE"
        case .busOff: "BUS-OFF"
        case .stopped: "STOPPED"
        case .sleeping: "SLEEPING"
        }
    }
}

/// The error counters of a controller (ISO 11898-1, 12.1.4.2; `struct can_berr_counter`).
public struct ErrorCounters: Sendable, Hashable {
    public var transmit: UInt16
    public var receive: UInt16

    public init(transmit: UInt16 = 0, receive: UInt16 = 0) {
        self.transmit = transmit
        self.receive = receive
    }
}

/// How a controller takes part in the bus (`CAN_CTRLMODE_*` of linux/can/netlink.h).
public struct ControllerModes: OptionSet, Hashable, Sendable {
    public var rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// What it sends it receives itself, and nothing reaches the bus.
    public static let loopback = ControllerModes(rawValue: 0x01)
    /// It sends nothing, not even an acknowledgement.
    public static let listenOnly = ControllerModes(rawValue: 0x02)
    /// Each bit is sampled three times.
    public static let tripleSampling = ControllerModes(rawValue: 0x04)
    /// A frame that was not acknowledged is not sent again.
    public static let oneShot = ControllerModes(rawValue: 0x08)
    /// Each bus error is reported as an error frame.
    public static let busErrorReporting = ControllerModes(rawValue: 0x10)
    /// CAN FD frames can be sent and received.
    public static let flexibleDataRate = ControllerModes(rawValue: 0x20)
    /// It does without acknowledgements.
    public static let presumeAcknowledged = ControllerModes(rawValue: 0x40)
    /// CAN FD as Bosch had it before ISO 11898-1:2015.
    public static let nonISO = ControllerModes(rawValue: 0x80)
    /// Classic frames keep a DLC above 8.
    public static let rawDLC = ControllerModes(rawValue: 0x100)
    /// The transmitter delay is compensated, by a value that the controller measures.
    public static let automaticDelayCompensation = ControllerModes(rawValue: 0x200)
    /// The transmitter delay is compensated by a given value.
    public static let manualDelayCompensation = ControllerModes(rawValue: 0x400)
}

extension ControllerModes {
    /// The modes that have a name, as `ip link` names them.
    public static let names: [(mode: ControllerModes, name: String)] = [
        (.loopback, "loopback"), (.listenOnly, "listen-only"), (.tripleSampling, "triple-sampling"),
        (.oneShot, "one-shot"), (.busErrorReporting, "berr-reporting"), (.flexibleDataRate, "fd"),
        (.presumeAcknowledged, "presume-ack"), (.nonISO, "fd-non-iso"), (.rawDLC, "cc-len8-dlc"),
        (.automaticDelayCompensation, "tdc-auto"), (.manualDelayCompensation, "tdc-manual"),
    ]

    /// The names of the modes that are on.
    public var names: [String] {
        var names = Self.names.filter { contains($0.mode) }.map(\.name)
        let known = Self.names.reduce(into: ControllerModes()) { $0.formUnion($1.mode) }
        let rest = subtracting(known).rawValue
        if rest != 0 { names.append("0x" + String(rest, radix: 16)) }
        return names
    }
}

/// How an interface is set up, as far as it is known.
public struct InterfaceSettings: Sendable, Hashable {
    /// The bit rate in bit/s.
    public var bitRate: UInt32?
    /// Where in a bit it is sampled, in thousandths of the bit.
    public var samplePoint: UInt32?
    /// The bit rate of the payload of CAN FD frames in bit/s.
    public var dataBitRate: UInt32?
    /// Where in a bit of that payload it is sampled, in thousandths of the bit.
    public var dataSamplePoint: UInt32?
    public var modes: ControllerModes?
    /// How many milliseconds after a bus-off the kernel restarts the controller; 0 for never.
    public var restartDelay: UInt32?
    /// The largest frame in bytes: 16 for classic CAN, 72 with CAN FD, 2060 with CAN XL.
    public var mtu: UInt32?

    public init(
        bitRate: UInt32? = nil, samplePoint: UInt32? = nil, dataBitRate: UInt32? = nil,
        dataSamplePoint: UInt32? = nil, modes: ControllerModes? = nil, restartDelay: UInt32? = nil,
        mtu: UInt32? = nil
    ) {
        self.bitRate = bitRate
        self.samplePoint = samplePoint
        self.dataBitRate = dataBitRate
        self.dataSamplePoint = dataSamplePoint
        self.modes = modes
        self.restartDelay = restartDelay
        self.mtu = mtu
    }
}
