import CANFrame
import FirmwareSpecs
import LogFile
import Synchronization
import VehicleSpec

/// The specs that a recorder stores, and for each vehicle the variant that it is of.
///
/// The folder is read before anything is recorded, and again for the next vehicle where a file of it
/// has changed. What is wrong with it then costs the log its specs and never a frame.
final class RecordedSpecs: Sendable {
    /// What a log is to carry.
    struct Choice: Sendable {
        /// `nil` where it is not known which, or there is none.
        var specification: LogMetadata.Specification?
        /// Why not, or why not the newest; `nil` where all is as it should be.
        var doubt: String?
    }

    private struct State {
        var vehicles: [VehicleSpec]
        /// Stands for the content of all files.
        var fingerprint: Int
        /// By name: coded once.
        var coded: [String: LogMetadata.Specification] = [:]
    }

    private let folder: String
    private let vehicle: String?
    private let state: Mutex<State>

    /// How many variants there are.
    var count: Int { state.withLock { $0.vehicles.count } }

    /// Reads the folder; refuses one with errors, and a vehicle that is not in it.
    init(folder: String, vehicle: String?) throws(StreamError) {
        let files = try SpecFiles(folder: folder)
        let vehicles = try SpecsFolder.vehicles(of: SpecCatalog(files), in: folder)
        if let vehicle, !vehicles.contains(where: { $0.name == vehicle || $0.vehicle == vehicle }) {
            _ = try SpecsFolder.variant(named: vehicle, vin: nil, among: vehicles, in: folder)
        }
        self.folder = folder
        self.vehicle = vehicle
        state = Mutex(State(vehicles: vehicles, fingerprint: files.contents.hashValue))
    }

    /// What the first log carries; a VIN that is of no vehicle, or of several, is refused.
    func first(vin: String?) throws(StreamError) -> Choice {
        try state.withLock { (state) throws(StreamError) in try choice(of: vin, &state) }
    }

    /// What the log of the next vehicle carries. The line goes on whatever its VIN is.
    func next(vin: String?) -> Choice {
        state.withLock { state in
            let doubt = reload(&state)
            do throws(StreamError) {
                var choice = try choice(of: vin, &state)
                choice.doubt = choice.doubt ?? doubt
                return choice
            } catch {
                return Choice(doubt: "recorded without specs: \(error)")
            }
        }
    }

    /// Takes what has changed in the folder; else says why those from before are used.
    private func reload(_ state: inout State) -> String? {
        do throws(StreamError) {
            let files = try SpecFiles(folder: folder)
            let fingerprint = files.contents.hashValue
            guard fingerprint != state.fingerprint else { return nil }
            let vehicles = try SpecsFolder.vehicles(of: SpecCatalog(files), in: folder)
            state = State(vehicles: vehicles, fingerprint: fingerprint)
            return nil
        } catch {
            return "the specs have changed and cannot be read, so those from before are stored: "
                + error.description
        }
    }

    private func choice(of vin: String?, _ state: inout State) throws(StreamError) -> Choice {
        // A vehicle of several variants: its VIN tells which.
        let among = state.vehicles.filter { vehicle == nil || $0.vehicle == vehicle }
        let name = vehicle.flatMap { name in among.count > 1 ? nil : name }
        guard name != nil || vin != nil || among.count == 1 else {
            let names = among.map(\.name).joined(separator: ", ")
            return Choice(doubt: "recorded without specs: no VIN says which it is of \(names)")
        }
        let spec = try SpecsFolder.variant(
            named: name, vin: vin, among: name == nil ? among : state.vehicles, in: folder)
        if let known = state.coded[spec.name] { return Choice(specification: known) }
        let specification = try spec.carried()
        state.coded[spec.name] = specification
        return Choice(specification: specification)
    }
}
