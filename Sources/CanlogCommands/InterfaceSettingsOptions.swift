import ArgumentParser
import CANFrame
import SocketCAN

/// A value for all interfaces, or as `can1=250000` for one.
struct PerInterface<Value: ExpressibleByArgument & Hashable & Sendable>: ExpressibleByArgument,
    Hashable, Sendable
{
    var interface: String?
    var value: Value

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let value = Value(argument: String(parts.last ?? "")) else { return nil }
        if parts.count == 2 {
            guard !parts[0].isEmpty else { return nil }
            interface = String(parts[0])
        }
        self.value = value
    }
}

/// How `canlog record` sets interfaces up.
struct InterfaceSettingsOptions: ParsableArguments {
    @Option(
        help: .init(
            "The bit rate: 500000 or 500k for all, can1=250k for one; repeatable.",
            valueName: "[iface=]bit/s"),
        transform: PerInterface<BitRate>.wanted(BitRate.form + ", or can1=250k for one interface"))
    var bitrate: [PerInterface<BitRate>] = []

    @Option(
        help: .init("Where a bit is sampled: 0.875.", valueName: "[iface=]part"),
        transform: PerInterface<SamplePoint>.wanted(
            SamplePoint.form + ", or can1=0.75 for one interface"))
    var samplePoint: [PerInterface<SamplePoint>] = []

    @Option(
        help: .init(
            "The bit rate of CAN FD payloads; turns CAN FD on.", valueName: "[iface=]bit/s"),
        transform: PerInterface<BitRate>.wanted(BitRate.form + ", or can1=2M for one interface"))
    var dataBitrate: [PerInterface<BitRate>] = []

    @Option(
        help: .init("Where a bit of a CAN FD payload is sampled.", valueName: "[iface=]part"),
        transform: PerInterface<SamplePoint>.wanted(
            SamplePoint.form + ", or can1=0.75 for one interface"))
    var dataSamplePoint: [PerInterface<SamplePoint>] = []

    @Flag(
        inversion: .prefixedNo,
        help: "Only listen: send nothing, not even acknowledgements (all controllers).")
    var listenOnly: Bool?

    @Option(
        help: .init(
            "Restart a controller this long after a bus-off; 0: never.", valueName: "[iface=]ms"),
        transform: PerInterface<UInt32>.wanted("milliseconds, or can1=100 for one interface"))
    var restartMs: [PerInterface<UInt32>] = []

    @Flag(
        inversion: .prefixedNo,
        help: "Report each bus error as an error frame (all controllers).")
    var berrReporting: Bool?

    /// What is asked for; the last word about an interface counts.
    var plan: LinkPlan {
        var plan = LinkPlan()
        func each<Value>(
            _ values: [PerInterface<Value>], _ take: (inout LinkSettings, Value) -> Void
        ) {
            for item in values {
                if let name = item.interface {
                    take(&plan.own[name, default: LinkSettings()], item.value)
                } else {
                    take(&plan.all, item.value)
                }
            }
        }
        each(bitrate) { $0.bitRate = $1.bitsPerSecond }
        each(samplePoint) { $0.samplePoint = $1.thousandths }
        each(dataBitrate) { $0.dataBitRate = $1.bitsPerSecond }
        each(dataSamplePoint) { $0.dataSamplePoint = $1.thousandths }
        each(restartMs) { $0.restartDelay = $1 }
        if let listenOnly { plan.all.set(.listenOnly, listenOnly) }
        if let berrReporting { plan.all.set(.busErrorReporting, berrReporting) }
        return plan
    }

    /// Refuses words about interfaces that are not recorded.
    func check(against interfaces: [String]) throws {
        guard !interfaces.contains("any") else { return }
        for name in plan.own.keys.sorted() where !interfaces.contains(name) {
            throw ValidationError(
                "there are settings for '\(name)', which is not recorded; name it beside "
                    + interfaces.joined(separator: ", "))
        }
    }
}
