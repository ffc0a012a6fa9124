import ArgumentParser
import CANFrame
import LocalFiles
import SignalViews
import SocketCAN
import VehicleSimulation

/// `canlog simulate`
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Be the ECUs of a vehicle: cyclic messages, answers to testers, faults.",
        discussion: """
            A file says which ECUs there are: what they send out of a DBC, with moving signals, \
            counters and checksums, and how they answer UDS and OBD-II. Of a folder of specs it is one \
            of their vehicles, in any combination of suppliers. The same seed gives the same \
            traffic, byte for byte; answers depend on the requests alone. Frames are sent at their own \
            moments on the monotonic clock. A frame that the bus does not take within a second is \
            counted and told. Ctrl-C ends it.

            Faults, with when they are there:
              missing:ECU             neither sends nor answers
              negative:ECU[:SID]:NRC  answers negatively, all services or one (78: without an end)
              pending:ECU:COUNT       so many "response pending" before each answer
              slow:ECU:TIME           does nothing for this time, then what it would do at once
              wrong-sequence:ECU      wrong sequence numbers in consecutive frames
              dtc:ECU:CODE            a trouble code that stays as long as the fault
              stuck:MSG.SIGNAL        a signal that does not move
              out-of-range:MSG.SIGNAL a signal beyond its limits
              cycle:MSG:TIME          another cycle time
              bad-checksum:MSG        a wrong checksum
              frozen-counter:MSG      a counter that stands still
            and of a vehicle of the specs:
              wrong-firmware:ECU      software that is that of no version
              wrong-part:ECU          a control unit that the specs do not have for its slot
              unreleased:ECU          one that may not leave the line on that day
              foreign:BUS             one more, at an address that no slot has

            Times have units, 200ms, 5s or 2min; a bare number is seconds.

            Examples:
              canlog simulate --example > car.yaml
              canlog simulate car.yaml --bus PT=vcan0
              canlog simulate car.yaml --bus PT=vcan0 --fault missing:ECM@5s..10s
              canlog simulate car.yaml --bus PT=vcan0 --bus CH=vcan1 --seed 7 --duration 1min --json
              canlog simulate Firmware-Specs --vehicle belora-5/petrol-1.2t --bus PT=vcan0 --bus CH=vcan1 --bus BD=vcan2 --tester
              canlog simulate Firmware-Specs --vin FZB5P5D2T7R000123 --ecu ECM=Kestrin --fault wrong-firmware:ESC …

            Exit status: 0 done; 3 frames were not sent; 2 could not simulate.
            """)

    @Argument(
        help: .init(
            "What is simulated: a file, or a folder of specs.", valueName: "file.yaml|folder"),
        completion: .file())
    var file: String?

    @Option(
        help: .init(
            "The interface of a bus of the file; may be repeated.", valueName: "bus=interface"),
        transform: ChannelMapping.parse)
    var bus: [ChannelMapping] = []

    @Option(
        help: .init(
            "A fault beside those of the file; may be repeated.",
            valueName: "kind:whom[:value][@from[..to]]"), transform: FaultArgument.parse)
    var fault: [FaultArgument] = []

    @Option(help: .init("Other traffic of the same kind.", valueName: "number"))
    var seed: UInt64 = 1

    @Option(help: .init("End after this time.", valueName: "time"), transform: TimeSpan.parse)
    var duration: TimeSpan?

    @OptionGroup(title: "A vehicle of the specs")
    var fitted: SimulatedVehicleOptions

    @Flag(help: "Send on a real bus: a car may move.")
    var allowTransmit = false

    @Flag(help: "The result as JSON on standard output.")
    var json = false

    @Flag(help: "Print a file that works as it is.")
    var example = false

    func validate() throws {
        guard !example else { return }
        guard file != nil else {
            throw ValidationError("name a file; --example prints one that works")
        }
        guard Set(bus.map(\.channel)).count == bus.count else {
            throw ValidationError("--bus names a bus twice")
        }
    }

    func run() throws {
        guard let file, !example else {
            StandardOutput.write(SimulationExample.text)
            return
        }
        let signals = SignalWaiter()
        let car = try fittedVehicle(in: file)
        let vehicle = try car?.vehicle ?? read(file)
        // First what the user can mend without a bus.
        let simulation = try simulation(of: vehicle, faults: car == nil ? fault.map(\.fault) : [])
        let interfaces = try interfaces(of: vehicle, file)
        for line in car?.lines ?? [] { StandardError.say(line.printable) }
        StandardError.say(Self.opening(vehicle, interfaces))
        let tester = fitted.tester ? car.map { SimulatedTester(of: $0.spec) } : nil
        var loop = try SimulationLoop(simulation, tester: tester, interfaces: interfaces)
        try loop.run(for: duration?.nanoseconds, until: signals)
        let summary = loop.summary
        if json {
            StandardOutput.write(summary.json(of: car).text + "\n")
        } else {
            for line in summary.lines { StandardError.say(line) }
        }
        if summary.unsent > 0 { throw ExitStatus.Early(code: ExitStatus.lossy) }
    }

    /// The vehicle of a folder of specs; `nil` for a file.
    private func fittedVehicle(in place: String) throws -> FittedVehicle? {
        if Folder.isFolder(place) {
            return try FittedVehicle(fitted, in: place, seed: seed, faults: fault.map(\.fault))
        }
        guard fitted.isGiven else { return nil }
        throw StreamError(
            place: place, cause: "a vehicle of the specs is wanted, and this is no folder of them",
            remedy: "name the folder: canlog simulate Firmware-Specs --vehicle …")
    }

    /// What begins: the ECUs, by the interfaces that they are on.
    private static func opening(_ vehicle: SimulatedVehicle, _ interfaces: [String]) -> String {
        let places = interfaces.enumerated().map { bus, interface in
            let names = vehicle.ecus.filter { $0.bus == bus }.map(\.name)
            return "\(names.isEmpty ? "nothing" : names.joined(separator: ", ")) on \(interface)"
        }
        return ("simulating " + places.joined(separator: "; ") + "; Ctrl-C ends it").printable
    }

    /// The file, with databases beside it.
    private func read(_ path: String) throws(StreamError) -> SimulatedVehicle {
        let folder = Folder.parent(of: path)
        return try SimulationFile(
            ConfigurationText.read(path, otherwise: "'--example' prints one that works"), path: path
        ) { (database) throws(StreamError) in
            let isAbsolute = database.hasPrefix("/") || folder == "."
            return try DatabaseFile.read(isAbsolute ? database : "\(folder)/\(database)")
        }.vehicle
    }

    /// A function of its own: a noncopyable value in a `do` is miscompiled (Swift 6.3.1).
    private func simulation(
        of vehicle: SimulatedVehicle, faults: [SimulationFault]
    ) throws -> VehicleSimulation {
        do throws(SimulationMistake) {
            return try VehicleSimulation(vehicle, seed: seed, faults: faults)
        } catch {
            throw StreamError(
                place: "--fault", cause: error.cause.printable, remedy: error.remedy?.printable)
        }
    }

    /// The interface of each bus, in the order of the file.
    private func interfaces(
        of vehicle: SimulatedVehicle, _ file: String
    ) throws -> [String] {
        let names = vehicle.buses.map(\.name)
        for mapping in bus where !names.contains(mapping.channel) {
            throw StreamError(
                place: file, cause: "it has no bus '\(mapping.channel)'",
                remedy: "its buses: \(names.joined(separator: ", "))")
        }
        let links = try LinkMonitor().table
        return try names.map { (name) throws(StreamError) in
            guard let mapping = bus.first(where: { $0.channel == name }) else {
                throw StreamError(
                    place: file, cause: "its bus \(name) has no interface",
                    remedy: "give one: --bus \(name)=vcan0")
            }
            return try links.link(toSendOn: mapping.interface, isPermitted: allowTransmit).name
        }
    }
}

/// A fault as an argument.
struct FaultArgument: ExpressibleByArgument {
    var fault: SimulationFault

    init?(argument: String) {
        guard let fault = try? SimulationFault(argument) else { return nil }
        self.fault = fault
    }

    /// With what is wrong.
    static func parse(_ argument: String) throws -> FaultArgument {
        do throws(SimulationMistake) {
            return FaultArgument(fault: try SimulationFault(argument))
        } catch {
            throw ValidationError(
                (error.cause + (error.remedy.map { "; \($0)" } ?? "")).printable)
        }
    }

    private init(fault: SimulationFault) {
        self.fault = fault
    }
}
