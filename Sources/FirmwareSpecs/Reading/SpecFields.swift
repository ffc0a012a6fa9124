import CANFrame
import SignalDatabase
import YAMLText

/// A mapping of a file, read key by key; what is wrong goes to the journal and reads as absent.
struct SpecFields {
    let file: String
    let journal: SpecJournal
    private let fields: YAMLFields

    /// `node` as a mapping with no other keys than `keys`; `what` says whose they are.
    init?(_ node: YAMLNode, of what: String, keys: [String], _ file: String, _ journal: SpecJournal)
    {
        self.file = file
        self.journal = journal
        do throws(YAMLError) {
            fields = try YAMLFields(node, of: what)
        } catch {
            journal.note(SpecMistake(error, in: file))
            return nil
        }
        for entry in fields.entries where !keys.contains(entry.key) {
            let near = NearName.nearest(to: entry.key, among: keys)
            note(
                entry.place, "there is no key '\(entry.key)' in \(what)",
                near.map { "did you mean '\($0)'?" }
                    ?? "the keys are \(keys.joined(separator: ", "))"
            )
        }
    }

    var place: SpecPlace { SpecPlace(fields.place, in: file) }

    subscript(key: String) -> YAMLEntry? { fields[key] }

    func place(of key: String) -> SpecPlace {
        fields[key].map { SpecPlace($0.value.place, in: file) } ?? place
    }

    func note(
        _ place: YAMLPlace, _ cause: String, _ remedy: String? = nil,
        severity: SpecMistake.Severity = .error
    ) {
        journal.note(SpecPlace(place, in: file), cause, remedy: remedy, severity: severity)
    }

    /// Runs `body`; what it throws is noted.
    func noting<Value>(_ body: () throws(YAMLError) -> Value?) -> Value? {
        do throws(YAMLError) {
            return try body()
        } catch {
            journal.note(SpecMistake(error, in: file))
            return nil
        }
    }

    // MARK: Values

    func text(_ key: String) -> String? {
        noting { () throws(YAMLError) in try fields.text(key) }
    }

    /// The same, which must be there.
    func neededText(_ key: String, _ remedy: String) -> String? {
        guard fields[key] != nil else {
            note(fields.place, "there is no '\(key)'", remedy)
            return nil
        }
        return text(key)
    }

    func placedText(_ key: String) -> Placed<String>? {
        text(key).map { Placed($0, at: place(of: key)) }
    }

    func time(_ key: String) -> Int64? {
        guard let entry = fields[key] else { return nil }
        // STmin may be 0.
        if let text = entry.value.scalar?.text, TimeSpanText.nanoseconds(text) == 0 { return 0 }
        guard let unit = text(key)?.last, unit.isLetter else {
            if entry.value.scalar != nil {
                note(
                    entry.value.place, "\(key): a time needs a unit",
                    "write it as 50ms, 1.5s or 2min")
            }
            return nil
        }
        return noting { () throws(YAMLError) in try fields.time(key) }
    }

    func number(_ key: String) -> Double? {
        noting { () throws(YAMLError) in try fields.number(key) }
    }

    func whole(_ key: String, _ range: ClosedRange<Int>) -> Int? {
        noting { () throws(YAMLError) in try fields.whole(key, range) }
    }

    func flag(_ key: String) -> Bool? {
        noting { () throws(YAMLError) in try fields.flag(key) }
    }

    func word<Word: CaseIterable & RawRepresentable<String>>(_ key: String, _: Word.Type) -> Word? {
        guard let entry = fields[key], let text = text(key) else { return nil }
        if let word = Word(rawValue: text) { return word }
        let words = Word.allCases.map(\.rawValue)
        let near = NearName.nearest(to: text, among: words)
        note(
            entry.value.place, "\(key): there is no '\(text)'",
            near.map { "did you mean '\($0)'?" } ?? "write one of \(words.joined(separator: ", "))")
        return nil
    }

    func hexadecimal<Number: FixedWidthInteger & UnsignedInteger>(
        _ key: String, _: Number.Type
    ) -> Number? {
        guard let entry = fields[key] else { return nil }
        return noting { () throws(YAMLError) in try entry.hexadecimal(Number.self) }
    }

    /// A list of texts, or one alone, each with its place.
    func texts(_ key: String) -> [Placed<String>] {
        guard let entry = fields[key] else { return [] }
        return texts(entry.value, key)
    }

    func texts(_ node: YAMLNode, _ key: String) -> [Placed<String>] {
        var texts: [Placed<String>] = []
        for item in node.sequence ?? [node] {
            guard let scalar = item.scalar, !scalar.isNull else {
                note(item.place, "\(key): a single value is wanted, and this is \(item.kind)")
                continue
            }
            texts.append(Placed(scalar.text, at: SpecPlace(item.place, in: file)))
        }
        return texts
    }

    /// The entries of a mapping whose keys are names of the author's.
    func entries(_ key: String) -> [YAMLEntry] {
        guard let entry = fields[key] else { return [] }
        return entries(of: entry.value, "'\(key)'")
    }

    func entries(of node: YAMLNode, _ what: String) -> [YAMLEntry] {
        noting { () throws(YAMLError) in try YAMLFields.entries(of: node, what) } ?? []
    }

    /// The items of a list.
    func items(_ key: String) -> [YAMLNode] {
        guard let entry = fields[key], entry.value.scalar?.isNull != true else { return [] }
        guard let items = entry.value.sequence else {
            note(
                entry.value.place, "\(key): a list is wanted, and this is \(entry.value.kind)",
                "write '- ' before each item")
            return []
        }
        return items
    }

    /// A mapping within this one.
    func fields(_ key: String, keys: [String]) -> SpecFields? {
        guard let entry = fields[key] else { return nil }
        return SpecFields(entry.value, of: "'\(key)'", keys: keys, file, journal)
    }

    func fields(_ node: YAMLNode, of what: String, keys: [String]) -> SpecFields? {
        SpecFields(node, of: what, keys: keys, file, journal)
    }
}
