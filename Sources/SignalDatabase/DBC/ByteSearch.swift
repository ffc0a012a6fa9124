import Glibc

extension [UInt8] {
    /// The index of the first `byte` from `start` on, by memchr(3), which looks at many at once.
    func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        guard start < count else { return nil }
        // The array lives for the call, and what is found lies in it.
        return unsafe withUnsafeBytes { bytes -> Int? in
            guard let base = bytes.baseAddress,
                let found = unsafe memchr(base + start, CInt(byte), bytes.count - start)
            else { return nil }
            return unsafe UnsafeRawPointer(found) - base
        }
    }

    /// Whether two parts of as many bytes are the same.
    func isSame(_ first: Int, _ second: Int, count: Int) -> Bool {
        precondition(first <= self.count - count && second <= self.count - count)
        // Both parts lie in the array, which lives for the call.
        return unsafe withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return true }
            return unsafe memcmp(base + first, base + second, count) == 0
        }
    }
}
