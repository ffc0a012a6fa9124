import CANFrame
import Testing

@testable import SocketCAN

@Suite("what the kernel hands over")
struct ParsingTests {
    /// RTM_NEWLINK of a vcan, written by hand from linux/rtnetlink.h and linux/if_link.h.
    static let vcan: [UInt8] =
        // ifinfomsg: ARPHRD_CAN, index 7, up
        [0, 0, 0x18, 0x01, 7, 0, 0, 0, 0xC1, 0, 1, 0, 0, 0, 0, 0]
        + [10, 0, 3, 0] + Array("vcan0".utf8) + [0, 0, 0]  // IFLA_IFNAME
        + [8, 0, 4, 0, 72, 0, 0, 0]  // IFLA_MTU
        + [16, 0, 18, 0] + [9, 0, 1, 0] + Array("vcan".utf8) + [0, 0, 0, 0]  // IFLA_LINKINFO

    /// The same of a controller: IFLA_LINKINFO with its kind and IFLA_CAN_BITTIMING of 500 kbit/s.
    static let controller: [UInt8] =
        [0, 0, 0x18, 0x01, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        + [9, 0, 3, 0] + Array("can0".utf8) + [0, 0, 0, 0]
        + [28, 0, 18, 0] + [8, 0, 1, 0] + Array("can".utf8) + [0]
        + [16, 0, 2, 0] + [12, 0, 1, 0, 0x20, 0xA1, 7, 0, 0x6B, 3, 0, 0]

    @Test("a device is read with its name, state and kind")
    func device() {
        let link = Link(rtnetlink: Self.vcan.span)
        #expect(
            link == Link(index: 7, name: "vcan0", isUp: true, isCAN: true, kind: "vcan", mtu: 72))
        #expect(link?.isVirtual == true && link?.carriesFD == true)
        let can = Link(rtnetlink: Self.controller.span)
        var controller = Controller()
        controller.timing = BitTiming(bitRate: 500_000, samplePoint: 875)
        #expect(
            can
                == Link(
                    index: 3, name: "can0", isUp: false, isCAN: true, kind: "can",
                    controller: controller))
        #expect(can?.isVirtual == false)
    }

    @Test(
        "a message that is cut anywhere is read as far as it goes", arguments: [vcan, controller])
    func cut(message: [UInt8]) {
        for length in message.indices {
            let cut = Array(message[..<length])
            let link = Link(rtnetlink: cut.span)
            #expect(link == nil || length > 16)
            let framed = [UInt8(length + 16), 0, 0, 0, 16, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0] + cut
            var messages = NetlinkMessages()
            let whole = messages.next(in: framed.span)?.payload
            let none = messages.next(in: framed.span)?.payload
            #expect(whole == 16..<length + 16)
            #expect(none == nil)
        }
    }

    @Test("a length that cannot be true ends the reading", arguments: [0, 3, 15, 200, 255])
    func lengths(length: UInt8) {
        let message: [UInt8] = [length, 0, 0, 0] + [UInt8](repeating: 0, count: 28)
        var messages = NetlinkMessages()
        let none = messages.next(in: message.span)?.payload
        #expect(none == nil)
        let attribute: [UInt8] = [length, length, 1, 0, 1, 2, 3, 4]
        var attributes = NetlinkAttributes(from: 0)
        let nothing = attributes.next(in: attribute.span)?.value
        #expect(nothing == nil)
    }

    @Test("lengths and sizes that no frame has are refused")
    func malformed() {
        func form(_ size: UInt32, _ length: UInt8, id: UInt32 = 0x123) -> FrameForm? {
            FrameForm(
                identifier: id, length: length, flags: 0, rawDLC: 0, size: size, messageFlags: 0)
        }
        for length in UInt8(0)...8 { #expect(form(16, length)?.length == length) }
        for length in UInt8(0)...64 { #expect(form(72, length)?.length == length) }
        #expect(form(16, 9) == nil)
        #expect(form(72, 65) == nil)
        #expect(form(72, 255) == nil)
        for size: UInt32 in [0, 8, 15, 17, 71, 73, 2_060] { #expect(form(size, 0) == nil) }
        #expect(form(72, 0, id: 0x4000_0001) == nil)
        #expect(form(16, 0, id: 0xFFFF)?.identifier.number == 0x7FF)
    }

    @Test(
        "the origin is what the kernel says",
        arguments: [(UInt32(0), FrameOrigin.received), (4, .thisHost), (0x804, .thisProcess)])
    func origin(flags: UInt32, origin: FrameOrigin) {
        let form = FrameForm(
            identifier: 1, length: 0, flags: 0, rawDLC: 0, size: 16, messageFlags: flags)
        #expect(form?.flags.origin == origin)
    }

    @Test("a table that was read anew says what changed")
    func table() {
        var table = LinkTable()
        let one = Link(index: 1, name: "can0", isUp: true, isCAN: true)
        var two = Link(index: 2, name: "can1", isUp: false, isCAN: true)
        #expect(table.replaceAll(by: [one, two]) == [.appeared(one), .appeared(two)])
        two.isUp = true
        two.name = "can2"
        #expect(
            table.replaceAll(by: [two])
                == [.vanished(one), .renamed(two, from: "can1"), .wentUp(two)])
        #expect(table.canLinks == [two])
    }
}
