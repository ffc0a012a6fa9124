import CANFrame
public import SignalDatabase

/// Which messages of a database, or which signals of them, a word means.
///
/// `EngineData`, `Engine*`, `123`, `18FEF100` and `0x123` mean messages; with `.Speed` behind, signals
/// of theirs. Names are short or long ones; where none is written so, small and capital letters are
/// the same.
public struct DatabaseSearch {
    /// A message, and those of its signals that are meant; all of them where the word names none.
    public struct Hit {
        public let message: Int
        public let signals: [Int]
    }

    public let word: String
    private let messageWord: Substring
    private let signalWord: Substring?

    public init(_ word: String) {
        self.word = word
        let dot = word.firstIndex(of: ".")
        messageWord = dot.map { word[..<$0] } ?? word[...]
        signalWord = dot.map { word[word.index(after: $0)...] }
    }

    public var namesSignals: Bool { signalWord != nil }

    /// What the word means, in the order of the file.
    public func hits(in database: Database) -> [Hit] {
        let exact = hits(in: database) { $0 }
        return exact.isEmpty ? hits(in: database) { $0.lowercased() } : exact
    }

    private func hits(in database: Database, _ fold: (String) -> String) -> [Hit] {
        let message = Glob(fold(String(messageWord)))
        let signal = signalWord.map { Glob(fold(String($0))) }
        let identifier = Self.identifier(messageWord)
        return database.messages.indices.compactMap { place in
            let item = database.messages[place]
            let isMeant =
                message.matches(fold(item.longName)) || message.matches(fold(item.name))
                || identifier != nil && identifier == item.identifierText
            guard isMeant else { return nil }
            guard let signal else {
                return Hit(message: place, signals: Array(item.signals.indices))
            }
            let signals = item.signals.indices.filter {
                signal.matches(fold(item.signals[$0].longName))
                    || signal.matches(fold(item.signals[$0].name))
            }
            return signals.isEmpty ? nil : Hit(message: place, signals: signals)
        }
    }

    /// The word as an identifier is written: capitals, 3 digits of a standard and 8 of an extended one.
    private static func identifier(_ word: Substring) -> String? {
        let digits = word.hasPrefix("0x") || word.hasPrefix("0X") ? word.dropFirst(2) : word
        guard !digits.isEmpty, digits.utf8.count <= 8, digits.allSatisfy(\.isHexDigit),
            let number = UInt32(digits, radix: 16)
        else { return nil }
        // candump's rule: three digits are a standard identifier, eight an extended one.
        let identifier =
            digits.utf8.count == 8
            ? ArbitrationID(extended: number)
            : ArbitrationID(standard: number) ?? ArbitrationID(extended: number)
        return identifier.map { PackedID($0).description }
    }

    /// Names that were probably meant, the nearest first.
    public func nearNames(in database: Database) -> [String] {
        let messages = database.messages.map(\.longName)
        guard let signalWord else {
            return NearName.near(to: word, among: messages, count: 3)
        }
        let hits = DatabaseSearch(String(messageWord)).hits(in: database)
        guard !hits.isEmpty else {
            return NearName.near(to: String(messageWord), among: messages, count: 3)
        }
        let names = hits.flatMap { hit in
            database.messages[hit.message].signals.map {
                "\(database.messages[hit.message].longName).\($0.longName)"
            }
        }
        let near = NearName.near(
            to: "\(messageWord).\(signalWord)", among: names, count: 3)
        return near
    }
}
