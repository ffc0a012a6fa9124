/// What an analysis of conversations could not take in, so that nobody takes it for nothing.
public struct ConversationLosses: Sendable, Hashable {
    /// Frames that the log says are missing.
    public var frames: UInt64 = 0
    /// Requests that were given up early since too many waited for their answers.
    public var hurriedRequests: UInt64 = 0
    /// Messages of which only the beginning was kept.
    public var cutMessages: UInt64 = 0
    /// Frames of identifiers that were too many to be told apart.
    public var refusedFrames: UInt64 = 0
    /// Beginnings of messages to or from control units that were too many to be told apart.
    public var refusedMessages: UInt64 = 0
    /// Requests of several frames that broke off; each is an exchange.
    public var brokenRequests: UInt64 = 0
    /// Answers that several requests of unknown addresses waited for, so that nobody knows whose.
    public var ambiguousAnswers: UInt64 = 0
    /// Broadcasts of J1939 from so many senders that it is not known what each said before: they are
    /// told even if they say the same again.
    public var forgottenBroadcasts: UInt64 = 0

    public init() {}

    /// Whether something that was there may be missing from the exchanges.
    public var isEmpty: Bool {
        frames == 0 && hurriedRequests == 0 && cutMessages == 0 && refusedFrames == 0
            && refusedMessages == 0
    }
}
