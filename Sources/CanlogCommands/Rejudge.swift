import CANFrame
import LogFile
import LogTools
import VehicleDiagnosis
import VehicleSpec

/// Judges past logs again, one after another: two readings of each, whatever its length in the same
/// memory.
struct Rejudge {
    /// The new specs.
    let vehicles: [VehicleSpec]
    let folder: String?
    /// The vehicle that is meant whatever the VIN.
    let vehicle: String?
    let buses: [ChannelMapping]
    let options: LogInputOptions
    /// Specs that logs carry, by their digests: many logs carry the same.
    private var known: [[UInt8]: VehicleSpec] = [:]
    private static let mostKnown = 16
    /// The new ones as logs would carry them, by name.
    private var resolved: [String: VehicleSpec] = [:]

    init(
        vehicles: [VehicleSpec], folder: String?, vehicle: String?, buses: [ChannelMapping],
        options: LogInputOptions
    ) {
        self.vehicles = vehicles
        self.folder = folder
        self.vehicle = vehicle
        self.buses = buses
        self.options = options
    }

    /// Both verdicts on the log at `path`; `progress` is told the part that is done.
    mutating func judge(
        _ path: String, progress: (Double) -> Void
    ) throws(StreamError) -> Rejudgement {
        let look = try VehicleLook(at: path, options: options) { progress(($0 ?? 0) * 0.3) }
        guard look.scan.firstStamp != nil else {
            throw StreamError(
                place: path, cause: "no frame of it can be read",
                remedy: "`canlog verify` says whether it is damaged")
        }
        var doubts: [String] = []
        let own = ownSpec(look.metadata?.specification, of: path, &doubts)
        let spec = try newSpec(look.vin, carried: look.metadata?.specification?.name)
        let isSame = own.map { $0.sha256 == spec.sha256 } ?? false
        let new = Diagnosis.Options(
            date: try look.day(), vin: look.storedVIN,
            interfaces: try look.interfaces(of: spec, given: buses))
        let start = try LogStart(path: path, options: options)
        var log = try LogInput(path: path, options: options)
        guard log.state != .recording else {
            throw StreamError(
                place: path, cause: "it is being recorded now", remedy: "judge it when it is done")
        }
        var newDiagnosis = Diagnosis(
            spec, options: new, start: start, resolution: log.resolution)
        var oldDiagnosis =
            try isSame
            ? nil
            : own.map { (own) throws(StreamError) in
                var old = new
                old.interfaces = try look.interfaces(of: own, given: buses)
                return Diagnosis(own, options: old, start: start, resolution: log.resolution)
            }
        var batch = FrameBatch(capacity: 4_096)
        while try log.read(into: &batch, waiting: .zero) != .ended {
            newDiagnosis.take(batch)
            _ = newDiagnosis.takeRecords()
            oldDiagnosis?.take(batch)
            _ = oldDiagnosis?.takeRecords()
            batch.removeAll()
            progress(0.3 + (log.fraction ?? 0) * 0.7)
        }
        newDiagnosis.finish()
        oldDiagnosis?.finish()
        let judged = Rejudgement.Judged(newDiagnosis.report())
        let losses = LogLosses(of: log)
        return Rejudgement(
            path: path, vin: look.vin,
            old: isSame ? judged : oldDiagnosis?.report().judged, new: judged,
            doubts: doubts + losses.messages, isWhole: losses.isEmpty)
    }

    /// The spec that the log carries; why there is none is a doubt.
    private mutating func ownSpec(
        _ carried: LogMetadata.Specification?, of path: String, _ doubts: inout [String]
    ) -> VehicleSpec? {
        guard let carried else {
            doubts.append("\(path): it carries no specs, so it is judged by the new ones only")
            return nil
        }
        if let spec = known[carried.digest], carried.isCarried { return spec }
        do throws(StreamError) {
            let spec = try VehicleSpec(carried, in: path)
            if known.count >= Self.mostKnown { known = [:] }
            known[carried.digest] = spec
            return spec
        } catch {
            doubts.append("\(path): \(error.cause), so it is judged by the new ones only")
            return nil
        }
    }

    /// By name, by VIN, or else the one that is called as that in the log.
    private mutating func newSpec(
        _ vin: String?, carried: String?
    ) throws(StreamError) -> VehicleSpec {
        let same = carried.flatMap { name in vehicles.first { $0.name == name }?.name }
        let spec = try SpecsFolder.variant(
            named: vehicle ?? (vin == nil ? same : nil), vin: vin, among: vehicles, in: folder)
        if let known = resolved[spec.name] { return known }
        let read = try spec.asCarried()
        resolved[spec.name] = read
        return read
    }
}

extension DiagnosisReport {
    fileprivate var judged: Rejudgement.Judged { Rejudgement.Judged(self) }
}
