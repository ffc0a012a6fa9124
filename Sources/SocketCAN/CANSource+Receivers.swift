import CANFrame
import Glibc
import LocalFiles

extension CANSource {
    /// What a source begins with: the receivers, which way was chosen, what the log says of it.
    struct Opening {
        var receivers: [any FrameReceiver]
        var path: ReceivePath
        var notes: [String]
    }

    /// Chooses how to receive, and opens that.
    static func open(
        _ interfaces: CaptureInterfaces, _ channels: inout [Channel], _ options: CaptureOptions,
        at reading: ClockReading
    ) throws(SocketCANError) -> Opening {
        let lack = onSocketsOnly(channels, options)
        switch options.receivePath {
        case .ring:
            if options.includesOwnFrames { throw .ringLacks("own frames") }
            return try openRing(options, at: reading)
        case .auto where lack == nil:
            do throws(SocketCANError) {
                return try openRing(options, at: reading)
            } catch {
                return try openSockets(
                    interfaces, &channels, options, at: reading,
                    reason: "the packet ring is not to be had: \(error.streamError.cause)")
            }
        case .auto, .socket:
            return try openSockets(interfaces, &channels, options, at: reading, reason: lack)
        }
    }

    /// What is asked for that only sockets have, in words; `nil` if nothing is.
    private static func onSocketsOnly(
        _ channels: [Channel], _ options: CaptureOptions
    ) -> String? {
        guard options.receivePath == .auto else { return nil }
        if options.includesOwnFrames { return "own frames come by sockets alone" }
        guard options.usesHardwareStamps, let socket = try? ReceivingSocket.open(on: "kernel")
        else { return nil }
        for channel in channels
        where ReceivingSocket.offersHardwareStamps(channel.name, socket: socket) {
            return "the controller of \(channel.name) stamps frames, which comes by sockets alone"
        }
        return nil
    }

    private static func openRing(
        _ options: CaptureOptions, at reading: ClockReading
    ) throws(SocketCANError) -> Opening {
        try check(options.filters, atMost: CaptureFilter.maximumOnRing)
        do throws(SystemError) {
            let ring = try PacketRing(options: options, at: reading)
            let size = ring.grantedBuffer >> 10
            return Opening(
                receivers: [ring], path: .ring,
                notes: ["receives by the packet ring of \(size) KiB"] + filterNotes(options))
        } catch {
            throw .noRing(error)
        }
    }

    /// One socket for all interfaces, or one for each that is there.
    private static func openSockets(
        _ interfaces: CaptureInterfaces, _ channels: inout [Channel], _ options: CaptureOptions,
        at reading: ClockReading, reason: String?
    ) throws(SocketCANError) -> Opening {
        try check(options.filters, atMost: CaptureFilter.maximumOnSocket)
        let note = "receives by raw sockets" + (reason.map { ", since \($0)" } ?? "")
        var sockets: [any FrameReceiver] = []
        do throws(SystemError) {
            if interfaces == .all {
                sockets = [
                    try ReceivingSocket(
                        interface: "any", index: 0, channel: nil, options: options, sharedBy: 1,
                        at: reading)
                ]
            } else {
                for place in channels.indices where channels[place].link != 0 {
                    let socket = try ReceivingSocket(
                        interface: channels[place].name, index: channels[place].link,
                        channel: channels[place].number, options: options,
                        sharedBy: channels.count, at: reading)
                    channels[place].description.clock = socket.stampClock
                    sockets.append(socket)
                }
            }
        } catch {
            throw SocketCANError(error)
        }
        return Opening(
            receivers: sockets, path: .socket, notes: [note] + filterNotes(options))
    }

    private static func check(
        _ filters: [CaptureFilter], atMost maximum: Int
    ) throws(SocketCANError) {
        guard filters.count <= maximum else {
            throw .tooManyFilters(count: filters.count, maximum: maximum)
        }
    }

    /// What the log says of frames that were not received because nobody wanted them: an identifier
    /// that is absent must not look like silence.
    private static func filterNotes(_ options: CaptureOptions) -> [String] {
        var notes: [String] = []
        let words = options.filters.map(\.description)
        // Some at a time, so that a note stays a line that can be read.
        for first in stride(from: 0, to: words.count, by: 32) {
            let some = words[first..<min(first + 32, words.count)].joined(separator: " ")
            notes.append("receives only what the filters let pass: \(some)")
        }
        if !options.includesErrorFrames { notes.append("receives no error frames") }
        return notes
    }
}
