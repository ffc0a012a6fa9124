import Diagnostics
import VehicleSpec
import YAMLText

/// What one level of inheritance says of a control unit: a profile, a family, or a version.
struct UnitLayer {
    /// `nil` takes away what a level below has.
    var identifiers: [UInt16: Placed<DataIdentifierSpec?>] = [:]
    var troubleCodes: [TroubleCode: Placed<TroubleCodeSpec?>] = [:]
    var routines: [UInt16: Placed<RoutineSpec?>] = [:]
    var sessions: [String: Placed<UInt8>] = [:]
    var security: [UInt8: Placed<String>] = [:]
    var timing = Timing()

    struct Timing {
        var p2: Int64?
        var p2Star: Int64?
        var s3: Int64?
        var separationTime: Int64?
        var blockSize: Int?
    }

    static let keys = [
        "identifiers", "trouble-codes", "routines", "timing", "sessions", "security",
    ]

    init() {}

    /// Reads the keys that all levels have.
    init(_ fields: SpecFields) {
        readTiming(fields)
        for entry in fields.entries("sessions") {
            guard let number = Self.byte(entry, fields) else { continue }
            sessions[entry.key] = Placed(number, at: SpecPlace(entry.place, in: fields.file))
        }
        for entry in fields.entries("security") { readSecurity(entry, fields) }
        for entry in fields.entries("identifiers") {
            guard let number = Self.number(entry, fields) else { continue }
            let place = SpecPlace(entry.place, in: fields.file)
            if Self.isNone(entry) {
                identifiers[number] = Placed(nil, at: place)
            } else if let identifier = identifier(number, entry, fields) {
                identifiers[number] = Placed(identifier, at: place)
            }
        }
        for entry in fields.entries("trouble-codes") { readTroubleCode(entry, fields) }
        for entry in fields.entries("routines") {
            guard let number = Self.number(entry, fields) else { continue }
            let place = SpecPlace(entry.place, in: fields.file)
            if Self.isNone(entry) {
                routines[number] = Placed(nil, at: place)
            } else if let routine = routine(number, entry, fields) {
                routines[number] = Placed(routine, at: place)
            }
        }
    }

    private static func isNone(_ entry: YAMLEntry) -> Bool { entry.value.scalar?.text == "none" }

    // MARK: Numbers

    /// The number of an identifier or routine: four hexadecimal digits.
    static func number(_ entry: YAMLEntry, _ fields: SpecFields) -> UInt16? {
        guard entry.key.utf8.count == 4, let number = YAMLEntry.hexadecimal(entry.key, UInt16.self)
        else {
            fields.note(
                entry.place, "'\(entry.key)' is no number of four hexadecimal digits",
                "write \"F190\", without 0x")
            return nil
        }
        return number
    }

    private static func byte(_ entry: YAMLEntry, _ fields: SpecFields) -> UInt8? {
        fields.noting { () throws(YAMLError) in try entry.hexadecimal(UInt8.self) }
    }

    // MARK: Timing, security

    private mutating func readTiming(_ fields: SpecFields) {
        guard
            let timing = fields.fields(
                "timing", keys: ["p2", "p2-star", "s3", "separation-time", "block-size"])
        else { return }
        self.timing = Timing(
            p2: timing.time("p2"), p2Star: timing.time("p2-star"), s3: timing.time("s3"),
            separationTime: timing.time("separation-time"),
            blockSize: timing.whole("block-size", 0...255))
        if let p2 = self.timing.p2, let p2Star = self.timing.p2Star, p2Star < p2 {
            fields.note(
                timing.place(of: "p2-star").yaml, "p2-star: it is shorter than p2",
                "P2* is the time behind \"response pending\", as 5s")
        }
        if let time = self.timing.separationTime, time > 127_000_000 {
            fields.note(
                timing.place(of: "separation-time").yaml,
                "separation-time: ISO 15765-2 knows 127ms at most")
        }
    }

    private mutating func readSecurity(_ entry: YAMLEntry, _ fields: SpecFields) {
        guard let level = YAMLEntry.hexadecimal(entry.key, UInt8.self), level % 2 == 1, level < 0x7E
        else {
            fields.note(
                entry.place, "'\(entry.key)' is no level of security access",
                "write the odd number of the request for a seed, from \"01\" to \"7D\"")
            return
        }
        let place = SpecPlace(entry.place, in: fields.file)
        if let name = entry.value.scalar?.text, entry.value.scalar?.isNull == false {
            takeAlgorithm(name, at: entry.value.place, of: level, place, fields)
            return
        }
        guard let details = fields.fields(entry.value, of: "a security level", keys: ["algorithm"]),
            let name = details.neededText(
                "algorithm", "write the name of what computes the key, never a key")
        else { return }
        takeAlgorithm(name, at: details.place(of: "algorithm").yaml, of: level, place, fields)
    }

    private mutating func takeAlgorithm(
        _ name: String, at namePlace: YAMLPlace, of level: UInt8, _ place: SpecPlace,
        _ fields: SpecFields
    ) {
        let isKey = Self.isKey(name)
        if isKey {
            // It is not repeated: messages are copied into tickets and mails.
            fields.note(
                namePlace, "security: level \(level.digits) has a key where a name is wanted",
                "a key does not belong in the files; write the name of what computes it")
        }
        security[level] = Placed(isKey ? "" : name, at: place)
    }

    /// Whether a text is no name but hexadecimal digits of four bytes or more, together or parted.
    private static func isKey(_ text: String) -> Bool {
        let hasPrefix = text.hasPrefix("0x") || text.hasPrefix("0X")
        let digits = text.dropFirst(hasPrefix ? 2 : 0).filter { !" ,:_-".contains($0) }
        return digits.utf8.count >= 8 && digits.allSatisfy(\.isHexDigit)
            && digits.contains(where: \.isNumber)
    }

    // MARK: Identifiers

    private enum Access: String, CaseIterable {
        case r, w, rw
    }

    private func identifier(
        _ number: UInt16, _ entry: YAMLEntry, _ fields: SpecFields
    ) -> DataIdentifierSpec? {
        guard
            let details = fields.fields(
                entry.value, of: "an identifier",
                keys: ["name", "text"] + SpecFields.encodingKeys + [
                    "access", "read", "write", "trace", "trim",
                ]),
            let name = Self.name(details), let encoding = details.encoding()
        else { return nil }
        var identifier = DataIdentifierSpec(number: number, name: name, encoding: encoding)
        identifier.title = details.text("text") ?? ""
        let access = details.word("access", Access.self) ?? .r
        identifier.isReadable = access != .w
        identifier.isWritable = access != .r
        identifier.reading = Self.access(details, "read")
        identifier.writing = Self.access(details, "write")
        if let entry = details["write"], !identifier.isWritable {
            details.note(
                entry.place, "write: the identifier cannot be written", "write 'access: rw'")
        }
        identifier.isTraced = details.flag("trace") ?? false
        identifier.ignoresPadding = details.flag("trim") ?? false
        return identifier
    }

    /// The word by which plans and rules know something.
    private static func name(_ fields: SpecFields) -> String? {
        guard let name = fields.neededText("name", "give it the name that plans and rules use")
        else { return nil }
        let isWord =
            name.utf8.first.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) } == true
            && name.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || $0 == UInt8(ascii: "_")
            }
        if !isWord {
            fields.note(
                fields.place(of: "name").yaml, "name: '\(name)' is no name",
                "write small letters, digits and _, as battery_voltage")
        }
        return name
    }

    private static func access(_ fields: SpecFields, _ key: String) -> AccessRule {
        guard let rule = fields.fields(key, keys: ["session", "security"]) else {
            return AccessRule()
        }
        return AccessRule(
            session: rule.text("session"),
            securityLevel: rule.hexadecimal("security", UInt8.self))
    }

    // MARK: Trouble codes

    private mutating func readTroubleCode(_ entry: YAMLEntry, _ fields: SpecFields) {
        guard let code = TroubleCode(entry.key), code.description == entry.key else {
            fields.note(
                entry.place, "'\(entry.key)' is no trouble code",
                "write P0118-17: P, C, B or U, a digit to 3, three hexadecimal digits, the failure type"
            )
            return
        }
        let place = SpecPlace(entry.place, in: fields.file)
        if Self.isNone(entry) {
            troubleCodes[code] = Placed(nil, at: place)
            return
        }
        guard
            let details = fields.fields(
                entry.value, of: "a trouble code", keys: ["text", "severity", "eol", "safety"]),
            let text = details.neededText("text", "say what is wrong, for whoever repairs it")
        else { return }
        if details["severity"] == nil {
            details.note(
                entry.place, "\(entry.key): there is no 'severity'",
                "write one of \(FindingSeverity.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let severity = details.word("severity", FindingSeverity.self) ?? .rework
        var spec = TroubleCodeSpec(code: code, text: text, severity: severity)
        spec.endOfLine = details.word("eol", TroubleCodeSpec.EndOfLine.self)
        spec.isSafetyRelevant = details.flag("safety") ?? false
        troubleCodes[code] = Placed(spec, at: place)
    }

    // MARK: Routines

    private func routine(
        _ number: UInt16, _ entry: YAMLEntry, _ fields: SpecFields
    ) -> RoutineSpec? {
        guard
            let details = fields.fields(
                entry.value, of: "a routine",
                keys: ["name", "text", "start", "result", "pass", "session", "security", "timeout"]
            ), let name = Self.name(details)
        else { return nil }
        var routine = RoutineSpec(number: number, name: name)
        routine.title = details.text("text") ?? ""
        routine.start = parameters("start", details)
        routine.result = parameters("result", details)
        routine.pass = pass(routine, details)
        routine.access = AccessRule(
            session: details.text("session"),
            securityLevel: details.hexadecimal("security", UInt8.self))
        routine.timeout = details.time("timeout")
        return routine
    }

    /// The condition on the results, whose names must be among them.
    private func pass(_ routine: RoutineSpec, _ fields: SpecFields) -> String? {
        guard let text = fields.text("pass") else { return nil }
        let names = routine.result.map(\.name)
        let words = text.split { !$0.isLetter && !$0.isNumber && $0 != "_" && $0 != "-" }
        for word in words where word.first?.isLetter == true {
            guard !["and", "or", "not"].contains(word), !names.contains(String(word)) else {
                continue
            }
            fields.note(
                fields.place(of: "pass").yaml, "pass: the routine gives no '\(word)'",
                SpecHint.near(String(word), names, else: "it gives"))
        }
        return text
    }

    private func parameters(_ key: String, _ fields: SpecFields) -> [RoutineSpec.Parameter] {
        fields.entries(key).compactMap { entry in
            fields.element(entry).map { RoutineSpec.Parameter(name: entry.key, encoding: $0) }
        }
    }
}
