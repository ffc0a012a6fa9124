/// Which channel an interface's number stands for; asked once per frame where one receiver hears all.
struct ChannelMap {
    /// What is known of an interface.
    struct Entry {
        var link: Int32
        /// Its channel; `nil` if its frames are not wanted.
        var channel: UInt8?
        /// Whether no controller stands behind it, which could keep a sent frame for a while.
        var isVirtual: Bool
    }

    private var entries: [Entry] = []

    /// What is known of the interface of this number; `nil` if it was not met yet.
    func entry(ofLink link: Int32) -> Entry? {
        // A handful of interfaces: faster than any hash.
        for place in entries.indices where entries[place].link == link {
            return entries[place]
        }
        return nil
    }

    /// The interfaces whose frames are not wanted.
    var unwanted: [Int32] { entries.filter { $0.channel == nil }.map(\.link) }

    /// The channel of the interface of this number.
    func channel(ofLink link: Int32) -> UInt8? { entry(ofLink: link)?.channel }

    /// Takes note of an interface and its channel, or by `nil` that it is not wanted.
    mutating func set(_ channel: UInt8?, for link: Link) {
        remove(link.index)
        entries.append(Entry(link: link.index, channel: channel, isVirtual: link.isVirtual))
    }

    mutating func remove(_ link: Int32) {
        entries.removeAll { $0.link == link }
    }
}
