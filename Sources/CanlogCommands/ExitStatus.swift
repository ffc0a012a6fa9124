/// The exit statuses of canlog, the same in every command.
enum ExitStatus {
    /// Done, and the result is positive.
    static let done: Int32 = 0
    /// A negative result: damage was found, logs differ.
    static let negative: Int32 = 1
    /// canlog could not do it.
    static let couldNot: Int32 = 2
    /// Done, but something was lost or not measured.
    static let lossy: Int32 = 3

    /// Ends a command whose messages are already printed.
    struct Early: Error {
        var code: Int32
    }
}
