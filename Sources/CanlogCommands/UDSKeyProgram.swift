import CANFrame
import LocalFiles
import Synchronization

/// The program that makes keys out of seeds (SecurityAccess): canlog holds no secret, and no algorithm.
///
/// It runs beside the conversation, one seed after the other, for a limited time: other control units
/// are not kept waiting, and sessions do not end meanwhile.
final class UDSKeyProgram: Sendable {
    /// What became of a seed.
    struct Outcome: Sendable {
        var seed: Seed
        /// Never empty; `nil` where the program gave none.
        var key: [UInt8]?
        /// Why there is no key.
        var trouble = ""
    }

    /// A seed, and whose.
    struct Seed: Sendable {
        /// The control unit by its place, and by its name.
        var unit: Int
        var name: String
        /// The sub-function that asked for it.
        var level: UInt8
        var bytes: [UInt8]
    }

    static let limit = Duration.seconds(5)
    /// More than the longest key that a message of 4,095 bytes takes.
    private static let mostCharacters = 16_384

    private struct State {
        var seeds: [Seed] = []
        var outcomes: [Outcome] = []
        var isRunning = false
    }

    private let command: String
    private let bell: Doorbell
    private let state = Mutex(State())
    private let thread = Mutex<WorkerThread?>(nil)

    init(_ command: String) throws(SystemError) {
        self.command = command
        bell = try Doorbell()
    }

    /// Becomes readable when ``takeOutcomes()`` has something.
    var descriptor: CInt { bell.rawValue }

    /// Begins to make the key of a seed.
    func make(_ seed: Seed) throws(SystemError) {
        let isRunning = state.withLock { state in
            state.seeds.append(seed)
            defer { state.isRunning = true }
            return state.isRunning
        }
        guard !isRunning else { return }
        // The one before has nothing more to do.
        if let ended = thread.withLock({ $0.take() }) { ended.join() }
        var started: WorkerThread? = try WorkerThread("keys") { self.work() }
        thread.withLock { $0 = started.take() }
    }

    /// What ended since the last call.
    func takeOutcomes() -> [Outcome] {
        bell.wait(.zero)
        return state.withLock { state in
            defer { state.outcomes.removeAll() }
            return state.outcomes
        }
    }

    private func work() {
        while let seed = next() {
            let outcome = Self.key(of: seed, by: command)
            state.withLock { $0.outcomes.append(outcome) }
            bell.ring()
        }
    }

    private func next() -> Seed? {
        state.withLock { state in
            if state.seeds.isEmpty {
                state.isRunning = false
                return nil
            }
            return state.seeds.removeFirst()
        }
    }

    /// Runs the program once: the seed is a line of its standard input, the key of its output.
    static func key(of seed: Seed, by command: String, within limit: Duration = limit) -> Outcome {
        let words = [
            "/bin/sh", "-c", command + " \"$@\"", "canlog", seed.name, seed.level.hexadecimal,
        ]
        let line = Array((seed.bytes.map(\.hexadecimal).joined() + "\n").utf8)
        guard
            let output = CommandOutput.of(
                words, input: line.span, within: limit, most: mostCharacters)
        else {
            return Outcome(
                seed: seed, trouble: "gave no key within \(limit.wholeNanoseconds / 1_000_000_000)s"
            )
        }
        guard output.status == 0 else {
            let said =
                output.errors.split(separator: "\n").first.map { ": " + String($0).printable } ?? ""
            return Outcome(seed: seed, trouble: "ended with status \(output.status)\(said)")
        }
        let text = String(output.text.split(whereSeparator: \.isWhitespace).joined())
        guard let key = try? UDSRequest.hexadecimal(text, ""), !key.isEmpty else {
            // What it wrote is not repeated: it may be nearly a key.
            let said = text.isEmpty ? "nothing, and not" : "something else than"
            return Outcome(seed: seed, trouble: "wrote \(said) a key in hexadecimal")
        }
        return Outcome(seed: seed, key: key)
    }
}
