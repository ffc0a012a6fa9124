/// How the interfaces of a recording are to be set up.
public struct LinkPlan: Hashable, Sendable {
    /// For every controller that has no word of its own.
    public var all = LinkSettings()
    /// For single interfaces; wins over ``all`` where both say something.
    public var own: [String: LinkSettings] = [:]

    public init() {}

    /// What is asked of `link`; what is asked of all concerns controllers only.
    public func settings(for link: Link) -> LinkSettings {
        let own = own[link.name] ?? LinkSettings()
        return link.isVirtual ? own : all.merging(own)
    }
}
