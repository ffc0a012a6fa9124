import ArgumentParser
import CANFrame

/// Which specs a recorder puts into its logs.
struct SpecificationOptions: ParsableArguments {
    @Option(
        help: .init(
            "Store the specs of the vehicle in each log, so that it explains itself later; the "
                + "variant is that of the VIN.", valueName: "folder"), completion: .directory)
    var specs: String?

    @Option(
        help: .init(
            "The vehicle of --specs whatever the VIN, as belora-5/petrol-1.2t.",
            valueName: "vehicle"))
    var vehicle: String?

    func validate() throws {
        guard vehicle == nil || specs != nil else {
            throw ValidationError(
                "--vehicle names a vehicle of the specs: say where these are by --specs")
        }
    }

    /// Reads the folder, if one is named.
    func recorded() throws(StreamError) -> RecordedSpecs? {
        guard let specs else { return nil }
        return try RecordedSpecs(folder: specs, vehicle: vehicle)
    }
}
