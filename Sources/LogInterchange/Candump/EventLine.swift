import CANFrame

/// Events as lines of text that readers of candump's format pass over.
struct EventLine {
    /// Names of the channels so far.
    private var names: [UInt8: String] = [:]

    /// The line of an event, `# (stamp) can0 what happened`, or `nil` for ticks and clock ties, of
    /// which there are many and which tell people nothing.
    mutating func text(of event: BusEvent, decimals: Int) -> String? {
        if case .channel(let description) = event.kind, let channel = event.channel {
            names[channel] = description.interface
        }
        guard let words = Self.words(event.kind) else { return nil }
        let place = event.channel.map { names[$0] ?? "channel \($0)" } ?? "-"
        let stamp = Self.stamp(event.timestamp, decimals: decimals)
        return "# (\(stamp)) \(Self.printable(place)) \(Self.printable(words))\n"
    }

    private static func words(_ kind: BusEvent.Kind) -> String? {
        switch kind {
        case .tick, .clockTie: nil
        case .channel(let description): words(description)
        case .clockSynchronisation(let clock):
            clock.isSynchronised
                ? "clock synchronised to \(clock.estimatedError) us" : "clock not synchronised"
        case .loss(let loss): "lost \(loss.frames) frames: \(loss.cause)"
        case .linkUp: "link up"
        case .linkDown: "link down"
        case .linkGone: "interface gone"
        case .statistics(let counters): words(counters)
        case .silence(let duration): "no frame for \(duration / 1_000_000) ms"
        case .marker(let text): "marker: " + text
        case .note(let text): "note: " + text
        case .controllerState(let state): "controller state: \(words(state))"
        case .restarted: "controller restarted"
        case .errorCounters(let counters):
            "error counters: transmit \(counters.transmit), receive \(counters.receive)"
        case .interfaceSettings(let settings): words(settings)
        }
    }

    private static func words(_ description: ChannelDescription) -> String {
        var words = "interface"
        if let rate = description.bitRate { words += " of \(rate) bit/s" }
        if let rate = description.dataBitRate { words += ", data \(rate) bit/s" }
        return words
    }

    private static func words(_ counters: InterfaceStatistics) -> String {
        "counters: received \(counters.receivedFrames), sent \(counters.sentFrames), "
            + "errors \(counters.receiveErrors)+\(counters.sendErrors), "
            + "dropped \(counters.receiveDropped)+\(counters.sendDropped), "
            + "overruns \(counters.receiveOverruns), missed \(counters.receiveMissed)"
    }

    private static func words(_ state: ControllerState) -> String {
        switch state {
        case .errorActive: "error-active"
        case .errorWarning: "error-warning"
        case .errorPassive: "error-passive"
        case .busOff: "bus-off"
        case .stopped: "stopped"
        case .sleeping: "sleeping"
        }
    }

    private static func words(_ settings: InterfaceSettings) -> String {
        let values: [(String, UInt32?, String)] = [
            ("", settings.bitRate, " bit/s"),
            ("sample point ", settings.samplePoint, "/1000"),
            ("data ", settings.dataBitRate, " bit/s"),
            ("data sample point ", settings.dataSamplePoint, "/1000"),
            ("restart after ", settings.restartDelay, " ms"), ("MTU ", settings.mtu, ""),
        ]
        let words = values.compactMap { before, value, unit in
            value.map { "\(before)\($0)\(unit)" }
        }
        return "settings: " + (words + (settings.modes?.names ?? [])).joined(separator: ", ")
    }

    /// Seconds since 1970 with as many decimals as the frames have.
    private static func stamp(_ timestamp: Timestamp, decimals: Int) -> String {
        let (whole, rest) = timestamp.nanoseconds.magnitude.quotientAndRemainder(
            dividingBy: 1_000_000_000)
        let digits = String(rest)
        let fraction = String(repeating: "0", count: 9 - digits.count) + digits
        let seconds = String(whole)
        let sign = timestamp.nanoseconds < 0 ? "-" : ""
        return sign + String(repeating: "0", count: max(0, 10 - seconds.count)) + seconds + "."
            + fraction.prefix(decimals)
    }

    /// A text of people must neither end the line nor steer a terminal.
    private static func printable(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0..<0x20, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069: result.append("_")
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}
