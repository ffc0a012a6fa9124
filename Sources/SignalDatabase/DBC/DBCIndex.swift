/// Where the objects of a database are, by the names and numbers that statements use.
struct DBCIndex {
    struct Place: Hashable {
        var message: Int
        var signal: Int
    }

    /// The first and the last message of a number.
    private var messages: [UInt32: (first: Int, last: Int)] = [:]
    /// Of each message the next of the same number, -1 for none.
    private var nextMessages: [Int] = []
    /// In the scope of their message.
    var signals = DBCNameTable()
    var nodes = DBCNameTable()
    var variables = DBCNameTable()
    var tables = DBCNameTable()
    var signalTypes = DBCNameTable()
    /// Attributes of objects, and of pairs of objects.
    var definitions = DBCNameTable()
    /// The choices of an enumeration, in the scope of its definition.
    var choices = DBCNameTable()

    /// What a file says of a name goes to every object of the name, up to so many.
    static let maximumNamesakes = 64

    /// Takes the next message, and answers the first of the same number, if this is not it.
    mutating func addMessage(_ number: UInt32) -> Int? {
        let message = nextMessages.count
        nextMessages.append(-1)
        guard let same = messages[number] else {
            messages[number] = (message, message)
            return nil
        }
        nextMessages[same.last] = message
        messages[number] = (same.first, message)
        return same.first
    }

    /// The messages of a number; bit 31 may be missing on one side.
    func messages(of number: UInt32) -> OneOrMore<Int>? {
        guard let same = messages[number] ?? messages[number ^ 0x8000_0000] else { return nil }
        var found = OneOrMore(same.first)
        var next = nextMessages[same.first]
        while next >= 0, found.count < Self.maximumNamesakes {
            found.others.append(next)
            next = nextMessages[next]
        }
        return found
    }

    /// The signals of a name in `messages`: at most ``maximumNamesakes`` in all.
    func places(
        of name: Range<Int>, in bytes: [UInt8], _ messages: OneOrMore<Int>
    ) -> OneOrMore<Place>? {
        var places: OneOrMore<Place>?
        for message in messages {
            guard let found = signals.all(name, in: bytes, scope: message) else { continue }
            for signal in found {
                let place = Place(message: message, signal: signal)
                if places == nil { places = OneOrMore(place) } else { places?.others.append(place) }
                if places?.count == Self.maximumNamesakes { return places }
            }
        }
        return places
    }
}
