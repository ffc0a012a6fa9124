import CANFrame
import LocalFiles
import Replaying
import SocketCAN

/// All that is checked before the first frame is sent: the log, the interfaces, what goes where.
struct ReplayPlan {
    /// What the log would send; `nil` for a pipe, which can be read only once.
    private(set) var preview: ReplayPreview?
    private var routing: ReplayRouting
    private var takesFD: [Bool] = []
    private var options = ReplayOptions()
    let log: ReplayLog

    init(_ command: ReplayCommand) throws {
        options.pace = command.pace.speed.pace
        options.longestGap = command.pace.skipGaps?.nanoseconds
        options.passes = command.pace.loop
        options.spin = command.pace.spin.nanoseconds
        options.isRealTime = command.pace.realTime
        options.awaited = command.waiting.waitFor.map(\.identifier)
        options.waitLimit = command.waiting.waitTimeout.nanoseconds
        options.linkLimit = command.waiting.linkTimeout.nanoseconds
        options.sendsErrorFrames = command.sendErrorFrames
        log = try ReplayLog(
            path: command.file, options: command.input.options(command.selection),
            awaited: options.awaited)

        let links = try LinkMonitor().table
        let map = Dictionary(uniqueKeysWithValues: command.map.map { ($0.channel, $0.interface) })
        if command.file == "-" {
            routing =
                command.interface.map { ReplayRouting(everythingTo: $0) } ?? ReplayRouting(map: map)
        } else {
            let preview = try ReplayPreview(of: log.open(), options: options)
            routing = try ReplayRouting(
                channels: preview.channels, interface: command.interface, map: map,
                exists: { links[name: $0]?.isCAN == true }, place: command.file)
            if preview.frames == 0 { try command.refuseEmptySelection() }
            self.preview = preview
        }
        for interface in routing.interfaces {
            let link = try Self.checked(interface, in: links, command)
            takesFD.append(link.carriesFD)
        }
        try refuseUnfitFrames()
    }

    /// Starts to send.
    func start(_ control: ReplayControl) throws(SystemError) -> Replayer {
        let log = self.log
        return try Replayer(
            to: routing, takesFD: takesFD, options: options, place: log.path, control: control
        ) { () throws(StreamError) in try log.open { control.isStopped } }
    }

    /// The link that `name` stands for, if frames may be sent there.
    private static func checked(
        _ name: String, in links: LinkTable, _ command: ReplayCommand
    ) throws(StreamError) -> Link {
        let link = try links.link(toSendOn: name, isPermitted: command.allowTransmit)
        guard link.isVirtual || !command.sendErrorFrames else {
            throw StreamError(
                place: name, cause: "error frames can only be sent on a vcan or vxcan",
                remedy: "leave out --send-error-frames")
        }
        return link
    }

    /// A log whose CAN FD frames an interface cannot take is refused before anything is sent.
    private func refuseUnfitFrames() throws(StreamError) {
        for channel in preview?.channels ?? []
        where preview?.channelsWithFD.contains(channel) == true {
            guard let place = routing.outlet(of: channel), !takesFD[place] else { continue }
            let interface = routing.interfaces[place]
            throw StreamError(
                place: interface,
                cause:
                    "takes no CAN FD frames (mtu 16), and channel \(channel) of the log has some",
                remedy: "ip link set \(interface) down, then mtu 72 up, if it is a vcan")
        }
    }
}
