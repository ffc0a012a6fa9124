import Glibc

/// A bounded queue between threads: who puts waits for room, who takes waits for something.
///
/// Made for whole batches, which go round between two such queues. The lock passes priority on, so
/// that a real-time thread is not held up by a preempted other.
@safe public final class HandoverQueue<Item: ~Copyable & Sendable>: @unchecked Sendable {
    // Why unchecked: all stored state below is touched only while `lock` is held.
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private let slots: UnsafeMutablePointer<Item>
    private let capacity: Int
    private var first = 0
    private var count = 0
    private var isClosed = false

    /// A queue for `capacity` items, at least 1.
    public init(capacity: Int) {
        precondition(capacity > 0, "a queue holds at least one item")
        self.capacity = capacity
        unsafe slots = .allocate(capacity: capacity)
        unsafe lock = .allocate(capacity: 1)
        unsafe changed = .allocate(capacity: 1)
        var attributes = pthread_mutexattr_t()
        unsafe pthread_mutexattr_init(&attributes)
        unsafe pthread_mutexattr_setprotocol(&attributes, CInt(PTHREAD_PRIO_INHERIT))
        unsafe pthread_mutex_init(lock, &attributes)
        unsafe pthread_mutexattr_destroy(&attributes)
        var waiting = pthread_condattr_t()
        unsafe pthread_condattr_init(&waiting)
        unsafe pthread_condattr_setclock(&waiting, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(changed, &waiting)
        unsafe pthread_condattr_destroy(&waiting)
    }

    deinit {
        // Nobody else holds a reference any more.
        for index in 0..<count {
            unsafe (slots + (first + index) % capacity).deinitialize(count: 1)
        }
        unsafe pthread_cond_destroy(changed)
        unsafe pthread_mutex_destroy(lock)
        unsafe changed.deallocate()
        unsafe lock.deallocate()
        unsafe slots.deallocate()
    }

    /// Puts `item` at the end and says whether it did; a closed queue drops it.
    @discardableResult
    public func put(_ item: consuming Item) -> Bool {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        while count == capacity && !isClosed { unsafe pthread_cond_wait(changed, lock) }
        if isClosed { return false }
        unsafe (slots + (first + count) % capacity).initialize(to: item)
        count += 1
        unsafe pthread_cond_broadcast(changed)
        return true
    }

    /// Takes the item at the front, or `nil` once the queue is closed and empty.
    public func take() -> Item? {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        while count == 0 && !isClosed { unsafe pthread_cond_wait(changed, lock) }
        if count == 0 { return nil }
        return removeFirst()
    }

    /// Takes the item at the front, for which it waits at most `limit`.
    ///
    /// `nil` means that none came in that time; ``isDrained`` tells whether none ever will.
    public func take(waiting limit: Duration) -> Item? {
        let (seconds, attoseconds) = limit.components
        let end = HostClock.monotonic() + seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        var deadline = timespec(
            tv_sec: time_t(end / 1_000_000_000), tv_nsec: Int(end % 1_000_000_000))
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        while count == 0 && !isClosed {
            if unsafe pthread_cond_timedwait(changed, lock, &deadline) != 0 { break }
        }
        return count == 0 ? nil : removeFirst()
    }

    /// Takes the item at the front if there is one; never waits for it.
    public func takeIfAny() -> Item? {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        return count == 0 ? nil : removeFirst()
    }

    /// Ends the queue: nothing is put any more, what is in it can still be taken.
    public func close() {
        unsafe pthread_mutex_lock(lock)
        isClosed = true
        unsafe pthread_cond_broadcast(changed)
        unsafe pthread_mutex_unlock(lock)
    }

    /// Whether the queue is closed: nothing is put any more.
    public var hasClosed: Bool {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        return isClosed
    }

    /// Whether the queue is closed and empty: nothing can be taken any more.
    public var isDrained: Bool {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        return isClosed && count == 0
    }

    /// With the lock held and an item there.
    private func removeFirst() -> Item {
        let item = unsafe (slots + first).move()
        first = (first + 1) % capacity
        count -= 1
        unsafe pthread_cond_broadcast(changed)
        return item
    }
}
