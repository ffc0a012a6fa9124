import CANFrame
import Testing

@testable import SocketCAN

@Suite("link settings")
struct LinkSettingsTests {
    /// An SJA1000 as QEMU's kvaser_pci has it, by `ip -details link show` of Linux 6.1.
    static let link: Link = {
        var controller = Controller()
        controller.limits = BitTimingLimits(
            controller: "sja1000", segment1: 1...16, segment2: 1...8, jumpWidth: 4,
            prescaler: 1...64, prescalerStep: 1)
        controller.clock = 8_000_000
        controller.supportedModes = [
            .loopback, .listenOnly, .tripleSampling, .oneShot, .busErrorReporting,
        ]
        controller.restartDelay = 0
        return Link(
            index: 2, name: "can0", isUp: false, isCAN: true, kind: "can", mtu: 16,
            controller: controller)
    }()

    // Rate, sample point asked for (0: none), and those that Linux 6.1 made of it, by `ip -details`.
    @Test(
        "the bit timing that is expected is what the kernel makes",
        arguments: [
            [1_000_000, 0, 1_000_000, 750], [800_000, 0, 800_000, 800], [500_000, 0, 500_000, 875],
            [83_333, 0, 83_333, 875], [33_333, 0, 33_333, 875], [10_000, 0, 10_000, 875],
            [250_000, 800, 250_000, 750], [250_000, 813, 250_000, 812],
            [500_000, 600, 500_000, 562], [125_000, 300, 125_000, 250],
        ] as [[UInt32]])
    func timing(figures: [UInt32]) throws {
        let limits = try #require(Self.link.controller?.limits)
        let timing = try #require(
            limits.nearest(
                to: figures[0], samplePoint: figures[1] == 0 ? nil : figures[1], clock: 8_000_000))
        #expect(timing.bitRate == figures[2])
        #expect(timing.samplePoint == figures[3])
    }

    private func refusal(
        of link: Link = link, _ change: (inout LinkSettings) -> Void
    ) -> String? {
        var settings = LinkSettings()
        change(&settings)
        do throws(LinkSettingsError) {
            try settings.check(for: link)
            return nil
        } catch {
            return error.description
        }
    }

    @Test("what a controller cannot do is refused with what it can")
    func refused() {
        #expect(
            refusal { $0.bitRate = 1_500_000 }
                == "can0: a bit rate of 1500000 bit/s is not possible; this sja1000 with its clock "
                + "of 8000000 Hz has 5000 to 2666666 bit/s, the nearest is 1600000 bit/s")
        #expect(refusal { $0.bitRate = 1_000 }?.hasSuffix("has 5000 to 2666666 bit/s") == true)
        #expect(
            refusal {
                $0.bitRate = 250_000
                $0.samplePoint = 800
            } == "can0: a sample point of 0.800 at 250000 bit/s is not possible; this sja1000 has "
                + "0.750 and 0.812")
        #expect(
            refusal {
                $0.bitRate = 500_000
                $0.dataBitRate = 2_000_000
            } == "can0: CAN FD is not possible; this sja1000 supports loopback, listen-only, "
                + "triple-sampling, one-shot, berr-reporting")
        #expect(
            refusal { $0.set(.listenOnly, true) }
                == "can0: it has no bit rate, and without one it cannot be set up; give --bitrate; "
                + "by hand: 'sudo ip link set can0 up type can bitrate 500000 listen-only on'")
        #expect(
            refusal {
                $0.bitRate = 500_000
                $0.set(.oneShot, true)
            } == nil)
    }

    @Test("a list of bit rates is all that there are, and a transceiver's limit is one")
    func listed() {
        var link = Self.link
        link.controller?.bitRates = [125_000, 500_000]
        #expect(refusal(of: link) { $0.bitRate = 500_000 } == nil)
        #expect(
            refusal(of: link) { $0.bitRate = 250_000 }
                == "can0: a bit rate of 250000 bit/s is not possible; it has 125000, 500000 bit/s")
        link.controller?.greatestBitRate = 400_000
        #expect(
            refusal(of: link) { $0.bitRate = 500_000 }
                == "can0: a bit rate of 500000 bit/s is not possible; it has at most 400000 bit/s")
    }

    @Test("CAN FD wants a data bit rate that is not below the bit rate")
    func dataBitRate() {
        var link = Self.link
        link.controller?.supportedModes?.insert(.flexibleDataRate)
        link.controller?.clock = 80_000_000
        #expect(
            refusal(of: link) {
                $0.bitRate = 500_000
                $0.dataBitRate = 4_000_000
            } == nil)
        #expect(
            refusal(of: link) {
                $0.bitRate = 1_000_000
                $0.dataBitRate = 500_000
            }?.hasSuffix("it is at least the bit rate, 1000000 bit/s") == true)
        #expect(
            refusal(of: link) {
                $0.bitRate = 500_000
                $0.set(.flexibleDataRate, true)
            }?.hasSuffix("give --data-bitrate beside it") == true)
    }

    @Test("the settings of one interface win over those of all")
    func merged() {
        var all = LinkSettings()
        all.bitRate = 500_000
        all.samplePoint = 875
        all.set(.listenOnly, true)
        var one = LinkSettings()
        one.bitRate = 250_000
        one.set(.listenOnly, false)
        let merged = all.merging(one)
        #expect(merged.bitRate == 250_000)
        // A sample point belongs to the bit rate beside which it was given.
        #expect(merged.samplePoint == nil)
        #expect(merged.givenModes == [.listenOnly] && merged.modes == [])
    }

    @Test("the request for CAN FD has the bytes of linux/rtnetlink.h and linux/can/netlink.h")
    func request() {
        let bytes = NetlinkRequest.flexibleDataRate(
            BitTiming(bitRate: 500_000, samplePoint: 800), BitTiming(bitRate: 2_000_000),
            modes: 0x20, mask: 0x22, of: 3
        ).bytes(sequence: 7)
        let zeros = [UInt8](repeating: 0, count: 24)
        // nlmsghdr, ifinfomsg, IFLA_LINKINFO 18, IFLA_INFO_KIND 1, IFLA_INFO_DATA 2,
        // IFLA_CAN_BITTIMING 1, IFLA_CAN_DATA_BITTIMING 9, IFLA_CAN_CTRLMODE 5.
        var expected: [UInt8] = [132, 0, 0, 0, 16, 0, 5, 0, 7, 0, 0, 0, 0, 0, 0, 0]
        expected += [0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        expected += [100, 0, 18, 0, 7, 0, 1, 0] + Array("can".utf8) + [0, 88, 0, 2, 0]
        expected += [36, 0, 1, 0, 0x20, 0xA1, 7, 0, 0x20, 3, 0, 0] + zeros
        expected += [36, 0, 9, 0, 0x80, 0x84, 0x1E, 0, 0, 0, 0, 0] + zeros
        expected += [12, 0, 5, 0, 0x22, 0, 0, 0, 0x20, 0, 0, 0]
        #expect(bytes == expected)
    }
}
