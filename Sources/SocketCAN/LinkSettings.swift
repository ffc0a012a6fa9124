public import CANFrame

/// How an interface is to be set up; what is `nil` or not among ``givenModes`` stays as it is.
public struct LinkSettings: Hashable, Sendable {
    /// The bit rate in bit/s.
    public var bitRate: UInt32?
    /// Where the bit is sampled, in thousandths of the bit; `nil` beside a bit rate: as the kernel
    /// chooses (87.5 %, above 500 kbit/s 80 %, above 800 kbit/s 75 %).
    public var samplePoint: UInt32?
    /// The bit rate of the payload of CAN FD frames in bit/s.
    public var dataBitRate: UInt32?
    public var dataSamplePoint: UInt32?
    /// Those of ``givenModes`` that are to be on.
    public var modes: ControllerModes = []
    public var givenModes: ControllerModes = []
    /// How many milliseconds after a bus-off the kernel restarts the controller; 0 for never.
    public var restartDelay: UInt32?
    /// The largest frame in bytes, of virtual interfaces only; controllers set their own.
    public var mtu: UInt32?
    /// The controller whose bit timing is to be made exactly, as it was.
    var model: Controller?

    public init() {}

    /// Everything as `link` has it, to be made again when it comes back.
    public init(asOn link: Link) {
        guard let controller = link.controller else {
            mtu = link.isVirtual ? link.mtu : nil
            return
        }
        bitRate = controller.timing?.bitRate
        samplePoint = controller.timing?.samplePoint
        dataBitRate = controller.dataTiming?.bitRate
        dataSamplePoint = controller.dataTiming?.samplePoint
        modes = controller.modes
        // What a kernel does not tell of is not asked for.
        givenModes = controller.supportedModes ?? controller.modes
        restartDelay = controller.restartDelay
        model = controller
    }

    /// Whether nothing is asked for.
    public var isEmpty: Bool { self == LinkSettings() }

    /// Turns one mode on or off.
    public mutating func set(_ mode: ControllerModes, _ isOn: Bool) {
        givenModes.insert(mode)
        if isOn { modes.insert(mode) } else { modes.remove(mode) }
    }

    /// Whether CAN FD is asked for.
    var wantsFD: Bool { modes.contains(.flexibleDataRate) || dataBitRate != nil }

    /// The modes with those that others imply.
    var impliedModes: (given: ControllerModes, on: ControllerModes) {
        guard dataBitRate != nil else { return (givenModes, modes) }
        return (givenModes.union(.flexibleDataRate), modes.union(.flexibleDataRate))
    }

    /// How far a bit rate may be from what was asked for, in thousandths: more than that and the
    /// nodes of a bus lose each other within a frame.
    static let rateTolerance: UInt64 = 5
    /// How far a sample point may be from what was asked for, in thousandths of the bit.
    static let pointTolerance: UInt32 = 25

    /// Whether an interface is set up so, within the tolerances.
    public func isMet(by link: Link) -> Bool {
        let (given, on) = impliedModes
        if let controller = link.controller {
            return Self.isNear(bitRate, controller.timing?.bitRate)
                && Self.isNear(dataBitRate, controller.dataTiming?.bitRate)
                && Self.isPoint(samplePoint, controller.timing?.samplePoint)
                && Self.isPoint(dataSamplePoint, controller.dataTiming?.samplePoint)
                && controller.modes.intersection(given) == on.intersection(given)
                && (restartDelay == nil || restartDelay == controller.restartDelay)
        }
        return (mtu == nil || mtu == link.mtu)
            && (!given.contains(.flexibleDataRate)
                || link.carriesFD == on.contains(.flexibleDataRate))
    }

    static func isNear(_ wanted: UInt32?, _ rate: UInt32?) -> Bool {
        guard let wanted else { return true }
        guard let rate else { return false }
        let error = UInt64(rate > wanted ? rate - wanted : wanted - rate)
        return error * 1_000 <= UInt64(wanted) * rateTolerance
    }

    static func isPoint(_ wanted: UInt32?, _ point: UInt32?) -> Bool {
        guard let wanted else { return true }
        guard let point else { return false }
        return (point > wanted ? point - wanted : wanted - point) <= pointTolerance
    }

    /// These with what `others` ask for beyond.
    public func merging(_ others: LinkSettings) -> LinkSettings {
        var merged = self
        merged.bitRate = others.bitRate ?? bitRate
        merged.samplePoint = others.samplePoint ?? (others.bitRate == nil ? samplePoint : nil)
        merged.dataBitRate = others.dataBitRate ?? dataBitRate
        merged.dataSamplePoint =
            others.dataSamplePoint ?? (others.dataBitRate == nil ? dataSamplePoint : nil)
        merged.modes = modes.subtracting(others.givenModes)
            .union(others.modes.intersection(others.givenModes))
        merged.givenModes = givenModes.union(others.givenModes)
        merged.restartDelay = others.restartDelay ?? restartDelay
        merged.mtu = others.mtu ?? mtu
        if others.bitRate != nil || others.dataBitRate != nil || others.samplePoint != nil
            || others.dataSamplePoint != nil
        {
            merged.model = nil
        }
        return merged
    }
}

// MARK: Words

extension LinkSettings {
    /// Thousandths of a bit as `ip` writes them: `0.875`.
    public static func pointText(_ point: UInt32) -> String {
        let digits = String(point % 1_000)
        return "\(point / 1_000)." + String(repeating: "0", count: 3 - digits.count) + digits
    }

    /// The settings as words of `ip link set … type can`.
    var words: [String] {
        var words: [String] = []
        if let bitRate { words += ["bitrate", "\(bitRate)"] }
        if let samplePoint { words += ["sample-point", Self.pointText(samplePoint)] }
        if let dataBitRate { words += ["dbitrate", "\(dataBitRate)"] }
        if let dataSamplePoint { words += ["dsample-point", Self.pointText(dataSamplePoint)] }
        let (given, on) = impliedModes
        for (mode, name) in ControllerModes.names where given.contains(mode) && name.count > 1 {
            // Of what merely stays off an administrator need not hear.
            guard on.contains(mode) || model == nil, !name.hasPrefix("tdc") else { continue }
            words += [name, on.contains(mode) ? "on" : "off"]
        }
        if let restartDelay { words += ["restart-ms", "\(restartDelay)"] }
        return words
    }

    /// What an administrator would run to set `link` up so.
    public func command(for link: Link) -> String {
        var words = ["sudo ip link set", link.name, "up"]
        if link.controller != nil {
            if !self.words.isEmpty { words += ["type can"] + self.words }
        } else if let mtu = wantedMTU(of: link) {
            words += ["mtu", "\(mtu)"]
        }
        let down = link.isUp ? "sudo ip link set \(link.name) down && " : ""
        return down + words.joined(separator: " ")
    }

    /// The MTU that a virtual interface is to have; `nil`: as it has.
    func wantedMTU(of link: Link) -> UInt32? {
        if let mtu { return mtu }
        guard givenModes.contains(.flexibleDataRate) else { return nil }
        // CANFD_MTU and CAN_MTU.
        return modes.contains(.flexibleDataRate) ? max(72, link.mtu) : 16
    }

    /// The settings in a few words for people: `500000 bit/s, sample point 0.875, listen-only`.
    public var summary: String {
        var parts: [String] = []
        if let bitRate { parts.append("\(bitRate) bit/s") }
        if let samplePoint { parts.append("sample point \(Self.pointText(samplePoint))") }
        if let dataBitRate { parts.append("data \(dataBitRate) bit/s") }
        if let dataSamplePoint {
            parts.append("data sample point \(Self.pointText(dataSamplePoint))")
        }
        parts += modes.names
        if let restartDelay, restartDelay > 0 { parts.append("restart after \(restartDelay) ms") }
        if let mtu { parts.append("MTU \(mtu)") }
        return parts.joined(separator: ", ")
    }
}
