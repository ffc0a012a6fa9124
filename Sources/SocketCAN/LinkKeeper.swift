import CANFrame
import Glibc
public import LocalFiles
import Synchronization

/// Sets the interfaces of a recording up, and again when they come back.
///
/// An interface that vanishes and returns has a new number, is down and has lost its settings. A
/// thread hears of it and sets it up as it was, or as the plan says: on a thread of its own since
/// drivers may take their time, during which the other interfaces go on. An interface that somebody
/// set down stays down.
public final class LinkKeeper: Sendable {
    /// Something that was done, or could not be.
    public struct Word: Hashable, Sendable {
        public var interface: String
        public var text: String
    }

    /// How long an interface that appeared is left to udev and others, who may rename it or set it
    /// up themselves, in nanoseconds.
    static let settling: Int64 = 200_000_000
    /// How long after a failure it is tried again, in nanoseconds.
    static let retry: Int64 = 1_000_000_000

    private let interfaces: CaptureInterfaces
    private let plan: LinkPlan
    private let words = Mutex<[Word]>([])
    private let stopBell: Doorbell
    private let wordBell: Doorbell
    private let thread = Mutex<WorkerThread?>(nil)

    public init(_ interfaces: CaptureInterfaces, plan: LinkPlan) throws(SystemError) {
        self.interfaces = interfaces
        self.plan = plan
        stopBell = try Doorbell()
        wordBell = try Doorbell()
    }

    /// Sets up what is there as the plan says, and says what was done.
    ///
    /// Where the right is lacking that is one of the words, and no error: the recording goes on with
    /// the interface as it is, or waits for it.
    public func prepare() throws(LinkSettingsError) -> [Word] {
        var words: [Word] = []
        for link in try LinkConfigurator.all() where isKept(link.name) {
            let settings = plan.settings(for: link)
            guard !settings.isEmpty else { continue }
            do throws(LinkSettingsError) {
                let (outcome, after) = try LinkConfigurator.setUp(link.name, settings)
                guard outcome != .wasUp else { continue }
                let state = LinkSettings(asOn: after).summary
                let text =
                    outcome == .setUp
                    ? "set up: \(state)"
                    : "was up with other settings (\(LinkSettings(asOn: link).summary)), set down "
                        + "and up: \(state)"
                words.append(Word(interface: link.name, text: text))
            } catch {
                guard case .notPermitted = error else { throw error }
                words.append(Word(interface: link.name, text: error.withoutPlace))
            }
        }
        return words
    }

    /// Starts to watch.
    public func start() throws(SystemError) {
        var started: WorkerThread? = try WorkerThread("canlog-links") { [self] in
            var hasComplained = false
            while !watchLinks() {
                if !hasComplained {
                    say(
                        "",
                        "interfaces that come back are not set up again for now; it is tried again")
                }
                hasComplained = true
                if stopBell.wait(.seconds(1)) { return }
            }
        }
        thread.withLock { $0 = started.take() }
    }

    /// Watches until it is to end; false after a failure of rtnetlink.
    private func watchLinks() -> Bool {
        do throws(SystemError) {
            var watch = try watch()
            while try hear(&watch) {}
            return true
        } catch {
            say("", "\(error)")
            return false
        }
    }

    private func watch() throws(SystemError) -> Watch { Watch(try LinkMonitor(), isKept) }

    /// Ends the watch.
    public func stop() {
        stopBell.ring()
        thread.withLock { $0.take() }?.join()
    }

    /// What was done or could not be since the last call.
    public func takeWords() -> [Word] {
        wordBell.wait(.zero)
        return words.withLock { words in
            defer { words.removeAll() }
            return words
        }
    }

    /// The descriptor that can be read when there are words.
    var rawValue: CInt { wordBell.rawValue }

    private func isKept(_ name: String) -> Bool {
        switch interfaces {
        case .all: true
        case .named(let names): names.contains(name)
        }
    }

    private func say(_ interface: String, _ text: String) {
        words.withLock { $0.append(Word(interface: interface, text: text)) }
        wordBell.ring()
    }

    // MARK: On the thread

    /// What the thread knows.
    private struct Watch: ~Copyable {
        var monitor: LinkMonitor
        /// The settings of interfaces that were up.
        var known: [String: LinkSettings] = [:]
        /// When which interface is to be set up, on the monotonic clock.
        var due: [String: Int64] = [:]
        /// What was told already of an interface since it was up.
        var told: [String: Set<String>] = [:]

        init(_ monitor: consuming LinkMonitor, _ isKept: (String) -> Bool) {
            for link in monitor.table.canLinks where isKept(link.name) && link.isUp {
                known[link.name] = LinkSettings(asOn: link)
            }
            self.monitor = monitor
        }

        mutating func take(_ change: LinkChange, at now: Int64) {
            switch change {
            case .appeared(let link), .renamed(let link, _):
                if case .renamed(_, let before) = change { due[before] = nil }
                guard link.isCAN else { return }
                if link.isUp { remember(link) } else { due[link.name] = now + LinkKeeper.settling }
            case .wentUp(let link): remember(link)
            case .wentDown: break
            case .vanished(let link): due[link.name] = nil
            }
        }

        /// While it is up the kernel lets nobody change its settings.
        mutating func remember(_ link: Link) {
            guard link.isCAN else { return }
            known[link.name] = LinkSettings(asOn: link)
            due[link.name] = nil
            told[link.name] = nil
        }
    }

    /// Waits for news or for what is due, and does it; false when it is to end.
    private func hear(_ watch: inout Watch) throws(SystemError) -> Bool {
        var limit: CInt = -1
        if let next = watch.due.values.min() {
            let left = max(0, next - HostClock.monotonic())
            limit = CInt(clamping: (left + 999_999) / 1_000_000)
        }
        var waits = [
            pollfd(fd: stopBell.rawValue, events: Int16(POLLIN), revents: 0),
            pollfd(fd: watch.monitor.rawValue, events: Int16(POLLIN), revents: 0),
        ]
        // As many entries as the array has; an interrupted wait is as good as one without news.
        let count = unsafe poll(&waits, 2, limit)
        if count > 0 && waits[0].revents != 0 { return false }
        let changes = try watch.monitor.changes()
        let now = HostClock.monotonic()
        for change in changes { watch.take(change, at: now) }
        for (name, time) in watch.due where time <= now {
            setUp(name, &watch)
        }
        return true
    }

    /// Sets up an interface that came, if anything is known of how.
    private func setUp(_ name: String, _ watch: inout Watch) {
        watch.due[name] = nil
        guard isKept(name), let link = watch.monitor.table[name: name] else { return }
        let before = watch.known[name]
        let planned = plan.settings(for: link)
        guard before != nil || !planned.isEmpty else { return }
        let settings = (before ?? LinkSettings()).merging(planned)
        do throws(LinkSettingsError) {
            let (outcome, after) = try LinkConfigurator.setUp(name, settings)
            guard outcome != .wasUp else { return }
            let summary = LinkSettings(asOn: after).summary
            say(
                name,
                (before == nil ? "set up: " : "is back, set up again as it was: ") + summary)
        } catch {
            if watch.told[name, default: []].insert("\(error)").inserted {
                say(name, error.withoutPlace)
            }
            // What is merely busy may do it later.
            if case .refused = error { watch.due[name] = HostClock.monotonic() + Self.retry }
        }
    }
}

extension LinkSettingsError {
    /// The error's words without the interface, which stands beside them.
    fileprivate var withoutPlace: String {
        let error = streamError
        return error.cause + (error.remedy.map { "; \($0)" } ?? "")
    }
}
