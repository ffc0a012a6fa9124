/// Words that begin at a line of a cache and do not change.
@safe final class AlignedWords: @unchecked Sendable {
    // Allocated here, initialized before anyone has it, and freed with the object.
    let address: UnsafeRawPointer

    init(_ words: [UInt64]) {
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: max(8, words.count * 8), alignment: 64)
        for (index, word) in words.enumerated() {
            unsafe memory.storeBytes(of: word, toByteOffset: index * 8, as: UInt64.self)
        }
        unsafe address = UnsafeRawPointer(memory)
    }

    deinit { unsafe address.deallocate() }
}
