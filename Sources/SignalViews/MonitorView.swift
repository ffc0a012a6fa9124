/// How a person looks at a monitor: what is sorted by, filtered, expanded, selected and scrolled to.
///
/// A value of its own beside the model: keys change it, and ``MonitorScreen`` draws by it.
public struct MonitorView: Sendable {
    /// By what the identifiers are sorted.
    public enum Order: String, Sendable, CaseIterable {
        case id, count, period, change, name
    }

    public var order = Order.id
    public var isReversed = false
    /// Lower case; matches identifiers, names of messages and signals, interfaces.
    public private(set) var filter = ""
    /// What is being typed after `/`; `nil` when nothing is.
    public private(set) var entry: String?
    public internal(set) var isPaused = false
    public internal(set) var showsHelp = false
    /// Whether signals are shown of all identifiers, but for those in ``exceptions``.
    public private(set) var expandsAll: Bool
    /// Streams for which the opposite of ``expandsAll`` holds.
    private var exceptions: Set<Int> = []
    /// The selected stream.
    public internal(set) var selected: Int?
    /// The first line of the list that is shown.
    var firstLine = 0
    /// Whether the selected line is to be brought into sight.
    var followsSelection = false
    /// How the selection is to move when the list is known.
    var movement: Movement?

    enum Movement: Sendable, Hashable {
        case lines(Int)
        case pages(Int)
        case toStart, toEnd
    }

    /// What the one who shows it has to do.
    public enum Request: Sendable, Hashable {
        case quit
        /// Go on in a log at once, where it is silent.
        case skip
    }

    public init(order: Order = .id, expandsAll: Bool = false, filter: String = "") {
        self.order = order
        self.expandsAll = expandsAll
        self.filter = filter.lowercased()
    }

    /// Whether the signals of a stream are shown.
    public func isExpanded(_ stream: Int) -> Bool {
        expandsAll != exceptions.contains(stream)
    }

    /// Does what a key means.
    public mutating func press(_ key: TerminalKey) -> Request? {
        if entry != nil {
            type(key)
            return nil
        }
        if showsHelp, key != .character("q") {
            showsHelp = false
            return nil
        }
        switch key {
        case .up, .character("k"): movement = .lines(-1)
        case .down, .character("j"): movement = .lines(1)
        case .pageUp: movement = .pages(-1)
        case .pageDown: movement = .pages(1)
        case .home, .character("g"): movement = .toStart
        case .end, .character("G"): movement = .toEnd
        case .enter: toggle()
        case .escape: setFilter("")
        case .backspace: break
        case .character(let character): return press(character)
        }
        return nil
    }

    private mutating func press(_ character: Character) -> Request? {
        switch character {
        case "q": return .quit
        case "n": return .skip
        case " ": isPaused.toggle()
        case "s": sortByNext()
        case "r": isReversed.toggle()
        case "/": entry = filter
        case "?", "h": showsHelp = true
        case "e": expand(all: true)
        case "c": expand(all: false)
        default: break
        }
        return nil
    }

    private mutating func sortByNext() {
        let all = Order.allCases
        let place = (all.firstIndex(of: order) ?? 0) + 1
        order = all[place % all.count]
        followsSelection = true
    }

    private mutating func type(_ key: TerminalKey) {
        var text = entry ?? ""
        switch key {
        case .enter:
            setFilter(text)
            entry = nil
            return
        case .escape:
            entry = nil
            return
        case .backspace: _ = text.popLast()
        case .character(let character) where text.count < 64: text.append(character)
        default: break
        }
        entry = text
    }

    private mutating func setFilter(_ text: String) {
        filter = text.lowercased()
        firstLine = 0
        followsSelection = true
    }

    private mutating func toggle() {
        guard let selected else { return }
        if exceptions.remove(selected) == nil { exceptions.insert(selected) }
        followsSelection = true
    }

    private mutating func expand(all: Bool) {
        expandsAll = all
        exceptions.removeAll()
        followsSelection = true
    }

    /// What is filtered by: while it is typed, already that.
    var wanted: String { entry?.lowercased() ?? filter }
}
