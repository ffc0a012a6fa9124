public import CANFrame
import CZstd

/// Compresses what is written into one zstd frame with a checksum (RFC 8878), as zstd's own tool does.
public struct ZstdSink<Output: ByteSink & ~Copyable>: ByteSink, ~Copyable {
    /// zstd's own default.
    private static var level: CInt { 3 }

    private var output: Output
    private let encoder: Encoder
    private var compressed: [UInt8]
    private let place: String
    /// How many bytes were taken so far, before compression.
    public private(set) var byteCount: UInt64 = 0

    /// Writes to `output`, which messages call `place`.
    public init(_ output: consuming Output, place: String) throws(StreamError) {
        guard let encoder = Encoder(level: Self.level) else {
            throw StreamError(place: place, cause: "zstd could not make an encoder")
        }
        self.encoder = encoder
        self.output = output
        self.place = place
        compressed = [UInt8](repeating: 0, count: 131_072)
    }

    /// What was compressed cannot be changed.
    public var canOverwrite: Bool { false }

    public mutating func append(_ bytes: Span<UInt8>) throws(StreamError) {
        var start = 0
        while start < bytes.count {
            let used = try step(bytes.extracting(start..<bytes.count), isLast: false).used
            start += used
        }
        byteCount += UInt64(bytes.count)
    }

    public mutating func overwrite(_ bytes: Span<UInt8>, at offset: UInt64) throws(StreamError) {
        throw StreamError(place: place, cause: "compressed bytes cannot be overwritten")
    }

    /// Ends the zstd frame, exactly once; then ``intoOutput()`` gives the output.
    public mutating func finish() throws(StreamError) {
        let nothing: [UInt8] = []
        while try step(nothing.span, isLast: true).left > 0 {}
    }

    /// Gives the output back, to be closed by its owner.
    public consuming func intoOutput() -> Output { output }

    private mutating func step(
        _ bytes: Span<UInt8>, isLast: Bool
    ) throws(StreamError) -> Encoder.Step {
        let step = encoder.step(bytes, isLast: isLast, into: &compressed)
        if let failure = step.failure {
            throw StreamError(place: place, cause: "zstd could not compress: \(failure)")
        }
        let written = compressed
        if step.given > 0 { try output.append(written.span.extracting(0..<step.given)) }
        return step
    }

    /// The library's encoder, made and freed once; nobody else gets the pointer.
    @safe private struct Encoder: ~Copyable {
        private let stream: OpaquePointer

        struct Step {
            var used = 0
            var given = 0
            /// How many bytes the library still holds back.
            var left = 0
            var failure: String?
        }

        init?(level: CInt) {
            // Made here and freed in deinit; nobody else has the pointer.
            guard let stream = unsafe ZSTD_createCCtx() else { return nil }
            unsafe self.stream = stream
            // Both values are within zstd's documented bounds.
            unsafe ZSTD_CCtx_setParameter(stream, ZSTD_c_compressionLevel, level)
            unsafe ZSTD_CCtx_setParameter(stream, ZSTD_c_checksumFlag, 1)
        }

        deinit {
            _ = unsafe ZSTD_freeCCtx(stream)
        }

        borrowing func step(
            _ bytes: Span<UInt8>, isLast: Bool, into memory: inout [UInt8]
        ) -> Step {
            var step = Step()
            let stream = unsafe stream
            // zstd reads and writes within the sizes it is given and says how far it came.
            unsafe bytes.withUnsafeBytes { source in
                unsafe memory.withUnsafeMutableBytes { target in
                    var input = unsafe ZSTD_inBuffer(
                        src: source.baseAddress, size: source.count, pos: 0)
                    var output = unsafe ZSTD_outBuffer(
                        dst: target.baseAddress, size: target.count, pos: 0)
                    let result = unsafe ZSTD_compressStream2(
                        stream, &output, &input, isLast ? ZSTD_e_end : ZSTD_e_continue)
                    unsafe step.used = input.pos
                    unsafe step.given = output.pos
                    step.left = result
                    if ZSTD_isError(result) != 0 {
                        // A constant of the library.
                        step.failure = unsafe String(cString: ZSTD_getErrorName(result))
                    }
                }
            }
            return step
        }
    }
}
