public import CANFrame
public import SignalDatabase
import YAMLText

/// The file that says what is simulated: buses with their databases, ECUs, faults.
///
/// ```yaml
/// buses:
///   PT: car.dbc
/// ecus:
///   ECM:
///     bus: PT
/// ```
/// sends all messages of the database that the node ECM sends and that have a cycle time.
public struct SimulationFile: Sendable {
    /// What it says, with all names resolved.
    public let vehicle: SimulatedVehicle

    /// Reads a database by the path that the file has.
    public typealias DatabaseReader = (_ path: String) throws(StreamError) -> Database

    /// As many ECUs, and messages of them all, as one simulation may have.
    static let mostECUs = 250
    static let mostMessages = 5_000
    /// As many bytes of memory as all ECUs have.
    static let mostMemory = 16 << 20

    /// Understands `text`, which messages call `path`; a mistake is told with its line, the key and
    /// what to do.
    public init(
        _ text: [UInt8], path: String, reading database: @escaping DatabaseReader
    ) throws(StreamError) {
        var reader = SimulationReader(database: database)
        do throws(YAMLError) {
            let root = try YAMLDocument(text.span).root
            guard let root else {
                throw YAMLError(
                    at: YAMLPlace(line: 1, column: 1), "the file says nothing",
                    remedy: "'canlog simulate --example' prints one that works")
            }
            try reader.read(root)
        } catch {
            throw StreamError(
                place: "\(path):\(error.place.line)" + (error.key.map { ": \($0)" } ?? ""),
                cause: error.cause, remedy: error.remedy)
        }
        vehicle = reader.vehicle
    }
}

/// Makes a vehicle of the tree of a file.
struct SimulationReader {
    let database: SimulationFile.DatabaseReader
    var vehicle = SimulatedVehicle()

    mutating func read(_ root: YAMLNode) throws(YAMLError) {
        let fields = try YAMLFields(root, of: "the file", keys: ["buses", "ecus", "faults"])
        guard let buses = fields["buses"] else {
            throw YAMLError(
                at: fields.place, key: "buses", "no bus is named",
                remedy: "write 'buses:' and below it 'PT: car.dbc'")
        }
        for entry in try YAMLFields.entries(of: buses.value, "'buses'") {
            vehicle.buses.append(try bus(entry))
        }
        guard vehicle.buses.count <= 64 else {
            throw buses.mistake("at most 64 buses are simulated")
        }
        var memory = 0
        for entry in try fields["ecus"].map(Self.named) ?? [] {
            vehicle.ecus.append(try ecu(entry))
            memory += vehicle.ecus.last?.diagnostics?.memory.reduce(0) { $0 + $1.bytes.count } ?? 0
            guard memory <= SimulationFile.mostMemory else {
                throw entry.mistake(
                    "the memory of all ECUs has more than \(SimulationFile.mostMemory) bytes")
            }
        }
        guard !vehicle.ecus.isEmpty, vehicle.ecus.count <= SimulationFile.mostECUs else {
            throw YAMLError(
                at: fields["ecus"]?.place ?? fields.place, key: "ecus",
                "there are \(vehicle.ecus.count) ECUs; from 1 to \(SimulationFile.mostECUs) can be",
                remedy: "write 'ecus:' and below it the name of each")
        }
        guard let faults = fields["faults"] else { return }
        for text in try faults.texts {
            do throws(SimulationMistake) {
                vehicle.faults.append(try SimulationFault(text))
            } catch {
                throw faults.mistake(error.cause, error.remedy)
            }
        }
    }

    private static func named(_ entry: YAMLEntry) throws(YAMLError) -> [YAMLEntry] {
        try YAMLFields.entries(of: entry.value, "'\(entry.key)'")
    }

    /// `PT: car.dbc`, or the text of a database below `dbc`; nothing for a bus of diagnosis alone.
    private func bus(_ entry: YAMLEntry) throws(YAMLError) -> SimulatedBus {
        guard entry.value.mapping != nil else {
            guard entry.value.scalar?.isNull != true else {
                return SimulatedBus(name: entry.key, database: Database())
            }
            return SimulatedBus(name: entry.key, database: try read(entry, entry.text))
        }
        let fields = try YAMLFields(entry.value, of: "a bus", keys: ["database", "dbc"])
        if let text = try fields.text("dbc") {
            let bytes = Array(text.utf8)
            return SimulatedBus(name: entry.key, database: Database(dbc: bytes.span))
        }
        guard let file = fields["database"] else {
            return SimulatedBus(name: entry.key, database: Database())
        }
        return SimulatedBus(name: entry.key, database: try read(file, file.text))
    }

    private func read(_ entry: YAMLEntry, _ path: String) throws(YAMLError) -> Database {
        do throws(StreamError) {
            return try database(path)
        } catch {
            throw entry.mistake("\(error.place): \(error.cause)", error.remedy)
        }
    }
}
