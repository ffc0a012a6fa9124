import SignalDatabase

extension Message {
    /// In nanoseconds.
    var cycle: Int64? {
        cycleTimeMilliseconds.flatMap { $0 > 0 ? Int64($0 * 1e6) : nil }
    }

    var fitsIntoFrame: Bool {
        identifier != nil && length <= (format == .flexibleDataRate ? 64 : 8)
            && signals.allSatisfy { $0.neededLength <= length && $0.length <= 64 }
    }
}
