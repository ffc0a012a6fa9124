import CANFrame
import LocalFiles

/// Sets CAN interfaces up and down; needs CAP_NET_ADMIN wherever something is to change.
public enum LinkConfigurator {
    /// What was done to set an interface up.
    public enum Outcome: Hashable, Sendable {
        /// It was up with these settings already, and was left alone.
        case wasUp
        case setUp
        /// It was up with other settings, and was set down first.
        case setDownAndUp
    }

    /// Sets the interface of this name up with `settings`, and says how it is then.
    ///
    /// What the controller cannot do is refused before anything is changed. If something fails
    /// behind that, an interface that was up is set up again.
    public static func setUp(
        _ name: String, _ settings: LinkSettings = LinkSettings()
    ) throws(LinkSettingsError) -> (outcome: Outcome, link: Link) {
        let link = try find(name)
        try settings.check(for: link)
        if link.isUp && settings.isMet(by: link) { return (.wasUp, link) }
        do throws(SystemError) {
            if link.isUp { try LibSocketCAN.stop(name) }
            do throws(SystemError) {
                try apply(settings, to: link)
                try LibSocketCAN.start(name)
            } catch {
                if link.isUp { try? LibSocketCAN.start(name) }
                throw error
            }
        } catch {
            throw LinkSettingsError(error, command: settings.command(for: link))
        }
        return (link.isUp ? .setDownAndUp : .setUp, try find(name))
    }

    /// Sets the interface of this name down; false if it was.
    public static func setDown(_ name: String) throws(LinkSettingsError) -> Bool {
        let link = try find(name)
        guard link.isCAN else { throw .notCAN(name) }
        guard link.isUp else { return false }
        do throws(SystemError) { try LibSocketCAN.stop(name) } catch {
            throw LinkSettingsError(error, command: "sudo ip link set \(name) down")
        }
        return true
    }

    /// The interface of this name as it is now.
    public static func find(_ name: String) throws(LinkSettingsError) -> Link {
        let table: LinkTable
        do throws(SystemError) { table = try LinkMonitor().table } catch { throw .refused(error) }
        guard let link = table[name: name] else {
            throw .noInterface(name, present: table.canLinks.map(\.name))
        }
        return link
    }

    /// All CAN interfaces as they are now, by number.
    public static func all() throws(LinkSettingsError) -> [Link] {
        do throws(SystemError) { return try LinkMonitor().table.canLinks } catch {
            throw .refused(error)
        }
    }

    /// Changes what differs, of an interface that is down.
    private static func apply(
        _ settings: LinkSettings, to link: Link
    ) throws(SystemError) {
        guard let controller = link.controller else {
            if let mtu = settings.wantedMTU(of: link), mtu != link.mtu {
                try change(.mtu(mtu, of: link.index), "set MTU \(mtu)", link.name)
            }
            return
        }
        if settings.wantsFD {
            try applyFD(settings, to: link, controller)
        } else {
            try applyTiming(settings, to: link.name, controller)
            let (given, on) = settings.impliedModes
            if controller.modes.intersection(given) != on.intersection(given) {
                try LibSocketCAN.setModes(
                    on.rawValue, mask: given.rawValue, of: link.name)
            }
        }
        if let delay = settings.restartDelay, delay != controller.restartDelay {
            try LibSocketCAN.setRestartDelay(delay, of: link.name)
        }
    }

    private static func applyTiming(
        _ settings: LinkSettings, to name: String, _ controller: Controller
    ) throws(SystemError) {
        guard let bitRate = settings.bitRate else { return }
        // Segments that somebody chose by hand come back only if they are given, and mean the same
        // only on the same hardware.
        if let model = settings.model, let timing = model.timing, timing.timeQuantum > 0,
            model.clock == controller.clock, model.limits == controller.limits,
            model.limits != nil
        {
            try LibSocketCAN.setTiming(timing, of: name)
        } else {
            try LibSocketCAN.setBitRate(bitRate, samplePoint: settings.samplePoint, of: name)
        }
    }

    /// libsocketcan has no data bit rate, and the kernel takes CAN FD only together with both
    /// timings (`can_validate`): so these are one request of our own.
    private static func applyFD(
        _ settings: LinkSettings, to link: Link, _ controller: Controller
    ) throws(SystemError) {
        let nominal = BitTiming(
            bitRate: settings.bitRate ?? controller.timing?.bitRate ?? 0,
            samplePoint: settings.samplePoint
                ?? (settings.bitRate == nil ? controller.timing?.samplePoint : nil) ?? 0)
        let data = BitTiming(
            bitRate: settings.dataBitRate ?? controller.dataTiming?.bitRate ?? 0,
            samplePoint: settings.dataSamplePoint
                ?? (settings.dataBitRate == nil ? controller.dataTiming?.samplePoint : nil) ?? 0)
        let (given, on) = settings.impliedModes
        try change(
            .flexibleDataRate(
                nominal, data, modes: on.intersection(given).rawValue, mask: given.rawValue,
                of: link.index), "set CAN FD", link.name)
    }

    private static func change(
        _ request: NetlinkRequest, _ operation: String, _ name: String
    ) throws(SystemError) {
        var socket = try NetlinkSocket()
        try socket.change(request, operation, on: name)
    }
}
