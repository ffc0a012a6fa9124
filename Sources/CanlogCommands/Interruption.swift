import LocalFiles
import Synchronization

/// Whether the user asked for the end, from then on.
final class Interruption: Sendable {
    private let signals = SignalWaiter()
    private let isOver = Atomic<Bool>(false)

    var hasCome: Bool {
        if !isOver.load(ordering: .relaxed), case .signal = signals.wait(.zero) {
            isOver.store(true, ordering: .relaxed)
        }
        return isOver.load(ordering: .relaxed)
    }
}
