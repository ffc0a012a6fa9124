import CANFrame

/// Notices that one vehicle went and another came: all its control units tell another VIN from then on.
///
/// Control units of one vehicle that disagree tell theirs again and again, and no role changes its own.
struct VehicleSuccession: Sendable {
    /// One vehicle while it was there; times are nanoseconds of bus time.
    struct Stay: Sendable, Hashable {
        var vin: String
        /// Where the traffic is cut, so that this vehicle is behind: in the pause before it.
        var begin: Int64
    }

    /// So many are told apart.
    private static let maximum = 64
    /// A pause that is shorter is one between two frames.
    private static let shortestPause: Int64 = 200_000_000

    private var stays: [Stay] = []
    private var latest: [String: String] = [:]
    private var changed: Set<String> = []
    /// Whether a VIN came back, or a tester wrote one.
    private var isSomethingElse = false
    private var lastFrame: Int64 = 0
    private var pause: (length: Int64, end: Int64) = (0, 0)

    /// A frame at `time`, or a sign that the recorder was awake then.
    @inline(__always)
    mutating func noteFrame(at time: Int64) {
        let length = time &- lastFrame
        if length > pause.length { pause = (length, time) }
        lastFrame = time
    }

    /// A tester wrote a VIN: the vehicle is still the same.
    mutating func noteWriting() { isSomethingElse = true }

    /// A role said that it has `vin`, at `time`.
    mutating func note(_ vin: String, of role: String, at time: Int64) {
        if let before = latest.updateValue(vin, forKey: role), before != vin {
            changed.insert(role)
        }
        if stays.last?.vin != vin {
            if stays.contains(where: { $0.vin == vin }) { isSomethingElse = true }
            let isPause = pause.length >= Self.shortestPause
            let begin = isPause ? pause.end &- pause.length / 2 : time
            if stays.count < Self.maximum { stays.append(Stay(vin: vin, begin: begin)) }
        }
        pause = (0, time)
    }

    /// The vehicles in their order; empty unless there are several.
    var vehicles: [Stay] {
        guard stays.count > 1, !isSomethingElse, changed.count >= min(2, latest.count) else {
            return []
        }
        return stays
    }

    /// Who was there, and how the log is cut; `nil` of one vehicle.
    var words: String? {
        let vehicles = vehicles
        guard let first = vehicles.first else { return nil }
        var words = ["\(vehicles.count) vehicles one after another: \(first.vin)"]
        words += vehicles.dropFirst().map { "\($0.vin) from \(Self.time($0.begin)) on" }
        let cuts = vehicles.enumerated().map { place, stay in
            let from = place > 0 ? "--from \(Self.time(stay.begin))" : ""
            let to =
                place + 1 < vehicles.count ? "--to \(Self.time(vehicles[place + 1].begin))" : ""
            return [from, to].filter { !$0.isEmpty }.joined(separator: " ")
        }
        return words.joined(separator: ", ") + "; judge each by itself: "
            + cuts.joined(separator: ", then ")
    }

    /// As `--from` takes it: `+12.3s`.
    private static func time(_ nanoseconds: Int64) -> String {
        "+\(FigureText.fixed(Double(nanoseconds) / 1e9, 1))s"
    }
}
