public import SignalDatabase

/// Which signals are meant: `MESSAGE.SIGNAL`, or `SIGNAL` of any message; `*` stands for any
/// characters and `?` for one.
///
/// The names are short or long ones. In front may stand an interface, behind a source address of
/// J1939, as in the names of columns: `can1:EEC1.EngineSpeed @00`.
public struct SignalPattern: Sendable, Hashable {
    /// As it was given.
    public let text: String
    private let interface: Glob?
    private let message: Glob
    private let signal: Glob
    private let source: UInt8?

    /// Reads a pattern; `nil` where there is no signal in it, or what stands behind `@` is no address.
    public init?(_ text: String) {
        var rest = text[...]
        interface = rest.firstIndex(of: ":").map { colon in
            defer { rest = rest[rest.index(after: colon)...] }
            return Glob(rest[..<colon])
        }
        source = Self.source(endOf: &rest)
        if source == nil, rest.contains("@") { return nil }
        let dot = rest.firstIndex(of: ".")
        let signal = dot.map { rest[rest.index(after: $0)...] } ?? rest
        guard !signal.isEmpty else { return nil }
        self.text = text
        self.signal = Glob(signal)
        message = Glob(dot.map { rest[..<$0] } ?? "*")
    }

    /// Takes ` @00` or `@00` from the end.
    private static func source(endOf rest: inout Substring) -> UInt8? {
        guard let sign = rest.lastIndex(of: "@") else { return nil }
        let digits = rest[rest.index(after: sign)...]
        guard digits.count == 2, digits.first?.isHexDigit == true,
            let source = UInt8(digits, radix: 16)
        else { return nil }
        rest = rest[..<sign]
        if rest.last == " " { rest.removeLast() }
        return source
    }

    /// Whether a signal is meant, its interface and source apart.
    public func matches(_ message: Message, _ signal: Signal) -> Bool {
        matches(message) && matches(signal)
    }

    /// Whether frames of this interface are meant.
    public func matches(interface name: String) -> Bool { interface?.matches(name) ?? true }

    /// Whether what this source of J1939 sends is meant; `nil` of messages without one.
    public func matches(source address: UInt8?) -> Bool { source == nil || source == address }

    func matches(_ message: Message) -> Bool {
        self.message.matches(message.longName) || self.message.matches(message.name)
    }

    func matches(_ signal: Signal) -> Bool {
        self.signal.matches(signal.longName) || self.signal.matches(signal.name)
    }

    /// The names in `databases` that were probably meant, the nearest first, as a pattern has them.
    public func nearNames(in databases: [Database], count: Int = 3) -> [String] {
        let isQualified = message.text != "*"
        var names: Set<String> = []
        for database in databases {
            for message in database.messages {
                for signal in message.signals {
                    names.insert(
                        isQualified ? "\(message.longName).\(signal.longName)" : signal.longName)
                }
            }
        }
        let word = (isQualified ? "\(message.text).\(signal.text)" : signal.text)
            .filter { $0 != "*" && $0 != "?" }
        let near = NearName.near(to: word, among: names.sorted(), count: count)
        guard near.isEmpty, isQualified else { return near }
        // Perhaps the signal is right and in another message.
        let signals = databases.flatMap { database in
            database.messages.flatMap { message in
                message.signals.filter(matches).map { "\(message.longName).\($0.longName)" }
            }
        }
        return Array(Set(signals).sorted().prefix(count))
    }
}

/// A name in which `*` stands for any characters and `?` for one.
struct Glob: Sendable, Hashable {
    let text: String
    private let bytes: [UInt8]
    private let isPlain: Bool

    init(_ text: some StringProtocol) {
        self.text = String(text)
        bytes = Array(text.utf8)
        isPlain = !text.contains("*") && !text.contains("?")
    }

    func matches(_ name: String) -> Bool {
        guard !isPlain else { return name == text }
        return matches(Array(name.utf8))
    }

    /// In at most the product of both lengths: after a mismatch it goes back to the last `*` only.
    private func matches(_ name: [UInt8]) -> Bool {
        var (place, index) = (0, 0)
        var star: (place: Int, index: Int)?
        while index < name.count {
            if place < bytes.count, bytes[place] == UInt8(ascii: "*") {
                star = (place, index)
                place += 1
            } else if place < bytes.count, bytes[place] == UInt8(ascii: "?") {
                place += 1
                index = Self.next(after: index, in: name)
            } else if place < bytes.count, bytes[place] == name[index] {
                place += 1
                index += 1
            } else if let last = star {
                star = (last.place, last.index + 1)
                (place, index) = (last.place + 1, last.index + 1)
            } else {
                return false
            }
        }
        return bytes[place...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    /// Behind the character at `index`, whose UTF-8 may have several bytes.
    private static func next(after index: Int, in name: [UInt8]) -> Int {
        var next = index + 1
        while next < name.count, name[next] & 0xC0 == 0x80 { next += 1 }
        return next
    }
}
