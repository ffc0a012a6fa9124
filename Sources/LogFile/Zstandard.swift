import CZstd

/// zstd (RFC 8878), one context for all sections; each section is a frame of its own.
@safe struct ZstandardEncoder: ~Copyable {
    static let level: CInt = 3
    /// Bounds what a decoder must hold back; a section is decoded in one piece anyway.
    static let windowLog: CInt = 20
    // Owned: made in init, freed in deinit, never handed out.
    private let context: OpaquePointer
    private var scratch: [UInt8] = []

    init() throws(LogError) {
        // A plain allocation; nil only without memory.
        guard let context = unsafe ZSTD_createCCtx() else {
            throw .library("zstd has no memory for its encoder")
        }
        unsafe self.context = unsafe context
        // The context is ours; both values are within zstd's documented bounds.
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Self.level)
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, Self.windowLog)
    }

    deinit { _ = unsafe ZSTD_freeCCtx(context) }

    /// Appends `bytes` compressed to `output`; false, and nothing, where that saves nothing.
    mutating func append(_ bytes: Span<UInt8>, to output: inout [UInt8]) -> Bool {
        let bound = ZSTD_compressBound(bytes.count)
        if scratch.count < bound { scratch = [UInt8](repeating: 0, count: bound) }
        // Source and destination are two arrays of ours with the sizes given.
        let count = unsafe bytes.withUnsafeBufferPointer { source in
            unsafe scratch.withUnsafeMutableBufferPointer {
                unsafe ZSTD_compress2(
                    context, $0.baseAddress, $0.count, source.baseAddress, source.count)
            }
        }
        guard ZSTD_isError(count) == 0, count < bytes.count else { return false }
        output += scratch[..<count]
        return true
    }

    /// Gives back what an unusually long section took.
    mutating func trim(to limit: Int) {
        if scratch.count > limit { scratch = [] }
    }
}

/// The other direction.
@safe struct ZstandardDecoder: ~Copyable {
    // Owned: made in init, freed in deinit, never handed out.
    private let context: OpaquePointer

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
        let room = output.count - offset
        // Source and destination are memory of ours with the sizes given.
        let count = unsafe bytes.withUnsafeBufferPointer { source in
            unsafe output.withUnsafeMutableBufferPointer {
                unsafe ZSTD_decompressDCtx(
                    context, $0.baseAddress?.advanced(by: offset), room, source.baseAddress,
                    source.count)
            }
        }
        if ZSTD_isError(count) != 0 {
            // A constant string of the library.
            return unsafe "zstd: " + String(cString: ZSTD_getErrorName(count))
        }
        guard count == room else { return "\(count) bytes instead of \(room)" }
        return nil
    }
}
