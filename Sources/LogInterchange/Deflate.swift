import CDeflate
import CZlib

/// zlib data (RFC 1950) that lies in memory as a whole, as containers of BLF and MDF do.
///
/// libdeflate does the work, since it is two to three times as fast; what it refuses goes through
/// zlib once more, which keeps the bytes before the damage.
enum Deflate {
    /// Compresses `bytes` at `level` (1 fast, 6 usual, 9 small) into `output`, which grows as
    /// needed; gives how many of its bytes are used.
    static func compress(_ bytes: Span<UInt8>, level: Int, into output: inout [UInt8]) -> Int {
        // Freed below; nobody else gets the pointer.
        guard let compressor = unsafe libdeflate_alloc_compressor(CInt(level)) else {
            preconditionFailure("libdeflate knows the levels 0 to 12, and there was memory for one")
        }
        defer { unsafe libdeflate_free_compressor(compressor) }
        let bound = unsafe libdeflate_zlib_compress_bound(compressor, bytes.count)
        if output.count < bound { output = [UInt8](repeating: 0, count: bound) }
        // Both pointers hold for the call, and the library is told both sizes.
        return unsafe bytes.withUnsafeBytes { source in
            unsafe output.withUnsafeMutableBytes { target in
                unsafe libdeflate_zlib_compress(
                    compressor, source.baseAddress, source.count, target.baseAddress, target.count)
            }
        }
    }

    /// Decompresses `bytes` into `output`, whose size is the limit; gives how many of its bytes are
    /// used, and whether the data was whole: not if it is damaged, cut off or larger than the limit.
    static func decompress(
        _ bytes: Span<UInt8>, into output: inout [UInt8]
    ) -> (count: Int, isWhole: Bool) {
        decompress(bytes, into: &output, in: output.indices)
    }

    /// The same into a part of `output`, whose size is the limit; the rest stays as it is.
    static func decompress(
        _ bytes: Span<UInt8>, into output: inout [UInt8], in room: Range<Int>
    ) -> (count: Int, isWhole: Bool) {
        guard let decompressor = unsafe libdeflate_alloc_decompressor() else {
            preconditionFailure("there was no memory for a decompressor")
        }
        defer { unsafe libdeflate_free_decompressor(decompressor) }
        var count = 0
        // Both pointers hold for the call, and the library is told both sizes.
        let result = unsafe bytes.withUnsafeBytes { source in
            unsafe output.withUnsafeMutableBytes { memory in
                let target = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[room])
                return unsafe libdeflate_zlib_decompress(
                    decompressor, source.baseAddress, source.count, target.baseAddress,
                    target.count, &count)
            }
        }
        if result == LIBDEFLATE_SUCCESS { return (count, true) }
        return (decompressUpToDamage(bytes, into: &output, in: room), false)
    }

    private static func decompressUpToDamage(
        _ bytes: Span<UInt8>, into output: inout [UInt8], in room: Range<Int>
    ) -> Int {
        var stream = unsafe z_stream()
        // The library's own version and size of the structure, as the macro inflateInit gives them.
        guard
            unsafe inflateInit_(&stream, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK
        else { return 0 }
        defer { _ = unsafe inflateEnd(&stream) }
        // zlib reads and writes within the sizes it is given and does not change its input.
        unsafe bytes.withUnsafeBytes { source in
            unsafe output.withUnsafeMutableBytes { memory in
                let target = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[room])
                unsafe stream.next_in = UnsafeMutablePointer(
                    mutating: source.bindMemory(to: UInt8.self).baseAddress)
                unsafe stream.avail_in = CUnsignedInt(clamping: source.count)
                unsafe stream.next_out = target.bindMemory(to: UInt8.self).baseAddress
                unsafe stream.avail_out = CUnsignedInt(clamping: target.count)
                while unsafe inflate(&stream, Z_SYNC_FLUSH) == Z_OK {}
            }
        }
        return unsafe Int(stream.total_out)
    }
}
