import CANFrame
import LocalFiles
import SocketCAN

/// One interface of a replay: its sockets, the frames it has not taken yet, the answers it gave.
struct Outlet: ~Copyable {
    private(set) var sender: FrameSender
    private var listener: IdentifierListener?
    /// Frames that were due when the bus was full.
    var backlog = Backlog()
    /// Not before this reading of the clock the backlog is tried again; 0 at once.
    var retryAt: Int64 = 0
    /// Frames of the other side in the log since the last wait, and those that came.
    var awaited = 0
    var arrived = 0
    /// How late the frame before was handed over, to measure the error of the gap.
    var lastLateness: Int64?

    /// Opens `interface`, and listens there for `awaited`.
    init(interface: String, awaited: [ArbitrationID]) throws(SystemError) {
        let opened = try FrameSender(interface: interface)
        listener =
            awaited.isEmpty
            ? nil : try IdentifierListener(interface: interface, identifiers: awaited)
        sender = opened
    }

    /// Opens the sockets again, since an interface that was gone has a new index.
    mutating func reopen(awaited: [ArbitrationID]) throws(SystemError) {
        let opened = try FrameSender(interface: sender.interface)
        if listener != nil {
            listener = try IdentifierListener(interface: sender.interface, identifiers: awaited)
        }
        sender = opened
    }

    /// The listening socket's number, or -1.
    var listeningDescriptor: CInt {
        switch listener {
        case .some(let listening): listening.descriptor
        case .none: -1
        }
    }

    /// Counts the answers that have come.
    mutating func takeArrivals() {
        if let count = listener?.takeArrivals() { arrived += count }
    }
}

/// Frames that wait for room on the bus, in order, at most ``capacity``.
///
/// A full bus must not delay the frames of another one, nor may they pile up without bound: when
/// this is full the whole replay waits.
struct Backlog {
    static let capacity = 1024

    private var frames = [WireFrame](repeating: WireFrame(), count: capacity)
    private var deadlines = [Int64](repeating: 0, count: capacity)
    private var first = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }
    var isFull: Bool { count == Self.capacity }
    /// The deadline of the frame at the front.
    var firstDeadline: Int64 { deadlines[first] }

    mutating func append(_ frame: WireFrame, deadline: Int64) {
        precondition(!isFull, "the backlog is bounded")
        let place = (first + count) % Self.capacity
        frames[place] = frame
        deadlines[place] = deadline
        count += 1
    }

    mutating func removeFirst() {
        first = (first + 1) % Self.capacity
        count -= 1
    }

    mutating func removeAll() {
        first = 0
        count = 0
    }

    /// The frames at the front that lie one after another.
    var front: Span<WireFrame> {
        @_lifetime(borrow self) get {
            frames.span.extracting(first..<min(first + count, Self.capacity))
        }
    }
}

/// The outlets of a replay; an `Array` cannot hold what cannot be copied.
@safe struct OutletList: ~Copyable {
    private let outlets: UnsafeMutableBufferPointer<Outlet>
    let count: Int

    /// Opens all of `interfaces`.
    init(_ interfaces: [String], awaited: [ArbitrationID]) throws(SystemError) {
        let memory = UnsafeMutableBufferPointer<Outlet>.allocate(capacity: interfaces.count)
        var opened = 0
        do throws(SystemError) {
            for interface in interfaces {
                let outlet = try Outlet(interface: interface, awaited: awaited)
                unsafe memory.initializeElement(at: opened, to: outlet)
                opened += 1
            }
        } catch {
            unsafe memory.extracting(0..<opened).deinitialize()
            unsafe memory.deallocate()
            throw error
        }
        unsafe outlets = memory
        count = opened
    }

    deinit {
        unsafe outlets.deinitialize()
        unsafe outlets.deallocate()
    }

    subscript(index: Int) -> Outlet {
        _read {
            precondition(index >= 0 && index < count)
            yield unsafe outlets[index]
        }
        _modify {
            precondition(index >= 0 && index < count)
            yield unsafe &outlets[index]
        }
    }
}
