import CYAML

/// The events of libyaml's parser for one text, as values.
@safe struct YAMLEvents: ~Copyable {
    struct Event {
        enum Kind {
            case streamStart, streamEnd, documentStart, documentEnd
            case alias(String)
            case scalar(YAMLScalar)
            case sequenceStart, sequenceEnd, mappingStart, mappingEnd
        }

        var kind: Kind
        var place: YAMLPlace
        var anchor: String?
        /// A tag that says more than that this is a text.
        var tag: String?
    }

    // libyaml keeps pointers into the parser and to the text: both stay where they are until deinit.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let text: UnsafeMutableBufferPointer<UInt8>
    private var hasEnded = false

    init(_ bytes: Span<UInt8>) {
        unsafe text = .allocate(capacity: bytes.count)
        for index in bytes.indices {
            // As long as the span.
            unsafe text.initializeElement(at: index, to: bytes[index])
        }
        unsafe parser = .allocate(capacity: 1)
        unsafe parser.initialize(to: yaml_parser_t())
        let isMade = unsafe yaml_parser_initialize(parser)
        precondition(isMade == 1, "no memory for a YAML parser")
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        unsafe yaml_parser_set_input_string(parser, text.baseAddress, text.count)
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe text.deallocate()
    }

    /// The next event; after the last one that again.
    mutating func next() throws(YAMLError) -> Event {
        var event = unsafe yaml_event_t()
        // The parser fills the local, and what it holds is copied before it is given back.
        guard !hasEnded, unsafe yaml_parser_parse(parser, &event) == 1 else { throw failure() }
        defer { unsafe yaml_event_delete(&event) }
        let mark = unsafe event.start_mark
        var result = Event(kind: .streamStart, place: Self.place(mark))
        switch unsafe event.type {
        case YAML_STREAM_START_EVENT: result.kind = .streamStart
        case YAML_DOCUMENT_START_EVENT: result.kind = .documentStart
        case YAML_DOCUMENT_END_EVENT: result.kind = .documentEnd
        case YAML_SEQUENCE_END_EVENT: result.kind = .sequenceEnd
        case YAML_MAPPING_END_EVENT: result.kind = .mappingEnd
        case YAML_ALIAS_EVENT:
            result.kind = unsafe .alias(Self.string(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            result.kind = unsafe .scalar(Self.scalar(scalar))
            result.anchor = unsafe Self.string(scalar.anchor)
            result.tag = unsafe Self.tag(scalar.tag, isText: true)
        case YAML_SEQUENCE_START_EVENT:
            result.kind = .sequenceStart
            result.anchor = unsafe Self.string(event.data.sequence_start.anchor)
            result.tag = unsafe Self.tag(event.data.sequence_start.tag)
        case YAML_MAPPING_START_EVENT:
            result.kind = .mappingStart
            result.anchor = unsafe Self.string(event.data.mapping_start.anchor)
            result.tag = unsafe Self.tag(event.data.mapping_start.tag)
        default:
            result.kind = .streamEnd
            hasEnded = true
        }
        return result
    }

    private typealias Scalar = yaml_event_s.__Unnamed_union_data.__Unnamed_struct_scalar

    private static func scalar(_ scalar: Scalar) -> YAMLScalar {
        // libyaml says how long the value is, which is whole UTF-8.
        let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
        let isPlain = unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE && scalar.tag == nil
        return YAMLScalar(text: unsafe String(decoding: bytes, as: UTF8.self), isPlain: isPlain)
    }

    private static func string(_ text: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        // A C string of the event, copied before the event goes.
        unsafe text.map { unsafe String(cString: $0) }
    }

    private static func tag(
        _ text: UnsafeMutablePointer<yaml_char_t>?, isText: Bool = false
    ) -> String? {
        let tag = unsafe string(text)
        return isText && (tag == "!" || tag == "tag:yaml.org,2002:str") ? nil : tag
    }

    private static func place(_ mark: yaml_mark_t) -> YAMLPlace {
        YAMLPlace(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }

    /// Why the parser could not go on, in words that help who wrote the text.
    private func failure() -> YAMLError {
        let state = unsafe parser.pointee
        var place = Self.place(unsafe state.problem_mark)
        // Constants of libyaml.
        let problem = unsafe state.problem.map { unsafe String(cString: $0) } ?? "this is no YAML"
        if unsafe state.error == YAML_READER_ERROR {
            place = self.place(ofByte: unsafe state.problem_offset)
            return YAMLError(at: place, problem, remedy: "save the file as UTF-8 text")
        }
        if hasTab(in: place.line) {
            return YAMLError(
                at: place, "the line is indented by a tab, which YAML does not know",
                remedy: "indent it by blanks")
        }
        let context = unsafe state.context.map { unsafe String(cString: $0) }
        var cause = context.map { "\($0): \(problem)" } ?? problem
        if unsafe state.context != nil, unsafe state.context_mark.line != state.problem_mark.line {
            cause += unsafe " (it begins in line \(state.context_mark.line + 1))"
        }
        return YAMLError(at: place, cause, remedy: Self.remedy(for: problem))
    }

    private static func remedy(for problem: String) -> String? {
        switch problem {
        case "mapping values are not allowed in this context", "could not find expected ':'":
            "write 'key: value' with the same indent as its neighbours, and quote texts with ': '"
        case "did not find expected key", "did not find expected '-' indicator":
            "give it the same indent as its neighbours"
        case "found character that cannot start any token": "quote the value"
        default: nil
        }
    }

    /// Whether a tab stands among the blanks that a line begins with.
    private func hasTab(in line: Int) -> Bool {
        var current = 1
        var isIndent = true
        for index in unsafe 0..<text.count {
            let byte = unsafe text[index]
            if byte == UInt8(ascii: "\n") {
                current += 1
                isIndent = true
                if current > line { return false }
            } else if current == line, isIndent {
                if byte == UInt8(ascii: "\t") { return true }
                isIndent = byte == UInt8(ascii: " ")
            }
        }
        return false
    }

    private func place(ofByte offset: Int) -> YAMLPlace {
        var place = YAMLPlace(line: 1, column: 1)
        for index in unsafe 0..<min(offset, text.count) {
            if unsafe text[index] == UInt8(ascii: "\n") {
                place = YAMLPlace(line: place.line + 1, column: 1)
            } else {
                place.column += 1
            }
        }
        return place
    }
}
