import CZstd

/// zstd (RFC 8878), one context for all sections; each section is a frame of its own.
@safe struct ZstandardEncoder: ~Copyable {
    static let level: CInt = 3
    /// Bounds what a decoder must hold back; a section is decoded in one piece anyway.
    static let windowLog: CInt = 20
    // Owned: made in init, freed in deinit, never handed out.
    private let context: OpaquePointer
    private var scratch: [UInt8] = []

    /// Without `contentSize` a frame is shorter; only its reader must know what comes.
    init(level: CInt = level, contentSize: Bool = true) throws(LogError) {
        // A plain allocation; nil only without memory.
        guard let context = unsafe ZSTD_createCCtx() else {
            throw .library("zstd has no memory for its encoder")
        }
        unsafe self.context = unsafe context
        // The context is ours; all values are within zstd's documented bounds.
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, contentSize ? 1 : 0)
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, Self.windowLog)
    }

    deinit { _ = unsafe ZSTD_freeCCtx(context) }

    /// Appends `bytes` compressed to `output`; false, and nothing, where that saves nothing.
    mutating func append(_ bytes: Span<UInt8>, to output: inout [UInt8]) -> Bool {
        guard let count = compress(bytes), count < bytes.count else { return false }
        output += scratch[..<count]
        return true
    }

    /// Appends a size (varint) and a frame of so many bytes without its magic number; false, and
    /// nothing, where that takes more than `limit` bytes.
    mutating func appendHeadless(
        _ bytes: Span<UInt8>, to output: inout [UInt8], atMost limit: Int
    ) -> Bool {
        guard let count = compress(bytes) else { return false }
        let size = count - ZstandardDecoder.magic.count
        guard size + (size < 128 ? 1 : size < 16_384 ? 2 : 3) <= limit else { return false }
        output.append(varint: UInt64(size))
        output += scratch[ZstandardDecoder.magic.count..<count]
        return true
    }

    /// `bytes` as a frame, shorter or not; `nil` if zstd fails.
    mutating func frame(of bytes: Span<UInt8>) -> [UInt8]? {
        compress(bytes).map { Array(scratch[..<$0]) }
    }

    /// Leaves the frame in `scratch` and says how long it is.
    private mutating func compress(_ bytes: Span<UInt8>) -> Int? {
        let bound = ZSTD_compressBound(bytes.count)
        if scratch.count < bound { scratch = [UInt8](repeating: 0, count: bound) }
        // Source and destination are two arrays of ours with the sizes given.
        let count = unsafe bytes.withUnsafeBufferPointer { source in
            unsafe scratch.withUnsafeMutableBufferPointer {
                unsafe ZSTD_compress2(
                    context, $0.baseAddress, $0.count, source.baseAddress, source.count)
            }
        }
        return ZSTD_isError(count) == 0 ? count : nil
    }

    /// Gives back what an unusually long section took.
    mutating func trim(to limit: Int) {
        if scratch.count > limit { scratch = [] }
    }
}

/// The other direction.
@safe struct ZstandardDecoder: ~Copyable {
    /// What a frame begins with (RFC 8878, 3.1.1).
    static let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]
    // Owned: made in init, freed in deinit, never handed out.
    private let context: OpaquePointer
    /// A frame with its magic number.
    private var whole: [UInt8] = []

    init() throws(LogError) {
        // A plain allocation; nil only without memory.
        guard let context = unsafe ZSTD_createDCtx() else {
            throw .library("zstd has no memory for its decoder")
        }
        unsafe self.context = unsafe context
    }

    deinit { _ = unsafe ZSTD_freeDCtx(context) }

    /// Fills all of `output` from `offset` on with the content of the frame in `bytes`; says why
    /// it cannot.
    mutating func decode(
        _ bytes: Span<UInt8>, into output: inout [UInt8], from offset: Int
    ) -> String? {
        var memory = output.mutableSpan
        return decode(bytes, into: &memory, offset..<memory.count)
    }

    /// Fills the first `count` bytes of `output` with the content of a frame without its magic
    /// number; says why it cannot.
    mutating func decodeHeadless(
        _ bytes: Span<UInt8>, _ count: Int, into output: inout MutableSpan<UInt8>
    ) -> String? {
        whole.removeAll(keepingCapacity: true)
        whole += Self.magic
        whole.append(bytes)
        let frame = whole
        return decode(frame.span, into: &output, 0..<count)
    }

    private func decode(
        _ bytes: Span<UInt8>, into output: inout MutableSpan<UInt8>, _ range: Range<Int>
    ) -> String? {
        precondition(range.lowerBound >= 0 && range.upperBound <= output.count, "no such room")
        // Source and destination are memory of ours with the sizes given.
        let count = unsafe bytes.withUnsafeBufferPointer { source in
            unsafe output.withUnsafeMutableBufferPointer {
                unsafe ZSTD_decompressDCtx(
                    context, $0.baseAddress?.advanced(by: range.lowerBound), range.count,
                    source.baseAddress, source.count)
            }
        }
        if ZSTD_isError(count) != 0 {
            // A constant string of the library.
            return unsafe "zstd: " + String(cString: ZSTD_getErrorName(count))
        }
        guard count == range.count else { return "\(count) bytes instead of \(range.count)" }
        return nil
    }
}
