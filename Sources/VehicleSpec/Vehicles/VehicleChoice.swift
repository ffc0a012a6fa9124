/// Why it is not known which variant a vehicle is.
public enum VehicleChoiceError: Error, Sendable, Hashable {
    /// No vehicle has such a VIN.
    case unknownVehicle(vin: String, among: [String])
    /// The vehicle is known, and none of its variants has such a VIN.
    case unknownVariant(vin: String, vehicle: String, among: [String])
    case ambiguous(vin: String, [String])
    /// No vehicle or variant is called so.
    case unknownName(String, among: [String])
    /// A vehicle of several variants was named without one.
    case severalVariants(String, [String])
}

extension VehicleChoiceError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unknownVehicle(let vin, let among):
            "the VIN \(vin) is of none of the vehicles \(Self.list(among)); check the VIN, or add its pattern"
        case .unknownVariant(let vin, let vehicle, let among):
            "the VIN \(vin) is of \(vehicle) and of none of its variants \(Self.list(among)); name one, or add its pattern"
        case .ambiguous(let vin, let names):
            "the VIN \(vin) is of \(Self.list(names)) at the same time; lint the specs, and make their patterns differ"
        case .unknownName(let name, let among):
            "there is no vehicle '\(name)'; there are \(Self.list(among))"
        case .severalVariants(let name, let variants):
            "\(name) has several variants; name one of \(Self.list(variants))"
        }
    }

    private static func list(_ names: [String]) -> String { names.joined(separator: ", ") }
}

extension VehicleSpec {
    /// The variant of a VIN among `specs`: exactly one, or a named refusal.
    public static func variant(
        of vin: String, among specs: [VehicleSpec]
    ) throws(VehicleChoiceError) -> VehicleSpec {
        let fitting = specs.filter { $0.fits(vin: vin) }
        if fitting.count == 1 { return fitting[0] }
        guard fitting.isEmpty else {
            throw .ambiguous(vin: vin, fitting.map(\.name).sorted())
        }
        let ofVehicle = specs.filter { $0.vehicleNumbers.matches(vin) }
        guard let vehicle = ofVehicle.first?.vehicle else {
            throw .unknownVehicle(vin: vin, among: Set(specs.map(\.vehicle)).sorted())
        }
        throw .unknownVariant(
            vin: vin, vehicle: vehicle, among: ofVehicle.map(\.variant).sorted())
    }

    /// The variant of a name: `corvid-5/petrol`, or `corvid-5` where it has one variant only.
    public static func variant(
        named name: String, among specs: [VehicleSpec]
    ) throws(VehicleChoiceError) -> VehicleSpec {
        if let spec = specs.first(where: { $0.name == name }) { return spec }
        let ofVehicle = specs.filter { $0.vehicle == name }
        if ofVehicle.count == 1 { return ofVehicle[0] }
        guard ofVehicle.isEmpty else {
            throw .severalVariants(name, ofVehicle.map(\.name).sorted())
        }
        throw .unknownName(name, among: specs.map(\.name).sorted())
    }

    /// A VIN that is of this variant, the first one in the order of bytes; `nil` if there is none.
    public var exampleVIN: String? {
        guard let whole = try? BytePattern("/[A-HJ-NPR-Z0-9]{17}/"),
            let bytes = try? BytePattern.example(
                of: [vehicleNumbers, whole] + (variantNumbers.map { [$0] } ?? []))
        else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}
