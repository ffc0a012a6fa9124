import CLinuxCAN
import Glibc

/// A request to rtnetlink, without its sequence number.
struct NetlinkRequest {
    private var kind: Int
    private var flags: UInt16
    private var payload: [UInt8]

    /// `RTM_GETLINK` for all devices.
    static let allLinks = NetlinkRequest(
        // NLM_F_REQUEST | NLM_F_ROOT | NLM_F_MATCH, which is NLM_F_DUMP.
        kind: Int(RTM_GETLINK), flags: 0x301, payload: device(0))

    /// `RTM_NEWLINK` that sets the MTU of a device.
    static func mtu(_ mtu: UInt32, of link: Int32) -> NetlinkRequest {
        change(link, attribute(IFLA_MTU, hostBytes(mtu)))
    }

    /// `RTM_NEWLINK` that sets both timings of a controller, by bit rate and sample point (0: as the
    /// kernel chooses), and those modes that are in `mask`.
    static func flexibleDataRate(
        _ nominal: BitTiming, _ data: BitTiming, modes: UInt32, mask: UInt32, of link: Int32
    ) -> NetlinkRequest {
        let settings =
            attribute(IFLA_CAN_BITTIMING, structure(nominal))
            + attribute(IFLA_CAN_DATA_BITTIMING, structure(data))
            // struct can_ctrlmode: mask, flags.
            + attribute(IFLA_CAN_CTRLMODE, hostBytes(mask) + hostBytes(modes))
        return change(
            link,
            attribute(
                IFLA_LINKINFO,
                attribute(IFLA_INFO_KIND, Array("can".utf8)) + attribute(IFLA_INFO_DATA, settings)))
    }

    /// The message with its header (`struct nlmsghdr`).
    func bytes(sequence: UInt32) -> [UInt8] {
        Self.hostBytes(UInt32(16 + payload.count)) + Self.hostBytes(UInt16(kind))
            + Self.hostBytes(flags) + Self.hostBytes(sequence) + Self.hostBytes(UInt32(0))
            + payload
    }

    private static func change(_ link: Int32, _ attributes: [UInt8]) -> NetlinkRequest {
        // NLM_F_REQUEST | NLM_F_ACK
        NetlinkRequest(kind: Int(RTM_NEWLINK), flags: 0x5, payload: device(link) + attributes)
    }

    /// A `struct ifinfomsg`: family, type, index, flags, change.
    private static func device(_ index: Int32) -> [UInt8] {
        [0, 0, 0, 0] + hostBytes(index) + [UInt8](repeating: 0, count: 8)
    }

    /// A `struct rtattr` with its value, filled up to a multiple of 4 bytes.
    private static func attribute(_ kind: Int, _ value: [UInt8]) -> [UInt8] {
        let padding = [UInt8](repeating: 0, count: (4 - value.count % 4) % 4)
        return hostBytes(UInt16(4 + value.count)) + hostBytes(UInt16(kind)) + value + padding
    }

    /// A `struct can_bittiming` that leaves the segments to the kernel.
    private static func structure(_ timing: BitTiming) -> [UInt8] {
        hostBytes(timing.bitRate) + hostBytes(timing.samplePoint)
            + [UInt8](repeating: 0, count: 24)
    }

    private static func hostBytes(_ value: some FixedWidthInteger) -> [UInt8] {
        (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value.littleEndian >> ($0 * 8)) }
    }
}
