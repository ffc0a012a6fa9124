public import CANFrame

/// To which interface the frames of each channel of a log go.
public struct ReplayRouting: Sendable, Hashable {
    /// The interfaces to send on, each once.
    public private(set) var interfaces: [String] = []
    /// Channel names of the log, with the index of their interface.
    private var places: [String: Int] = [:]
    /// The interface of all channels that are not named.
    private var fallback: Int?

    /// One interface for a log whose channels are not known beforehand, as on a pipe.
    public init(everythingTo interface: String) {
        interfaces = [interface]
        fallback = 0
    }

    /// The routes that `map` names and no other, for a log whose channels are not known beforehand.
    public init(map: [String: String]) {
        for (channel, interface) in map.sorted(by: { $0.key < $1.key }) {
            connect(channel, to: interface)
        }
    }

    /// Finds an interface for each of `channels`: by `map`, or `interface` when there is only one
    /// channel, or the interface of the same name where `exists` says so.
    public init(
        channels: [String], interface: String?, map: [String: String], exists: (String) -> Bool,
        place: String
    ) throws(StreamError) {
        if let unknown = map.keys.sorted().first(where: { !channels.contains($0) }) {
            throw StreamError(
                place: place, cause: "the log has no channel \(unknown)",
                remedy: "its channels with frames to send are \(channels.joined(separator: ", "))")
        }
        if let interface, channels.count > 1 {
            let names = channels.joined(separator: ", ")
            throw StreamError(
                place: place,
                cause: "the log has \(channels.count) channels (\(names)) for one interface",
                remedy: Self.advice(for: channels, example: interface))
        }
        var unmapped: [String] = []
        for channel in channels {
            if let target = map[channel] ?? interface {
                connect(channel, to: target)
            } else if exists(channel) {
                connect(channel, to: channel)
            } else {
                unmapped.append(channel)
            }
        }
        guard unmapped.isEmpty else {
            throw StreamError(
                place: place,
                cause: "no interface of the same name for \(unmapped.joined(separator: ", "))",
                remedy: channels.count == 1
                    ? "name the interface after the file"
                    : Self.advice(for: unmapped, example: "vcan0"))
        }
    }

    /// The index in ``interfaces`` for the frames of `channel`.
    public func outlet(of channel: String) -> Int? {
        places[channel] ?? fallback
    }

    /// Whether a log that turns out to have a second channel would be mixed on one interface.
    var hasOnlyFallback: Bool { fallback != nil }

    private mutating func connect(_ channel: String, to interface: String) {
        if let known = interfaces.firstIndex(of: interface) {
            places[channel] = known
        } else {
            places[channel] = interfaces.count
            interfaces.append(interface)
        }
    }

    private static func advice(for channels: [String], example: String) -> String {
        "say where each goes: "
            + channels.map { "--map \($0)=\(example)" }.joined(separator: " ")
    }
}
