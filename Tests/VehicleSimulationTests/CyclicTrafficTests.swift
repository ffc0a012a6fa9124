import CANFrame
import SignalDatabase
import Testing
import VehicleSimulation

@Suite("the cyclic traffic of a simulated vehicle")
struct CyclicTrafficTests {
    /// All frames up to a time, asked for in steps of `step` nanoseconds.
    private static func frames(
        _ file: String = carFile, seed: UInt64 = 1, faults: [String] = [], until end: Int64,
        step: Int64 = 1_000_000
    ) throws -> [Frame] {
        let faults = try faults.map { try SimulationFault($0) }
        var simulation = try VehicleSimulation(
            simulationFile(file).vehicle, seed: seed, faults: faults)
        var frames: [Frame] = []
        var time: Int64 = 0
        while time <= end {
            while let frame = simulation.nextFrame(at: time) { frames.append(frame) }
            time += step
        }
        return frames
    }

    private static func engine(_ frames: [Frame]) -> [Frame] {
        frames.filter { $0.identifier.number == 256 }
    }

    private static let plan = DecodePlan(
        {
            let bytes = Array(carDatabase.utf8); return Database(dbc: bytes.span)
        }())

    /// The values of one signal of a message, frame by frame.
    private static func values(_ place: Int, ofMessage message: Int = 0, _ frames: [Frame])
        -> [SignalValue]
    {
        frames.map { frame in
            var values = [SignalValue](repeating: .unknown, count: plan.signals(of: message).count)
            var places = values.mutableSpan
            plan.decode(frame.payload.span, ofMessage: message, into: &places)
            return values[place]
        }
    }

    @Test("is the same with the same seed, however it is asked for, and another with another")
    func seeds() throws {
        let frames = try Self.frames(until: 3_000_000_000)
        #expect(try frames == Self.frames(until: 3_000_000_000, step: 777_777))
        #expect(try frames == Self.frames(until: 3_000_000_000, step: 3_000_000_000))
        #expect(try frames != Self.frames(seed: 2, until: 3_000_000_000))
    }

    @Test("comes at the cycle times of the database, exactly")
    func cycleTimes() throws {
        let frames = try Self.frames(until: 2_000_000_000)
        for (identifier, cycle) in [(UInt32(256), Int64(10_000_000)), (512, 20_000_000)] {
            let stamps = frames.filter { $0.identifier.number == identifier }
                .map(\.timestamp.nanoseconds)
            #expect(stamps.count >= 2_000_000_000 / Int(cycle))
            #expect(Set(zip(stamps, stamps.dropFirst()).map { $1 - $0 }) == [cycle])
        }
    }

    @Test("has counters that count and checksums that hold")
    func protection() throws {
        let frames = try Self.engine(Self.frames(until: 1_000_000_000))
        let counters = Self.values(1, frames).map(\.rawBits)
        // E2E profile 1 counts to 14.
        #expect(counters == (0..<UInt64(frames.count)).map { $0 % 15 })
        let checksum = MessageChecksum(.e2eProfile1, dataID: 0x123)
        for frame in frames {
            #expect(
                frame.payload[0] == checksum.value(of: frame.payload, without: 0, counter: 0))
        }
    }

    @Test("moves within the limits of its signals, smoothly")
    func courses() throws {
        let frames = try Self.frames(until: 20_000_000_000)
        let speeds = Self.values(2, Self.engine(frames)).map(\.physical)
        #expect(speeds.min() ?? 0 >= 800 && speeds.max() ?? 9_999 <= 3_000)
        #expect(speeds.min() ?? 0 < 850 && speeds.max() ?? 0 > 2_950)
        // A sine of 2200 rpm within 2 s moves at most 35 in 10 ms; a parabola some more.
        let steps = zip(speeds, speeds.dropFirst()).map { abs($1 - $0) }
        #expect(steps.max() ?? 999 < 50)
        let coolant = Self.values(3, Self.engine(frames)).map(\.physical)
        #expect(coolant.allSatisfy { (-40...130).contains($0) } && Set(coolant).count > 10)
        let modes = Set(Self.values(4, Self.engine(frames)).map(\.rawBits))
        #expect(modes.isSubset(of: [0, 1, 2]) && modes.count > 1)
    }

    @Test("shows what multiplexers select, in turn")
    func multiplexed() throws {
        let wheels = try Self.frames(until: 1_000_000_000).filter { $0.identifier.number == 512 }
        let which = Self.values(1, ofMessage: 1, wheels).map(\.rawBits)
        #expect(which == (0..<UInt64(wheels.count)).map { $0 % 2 + 1 })
        let second = Self.values(3, ofMessage: 1, wheels).filter { $0.state == .valid }
        #expect(second.count == wheels.count / 2)
        #expect(second.allSatisfy { (11...19).contains($0.physical) })
    }

    // MARK: Faults

    /// The frames of Engine before, while and after a fault from 1 s to 2 s.
    private static func threeParts(_ fault: String) throws -> [[Frame]] {
        let frames = try engine(frames(faults: ["\(fault)@1s..2s"], until: 2_999_999_999))
        return [0, 1, 2].map { part in
            frames.filter { $0.timestamp.nanoseconds / 1_000_000_000 == part }
        }
    }

    @Test("stands still where a signal is stuck")
    func stuck() throws {
        let parts = try Self.threeParts("stuck:Engine.Speed")
        #expect(
            parts.map { Set(Self.values(2, $0).map(\.rawBits)).count > 1 } == [true, false, true])
        // Of the others nothing is different.
        #expect(Set(Self.values(1, parts[1]).map(\.rawBits)).count == 15)
    }

    @Test("leaves the limits of a signal that is out of range")
    func outOfRange() throws {
        let parts = try Self.threeParts("out-of-range:Engine.Coolant")
        let isInside = parts.map { Self.values(3, $0).map { $0.physical <= 130 } }
        #expect(isInside.map { Set($0) } == [[true], [false], [true]])
        #expect(throws: SimulationMistake.self) {
            try Self.frames(faults: ["out-of-range:Engine.Mode"], until: 0)
        }
    }

    @Test("comes at another cycle time")
    func cycleTime() throws {
        let parts = try Self.threeParts("cycle:Engine:25ms")
        #expect(parts.map(\.count) == [100, 40, 100] || parts.map(\.count) == [100, 40, 99])
    }

    @Test("has wrong checksums")
    func badChecksum() throws {
        let checksum = MessageChecksum(.e2eProfile1, dataID: 0x123)
        let holds = try Self.threeParts("bad-checksum:Engine").map {
            Set($0.map { $0.payload[0] == checksum.value(of: $0.payload, without: 0, counter: 0) })
        }
        #expect(holds == [[true], [false], [true]])
    }

    @Test("has a counter that stands still")
    func frozenCounter() throws {
        let parts = try Self.threeParts("frozen-counter:Engine")
        #expect(parts.map { Set(Self.values(1, $0).map(\.rawBits)).count } == [15, 1, 15])
    }

    @Test("is not there while its ECU is missing")
    func missing() throws {
        let parts = try Self.threeParts("missing:ECM")
        #expect(parts.map(\.isEmpty) == [false, true, false])
    }

    @Test(
        "is refused with a fault of what there is not",
        arguments: [
            "missing:TCM", "stuck:Engine.Nothing", "cycle:Gear:5ms", "frozen-counter:Wheels",
        ])
    func unknown(fault: String) {
        #expect(throws: SimulationMistake.self) { try Self.frames(faults: [fault], until: 0) }
    }
}
