/// Text on its way to a file: bytes appended to memory that is used again.
struct TextBuffer: ~Copyable {
    private var bytes: [UInt8]
    private(set) var count = 0

    init(capacity: Int) {
        bytes = Array(repeating: 0, count: capacity)
    }

    /// What was put since it was emptied.
    var text: Span<UInt8> {
        @_lifetime(borrow self) borrowing get { bytes.span.extracting(first: count) }
    }

    /// Whether it is time to write what was put.
    var isFull: Bool { count >= 1 << 18 }

    mutating func removeAll() { count = 0 }

    /// Makes room for `size` more bytes, and a word behind them.
    @inline(__always)
    mutating func reserve(_ size: Int) {
        if bytes.count &- count < size &+ 8 { grow(size) }
    }

    @inline(never)
    private mutating func grow(_ size: Int) {
        bytes.append(contentsOf: repeatElement(0, count: max(bytes.count, size + 8)))
    }

    @inline(__always)
    mutating func put(_ byte: UInt8) {
        reserve(1)
        bytes[count] = byte
        count &+= 1
    }

    @inline(__always)
    mutating func put(_ character: Unicode.Scalar) { put(UInt8(ascii: character)) }

    mutating func put(_ byte: UInt8, times: Int) {
        guard times > 0 else { return }
        reserve(times)
        let start = count
        unsafe bytes.withUnsafeMutableBytes { memory in
            // There is room for as many bytes behind `start`.
            for index in start..<start + times { unsafe memory[index] = byte }
        }
        count += times
    }

    @inline(__always)
    mutating func put(_ text: [UInt8]) { put(text.span, 0..<text.count) }

    mutating func put(_ text: StaticString) {
        reserve(text.utf8CodeUnitCount)
        for index in 0..<text.utf8CodeUnitCount {
            // A static string has as many bytes.
            bytes[count + index] = unsafe text.utf8Start[index]
        }
        count += text.utf8CodeUnitCount
    }

    /// Appends a part of `text`.
    @inline(__always)
    mutating func put(_ text: Span<UInt8>, _ range: Range<Int>) {
        reserve(range.count)
        let start = count
        let part = text.extracting(range)
        unsafe part.withUnsafeBytes { source in
            unsafe bytes.withUnsafeMutableBytes { memory in
                // There is room for as many bytes behind `start`.
                let target = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[start...])
                unsafe target.copyMemory(from: source)
            }
        }
        count &+= range.count
    }

    /// Appends what `write` writes, at most `most` bytes: it gets the place to write at and gives how
    /// many there were.
    @inline(__always)
    mutating func put(
        upTo most: Int, _ write: (inout MutableSpan<UInt8>, _ start: Int) -> Int
    ) {
        reserve(most)
        let start = count
        var span = bytes.mutableSpan
        let size = write(&span, start)
        count = start &+ size
    }
}
