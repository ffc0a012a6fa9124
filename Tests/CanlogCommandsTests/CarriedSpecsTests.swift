import CANFrame
import LocalFiles
import LogFile
import LogTools
import RecorderControl
import Recording
import Synchronization
import TestBench
import Testing

@testable import CanlogCommands

/// A recorder of made-up frames, as `canlog record --specs` sets one up, without a bus.
private final class Line {
    private struct Source: FrameSource, Sendable {
        let isStopped: Flag
        private var count: UInt64 = 0

        init(_ isStopped: Flag) { self.isStopped = isStopped }

        mutating func read(
            into batch: inout FrameBatch, waiting limit: Duration
        ) throws(StreamError) -> ReadOutcome {
            if isStopped.value.load(ordering: .relaxed) { return .ended }
            if count == 0 {
                batch.append(
                    .channel(ChannelDescription(interface: "can0")), at: HostClock.realTime(),
                    channel: 0)
            }
            for _ in 0..<10 {
                batch.append(
                    FrameRow(
                        timestamp: HostClock.realTime(), identifier: PackedID(rawValue: 0x100),
                        channel: 0, flags: [], length: 8, dlc: 8, payloadWord: count))
                count += 1
            }
            HostClock.sleep(untilMonotonic: HostClock.monotonic() + 1_000_000)
            return .batch
        }
    }

    private final class Flag: Sendable {
        let value = Atomic<Bool>(false)
    }

    private let flag = Flag()
    private let session: Mutex<RecordingSession?>
    let service: RecorderService

    init(
        in workshop: Workshop, vin: String?, vehicle: String? = nil,
        _ change: (inout RecordingOptions) -> Void = { _ in }
    ) throws {
        let folder = workshop.folder.path
        let specs = try RecordedSpecs(folder: folder + "/Firmware-Specs", vehicle: vehicle)
        var metadata = LogMetadata(
            recording: RecordingID(random: 1, 2), created: HostClock.realTime(), program: "test")
        metadata.vin = vin
        metadata.specification = try specs.first(vin: vin).specification
        var options = RecordingOptions(naming: try LogNaming(folder: folder), metadata: metadata)
        change(&options)
        let flag = flag
        let session = try RecordingSession(source: Source(flag), options: options) {
            flag.value.store(true, ordering: .relaxed)
        }
        service = RecorderService(name: "line", control: session.control, specs: specs)
        self.session = Mutex(session)
    }

    func next(vin: String?) -> ControlReply {
        service.answer(ControlRequest("next", vin.map { ["vin": $0] } ?? [:]))
    }

    func finish() { _ = session.withLock { $0.take() }?.finish() }
}

/// The car, and another variant of it whose VINs have an E.
private let twoVariants = MadeCar.specs.merging([
    "Firmware-Specs/vehicles/five.yaml": MadeCar.vehicleOfTwo
]) { $1 }
private let electricVIN = "XBL5EA1KX00000422"

private func specs(of path: String) throws -> LogMetadata.Specification? {
    try LogInput(path: path).metadata?.specification
}

@Suite("The specs in a recorder's logs")
struct CarriedSpecsTests {
    @Test("are those of the VIN, in each log of a recording, and change with the vehicle")
    func vehicles() throws {
        let workshop = try Workshop(twoVariants)
        let line = try Line(in: workshop, vin: MadeCar.vin)
        #expect(line.next(vin: electricVIN).text.contains("specs five/electric"))
        let unknown = line.next(vin: "WVWZZZ1KZ6W000001")
        #expect(unknown.status == 0)
        #expect(unknown.text.contains("warning: recorded without specs: "))
        #expect(unknown.text.contains("is of none of the vehicles"))
        #expect(
            line.next(vin: nil).text.contains(
                "no VIN says which it is of five/electric, five/petrol"))
        line.finish()
        // By the time of their begin.
        let found = try workshop.run("canlog list .").lines
            .compactMap { $0.split(separator: " ").last.map(String.init) }
        let names = try found.map { try specs(of: workshop.folder.path + "/" + $0)?.name }
        #expect(names == ["five/petrol", "five/electric", nil, nil])
        let digest = try workshop.run("canlog specs resolve five/petrol --sha256").lines
        #expect(
            try specs(of: workshop.folder.path + "/" + found[0])?.sha256
                == digest.first.map(String.init))
        // Why there are none stands in the log too.
        let notes = try workshop.run("canlog dump --events \(found[2])").lines
        #expect(notes.contains { $0.contains("recorded without specs") })
        #expect(try workshop.run("canlog verify *.canlog").status == 0)
    }

    @Test("are in every file that a rotation makes")
    func rotation() throws {
        let workshop = try Workshop(twoVariants)
        let line = try Line(in: workshop, vin: MadeCar.vin) { $0.rotation.bytes = 1 }
        let isRotated = waitUntil {
            (try? workshop.names.count { $0.hasSuffix(".canlog") } > 3) ?? false
        }
        line.finish()
        #expect(isRotated)
        let logs = try workshop.names.filter { $0.hasSuffix(".canlog") }
        for log in logs {
            let specs = try #require(try specs(of: workshop.folder.path + "/" + log))
            #expect(specs.name == "five/petrol" && specs.isCarried)
        }
    }

    @Test("are there after a recorder was killed, and when its log is made whole")
    func killed() throws {
        let workshop = try Workshop(twoVariants)
        let line = try Line(in: workshop, vin: MadeCar.vin)
        let hasJournal = waitUntil {
            (try? workshop.names.contains { $0.contains(".journal-") }) ?? false
        }
        #expect(hasJournal)
        // What a dead recorder leaves behind is what there is now.
        _ = try workshop.run("mkdir dead && for f in *.canlog*; do cp $f dead/; done")
        line.finish()
        let state = try workshop.run("canlog info dead/*.canlog").lines
        #expect(state.contains { $0.contains("recovered") })
        #expect(
            state.contains {
                $0.contains("specs       five/petrol  sha256") && !$0.contains("not in")
            })
        #expect(try workshop.run("canlog compact dead/*.canlog").status == 0)
        let whole = try workshop.run(
            "canlog verify dead/*.canlog && canlog specs resolve dead/*.canlog")
        #expect(whole.status == 0)
        #expect(whole.lines.contains("spec: canlog/resolved@1"))
    }

    @Test(
        "are new ones for the next vehicle where the folder has changed, and old ones where it is broken"
    )
    func changedFolder() throws {
        let workshop = try Workshop(MadeCar.specs)
        let rules = workshop.folder.path + "/Firmware-Specs/rules/common.yaml"
        let specs = try RecordedSpecs(
            folder: workshop.folder.path + "/Firmware-Specs", vehicle: nil)
        let first = try specs.first(vin: nil)
        #expect(first.specification != nil && first.doubt == nil)
        #expect(specs.next(vin: MadeCar.vin).specification == first.specification)
        _ = try workshop.run("sed -i 's/> 90/> 95/' \(rules)")
        let changed = specs.next(vin: MadeCar.vin)
        #expect(changed.specification?.name == "five/petrol")
        #expect(changed.specification != first.specification && changed.doubt == nil)
        _ = try workshop.run("sed -i 's/Engine.Coolant/Engine.Colant/' \(rules)")
        let broken = specs.next(vin: MadeCar.vin)
        #expect(broken.specification == changed.specification)
        #expect(broken.doubt?.contains("those from before are stored") == true)
    }

    @Test("are of the vehicle that is named, whatever the VIN; of its variants the VIN chooses")
    func named() throws {
        let workshop = try Workshop(twoVariants)
        let folder = workshop.folder.path + "/Firmware-Specs"
        let fixed = try RecordedSpecs(folder: folder, vehicle: "five/electric")
        #expect(try fixed.first(vin: MadeCar.vin).specification?.name == "five/electric")
        let family = try RecordedSpecs(folder: folder, vehicle: "five")
        #expect(try family.first(vin: MadeCar.vin).specification?.name == "five/petrol")
        #expect(try family.first(vin: nil).specification == nil)
        #expect(throws: StreamError.self) { try family.first(vin: "WVWZZZ1KZ6W000001") }
        #expect(throws: StreamError.self) { try RecordedSpecs(folder: folder, vehicle: "six") }
        #expect(throws: StreamError.self) {
            try RecordedSpecs(folder: folder + "/no", vehicle: nil)
        }
    }

    @Test("are refused by record before any interface is asked for")
    func refusals() throws {
        let workshop = try Workshop(twoVariants)
        for (arguments, status, words) in [
            ("--specs nowhere", 2, "there is no such folder"),
            ("--specs Firmware-Specs --vehicle six", 2, "there is no vehicle 'six'"),
            ("--specs Firmware-Specs --vin WVWZZZ1KZ6W000001", 2, "is of none of the vehicles"),
            ("--vehicle five", 64, "say where these are by --specs"),
        ] as [(String, Int32, String)] {
            let result = try workshop.run("canlog record nocan9 \(arguments)")
            #expect(result.status == status)
            #expect(result.errors.contains(words), "\(result.errors)")
        }
        let configured = try workshop.run(
            "printf 'interfaces: [can0]\\nspecs: nowhere\\n' > station.yaml; canlog doctor --config station.yaml"
        )
        #expect(configured.status == 1)
        #expect(configured.lines.contains { $0.hasPrefix("FAIL  specs") }, "\(configured.lines)")
        let station = try Workshop(["station.yaml": "interfaces: [can0]\nvehicle: five\n"])
        let result = try station.run("canlog record --config station.yaml")
        #expect(result.errors.contains("station.yaml:2: vehicle"), "\(result.errors)")
    }
}

/// Logs of the made car that carry its specs.
@Suite("Logs with specs")
struct SpecifiedLogTests {
    private static let make =
        "canlog convert car.log car.canlog --specs Firmware-Specs"

    @Test("diagnose judges a log by the specs that it carries, unless others are given")
    func diagnose() throws {
        let workshop = try Workshop(MadeCar.specs.merging(["car.log": MadeCar.log()]) { $1 })
        #expect(try workshop.run(Self.make).status == 0)
        let digest = try workshop.run("canlog specs resolve five --sha256").lines[0]
        _ = try workshop.run("mv Firmware-Specs New && sed -i 's/> 90/> 75/' New/rules/common.yaml")
        let own = try workshop.run("canlog diagnose car.canlog")
        #expect(own.status == 0 && own.lines[0].hasPrefix("PASS"))
        let label = "five/petrol (sha256 \(digest.prefix(8))…)"
        #expect(own.errors.contains("judged by the specs in the log: \(label)"))
        let verdict = try workshop.run("canlog diagnose car.canlog --json | tail -1").lines[0]
        #expect(verdict.contains("\"specSHA256\":\"\(digest)\""))
        let given = try workshop.run("canlog diagnose car.canlog --specs New")
        #expect(given.status == 1)
        #expect(given.errors.contains("judged by five/petrol of New"))
        #expect(given.errors.contains("the log carries \(label)"))
        _ = try workshop.run("sed -i 's/> 75/> 90/' New/rules/common.yaml")
        #expect(try workshop.run("canlog diagnose car.canlog --specs New").errors.isEmpty)
        // Without a text the folder is asked for as ever.
        _ = try workshop.run("canlog cut car.canlog -o bare.canlog --without specs")
        #expect(try workshop.run("canlog diagnose bare.canlog").errors.contains("no such folder"))
    }

    @Test("what is said by the specs in the log is what is said by the folder, byte for byte")
    func equalBytes() throws {
        let rule = "when: \"Engine.Coolant > 75\", finding: P0118, severity: rework, text: hot}"
        let files = ["a": "zeta", "b": "eta"].mapValues { id in
            "spec: canlog/rules@1\nid: \(id)\nrules:\n  - {id: \(id)-hot, \(rule)\n"
        }
        let vehicle = MadeCar.vehicleOfTwo.replacing(
            "[rules/common.yaml]", with: "[rules/a.yaml, rules/common.yaml, rules/b.yaml]")
        let workshop = try Workshop(
            MadeCar.specs.merging([
                "Firmware-Specs/vehicles/five.yaml": vehicle, "car.log": MadeCar.log(),
                "Firmware-Specs/rules/a.yaml": files["a"] ?? "",
                "Firmware-Specs/rules/b.yaml": files["b"] ?? "",
            ]) { $1 })
        #expect(try workshop.run(Self.make).status == 0)
        let result = try workshop.run(
            """
            canlog diagnose car.canlog --json > own.json; canlog diagnose car.canlog --specs Firmware-Specs --json > given.json
            cmp own.json given.json && grep -cE '"check":"z?eta-hot".*"state":"opened"' own.json
            """)
        #expect(result.lines == ["2"])
    }

    @Test("a part, a copy, a stream and a compacted log carry them on; without is without")
    func copies() throws {
        let workshop = try Workshop(MadeCar.specs.merging(["car.log": MadeCar.log()]) { $1 })
        let result = try workshop.run(
            """
            \(Self.make) && canlog specs resolve five > text
            canlog cut car.canlog -o part.canlog --from +1 --to +3 > told
            canlog convert car.canlog copy.canlog && canlog convert car.canlog - --to-format canlog > stream.canlog
            cp stream.canlog small.canlog && canlog compact --best small.canlog > told
            canlog merge car.canlog part.canlog -o twice.canlog > told; echo $?
            for f in car part copy stream small; do canlog verify $f.canlog > told && canlog specs resolve $f.canlog | cmp text; done; echo $?
            canlog info --json car.canlog | grep -c '"specs":{"carried":true,"name":"five/petrol","sha256":"'
            canlog cut car.canlog -o bare.canlog --without specs > told; canlog info --json bare.canlog | grep -c '"specs":null'
            canlog specs resolve bare.canlog
            """)
        // The part is of the same recording, so that nothing is merged.
        #expect(result.lines == ["2", "0", "1", "1"])
        #expect(result.errors.contains("bare.canlog: it carries no specs"))
    }

    @Test("a merged log carries those that all have; of different ones it says which each had")
    func merged() throws {
        let workshop = try Workshop(
            MadeCar.specs.merging(["car.log": MadeCar.log(), "hot.log": MadeCar.log(.hot)]) { $1 })
        _ = try workshop.run(
            "\(Self.make) && canlog convert hot.log hot.canlog --specs Firmware-Specs")
        let same = try workshop.run(
            "canlog merge car.canlog hot.canlog -o both.canlog && canlog specs resolve both.canlog | head -1"
        )
        #expect(same.lines.last == "spec: canlog/resolved@1")
        _ = try workshop.run(
            "sed -i 's/> 90/> 75/' Firmware-Specs/rules/common.yaml && canlog convert hot.log hot.canlog --specs Firmware-Specs --force"
        )
        let other = try workshop.run("canlog merge car.canlog hot.canlog -o two.canlog")
        #expect(other.status == 0 && other.errors.contains("the logs carry different specs"))
        let told = try workshop.run(
            "canlog verify two.canlog > told && canlog info --json two.canlog | grep -o '\"specs\":{\\|\"carried\":false\\|\"specs\":null' | sort | uniq -c | tr -s ' '"
        )
        #expect(told.lines == [" 2 \"carried\":false", " 1 \"specs\":null", " 2 \"specs\":{"])
    }

    @Test("a damaged block is named, and all frames are there")
    func damaged() throws {
        let workshop = try Workshop(MadeCar.specs.merging(["car.log": MadeCar.log()]) { $1 })
        _ = try workshop.run(Self.make)
        // The header has 1024 bytes, the block header 48, the head 40.
        _ = try workshop.run("printf X | dd of=car.canlog bs=1 seek=1200 conv=notrunc")
        let verify = try workshop.run("canlog verify car.canlog")
        #expect(verify.status == 1)
        #expect(verify.lines[0].contains("the specification at byte 1024 is damaged: CRC-32C"))
        #expect(verify.lines[0].contains("no frame lost"))
        let dump = try workshop.run("canlog dump car.canlog | cmp - car.log")
        #expect(dump.lines.isEmpty)
        let info = try workshop.run("canlog info car.canlog")
        #expect(
            info.status == 3 && info.lines.contains { $0.contains("the text is not in this log") })
        // Then the folder is what is left.
        let verdict = try workshop.run("canlog diagnose car.canlog")
        #expect(verdict.status == 3 && verdict.lines[0].hasPrefix("PASS"))
    }

    @Test("specs of two vehicles, and no VIN that says which, are refused by convert")
    func refused() throws {
        let workshop = try Workshop(twoVariants.merging(["car.log": MadeCar.log(.none)]) { $1 })
        // The VIN is in the traffic.
        #expect(try workshop.run(Self.make).status == 0)
        #expect(try specs(of: workshop.folder.path + "/car.canlog")?.name == "five/petrol")
        let result = try workshop.run(
            "head -40 car.log > short.log; canlog convert short.log short.canlog --specs Firmware-Specs"
        )
        #expect(result.status == 2 && result.errors.contains("name it by --vin, or by --vehicle"))
        #expect(try !workshop.names.contains("short.canlog"))
    }
}
