import CANFrame
import CanlogFiles
import LogTools
import Synchronization

/// The log of a replay, opened again for each pass, with the frames that were asked for.
struct ReplayLog: Sendable {
    let path: String
    private var options: LogInputOptions
    private let found = FoundLosses()

    /// Frames with the `awaited` identifiers are read too, since others wait for them.
    init(
        path: String, options: LogInputOptions, awaited: [ArbitrationID]
    ) throws(StreamError) {
        self.path = path
        var selection = options.selection
        for identifier in awaited {
            let packed = PackedID(identifier)
            if selection.except.contains(where: { $0.matches(packed) }) {
                throw StreamError(
                    place: "--wait-for \(identifier)",
                    cause: "--except leaves these frames out, so nothing would wait for them")
            }
            if !selection.only.isEmpty {
                selection.only.append(
                    .identifiers(
                        identifier.value...identifier.value, isExtended: identifier.isExtended))
            }
        }
        self.options = options
        self.options.selection = selection
    }

    /// What the log was found to lack when it was read last; `nil` before that.
    var losses: LogLosses? { found.losses.withLock { $0 } }

    /// Opens the log; while a pipe is silent, `isStopped` is asked whether to go on waiting.
    func open(
        isStopped: (@Sendable () -> Bool)? = nil
    ) throws(StreamError) -> ReplayInput {
        var options = self.options
        options.isStopped = isStopped
        return ReplayInput(try LogInput(path: path, options: options), found)
    }
}

/// What was found to be missing in a log, by the thread that reads it.
final class FoundLosses: Sendable {
    let losses = Mutex<LogLosses?>(nil)
}

/// The log of one pass, which says what it lacks when it has been read.
struct ReplayInput: FrameSource, ~Copyable {
    private var input: LogInput
    private let found: FoundLosses

    init(_ input: consuming LogInput, _ found: FoundLosses) {
        self.input = input
        self.found = found
    }

    deinit {
        let losses = LogLosses(of: input)
        found.losses.withLock { $0 = losses }
    }

    mutating func read(
        into batch: inout FrameBatch, waiting limit: Duration
    ) throws(StreamError) -> ReadOutcome {
        try input.read(into: &batch, waiting: limit)
    }
}
