public import LocalFiles

/// Hears from the kernel what becomes of network devices (rtnetlink, `RTMGRP_LINK`); needs no right.
public struct LinkMonitor: ~Copyable, Sendable {
    /// The devices as far as they are known.
    public private(set) var table = LinkTable()
    private var news: NetlinkSocket
    private var questions: NetlinkSocket
    private var faults: FaultInjection?

    /// Starts to listen and fills the table.
    public init() throws(SystemError) {
        try self.init(faults: nil)
    }

    init(faults: FaultInjection?) throws(SystemError) {
        // First listening and then asking, so that nothing is missed between the two.
        let news = try NetlinkSocket(groups: 1)  // RTMGRP_LINK
        var questions = try NetlinkSocket()
        _ = table.replaceAll(by: try questions.allLinks())
        self.news = news
        self.questions = questions
        self.faults = faults
    }

    /// The descriptor that can be read when there may be changes.
    public var rawValue: Int32 { news.descriptor.rawValue }

    /// What has changed since the last call, in order; does not wait.
    ///
    /// Where the kernel had to leave out messages, the devices are read anew and compared.
    public mutating func changes() throws(SystemError) -> [LinkChange] {
        var changes: [LinkChange] = []
        try take(into: &changes)
        return changes
    }

    /// Appends what has changed; what came before an error is there all the same.
    mutating func take(into changes: inout [LinkChange]) throws(SystemError) {
        while true {
            switch try arrival() {
            case .nothing: return
            case .overrun: changes += try refresh()
            case .bytes(let count): take(count, into: &changes)
            }
        }
    }

    /// Reads all devices anew, with their counters, and says what changed.
    public mutating func refresh() throws(SystemError) -> [LinkChange] {
        table.replaceAll(by: try questions.allLinks())
    }

    private mutating func arrival() throws(SystemError) -> NetlinkSocket.Arrival {
        if let code = faults?.next(.netlink) {
            guard code == FaultInjection.overrun else {
                throw SystemError("recv", on: NetlinkSocket.place, code: code)
            }
            return .overrun
        }
        return try news.receive(waiting: false)
    }

    private mutating func take(_ count: Int, into changes: inout [LinkChange]) {
        for (link, isThere) in news.links(count) {
            changes += isThere ? table.update(link) : table.remove(link)
        }
    }
}
