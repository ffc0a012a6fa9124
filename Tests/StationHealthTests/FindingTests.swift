import CANFrame
import LocalFiles
import SocketCAN
import TestBench
import Testing
import YAMLText

@testable import StationHealth

@Suite("findings about a station")
struct FindingTests {
    private static let none = ServiceState(
        unit: "canlog-record@x.service", text: "LoadState=not-found")
    private static let running = ServiceState(
        unit: "canlog-record@x.service",
        text: """
            LoadState=loaded
            ActiveState=active
            UnitFileState=enabled
            User=canlog
            AmbientCapabilities=cap_net_admin cap_net_raw
            NRestarts=0
            """)

    private static func setup(_ interfaces: String...) -> StationSetup {
        var setup = StationSetup(interfaces: interfaces, folder: "/x")
        setup.path = "/etc/canlog/x.yaml"
        setup.name = "x"
        return setup
    }

    private static func link(
        _ name: String, isUp: Bool = true, state: ControllerState? = nil
    ) -> Link {
        var controller: Controller?
        if let state {
            var made = Controller()
            made.state = state
            controller = made
        }
        return Link(
            index: 1, name: name, isUp: isUp, isCAN: true, kind: state == nil ? "vcan" : "can",
            controller: controller)
    }

    @Test(
        "an interface is fit if it is up and its controller takes part in the bus",
        arguments: [
            (link("can0"), .ok), (link("can0", isUp: false), .fail),
            (link("can0", state: .errorActive), .ok), (link("can0", state: .errorWarning), .warn),
            (link("can0", state: .errorPassive), .warn), (link("can0", state: .busOff), .fail),
            (link("can1"), .fail),
        ] as [(Link, Finding.Verdict)])
    func interface(link: Link, verdict: Finding.Verdict) {
        let findings = InterfaceFindings([link], Self.setup("can0")).all
        #expect(findings.map(\.subject) == ["can0"])
        #expect(findings[0].verdict == verdict)
        #expect((findings[0].remedy != nil) == (verdict != .ok))
    }

    @Test("an absent interface is no obstacle where the recorder waits for it")
    func waiting() {
        var setup = Self.setup("can0")
        setup.waits = true
        #expect(InterfaceFindings([], setup).all[0].verdict == .warn)
        #expect(InterfaceFindings([], Self.setup("any")).all[0].verdict == .fail)
        #expect(InterfaceFindings(nil, setup).all[0].verdict == .notMeasured)
    }

    /// 500,000 bit/s in frames of 111 bits for 8 h: 129.7 million frames.
    @Test("the room must do for a shift at full load")
    func room() {
        let load = BusLoad(bitRates: [500_000])
        #expect(abs(load.framesPerSecond - 4_504.5) < 0.1)
        #expect(load.usualShift / 1_000_000 == 324)
        #expect(load.greatestShift / 1_000_000 == 1_556)
        let disk = DiskFindings(Self.setup("can0"), load: load, user: nil)
        let free = [(300, Finding.Verdict.fail), (900, .warn), (2_000, .ok)]
        for (megabytes, verdict) in free {
            let space = FileSystemSpace(free: UInt64(megabytes) * 1_000_000, total: 4_000_000_000)
            #expect(disk.space(space).map(\.verdict) == [verdict])
        }
        var setup = Self.setup("can0")
        setup.keptBytes = 5_000_000_000
        let space = FileSystemSpace(free: 2_000_000_000, total: 4_000_000_000)
        #expect(
            DiskFindings(setup, load: load, user: nil).space(space).map(\.verdict) == [.ok, .warn])
    }

    @Test("the disk must be faster than the buses")
    func speed() {
        let disk = DiskFindings(Self.setup("can0"), load: BusLoad(bitRates: [500_000]), user: nil)
        func verdict(_ speed: Double, _ greatest: Int64) -> Finding.Verdict? {
            disk.speed(
                DiskSpeed(
                    bytesPerSecond: speed, medianSynchronisation: 1_000_000,
                    greatestSynchronisation: greatest)
            ).first?.verdict
        }
        #expect(verdict(100e6, 5_000_000) == .ok)
        #expect(verdict(100e6, 3_000_000_000) == .warn)
        #expect(verdict(500e3, 5_000_000) == .warn)
        #expect(verdict(50e3, 5_000_000) == .fail)
    }

    @Test("a clock that nobody synchronises is told, and one that cannot be asked is not measured")
    func clock() {
        func verdict(_ isSynchronised: Bool, _ error: Int64) -> Finding.Verdict {
            ClockFinding.of(
                ClockSynchronisation(
                    isSynchronised: isSynchronised, estimatedError: 1, maximumError: error)
            ).verdict
        }
        #expect(verdict(true, 20_000) == .ok)
        #expect(verdict(true, 2_000_000) == .warn)
        #expect(verdict(false, 16_000_000) == .warn)
        #expect(ClockFinding.of(nil).verdict == .notMeasured)
    }

    @Test("the rights are those of the service where there is one")
    func rights() {
        let own = RightsFindings(Self.none, own: [.rawNetwork]).all
        #expect(own.map(\.verdict) == [.warn, .ok, .warn])
        let service = RightsFindings(Self.running, own: []).all
        #expect(service.map(\.verdict) == [.ok, .ok, .warn])
        let unknown = RightsFindings(Self.none, own: nil).all
        #expect(Set(unknown.map(\.verdict)) == [.notMeasured])
    }

    @Test("the default receive buffer is too small, unless the service may take more")
    func buffer() {
        func verdict(_ granted: Int?, _ service: ServiceState) -> Finding.Verdict {
            BufferFinding.of(granted: granted, limit: 212_992, service: service).verdict
        }
        #expect(verdict(425_984, Self.none) == .warn)
        #expect(verdict(425_984, Self.running) == .notMeasured)
        #expect(verdict(16_777_216, Self.none) == .ok)
        #expect(verdict(nil, Self.none) == .notMeasured)
    }

    @Test(
        "a service that is enabled must run",
        arguments: [
            ("active", "enabled", "0", .ok), ("active", "disabled", "0", .warn),
            ("active", "enabled", "3", .warn), ("inactive", "enabled", "0", .fail),
            ("inactive", "disabled", "0", .warn), ("failed", "enabled", "5", .fail),
            ("activating", "enabled", "0", .fail),
        ] as [(String, String, String, Finding.Verdict)])
    func service(active: String, file: String, restarts: String, verdict: Finding.Verdict) {
        let state = ServiceState(
            unit: "u",
            text:
                "LoadState=loaded\nActiveState=\(active)\nUnitFileState=\(file)\nNRestarts=\(restarts)\n"
        )
        #expect(ServiceFindings(state, Self.setup("can0"), []).all.map(\.verdict) == [verdict])
    }

    @Test("another recorder on the same interfaces is told, as is one that does not answer")
    func recorders() throws {
        func answer(_ name: String, _ interface: String, good: Bool = true) throws -> RecorderAnswer
        {
            RecorderAnswer(
                name: name,
                status: try YAMLDocument(
                    #"{"process":7,"isGood":\#(good),"frames":5,"lost":0,"seconds":1.0,"channels":[{"interface":"\#(interface)"}]}"#
                ).root)
        }
        func verdict(_ answer: RecorderAnswer) -> Finding.Verdict? {
            ServiceFindings(Self.running, Self.setup("can0"), [answer]).all.last?.verdict
        }
        #expect(try verdict(answer("x", "can0")) == .ok)
        #expect(try verdict(answer("x", "can0", good: false)) == .warn)
        #expect(try verdict(answer("y", "can0")) == .warn)
        #expect(try verdict(answer("y", "can1")) == .ok)
        #expect(verdict(RecorderAnswer(name: "x", reason: "no answer")) == .notMeasured)
    }

    @Test("a disk is measured by a file that does not stay")
    func probe() throws {
        let folder = try TemporaryFolder()
        let speed = try DiskSpeed.measure(in: folder.path, size: 1 << 20)
        #expect(speed.bytesPerSecond > 0)
        #expect(try Folder.names(in: folder.path) == [])
    }

    @Test("a program that hangs is ended, and one that is not there says nothing")
    func programs() throws {
        let input = Array("a\n".utf8)
        let output = CommandOutput.of(
            ["sh", "-c", "cat; echo b >&2; exit 3"], input: input.span)
        let said = try #require(output)
        #expect((said.text, said.errors, said.status) == ("a\n", "b\n", 3))
        #expect(CommandOutput.of(["sh", "-c", "echo abc"], most: 3) == nil)
        #expect(CommandOutput.of(["sleep", "100"], within: .milliseconds(50)) == nil)
        #expect(CommandOutput.of(["no-such-program"]) == nil)
    }
}
