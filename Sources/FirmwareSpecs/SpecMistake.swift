import YAMLText

/// Something in a folder of specs that is wrong, or that may surprise.
public struct SpecMistake: Sendable, Hashable, Error {
    public enum Severity: String, Sendable, Hashable, CaseIterable {
        /// The specs must not be used so.
        case error
        case warning
    }

    public var place: SpecPlace
    public var severity: Severity
    /// What is wrong, with the names and numbers that it is about.
    public var cause: String
    /// What to do about it.
    public var remedy: String?

    public init(
        at place: SpecPlace, _ cause: String, remedy: String? = nil, severity: Severity = .error
    ) {
        self.place = place
        self.severity = severity
        self.cause = cause
        self.remedy = remedy
    }

    init(_ error: YAMLError, in file: String) {
        self.init(
            at: SpecPlace(error.place, in: file),
            (error.key.map { "\($0): " } ?? "") + error.cause, remedy: error.remedy)
    }
}

extension SpecMistake: CustomStringConvertible {
    /// `ecus/ecm/vireo-m3.yaml:12:5: error: what is wrong; what to do`
    public var description: String {
        "\(place): \(severity.rawValue): \(cause)" + (remedy.map { "; \($0)" } ?? "")
    }
}

/// The mistakes of a folder while it is read.
final class SpecJournal {
    private(set) var mistakes: [SpecMistake] = []
    /// How many more there were than are kept.
    private(set) var unlisted = 0

    static let maximumMistakes = 1_000

    func note(_ mistake: SpecMistake) {
        guard mistakes.count < Self.maximumMistakes else {
            unlisted += 1
            return
        }
        mistakes.append(mistake)
    }

    func note(
        _ place: SpecPlace, _ cause: String, remedy: String? = nil,
        severity: SpecMistake.Severity = .error
    ) {
        note(SpecMistake(at: place, cause, remedy: remedy, severity: severity))
    }
}

/// A value with the place where it is written.
struct Placed<Value> {
    var value: Value
    var place: SpecPlace

    init(_ value: Value, at place: SpecPlace) {
        self.value = value
        self.place = place
    }
}

extension Placed: Sendable where Value: Sendable {}
