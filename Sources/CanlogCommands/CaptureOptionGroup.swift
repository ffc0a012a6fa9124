import ArgumentParser
import LogFile
import SocketCAN

/// How `canlog record` receives, and what.
struct CaptureOptionGroup: ParsableArguments {
    @Option(
        name: .customLong("filter"),
        help: .init(
            "Record only frames whose ID has the bits of ID where MASK has ones, or with '~' those "
                + "that have not, as candump: 123:7FF, 18DA00F1~1FFFFFFF. Repeatable; a frame passes "
                + "that matches one. Error frames always pass.",
            valueName: "id:mask|id~mask"), transform: CapturedIDs.parse)
    var filters: [CapturedIDs] = []

    @Option(
        name: .customLong("receive"),
        help: .init(
            "By the packet ring (needs CAP_NET_RAW), by sockets, or by what suits.",
            valueName: "auto|socket|ring"), transform: ReceiveWay.parse)
    var receive = ReceiveWay(path: .auto)

    @Flag(name: .customLong("no-error-frames"), help: "Leave error frames out.")
    var leavesErrorFramesOut = false

    @Flag(help: "Record the frames too that this process itself sends.")
    var ownFrames = false

    @Flag(help: "Start even if an interface is not there yet, and wait for it.")
    var wait = false

    func validate() throws {
        let maximum =
            receive.path == .ring
            ? CaptureFilter.maximumOnRing : CaptureFilter.maximumOnSocket
        guard receive.path == .auto || filters.count <= maximum else {
            throw ValidationError("--filter may be given \(maximum) times, not \(filters.count)")
        }
        guard receive.path != .ring || !ownFrames else {
            throw ValidationError("--own-frames wants --receive socket")
        }
    }

    /// The same for a source.
    var captureOptions: CaptureOptions {
        var options = CaptureOptions()
        options.receivePath = receive.path
        options.filters = filters.map(\.filter)
        options.includesErrorFrames = !leavesErrorFramesOut
        options.includesOwnFrames = ownFrames
        options.waitsForAbsent = wait
        return options
    }
}

extension CaptureOptionGroup {
    /// As many filters as a tag names, which has to fit the head of a log; notes name all.
    private static let namedFilters = 16

    /// How was received, for the head of each log: who looks there for an identifier in vain has to
    /// learn that it was not let in.
    func tags(receivedBy path: ReceivePath) -> [LogMetadata.Tag] {
        var tags = [LogMetadata.Tag(key: "canlog.receive", value: path.rawValue)]
        if !filters.isEmpty {
            let named = filters.prefix(Self.namedFilters).map(\.filter.description)
            let more = filters.count - named.count
            let words = named + (more > 0 ? ["and \(more) more"] : [])
            tags.append(LogMetadata.Tag(key: "canlog.filter", value: words.joined(separator: " ")))
        }
        if leavesErrorFramesOut {
            tags.append(LogMetadata.Tag(key: "canlog.error-frames", value: "left out"))
        }
        return tags
    }
}

/// A filter as an argument, in candump's words.
struct CapturedIDs: ExpressibleByArgument {
    var filter: CaptureFilter

    static let parse = wanted(
        "ID:MASK or ID~MASK, an ID of up to 3 hexadecimal digits (standard) or of 8 (extended)")

    init?(argument: String) {
        guard let filter = CaptureFilter(candump: argument) else { return nil }
        self.filter = filter
    }
}

/// A way to receive as an argument.
struct ReceiveWay: ExpressibleByArgument, CustomStringConvertible {
    var path: ReceivePath

    static let parse = wanted("auto, socket or ring")

    init(path: ReceivePath) {
        self.path = path
    }

    init?(argument: String) {
        guard let path = ReceivePath(rawValue: argument) else { return nil }
        self.path = path
    }

    var description: String { path.rawValue }
}
