/// How long a tester waits for its control units; all times in nanoseconds.
public struct TesterPatience: Sendable, Hashable {
    /// P2: from the end of the request to the beginning of the answer. A control unit that names a
    /// longer one when its session changes is given that.
    public var p2: Int64 = 1_000_000_000
    /// P2*: the same from each answer 78, which says that the answer comes later.
    public var p2Star: Int64 = 5_000_000_000
    /// How long answers 78 may go on in all.
    public var pendingLimit: Int64 = 60_000_000_000
    /// How often a request is sent again that was answered by busyRepeatRequest (21), and when.
    public var busyRetries = 10
    public var busyDelay: Int64 = 100_000_000
    /// S3 of the tester: how long a session that is not the default one goes without a word of ours.
    public var testerPresentInterval: Int64 = 2_000_000_000

    public init() {}
}
