/// Why a text is no document that can be taken: where, what, and what to do about it.
public struct YAMLError: Error, Sendable, Hashable {
    public var place: YAMLPlace
    /// The key that it is about, where it is about one.
    public var key: String?
    public var cause: String
    public var remedy: String?

    public init(at place: YAMLPlace, key: String? = nil, _ cause: String, remedy: String? = nil) {
        self.place = place
        self.key = key
        self.cause = cause
        self.remedy = remedy
    }

    /// `FILE:LINE: KEY: what; remedy`
    public func text(file: String) -> String {
        "\(file):\(place.line): " + (key.map { "\($0): " } ?? "") + cause
            + (remedy.map { "; \($0)" } ?? "")
    }
}

/// What a document may have at most, so that a hostile one costs little.
public struct YAMLLimits: Sendable {
    /// Bytes of the text.
    public var bytes = 1 << 20
    /// Mappings and sequences within one another.
    public var depth = 32
    /// Values, those that aliases repeat included.
    public var nodes = 100_000

    public init() {}
}
