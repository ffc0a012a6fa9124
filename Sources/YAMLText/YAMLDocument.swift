/// One YAML document, read whole: the tree of its values, with their lines.
///
/// Stricter than YAML, so that what is read is what was meant: one document, UTF-8, keys that are
/// texts and come once, no tags, no merge keys.
public struct YAMLDocument: Sendable {
    /// `nil` for a text that has comments only.
    public let root: YAMLNode?

    /// Reads `text`; throws where it is no YAML, or exceeds `limits`.
    public init(_ text: Span<UInt8>, limits: YAMLLimits = YAMLLimits()) throws(YAMLError) {
        guard text.count <= limits.bytes else {
            throw YAMLError(
                at: YAMLPlace(line: 1, column: 1),
                "the file has \(text.count) bytes, and at most \(limits.bytes) are read")
        }
        var builder = YAMLBuilder(events: YAMLEvents(text), limits: limits)
        root = try builder.document()
    }

    /// The same for a text in memory.
    public init(_ text: String, limits: YAMLLimits = YAMLLimits()) throws(YAMLError) {
        let bytes = Array(text.utf8)
        try self.init(bytes.span, limits: limits)
    }
}

/// Makes the tree of the parser's events.
struct YAMLBuilder: ~Copyable {
    private struct Anchored {
        var node: YAMLNode
        var size: Int
    }

    private var events: YAMLEvents
    private let limits: YAMLLimits
    private var anchors: [String: Anchored] = [:]
    /// Values so far, those in aliases included.
    private var count = 0

    init(events: consuming YAMLEvents, limits: YAMLLimits) {
        self.events = events
        self.limits = limits
    }

    mutating func document() throws(YAMLError) -> YAMLNode? {
        var root: YAMLNode?
        while true {
            let event = try events.next()
            switch event.kind {
            case .documentStart where root != nil:
                throw YAMLError(
                    at: event.place, "a second document begins here",
                    remedy: "keep one, and put the other into a file of its own")
            case .documentStart: root = try node(from: try events.next(), depth: 0)
            case .streamEnd:
                guard let scalar = root?.scalar, scalar.isNull else { return root }
                return nil
            default: break
            }
        }
    }

    private mutating func node(
        from event: YAMLEvents.Event, depth: Int
    ) throws(YAMLError) -> YAMLNode {
        let before = count
        count += 1
        guard count <= limits.nodes else {
            throw YAMLError(at: event.place, "there are more than \(limits.nodes) values")
        }
        guard depth < limits.depth else {
            throw YAMLError(at: event.place, "more than \(limits.depth) levels within one another")
        }
        if let tag = event.tag {
            throw YAMLError(
                at: event.place, "the tag \(tag) is not known here",
                remedy: "write the value without it, in quotes if it is a text")
        }
        let content: YAMLNode.Content
        switch event.kind {
        case .alias(let name): return try alias(name, at: event.place)
        case .scalar(let scalar): content = .scalar(scalar)
        case .sequenceStart: content = .sequence(try sequence(depth: depth + 1))
        case .mappingStart: content = .mapping(try mapping(depth: depth + 1))
        default: throw YAMLError(at: event.place, "a value is missing")
        }
        let node = YAMLNode(content: content, place: event.place)
        if let anchor = event.anchor {
            anchors[anchor] = Anchored(node: node, size: count - before)
        }
        return node
    }

    private mutating func alias(
        _ name: String, at place: YAMLPlace
    ) throws(YAMLError) -> YAMLNode {
        guard let anchored = anchors[name] else {
            throw YAMLError(
                at: place, "nothing before it is named &\(name)",
                remedy: "quote the value if it is a text that begins with *")
        }
        // What is repeated counts as if it were written again: ten lines could stand for a billion.
        count += anchored.size - 1
        guard count <= limits.nodes else {
            throw YAMLError(
                at: place, "with what it repeats there are more than \(limits.nodes) values")
        }
        return anchored.node
    }

    private mutating func sequence(depth: Int) throws(YAMLError) -> [YAMLNode] {
        var items: [YAMLNode] = []
        while true {
            let event = try events.next()
            if case .sequenceEnd = event.kind { return items }
            items.append(try node(from: event, depth: depth))
        }
    }

    private mutating func mapping(depth: Int) throws(YAMLError) -> [YAMLEntry] {
        var entries: [YAMLEntry] = []
        var lines: [String: Int] = [:]
        while true {
            let event = try events.next()
            if case .mappingEnd = event.kind { return entries }
            let key = try key(from: event)
            if let line = lines[key] {
                throw YAMLError(
                    at: event.place, key: key, "it is in line \(line) already",
                    remedy: "keep one of both")
            }
            lines[key] = event.place.line
            let value = try node(from: try events.next(), depth: depth)
            entries.append(YAMLEntry(key: key, place: event.place, value: value))
        }
    }

    /// A key: a text, and nothing that another reader could take for something else.
    private func key(from event: YAMLEvents.Event) throws(YAMLError) -> String {
        guard case .scalar(let scalar) = event.kind, event.tag == nil else {
            throw YAMLError(
                at: event.place, "the key is no text", remedy: "write 'key: value'")
        }
        if scalar.isPlain, scalar.text == "<<" {
            throw YAMLError(
                at: event.place, key: "<<", "merge keys are not known here",
                remedy: "write the keys out")
        }
        if let doubt = scalar.doubt {
            throw YAMLError(
                at: event.place, key: scalar.text,
                "the key is \(doubt) and no text", remedy: "write \"\(scalar.text)\": in quotes")
        }
        return scalar.text
    }
}
