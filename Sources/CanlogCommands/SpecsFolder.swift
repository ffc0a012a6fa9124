import ArgumentParser
import CANFrame
import FirmwareSpecs
import LocalFiles
import VehicleSpec

/// A folder of specs as an argument, and the vehicle of it that is meant.
enum SpecsFolder {
    static let standard = "Firmware-Specs"

    static let help = ArgumentHelp(
        "The folder of the specs; 'Firmware-Specs' here unless given.", valueName: "folder")

    /// Reads a folder; what is wrong with it is in the catalog.
    static func read(_ folder: String?) throws(StreamError) -> SpecCatalog {
        let folder = folder ?? standard
        guard Folder.isFolder(folder) else {
            throw StreamError(
                place: folder, cause: "there is no such folder",
                remedy: "go where Firmware-Specs is, or name the folder of the specs")
        }
        return try SpecCatalog(folder: folder)
    }

    /// All vehicles of a folder; a folder with errors is refused with the first of them.
    static func vehicles(in folder: String?) throws(StreamError) -> [VehicleSpec] {
        try vehicles(of: try read(folder), in: folder)
    }

    /// All vehicles of what a folder holds.
    static func vehicles(
        of catalog: SpecCatalog, in folder: String?
    ) throws(StreamError) -> [VehicleSpec] {
        let place = folder ?? standard
        guard let first = catalog.mistakes.first(where: { $0.severity == .error }) else {
            return catalog.vehicles
        }
        throw StreamError(
            place: "\(place)/\(first.place)", cause: first.cause,
            remedy: "'canlog specs lint \(place)' tells all that is wrong")
    }

    /// A variant of a folder without errors.
    static func variant(
        _ name: String, _ variant: String?, in folder: String?
    ) throws(StreamError) -> VehicleSpec {
        if variant == nil, folder == nil, Folder.isFolder(name) {
            throw StreamError(
                place: name, cause: "this is a folder, and a vehicle of it is wanted",
                remedy: "name it, as belora-5/petrol-1.2t, and the folder by --specs")
        }
        return try Self.variant(
            named: variant.map { "\(name)/\($0)" } ?? name, vin: nil,
            among: try vehicles(in: folder), in: folder)
    }

    /// The vehicle of a name or of a VIN; exactly one, or a refusal that says why.
    static func variant(
        named name: String?, vin: String?, among all: [VehicleSpec], in folder: String?
    ) throws(StreamError) -> VehicleSpec {
        let place = folder ?? standard
        do throws(VehicleChoiceError) {
            if let name { return try VehicleSpec.variant(named: name, among: all) }
            if let vin { return try VehicleSpec.variant(of: vin, among: all) }
        } catch {
            throw StreamError(place: place, cause: "\(error)")
        }
        guard all.count != 1, !all.isEmpty else {
            if let only = all.first { return only }
            throw StreamError(place: place, cause: "it has no vehicle")
        }
        throw StreamError(
            place: place, cause: "which vehicle it is does not show in the traffic",
            remedy: "name it by --vin, or by --vehicle: " + all.map(\.name).joined(separator: ", "))
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

extension CalendarDate {
    /// By the computer's clock, in UTC.
    static var today: CalendarDate {
        let time = UTCTime(HostClock.realTime())
        guard let date = CalendarDate(year: time.year, month: time.month, day: time.day) else {
            preconditionFailure("a computer's clock is of some day")
        }
        return date
    }
}
