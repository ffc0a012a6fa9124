import ArgumentParser
import CANFrame
import FirmwareSpecs
import LocalFiles
import VehicleSpec

/// The specs that a command judges by: a folder without errors, and one vehicle of it.
enum SpecSource {
    /// All vehicles of a folder; a folder with errors is refused with the first of them.
    static func vehicles(in folder: String) throws(StreamError) -> [VehicleSpec] {
        guard Folder.isFolder(folder) else {
            throw StreamError(
                place: folder, cause: "there is no such folder",
                remedy: "name the folder of the specs by --specs")
        }
        let catalog = try SpecCatalog(folder: folder)
        guard let first = catalog.mistakes.first(where: { $0.severity == .error }) else {
            return catalog.vehicles
        }
        throw StreamError(
            place: "\(folder)/\(first.place)",
            cause: first.cause,
            remedy: "'canlog specs lint \(folder)' tells all that is wrong")
    }

    /// The vehicle of a name or of a VIN; exactly one, or a refusal that says why.
    static func vehicle(
        named name: String?, vin: String?, among all: [VehicleSpec], in folder: String
    ) throws(StreamError) -> VehicleSpec {
        do throws(VehicleChoiceError) {
            if let name { return try VehicleSpec.variant(named: name, among: all) }
            if let vin { return try VehicleSpec.variant(of: vin, among: all) }
        } catch {
            throw StreamError(place: folder, cause: "\(error)")
        }
        guard all.count != 1, !all.isEmpty else {
            if let only = all.first { return only }
            throw StreamError(place: folder, cause: "it has no vehicle")
        }
        throw StreamError(
            place: folder, cause: "which vehicle it is does not show in the traffic",
            remedy: "name it by --vin, or by --vehicle: "
                + all.map(\.name).joined(separator: ", "))
    }
}

/// A day as an argument.
struct DateArgument: ExpressibleByArgument {
    var date: CalendarDate

    static let parse = wanted("a day, as 2026-11-23")

    init?(argument: String) {
        guard let date = CalendarDate(argument) else { return nil }
        self.date = date
    }
}
