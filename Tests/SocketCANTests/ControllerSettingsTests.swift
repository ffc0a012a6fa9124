import CANFrame
import CLibSocketCAN
import Glibc
import LocalFiles
import TestBench
import Testing

@testable import SocketCAN

/// The settings of the two controllers that `bench-vm --controllers` has.
@Suite(
    "controller settings",
    .enabled(if: hasInterface("can1"), "no emulated controllers; run in bench-vm --controllers"))
struct ControllerSettingsTests {
    private func settings(_ change: (inout LinkSettings) -> Void) -> LinkSettings {
        var settings = LinkSettings()
        change(&settings)
        return settings
    }

    @Test("an interface is set up, left alone, set anew and set down; libsocketcan reads the same")
    func upAndDown() throws {
        try withHostNetwork {
            _ = try LinkConfigurator.setDown("can0")
            let wanted = settings {
                $0.bitRate = 250_000
                $0.samplePoint = 750
                $0.restartDelay = 150
                $0.set(.busErrorReporting, true)
                $0.set(.listenOnly, true)
            }
            let (first, link) = try LinkConfigurator.setUp("can0", wanted)
            #expect(first == .setUp)
            #expect(link.isUp && wanted.isMet(by: link))
            try expectSame("can0", as: link)
            let again = try LinkConfigurator.setUp("can0", wanted)
            #expect(again.outcome == .wasUp)
            let other = try LinkConfigurator.setUp(
                "can0",
                settings {
                    $0.bitRate = 500_000
                    $0.set(.listenOnly, false)
                })
            #expect(other.outcome == .setDownAndUp)
            #expect(other.link.bitRate == 500_000)
            // What was not given stays.
            #expect(other.link.controller?.modes == [.busErrorReporting])
            #expect(other.link.controller?.restartDelay == 150)
            try expectSame("can0", as: other.link)
            #expect(try LinkConfigurator.setDown("can0"))
            #expect(try !LinkConfigurator.setDown("can0"))
            #expect(try !LinkConfigurator.find("can0").isUp)
            _ = try LinkConfigurator.setUp(
                "can0", settings { $0.set(.busErrorReporting, false) })
        }
    }

    @Test("segments that were chosen by hand come back exactly")
    func exactTiming() throws {
        try withHostNetwork {
            try ip("link", "set", "can0", "down")
            // 16 quanta of 125 ns, which the kernel would divide otherwise.
            try ip(
                "link", "set", "can0", "up", "type", "can", "tq", "125", "prop-seg", "5",
                "phase-seg1", "5", "phase-seg2", "5", "sjw", "3")
            let before = try LinkConfigurator.find("can0")
            #expect(before.controller?.timing?.samplePoint == 687)
            try ip("link", "set", "can0", "down")
            try ip("link", "set", "can0", "type", "can", "bitrate", "125000")
            let (_, after) = try LinkConfigurator.setUp("can0", LinkSettings(asOn: before))
            #expect(after.controller?.timing == before.controller?.timing)
        }
    }

    @Test("what the kernel refuses is told by its reason, and nothing is printed by others")
    func refused() throws {
        try withHostNetwork {
            _ = try LinkConfigurator.setDown("can0")
            _ = try LinkConfigurator.setUp(
                "can0",
                settings {
                    $0.bitRate = 500_000
                })
            // Settings of an interface that is up cannot be changed.
            #expect(throws: SystemError("set restart-ms", on: "can0", code: EBUSY)) {
                try LibSocketCAN.setRestartDelay(5, of: "can0")
            }
            #expect(throws: SystemError("set CAN FD", on: "can0", code: EOPNOTSUPP)) {
                try LibSocketCAN.stop("can0")
                defer { try? LibSocketCAN.start("can0") }
                var socket = try NetlinkSocket()
                try socket.change(
                    .flexibleDataRate(
                        BitTiming(bitRate: 500_000), BitTiming(bitRate: 2_000_000), modes: 0x20,
                        mask: 0x20, of: try LinkConfigurator.find("can0").index),
                    "set CAN FD", on: "can0")
            }
        }
    }

    /// libsocketcan's own reading of the interface is ours.
    private func expectSame(_ name: String, as link: Link) throws {
        let controller = try #require(link.controller)
        var timing = can_bittiming()
        var modes = can_ctrlmode()
        var (state, delay): (CInt, UInt32) = (-1, 0)
        var clock = can_clock()
        var counters = can_berr_counter()
        var limits = can_bittiming_const()
        var statistics = can_device_stats()
        // Each call fills the structure that it is given.
        unsafe #expect(can_get_bittiming(name, &timing) == 0)
        unsafe #expect(can_get_ctrlmode(name, &modes) == 0)
        unsafe #expect(can_get_state(name, &state) == 0)
        unsafe #expect(can_get_restart_ms(name, &delay) == 0)
        unsafe #expect(can_get_clock(name, &clock) == 0)
        unsafe #expect(can_get_berr_counter(name, &counters) == 0)
        unsafe #expect(can_get_bittiming_const(name, &limits) == 0)
        unsafe #expect(can_get_device_stats(name, &statistics) == 0)
        #expect(controller.timing?.bitRate == timing.bitrate)
        #expect(controller.timing?.samplePoint == timing.sample_point)
        #expect(controller.timing?.timeQuantum == timing.tq)
        #expect(controller.timing?.propagationSegment == timing.prop_seg)
        #expect(controller.timing?.phaseSegment1 == timing.phase_seg1)
        #expect(controller.timing?.phaseSegment2 == timing.phase_seg2)
        #expect(controller.timing?.jumpWidth == timing.sjw)
        #expect(controller.timing?.prescaler == timing.brp)
        #expect(controller.modes.rawValue == modes.flags)
        #expect(controller.state.map { CInt($0.rawValue) } == state)
        #expect(controller.restartDelay == delay)
        #expect(controller.clock == clock.freq)
        #expect(controller.errorCounters?.transmit == counters.txerr)
        #expect(controller.errorCounters?.receive == counters.rxerr)
        #expect(controller.limits?.segment1 == limits.tseg1_min...limits.tseg1_max)
        #expect(controller.limits?.segment2 == limits.tseg2_min...limits.tseg2_max)
        #expect(controller.limits?.prescaler == limits.brp_min...limits.brp_max)
        #expect(controller.limits?.jumpWidth == limits.sjw_max)
        #expect(controller.statistics?.busErrors == statistics.bus_error)
        #expect(controller.statistics?.restarts == statistics.restarts)
    }
}
