public import CANFrame
import CLinuxCAN

/// A CAN controller as its driver describes it by rtnetlink (`IFLA_CAN_*`).
public struct Controller: Hashable, Sendable {
    public var state: ControllerState?
    /// Its error counters, where the driver reads them.
    public var errorCounters: ErrorCounters?
    /// How it is timed; `nil` while no bit rate is set.
    public var timing: BitTiming?
    /// How the payload of CAN FD frames is timed; `nil` while that is not set.
    public var dataTiming: BitTiming?
    public var limits: BitTimingLimits?
    public var dataLimits: BitTimingLimits?
    /// The only bit rates that it has, in bit/s; empty where ``limits`` say it.
    public var bitRates: [UInt32] = []
    public var dataBitRates: [UInt32] = []
    /// The greatest bit rate of its transceiver in bit/s, where that is known.
    public var greatestBitRate: UInt32?
    /// Its clock in Hz.
    public var clock: UInt32?
    public var modes: ControllerModes = []
    /// The modes that it has; `nil` from kernels before 5.17, which do not tell.
    public var supportedModes: ControllerModes?
    /// How many milliseconds after a bus-off the kernel restarts it; 0 for never.
    public var restartDelay: UInt32?
    /// The terminating resistor that is switched on, in ohms, 0 for none; `nil` where it has none
    /// that can be switched.
    public var termination: UInt16?
    public var terminations: [UInt16] = []
    /// What happened since its driver was bound.
    public var statistics: ControllerStatistics?

    public init() {}

    /// The name of its hardware, `controller` where its driver does not tell.
    public var name: String { limits?.controller ?? "controller" }
}

/// What happened to a controller since its driver was bound (`struct can_device_stats`).
public struct ControllerStatistics: Hashable, Sendable {
    public var busErrors: UInt32 = 0
    /// Changes to the states.
    public var errorWarnings: UInt32 = 0
    public var errorPassives: UInt32 = 0
    public var busOffs: UInt32 = 0
    public var lostArbitrations: UInt32 = 0
    /// Restarts after a bus-off.
    public var restarts: UInt32 = 0

    public init() {}
}

// MARK: Reading

extension Controller {
    /// Reads `IFLA_INFO_DATA` of a controller; what a kernel does not tell stays `nil`.
    init(rtnetlink data: Span<UInt8>) {
        self.init()
        var attributes = NetlinkAttributes(from: 0)
        while let attribute = attributes.next(in: data) {
            take(attribute.kind, data.extracting(attribute.value))
        }
    }

    private mutating func take(_ kind: Int, _ value: Span<UInt8>) {
        switch kind {
        case IFLA_CAN_BITTIMING: timing = BitTiming(rtnetlink: value)
        case IFLA_CAN_DATA_BITTIMING: dataTiming = BitTiming(rtnetlink: value)
        case IFLA_CAN_BITTIMING_CONST: limits = BitTimingLimits(rtnetlink: value)
        case IFLA_CAN_DATA_BITTIMING_CONST: dataLimits = BitTimingLimits(rtnetlink: value)
        case IFLA_CAN_BITRATE_CONST: bitRates = Self.numbers(value)
        case IFLA_CAN_DATA_BITRATE_CONST: dataBitRates = Self.numbers(value)
        case IFLA_CAN_BITRATE_MAX where value.count >= 4:
            greatestBitRate = value.hostUInt32(at: 0) == 0 ? nil : value.hostUInt32(at: 0)
        case IFLA_CAN_CLOCK where value.count >= 4: clock = value.hostUInt32(at: 0)
        case IFLA_CAN_STATE where value.count >= 4:
            let number = UInt8(exactly: value.hostUInt32(at: 0))
            state = number.flatMap { ControllerState(rawValue: $0) }
        // struct can_ctrlmode: mask, flags.
        case IFLA_CAN_CTRLMODE where value.count >= 8:
            modes = ControllerModes(rawValue: value.hostUInt32(at: 4))
        case IFLA_CAN_CTRLMODE_EXT: takeSupported(value)
        case IFLA_CAN_RESTART_MS where value.count >= 4: restartDelay = value.hostUInt32(at: 0)
        // struct can_berr_counter: txerr, rxerr.
        case IFLA_CAN_BERR_COUNTER where value.count >= 4:
            errorCounters = ErrorCounters(
                transmit: value.hostUInt16(at: 0), receive: value.hostUInt16(at: 2))
        case IFLA_CAN_TERMINATION where value.count >= 2: termination = value.hostUInt16(at: 0)
        case IFLA_CAN_TERMINATION_CONST:
            terminations = (0..<value.count / 2).map { value.hostUInt16(at: $0 * 2) }
        default: break
        }
    }

    private mutating func takeSupported(_ value: Span<UInt8>) {
        var attributes = NetlinkAttributes(from: 0)
        while let attribute = attributes.next(in: value) {
            let value = value.extracting(attribute.value)
            // IFLA_CAN_CTRLMODE_SUPPORTED
            guard attribute.kind == 1, value.count >= 4 else { continue }
            supportedModes = ControllerModes(rawValue: value.hostUInt32(at: 0))
        }
    }

    private static func numbers(_ value: Span<UInt8>) -> [UInt32] {
        (0..<value.count / 4).map { value.hostUInt32(at: $0 * 4) }
    }
}

extension BitTiming {
    /// Reads a `struct can_bittiming`, of which a kernel may give less; `nil` while none is set.
    init?(rtnetlink value: Span<UInt8>) {
        func number(_ index: Int) -> UInt32 {
            value.count - 4 >= index * 4 ? value.hostUInt32(at: index * 4) : 0
        }
        guard number(0) > 0 else { return nil }
        self.init(bitRate: number(0), samplePoint: number(1))
        timeQuantum = number(2)
        propagationSegment = number(3)
        phaseSegment1 = number(4)
        phaseSegment2 = number(5)
        jumpWidth = number(6)
        prescaler = number(7)
    }
}

extension BitTimingLimits {
    /// Reads a `struct can_bittiming_const`; `nil` if it is cut or contradicts itself.
    init?(rtnetlink value: Span<UInt8>) {
        guard value.count >= 48 else { return nil }
        func range(at offset: Int) -> ClosedRange<UInt32>? {
            let (first, last) = (value.hostUInt32(at: offset), value.hostUInt32(at: offset + 4))
            return first <= last ? first...last : nil
        }
        guard let segment1 = range(at: 16), let segment2 = range(at: 24),
            let prescaler = range(at: 36)
        else { return nil }
        self.init(
            controller: value.extracting(0..<16).text, segment1: segment1, segment2: segment2,
            jumpWidth: value.hostUInt32(at: 32), prescaler: prescaler,
            prescalerStep: value.hostUInt32(at: 44))
    }
}

extension ControllerStatistics {
    /// Reads a `struct can_device_stats`; `nil` if it is cut.
    init?(rtnetlink value: Span<UInt8>) {
        guard value.count >= 24 else { return nil }
        busErrors = value.hostUInt32(at: 0)
        errorWarnings = value.hostUInt32(at: 4)
        errorPassives = value.hostUInt32(at: 8)
        busOffs = value.hostUInt32(at: 12)
        lostArbitrations = value.hostUInt32(at: 16)
        restarts = value.hostUInt32(at: 20)
    }
}
