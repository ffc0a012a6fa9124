import ArgumentParser
import Diagnostics

/// What a step of `canlog uds` asks control units, in words.
struct UDSRequest: Equatable {
    /// The bytes of the request, the service first.
    var payload: [UInt8]

    /// The requests of one step.
    static func requests(_ words: [String], text: String?) throws -> [UDSRequest] {
        guard let verb = words.first else {
            throw ValidationError("between two commas there is no step; see canlog uds --help")
        }
        let rest = Array(words.dropFirst())
        guard text == nil || verb == "write" else {
            throw ValidationError("--text goes with write alone")
        }
        switch verb {
        case "read": return try read(rest)
        case "write": return [try write(rest, text: text)]
        case "dtc": return [try troubleCodes(rest)]
        case "session": return [try single(0x10, rest, sessions, verb)]
        case "reset": return [try single(0x11, rest, resets, verb)]
        case "tester-present":
            guard rest.isEmpty else { throw extra(rest, behind: verb) }
            return [UDSRequest(payload: [0x3E, 0])]
        case "routine": return [try routine(rest)]
        case "raw":
            let bytes = try hexadecimal(rest.joined(), "the request")
            guard !bytes.isEmpty else {
                throw ValidationError("raw needs a byte at least, as 22F190")
            }
            return [UDSRequest(payload: bytes)]
        default:
            throw ValidationError(
                "there is no step '\(verb)'; wanted is read, write, dtc, session, security, "
                    + "tester-present, routine, reset, wait or raw")
        }
    }

    // MARK: Services

    /// ReadDataByIdentifier, a request for each, so that one that is refused keeps none back.
    private static func read(_ words: [String]) throws -> [UDSRequest] {
        guard !words.isEmpty else {
            throw ValidationError("read needs a data identifier, as F190")
        }
        return try words.map {
            UDSRequest(payload: [0x22] + (try identifier($0, "a data identifier")))
        }
    }

    /// WriteDataByIdentifier.
    private static func write(_ words: [String], text: String?) throws -> UDSRequest {
        guard let first = words.first else {
            throw ValidationError("write needs a data identifier and bytes: write F190 0A1B")
        }
        var (rest, text) = (words.dropFirst(), text)
        guard rest.isEmpty != (text == nil) else {
            throw ValidationError("write needs bytes in hexadecimal or --text, one of both")
        }
        if rest.first == "text" {
            rest = rest.dropFirst()
            text = rest.joined(separator: " ")
            guard text != "" else { throw ValidationError("behind text stands what is written") }
        }
        let data = try text.map { Array($0.utf8) } ?? hexadecimal(rest.joined(), "the data")
        return UDSRequest(
            payload: [0x2E] + (try identifier(first, "a data identifier")) + data)
    }

    /// ReadDTCInformation and ClearDiagnosticInformation.
    private static func troubleCodes(_ words: [String]) throws -> UDSRequest {
        let rest = words.dropFirst(2)
        let argument = words.count > 1 ? words[1] : nil
        guard rest.isEmpty else { throw extra(Array(rest), behind: "dtc") }
        switch words.first ?? "read" {
        case "read": return UDSRequest(payload: [0x19, 0x02] + (try mask(argument)))
        case "count": return UDSRequest(payload: [0x19, 0x01] + (try mask(argument)))
        case "supported": return UDSRequest(payload: [0x19, 0x0A])
        case "permanent": return UDSRequest(payload: [0x19, 0x15])
        case "snapshot":
            return UDSRequest(payload: [0x19, 0x04] + (try code(argument)) + [0xFF])
        case "extended":
            return UDSRequest(payload: [0x19, 0x06] + (try code(argument)) + [0xFF])
        case "clear":
            let group = try argument.map { try code($0) } ?? [0xFF, 0xFF, 0xFF]
            return UDSRequest(payload: [0x14] + group)
        default:
            throw ValidationError(
                "there is no 'dtc \(words[0])'; wanted is read, count, supported, permanent, "
                    + "snapshot, extended or clear")
        }
    }

    /// The status bits that are asked for; all of them by default.
    private static func mask(_ word: String?) throws -> [UInt8] {
        guard let word else { return [0xFF] }
        let bytes = try hexadecimal(word, "a status mask")
        guard bytes.count == 1 else { throw ValidationError("a status mask is a byte, as 0D") }
        return bytes
    }

    /// RoutineControl.
    private static func routine(_ words: [String]) throws -> UDSRequest {
        let kinds = ["start": UInt8(1), "stop": 2, "result": 3]
        guard words.count > 1, let kind = kinds[words[0]] else {
            throw ValidationError("routine needs start, stop or result, and a number, as E010")
        }
        let data = try hexadecimal(words.dropFirst(2).joined(), "the routine's data")
        return UDSRequest(
            payload: [0x31, kind] + (try identifier(words[1], "a routine identifier")) + data)
    }

    /// ISO 14229-1 10.2.2.2, Table 25.
    private static let sessions: [String: UInt8] = [
        "default": 1, "programming": 2, "extended": 3, "safety": 4,
    ]
    /// ISO 14229-1 10.3.2.2, Table 34.
    private static let resets: [String: UInt8] = ["hard": 1, "key": 2, "soft": 3]

    private static func single(
        _ service: UInt8, _ words: [String], _ names: [String: UInt8], _ verb: String
    ) throws -> UDSRequest {
        let known = names.sorted { $0.value < $1.value }.map(\.key).joined(separator: ", ")
        guard let word = words.first else {
            throw ValidationError("\(verb) needs \(known) or a byte, as 03")
        }
        guard words.count == 1 else { throw extra(Array(words.dropFirst()), behind: verb) }
        if let value = names[word] { return UDSRequest(payload: [service, value]) }
        guard let bytes = try? hexadecimal(word, ""), bytes.count == 1 else {
            throw ValidationError("there is no \(verb) '\(word)'; wanted is \(known) or a byte")
        }
        return UDSRequest(payload: [service] + bytes)
    }

    // MARK: Words

    private static func extra(_ words: [String], behind verb: String) -> ValidationError {
        ValidationError(
            "'\(words.joined(separator: " "))' is too much behind \(verb); the next step comes "
                + "behind a comma of its own: \(verb) … , read F190")
    }

    private static func identifier(_ word: String, _ what: String) throws -> [UInt8] {
        let bytes = try hexadecimal(word, what)
        guard bytes.count == 2 else {
            throw ValidationError("\(what) has 4 hexadecimal digits, as F190, and not '\(word)'")
        }
        return bytes
    }

    /// A trouble code of three bytes in hexadecimal.
    private static func code(_ word: String?) throws -> [UInt8] {
        guard let word else { throw ValidationError("wanted is a trouble code, as P0118-17") }
        if let code = TroubleCode(word)?.threeBytes {
            return [16, 8, 0].map { UInt8(truncatingIfNeeded: code >> $0) }
        }
        guard let bytes = try? hexadecimal(word, ""), bytes.count == 3 else {
            throw ValidationError("a trouble code is as P0118-17 or as 011817, not '\(word)'")
        }
        return bytes
    }

    private static func isHexadecimal(_ digit: UInt8) -> Bool {
        Character(UnicodeScalar(digit)).isHexDigit
    }

    static func hexadecimal(_ text: String, _ what: String) throws -> [UInt8] {
        let digits = Array(text.utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        guard text.utf8.allSatisfy(isHexadecimal) else {
            let remedy =
                text.contains(",") ? "; between several stand blanks: read F190 F187" : ""
            throw ValidationError("\(what) '\(text)' is not hexadecimal\(remedy)")
        }
        guard digits.count.isMultiple(of: 2) else {
            throw ValidationError("\(what) '\(text)' has an odd number of hexadecimal digits")
        }
        for place in stride(from: 0, to: digits.count, by: 2) {
            let pair = String(decoding: digits[place..<place + 2], as: UTF8.self)
            if let byte = UInt8(pair, radix: 16) { bytes.append(byte) }
        }
        return bytes
    }
}
