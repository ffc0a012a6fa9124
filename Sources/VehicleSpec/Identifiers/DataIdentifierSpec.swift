/// What a control unit has under one data identifier.
public struct DataIdentifierSpec: Sendable, Hashable {
    public var number: UInt16
    /// The name that plans and rules use: the same for all suppliers of a role.
    public var name: String
    /// For people.
    public var title = ""
    public var encoding: ValueEncoding
    public var isReadable = true
    public var isWritable = false
    /// What must hold for reading, and for writing.
    public var reading = AccessRule()
    public var writing = AccessRule()
    /// Whether it goes to the vehicle's genealogy: serial numbers.
    public var isTraced = false
    /// Whether NUL, blank and FF at its end are filling and no part of what is compared.
    public var ignoresPadding = false

    public init(number: UInt16, name: String, encoding: ValueEncoding) {
        self.number = number
        self.name = name
        self.encoding = encoding
    }

    /// The values in the bytes of an answer, without the identifier's own two.
    public func decode(_ bytes: Span<UInt8>) -> [IdentifierValue] {
        encoding.decode(bytes, name: name)
    }
}

/// What must hold for a service to be done: a session, a level of security.
public struct AccessRule: Sendable, Hashable {
    /// By the control unit's own name: `extended`.
    public var session: String?
    /// The odd number of the level, as it stands in a request for a seed.
    public var securityLevel: UInt8?

    public init(session: String? = nil, securityLevel: UInt8? = nil) {
        self.session = session
        self.securityLevel = securityLevel
    }
}
