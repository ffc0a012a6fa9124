/// Which channel an interface's number stands for; asked once per frame where one socket hears all.
struct ChannelMap {
    private var links: [Int32] = []
    private var channels: [UInt8] = []

    /// The channel of the interface of this number.
    func channel(ofLink link: Int32) -> UInt8? {
        // A handful of interfaces: faster than any hash.
        for place in links.indices where links[place] == link {
            return channels[place]
        }
        return nil
    }

    mutating func set(_ channel: UInt8, forLink link: Int32) {
        remove(link)
        links.append(link)
        channels.append(channel)
    }

    mutating func remove(_ link: Int32) {
        guard let place = links.firstIndex(of: link) else { return }
        links.remove(at: place)
        channels.remove(at: place)
    }
}
