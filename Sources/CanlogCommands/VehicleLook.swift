import CANFrame
import LocalFiles
import LogFile
import LogTools
import VehicleDiagnosis
import VehicleSpec

/// A log read once to know which vehicle it is of and which interface carries which bus.
struct VehicleLook: ~Copyable {
    private let place: String
    private(set) var scan = TrafficScan()
    private(set) var metadata: LogMetadata?

    /// Reads the log at `path`; nothing can be known before of standard input.
    init(
        at path: String, options: LogInputOptions, progress: (Double?) -> Void = { _ in }
    ) throws(StreamError) {
        place = path
        guard path != "-" else { return }
        var log = try LogInput(path: path, options: options)
        var batch = FrameBatch(capacity: 16_384)
        while try log.read(into: &batch, waiting: .zero) != .ended {
            scan.take(batch)
            batch.removeAll()
            progress(log.fraction)
        }
        scan.take(batch)
        scan.finish()
        metadata = log.metadata
    }

    /// The vehicle's identification number that the log is stored under.
    var storedVIN: String? { metadata?.vin }
    /// The same, or the one that a control unit told.
    var vin: String? { storedVIN ?? scan.vins.first?.vin }

    /// The day on which the log was made, else that of its first frame.
    func day() throws(StreamError) -> CalendarDate {
        let time = UTCTime(scan.firstStamp ?? metadata?.created ?? HostClock.realTime())
        guard let date = CalendarDate(year: time.year, month: time.month, day: time.day) else {
            throw StreamError(
                place: place, cause: "its stamps are of no day", remedy: "give one by --date")
        }
        return date
    }

    /// The interface of each bus of `spec`: as given, or as the traffic shows.
    func interfaces(
        of spec: VehicleSpec, given: [ChannelMapping]
    ) throws(StreamError) -> [String: String] {
        guard given.isEmpty else {
            return Dictionary(uniqueKeysWithValues: given.map { ($0.channel, $0.interface) })
        }
        let assigned = scan.assignment(to: spec)
        guard !assigned.isEmpty else {
            throw StreamError(
                place: place, cause: "none of its interfaces carries a bus of \(spec.name)",
                remedy: "say which is which: --bus \(spec.buses.first?.name ?? "PT")=can0")
        }
        return assigned
    }
}
