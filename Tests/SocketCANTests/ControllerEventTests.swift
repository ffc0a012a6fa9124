import CANFrame
import LocalFiles
import TestBench
import Testing

@testable import SocketCAN

/// Error frames as linux/can/error.h defines them; can-utils' canerrsim sends the same.
@Suite("what becomes of controllers")
struct ControllerEventTests {
    private static func report(_ errorClass: UInt32, _ payload: [UInt8]) -> ErrorFrameReport {
        ErrorFrameReport(
            errorClass: errorClass, payload: payload.reversed().reduce(0) { $0 << 8 | UInt64($1) })
    }

    @Test("an error frame's class and payload say the state, as linux/can/error.h defines them")
    func frames() {
        let status: [(UInt8, ControllerState?)] = [
            (0x00, nil), (0x01, nil), (0x02, nil), (0x04, .errorWarning), (0x08, .errorWarning),
            (0x10, .errorPassive), (0x20, .errorPassive), (0x28, .errorPassive),
            (0x40, .errorActive),
        ]
        for (byte, state) in status {
            #expect(Self.report(0x04, [0, byte, 0, 0, 0, 0, 0, 0]).state == state)
            // Without CAN_ERR_CRTL the byte says nothing.
            #expect(Self.report(0x80, [0, byte, 0, 0, 0, 0, 0, 0]).state == nil)
        }
        #expect(Self.report(0x44, [0, 0x20, 0, 0, 0, 0, 0, 0]).state == .busOff)
        let restart = Self.report(0x100, [0, 0, 0, 0, 0, 0, 0, 0])
        #expect(restart.isRestart && restart.state == .errorActive)
        #expect(restart.counters == nil)
        #expect(
            Self.report(0x204, [0, 8, 0, 0, 0, 0, 96, 7]).counters
                == ErrorCounters(transmit: 96, receive: 7))
    }

    @Test(
        "states in error frames stand behind the frame that tells them, each change once",
        .enabled(if: Requirement.bus.shouldRun, "no kernel with CAN"))
    func onBus() throws {
        try withBenchNetwork(vcans: ["vcan0", "vcan1"]) {
            var source = try CANSource(.named(["vcan0", "vcan1"]), stop: try StopSignal())
            var captured = Captured()
            try captured.read(&source) { !$0.events.isEmpty }
            let sender = try BenchSender("vcan1")
            func send(_ errorClass: UInt32, _ payload: [UInt8]) throws {
                try sender.send(
                    Frame(
                        timestamp: Timestamp(nanoseconds: 0),
                        identifier: PackedID(errorClass: errorClass), payload: payload))
            }
            try sender.send(0x1)
            try send(0x204, [0, 0x08, 0, 0, 0, 0, 96, 0])
            try send(0x204, [0, 0x08, 0, 0, 0, 0, 104, 0])  // the same state again
            try send(0x204, [0, 0x20, 0, 0, 0, 0, 128, 0])
            try send(0x40, [0, 0, 0, 0, 0, 0, 0, 0])
            try sender.send(0x2)
            try send(0x100, [0, 0, 0, 0, 0, 0, 0, 0])
            try sender.send(0x3)
            try captured.read(&source) { $0.frameCount == 8 }
            try captured.finish(&source)
            // In order: identifiers of frames, and what was told of the controller.
            var order: [String] = []
            for item in captured.items {
                switch item {
                case .frame(let frame): order.append("\(frame.identifier)")
                case .event(let event):
                    switch event.kind {
                    case .controllerState(let state): order.append("\(state)")
                    case .errorCounters(let counters): order.append("tx \(counters.transmit)")
                    case .restarted: order.append("restarted")
                    default: continue
                    }
                    #expect(event.channel == 1)
                }
            }
            #expect(
                order == [
                    "001", "20000204", "errorWarning", "tx 96", "20000204", "20000204",
                    "errorPassive", "tx 128", "20000040", "busOff", "002", "20000100", "restarted",
                    "errorActive", "003",
                ])
        }
    }

    @Test(
        "settings and state of a controller are told at the start and when they change",
        .enabled(if: hasInterface("can1"), "no emulated controllers; run in bench-vm --controllers")
    )
    func settings() throws {
        try withHostNetwork {
            var wanted = LinkSettings()
            wanted.bitRate = 500_000
            wanted.set(.listenOnly, false)
            wanted.set(.busErrorReporting, false)
            wanted.restartDelay = 0
            let before = wanted
            _ = try LinkConfigurator.setUp("can0", before)
            // Other tests send on it.
            defer { _ = try? LinkConfigurator.setUp("can0", before) }
            var source = try CANSource(.named(["can0"]), stop: try StopSignal())
            var captured = Captured()
            try captured.read(&source) { !$0.events.isEmpty }
            wanted.bitRate = 125_000
            wanted.set(.listenOnly, true)
            _ = try LinkConfigurator.setUp("can0", wanted)
            try captured.read(&source) { $0.linkEvents(0).last == .linkUp }
            try captured.finish(&source)
            let told = captured.events.map(\.kind).filter {
                switch $0 {
                case .controllerState, .interfaceSettings, .errorCounters: true
                default: false
                }
            }
            func settings(_ rate: UInt32, _ modes: ControllerModes) -> BusEvent.Kind {
                .interfaceSettings(
                    InterfaceSettings(
                        bitRate: rate, samplePoint: 875, modes: modes, restartDelay: 0, mtu: 16))
            }
            #expect(told.first == settings(500_000, []))
            #expect(told.contains(.errorCounters(ErrorCounters())))
            #expect(told.contains(settings(125_000, [.listenOnly])))
            #expect(
                told.filter { if case .controllerState = $0 { true } else { false } }
                    == [
                        .controllerState(.errorActive), .controllerState(.stopped),
                        .controllerState(.errorActive),
                    ])
        }
    }

    @Test("a bus-off and a restart between two looks are told from the controller's counts")
    func counts() throws {
        var controller = Controller()
        controller.state = .errorActive
        controller.statistics = ControllerStatistics()
        var link = Link(
            index: 5, name: "can0", isUp: true, isCAN: true, kind: "can", controller: controller)
        var told = ToldController()
        func news(_ told: inout ToldController) -> [BusEvent.Kind] {
            told.news(of: link)
        }
        _ = news(&told)
        link.controller?.statistics?.busOffs = 1
        link.controller?.statistics?.restarts = 1
        #expect(
            news(&told) == [
                .controllerState(.busOff), .restarted, .controllerState(.errorActive),
            ])
        #expect(news(&told) == [])
        // What error frames told is not told again.
        link.controller?.statistics?.busOffs = 2
        link.controller?.statistics?.restarts = 2
        told.busOffs = 1
        told.restarts = 1
        #expect(news(&told) == [])
    }
}
