public import CANFrame
import CLinuxCAN
import Glibc

/// A network device as the kernel describes it by rtnetlink.
public struct Link: Hashable, Sendable {
    /// The kernel's number, which a device that comes back does not get again.
    public var index: Int32
    /// The name, for example `can0`.
    public var name: String
    /// Whether it is set up (`IFF_UP`), so that frames can pass.
    public var isUp: Bool
    /// Whether it carries CAN frames (`ARPHRD_CAN`).
    public var isCAN: Bool
    /// The kind of driver (`IFLA_INFO_KIND`): `can` of most controllers, `vcan`, `vxcan`.
    public var kind: String?
    /// The largest frame in bytes: 16 for classic CAN, 72 with CAN FD, more with CAN XL.
    public var mtu: UInt32
    /// The controller behind it; `nil` of virtual interfaces.
    public var controller: Controller?
    /// The device's own counters at the time of the description.
    public var statistics: InterfaceStatistics

    public init(
        index: Int32, name: String, isUp: Bool, isCAN: Bool, kind: String? = nil, mtu: UInt32 = 0,
        controller: Controller? = nil,
        statistics: InterfaceStatistics = InterfaceStatistics()
    ) {
        self.index = index
        self.name = name
        self.isUp = isUp
        self.isCAN = isCAN
        self.kind = kind
        self.mtu = mtu
        self.controller = controller
        self.statistics = statistics
    }

    /// The bit rate in bit/s, of controllers only.
    public var bitRate: UInt32? { controller?.timing?.bitRate }
    /// The data bit rate of CAN FD in bit/s, of controllers only.
    public var dataBitRate: UInt32? { controller?.dataTiming?.bitRate }

    /// How it is set up.
    public var settings: InterfaceSettings {
        InterfaceSettings(
            bitRate: bitRate, samplePoint: controller?.timing?.samplePoint,
            dataBitRate: dataBitRate, dataSamplePoint: controller?.dataTiming?.samplePoint,
            modes: controller?.modes, restartDelay: controller?.restartDelay, mtu: mtu)
    }

    /// Whether no wire hangs on it: a `vcan`, or a `vxcan` between two network namespaces.
    public var isVirtual: Bool { kind == "vcan" || kind == "vxcan" }

    /// Whether CAN FD frames can be sent (`CANFD_MTU`).
    public var carriesFD: Bool { isCAN && mtu >= UInt32(CANLOG_CANFD_MTU) }
}

extension Link {
    /// Reads the payload of an `RTM_NEWLINK` or `RTM_DELLINK`; `nil` if it does not describe a device.
    init?(rtnetlink payload: Span<UInt8>) {
        // struct ifinfomsg: family 1, pad 1, type 2, index 4, flags 4, change 4.
        guard payload.count >= 16, payload[0] == UInt8(AF_UNSPEC) else { return nil }
        self.init(
            index: Int32(bitPattern: payload.hostUInt32(at: 4)), name: "",
            isUp: payload.hostUInt32(at: 8) & 1 != 0,  // IFF_UP
            isCAN: payload.hostUInt16(at: 2) == UInt16(ARPHRD_CAN))
        var attributes = NetlinkAttributes(from: 16)
        while let attribute = attributes.next(in: payload) {
            let value = payload.extracting(attribute.value)
            switch attribute.kind {
            case IFLA_IFNAME: name = value.text
            case IFLA_MTU where value.count >= 4: mtu = value.hostUInt32(at: 0)
            case IFLA_STATS64: statistics = InterfaceStatistics(linkStatistics: value)
            case IFLA_LINKINFO: readInfo(value)
            default: break
            }
        }
        guard index > 0, !name.isEmpty else { return nil }
    }

    private mutating func readInfo(_ info: Span<UInt8>) {
        // The statistics stand before the data (rtnl_link_info_fill).
        var statistics: ControllerStatistics?
        var attributes = NetlinkAttributes(from: 0)
        while let attribute = attributes.next(in: info) {
            let value = info.extracting(attribute.value)
            switch attribute.kind {
            case IFLA_INFO_KIND: kind = value.text
            // The kind stands before both, and other kinds number otherwise.
            case IFLA_INFO_DATA where kind == "can": controller = Controller(rtnetlink: value)
            case IFLA_INFO_XSTATS where kind == "can":
                statistics = ControllerStatistics(rtnetlink: value)
            default: break
            }
        }
        controller?.statistics = statistics
    }
}

extension InterfaceStatistics {
    /// Reads a `struct rtnl_link_stats64`, of which a kernel may give more or less than we know.
    init(linkStatistics bytes: Span<UInt8>) {
        func counter(_ index: Int) -> UInt64 {
            bytes.count - 8 >= index * 8 ? bytes.hostUInt64(at: index * 8) : 0
        }
        // The order of linux/if_link.h.
        self.init(
            receivedFrames: counter(0), receivedBytes: counter(2), sentFrames: counter(1),
            receiveErrors: counter(4), receiveDropped: counter(6), receiveOverruns: counter(11),
            receiveMissed: counter(15), sendErrors: counter(5), sendDropped: counter(7))
    }
}
