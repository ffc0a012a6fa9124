public import CANFrame
import CZstd

/// How zstd-compressed data is known.
public enum ZstdMagic {
    /// The first four bytes of a zstd frame (RFC 8878, 3.1.1).
    public static let bytes: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]
}

/// Decompresses zstd frames one after another while they are read.
public struct ZstdStream<Input: ByteStream & ~Copyable>: ByteStream, ~Copyable {
    private var input: Input
    private let decoder: Decoder
    private var compressed: [UInt8]
    private var start = 0
    private var end = 0
    private var inputHasEnded = false
    /// A zstd frame has begun and is not at its end.
    private var isInsideFrame = false
    /// Why the compressed data cannot be read any further; it is thrown once all before it was given.
    public private(set) var damage: StreamError?

    /// Decompresses what `input` gives; a window of at most 128 MiB is held, as zstd's own tool does.
    public init(_ input: consuming Input) throws(StreamError) {
        let place = input.place
        guard let decoder = Decoder() else {
            throw StreamError(place: place, cause: "zstd could not make a decoder")
        }
        self.decoder = decoder
        self.input = input
        compressed = [UInt8](repeating: 0, count: 131_072)
    }

    public var place: String { input.place }

    public mutating func read(into buffer: inout OutputRawSpan) throws(StreamError) {
        if let damage { throw damage }
        let before = buffer.byteCount
        while buffer.byteCount == before && !buffer.isFull {
            if start == end && !inputHasEnded { try fill() }
            if start == end && inputHasEnded && !isInsideFrame { return }
            let step = decoder.step(compressed.span.extracting(start..<end), into: &buffer)
            if let failure = step.failure {
                let error = StreamError(place: place, cause: "the zstd data is damaged: \(failure)")
                damage = error
                if buffer.byteCount > before { return }
                throw error
            }
            start += step.used
            isInsideFrame = step.isInsideFrame
            if inputHasEnded && start == end && isInsideFrame && buffer.byteCount == before {
                let error = StreamError(
                    place: place, cause: "the zstd data ends inside a frame: the file was cut off")
                damage = error
                throw error
            }
        }
    }

    private mutating func fill() throws(StreamError) {
        var bytes = compressed
        compressed = []
        defer { compressed = bytes }
        start = 0
        end = 0
        end = try input.fill(&bytes, in: 0..<bytes.count)
        inputHasEnded = end == 0
    }

    /// The library's decoder, made and freed once; nobody else gets the pointer.
    @safe private struct Decoder: ~Copyable {
        private let stream: OpaquePointer

        struct Step {
            var used = 0
            var isInsideFrame = false
            var failure: String?
        }

        init?() {
            // Made here and freed in deinit; nobody else has the pointer.
            guard let stream = unsafe ZSTD_createDStream() else { return nil }
            unsafe self.stream = stream
        }

        deinit {
            unsafe ZSTD_freeDStream(stream)
        }

        borrowing func step(
            _ bytes: Span<UInt8>, into buffer: inout OutputRawSpan
        ) -> Step {
            var step = Step()
            let stream = unsafe stream
            // zstd reads and writes within the sizes it is given and says how far it came.
            unsafe bytes.withUnsafeBytes { source in
                unsafe buffer.withUnsafeMutableBytes { memory, initialized in
                    var input = unsafe ZSTD_inBuffer(
                        src: source.baseAddress, size: source.count, pos: 0)
                    var output = unsafe ZSTD_outBuffer(
                        dst: memory.baseAddress, size: memory.count, pos: initialized)
                    let result = unsafe ZSTD_decompressStream(stream, &output, &input)
                    unsafe initialized = output.pos
                    unsafe step.used = input.pos
                    step.isInsideFrame = result != 0
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
