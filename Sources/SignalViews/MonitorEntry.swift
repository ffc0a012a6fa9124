import CANFrame
public import SignalDatabase

/// One identifier as a monitor shows it, as values for a program.
public struct MonitorEntry: Sendable {
    public struct Value: Sendable {
        public let signal: Signal
        public let value: SignalValue
        public let label: String?
        /// Whether the last frame carried it.
        public let isCurrent: Bool
    }

    public let interface: String
    public let traffic: StreamTraffic
    /// The last payload.
    public let payload: [UInt8]
    /// The message of the database, if it has one.
    public let message: Message?
    public let values: [Value]
    /// How long it has been overdue, in nanoseconds, if it is.
    public let silence: Int64?
}

extension MonitorScreen {
    /// The identifiers that pass the filter, in their order.
    public func entries(_ view: MonitorView) -> [MonitorEntry] {
        shown(view).map { place in
            let traffic = model.traffic.streams[place]
            let shown = model.streams[place]
            let message = model.message(of: traffic)
            let values = (message?.signals ?? []).enumerated().map { (index, signal) in
                let value = shown.signals[index].value
                return MonitorEntry.Value(
                    signal: signal, value: value, label: ShownValue.label(of: value, signal),
                    isCurrent: shown.signals[index].isCurrent)
            }
            return MonitorEntry(
                interface: model.traffic.channel(traffic.channel)?.interface ?? "",
                traffic: traffic, payload: (0..<Int(shown.length)).map { shown.payload[$0] },
                message: message, values: values, silence: silence(of: traffic))
        }
    }

    /// How long a stream has been overdue, if it is; nothing is at the end.
    func silence(of traffic: StreamTraffic) -> Int64? {
        guard !surroundings.isAtEnd else { return nil }
        return traffic.timing.silence(
            at: now, cycle: traffic.expectation.cycle, tolerance: Self.tolerance)
    }
}
