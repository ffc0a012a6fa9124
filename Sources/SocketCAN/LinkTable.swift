/// The network devices of this network namespace, by name and by number.
public struct LinkTable: Sendable {
    private var links: [Int32: Link] = [:]

    /// An empty table.
    public init() {}

    /// The device of this number.
    public subscript(index index: Int32) -> Link? { links[index] }

    /// The device that has this name now.
    public subscript(name name: String) -> Link? {
        links.values.first { $0.name == name }
    }

    /// All CAN interfaces, by number.
    public var canLinks: [Link] {
        links.values.filter(\.isCAN).sorted { $0.index < $1.index }
    }

    /// Takes over a description, and says what changed by it.
    mutating func update(_ link: Link) -> [LinkChange] {
        let before = links.updateValue(link, forKey: link.index)
        guard let before else { return [.appeared(link)] }
        var changes: [LinkChange] = []
        if before.name != link.name { changes.append(.renamed(link, from: before.name)) }
        if before.isUp != link.isUp { changes.append(link.isUp ? .wentUp(link) : .wentDown(link)) }
        return changes
    }

    /// Removes a device; its last description carries its last counters.
    mutating func remove(_ link: Link) -> [LinkChange] {
        links.removeValue(forKey: link.index) == nil ? [] : [.vanished(link)]
    }

    /// Takes over a description of all devices: those that it lacks have vanished.
    mutating func replaceAll(by all: [Link]) -> [LinkChange] {
        let present = Set(all.map(\.index))
        let gone = links.values.filter { !present.contains($0.index) }
        var changes: [LinkChange] = []
        for link in gone.sorted(by: { $0.index < $1.index }) { changes += remove(link) }
        for link in all { changes += update(link) }
        return changes
    }
}

/// What happened to a network device.
public enum LinkChange: Sendable, Hashable {
    /// A device is there that was not; it may be up already.
    case appeared(Link)
    case wentUp(Link)
    case wentDown(Link)
    /// It has another name now.
    case renamed(Link, from: String)
    /// It is gone: unplugged, deleted, moved to another namespace, or its driver unbound.
    case vanished(Link)

    /// Whether frames can come because of it, and none can have come before it.
    var bringsFrames: Bool {
        switch self {
        case .appeared, .wentUp: true
        case .wentDown, .renamed, .vanished: false
        }
    }
}
