import ArgumentParser

extension ExpressibleByArgument where Self: Sendable {
    /// Reads an argument, and says what is wanted where it cannot be read; for `transform:`.
    static func wanted(_ form: String) -> @Sendable (String) throws -> Self {
        { text in
            guard let value = Self(argument: text) else {
                throw ValidationError("wanted is " + form)
            }
            return value
        }
    }
}
