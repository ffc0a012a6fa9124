import CANFrame
import Testing

@testable import Replaying

@Suite("Where the channels of a log go")
struct ReplayRoutingTests {
    private func route(
        _ channels: [String], to interface: String? = nil, map: [String: String] = [:],
        existing: Set<String> = []
    ) throws(StreamError) -> ReplayRouting {
        try ReplayRouting(
            channels: channels, interface: interface, map: map, exists: { existing.contains($0) },
            place: "a.canlog")
    }

    @Test("one channel goes to the interface that is named")
    func single() throws {
        let routing = try route(["can0"], to: "vcan3")
        #expect(routing.interfaces == ["vcan3"])
        #expect(routing.outlet(of: "can0") == 0)
    }

    @Test("channels without a map go to the interface of the same name")
    func sameName() throws {
        let routing = try route(["can0", "can1"], map: ["can1": "vcan1"], existing: ["can0"])
        #expect(routing.interfaces == ["can0", "vcan1"])
        #expect(routing.outlet(of: "can1") == 1)
        #expect(routing.outlet(of: "can2") == nil)
    }

    @Test("two channels may go to one interface")
    func merged() throws {
        let routing = try route(["can0", "can1"], map: ["can0": "vcan0", "can1": "vcan0"])
        #expect(routing.interfaces == ["vcan0"])
        #expect(routing.outlet(of: "can1") == 0)
    }

    @Test("several channels for one interface are refused with the map to give")
    func ambiguous() {
        #expect {
            try route(["can0", "can1"], to: "vcan0")
        } throws: {
            "\($0)"
                == "a.canlog: the log has 2 channels (can0, can1) for one interface; say where each "
                + "goes: --map can0=vcan0 --map can1=vcan0"
        }
    }

    @Test("channels without an interface are named, all at once")
    func unmapped() {
        #expect {
            try route(["can0", "can1", "can2"], map: ["can1": "vcan1"])
        } throws: {
            "\($0)"
                == "a.canlog: no interface of the same name for can0, can2; say where each goes: "
                + "--map can0=vcan0 --map can2=vcan0"
        }
    }

    @Test("a map for a channel that the log does not have is refused")
    func unknown() {
        #expect {
            try route(["can0"], map: ["can7": "vcan0"])
        } throws: {
            "\($0)"
                == "a.canlog: the log has no channel can7; its channels with frames to send are can0"
        }
    }
}
