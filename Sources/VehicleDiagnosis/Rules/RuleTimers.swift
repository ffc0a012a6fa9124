/// When what is to be looked at without being told anything: a heap of bounded size.
///
/// Each source has at most one timer, and asks for later times only: a timer that comes too early is
/// set anew.
struct RuleTimers {
    struct Timer: BitwiseCopyable {
        var due: Int64
        var source: Int

        static func < (one: Timer, other: Timer) -> Bool {
            (one.due, one.source) < (other.due, other.source)
        }
    }

    private var heap: [Timer] = []
    private var isQueued: [Bool]

    init(sources: Int) {
        isQueued = Array(repeating: false, count: sources)
        heap.reserveCapacity(sources)
    }

    /// When the first is due; the end of time if there is none.
    private(set) var nextDue = Int64.max

    /// Has `source` looked at when `due` comes, or earlier.
    mutating func set(_ source: Int, due: Int64) {
        guard !isQueued[source] else { return }
        isQueued[source] = true
        let timer = Timer(due: due, source: source)
        heap.append(timer)
        var place = heap.count - 1
        while place > 0, timer < heap[(place - 1) / 2] {
            heap[place] = heap[(place - 1) / 2]
            place = (place - 1) / 2
        }
        heap[place] = timer
        nextDue = heap[0].due
    }

    /// Takes the first away; of those at one time the one of the least source.
    mutating func removeFirst() -> Timer {
        let first = heap[0]
        isQueued[first.source] = false
        let last = heap.removeLast()
        defer { nextDue = heap.isEmpty ? .max : heap[0].due }
        guard !heap.isEmpty else { return first }
        var place = 0
        while true {
            var least = 2 * place + 1
            if least + 1 < heap.count, heap[least + 1] < heap[least] { least += 1 }
            guard least < heap.count, heap[least] < last else { break }
            heap[place] = heap[least]
            place = least
        }
        heap[place] = last
        return first
    }
}
