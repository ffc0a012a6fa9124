import CANFrame

extension LinkSettings {
    /// Refuses what `link` cannot do, by what its driver tells, before anything is changed.
    func check(for link: Link) throws(LinkSettingsError) {
        guard link.isCAN else { throw .notCAN(link.name) }
        guard let controller = link.controller else {
            try checkVirtual(link)
            return
        }
        try checkModes(controller, link)
        if let bitRate { try check(bitRate, samplePoint, .nominal(controller), link) }
        if bitRate == nil, samplePoint != nil {
            throw .notSupported(
                link.name, setting: "a sample point alone", supported: "give --bitrate beside it")
        }
        guard bitRate != nil || controller.timing != nil else {
            var example = self
            example.bitRate = 500_000
            throw .noBitRate(link.name, command: example.command(for: link))
        }
        try checkFD(controller, link)
    }

    private func checkVirtual(_ link: Link) throws(LinkSettingsError) {
        let kind = link.kind ?? "interface"
        let settings: [(Bool, String)] = [
            (bitRate != nil, "a bit rate"), (samplePoint != nil, "a sample point"),
            (dataBitRate != nil, "a data bit rate"),
            (dataSamplePoint != nil, "a data sample point"),
            (restartDelay != nil, "a restart delay"),
        ]
        if let setting = settings.first(where: \.0) {
            throw .notApplicable(link.name, kind: kind, setting: setting.1)
        }
        if let mode = givenModes.subtracting(.flexibleDataRate).names.first {
            throw .notApplicable(link.name, kind: kind, setting: mode)
        }
    }

    private func checkModes(_ controller: Controller, _ link: Link) throws(LinkSettingsError) {
        guard let supported = controller.supportedModes else { return }
        let (given, on) = impliedModes
        guard let missing = on.intersection(given).subtracting(supported).names.first else {
            return
        }
        let names = supported.names
        throw .notSupported(
            link.name, setting: missing == "fd" ? "CAN FD" : missing,
            supported: "this \(controller.name) supports "
                + (names.isEmpty ? "no mode" : names.joined(separator: ", ")))
    }

    private func checkFD(_ controller: Controller, _ link: Link) throws(LinkSettingsError) {
        if let dataBitRate {
            try check(dataBitRate, dataSamplePoint, .data(controller), link)
            let nominal = bitRate ?? controller.timing?.bitRate ?? 0
            guard dataBitRate >= nominal else {
                throw .notSupported(
                    link.name, setting: "a data bit rate of \(dataBitRate) bit/s",
                    supported: "it is at least the bit rate, \(nominal) bit/s")
            }
        } else if dataSamplePoint != nil {
            throw .notSupported(
                link.name, setting: "a data sample point alone",
                supported: "give --data-bitrate beside it")
        } else if modes.contains(.flexibleDataRate), controller.dataTiming == nil {
            throw .notSupported(
                link.name, setting: "CAN FD without a data bit rate",
                supported: "give --data-bitrate beside it")
        }
    }

    /// Which of the two timings of a controller is meant.
    private struct TimingChoice {
        var word: String
        var limits: BitTimingLimits?
        var rates: [UInt32]

        static func nominal(_ controller: Controller) -> Self {
            Self(word: "bit rate", limits: controller.limits, rates: controller.bitRates)
        }

        static func data(_ controller: Controller) -> Self {
            Self(
                word: "data bit rate", limits: controller.dataLimits ?? controller.limits,
                rates: controller.dataBitRates)
        }
    }

    private func check(
        _ rate: UInt32, _ point: UInt32?, _ choice: TimingChoice, _ link: Link
    ) throws(LinkSettingsError) {
        guard let controller = link.controller else { return }
        let setting = "a \(choice.word) of \(rate) bit/s"
        if let greatest = controller.greatestBitRate, rate > greatest {
            throw .notSupported(
                link.name, setting: setting, supported: "it has at most \(greatest) bit/s")
        }
        guard choice.rates.isEmpty else {
            guard choice.rates.contains(rate) else {
                let rates = choice.rates.map { "\($0)" }.joined(separator: ", ")
                throw .notSupported(link.name, setting: setting, supported: "it has \(rates) bit/s")
            }
            return
        }
        // Without limits or clock the kernel decides.
        guard let limits = choice.limits, let clock = controller.clock, clock > 0 else { return }
        guard let near = limits.nearest(to: rate, samplePoint: point, clock: clock),
            Self.isNear(rate, near.bitRate)
        else {
            throw .notSupported(
                link.name, setting: setting,
                supported: Self.possibilities(rate, limits, clock))
        }
        guard Self.isPoint(point, near.samplePoint) else {
            let point = point ?? 0
            let points = [near.samplePoint, Self.pointBehind(point, rate, limits, clock)]
            throw .notSupported(
                link.name, setting: "a sample point of \(Self.pointText(point)) at \(rate) bit/s",
                supported: "this \(limits.controller) has "
                    + points.compactMap { $0.map(Self.pointText) }.joined(separator: " and "))
        }
    }

    /// The first sample point behind `point` that the controller has.
    private static func pointBehind(
        _ point: UInt32, _ rate: UInt32, _ limits: BitTimingLimits, _ clock: UInt32
    ) -> UInt32? {
        (point..<1_000).first {
            limits.nearest(to: rate, samplePoint: $0, clock: clock)?.samplePoint == $0
        }
    }

    private static func possibilities(
        _ rate: UInt32, _ limits: BitTimingLimits, _ clock: UInt32
    ) -> String {
        let quanta = (
            limits.segment1.lowerBound &+ limits.segment2.lowerBound &+ 1,
            limits.segment1.upperBound &+ limits.segment2.upperBound &+ 1
        )
        let slowest = UInt64(clock) / max(1, UInt64(quanta.1) * UInt64(limits.prescaler.upperBound))
        let fastest = UInt64(clock) / max(1, UInt64(quanta.0) * UInt64(limits.prescaler.lowerBound))
        var text =
            "this \(limits.controller) with its clock of \(clock) Hz has \(slowest) to \(fastest) bit/s"
        let isBetween = UInt64(rate) >= slowest && UInt64(rate) <= fastest
        if isBetween, let near = limits.nearest(to: rate, samplePoint: nil, clock: clock) {
            text += ", the nearest is \(near.bitRate) bit/s"
        }
        return text
    }
}
