import ArgumentParser

/// One step of `canlog uds`, in words.
enum UDSStep: Equatable {
    /// What each control unit is asked: a request, the service first.
    case ask([UInt8])
    /// Nothing, for so many nanoseconds.
    case wait(Int64)
    /// SecurityAccess: this level asks for a seed, the one behind it sends the key.
    case unlock(level: UInt8)

    /// The steps that words tell, with a comma of its own between two steps.
    static func steps(_ words: [String], text: String?) throws -> [UDSStep] {
        let parts = words.split(separator: ",", omittingEmptySubsequences: false)
        guard text == nil || parts.count == 1 else {
            throw ValidationError(
                "--text goes with one write alone; several steps have it in words: "
                    + "write F190 text …")
        }
        return try parts.flatMap { try steps(Array($0), text) }
    }

    private static func steps(_ words: [String], _ text: String?) throws -> [UDSStep] {
        switch words.first {
        case "wait": return [.wait(try length(words.dropFirst()))]
        case "security": return [.unlock(level: try level(words.dropFirst()))]
        default:
            return try UDSRequest.requests(words, text: text).map { .ask($0.payload) }
        }
    }

    private static func length(_ words: ArraySlice<String>) throws -> Int64 {
        // A number alone would be seconds, which who thinks of bus times does not expect.
        guard words.count == 1, let word = words.first, word.last?.isLetter == true,
            let time = TimeSpan(argument: word), time.nanoseconds <= longestWait
        else {
            throw ValidationError(
                "wait needs a time with its unit, as 500ms or 2s, of an hour at most")
        }
        return time.nanoseconds
    }

    private static let longestWait: Int64 = 3_600_000_000_000

    /// ISO 14229-1 10.4.2: requestSeed is odd, sendKey the even number behind it.
    private static func level(_ words: ArraySlice<String>) throws -> UInt8 {
        guard words.count == 1, let word = words.first,
            let bytes = try? UDSRequest.hexadecimal(word, ""), bytes.count == 1,
            bytes[0] % 2 == 1, bytes[0] <= 0x7D
        else {
            throw ValidationError(
                "security needs the level that asks for the seed, odd and in hexadecimal, as 01")
        }
        return bytes[0]
    }

    /// The request, if it is one that can be told before a control unit has answered.
    var request: [UInt8]? {
        if case .ask(let payload) = self { return payload }
        return nil
    }
}
