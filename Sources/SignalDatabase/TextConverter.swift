import Glibc

/// Brings bytes of one encoding to UTF-8, by iconv(3) of the C library, which has the tables of
/// all that is in use.
@safe struct TextConverter: ~Copyable {
    private let descriptor: iconv_t

    /// `nil` if the C library knows no encoding of this name.
    init?(from name: String) {
        // The names live for the call.
        // iconv(3): (iconv_t)-1 is the failure.
        guard let descriptor = unsafe iconv_open("UTF-8", name),
            Int(bitPattern: descriptor) != -1
        else { return nil }
        unsafe self.descriptor = descriptor
    }

    deinit {
        // It was opened by the initialiser and is closed nowhere else.
        _ = unsafe iconv_close(descriptor)
    }

    /// The text of `bytes`; a byte that means nothing becomes U+FFFD.
    func convert(_ bytes: Span<UInt8>, encoding: TextEncoding) -> DecodedText {
        var decoded = DecodedText(bytes: [], encoding: encoding)
        decoded.bytes.reserveCapacity(bytes.count + bytes.count / 2)
        var input = bytes.array.map { CChar(bitPattern: $0) }
        var output = [CChar](repeating: 0, count: 1 << 16)
        var done = 0
        while done < input.count {
            let step = step(&input, from: done, into: &output)
            for byte in output[..<step.written] { decoded.bytes.append(UInt8(bitPattern: byte)) }
            done += step.read
            guard done < input.count, step.code != E2BIG else { continue }
            // EILSEQ or, at the end of the input, EINVAL: no character begins here.
            decoded.appendReplacement()
            done += 1
        }
        return decoded
    }

    /// Converts until the input or the room ends, or something stands that means nothing.
    private func step(
        _ input: inout [CChar], from start: Int, into output: inout [CChar]
    ) -> (read: Int, written: Int, code: CInt) {
        var left = input.count - start
        var free = output.count
        var code: CInt = 0
        // Both arrays outlive the closures; iconv stays within the counts that it is given.
        unsafe input.withUnsafeMutableBufferPointer { input in
            unsafe output.withUnsafeMutableBufferPointer { output in
                var next = unsafe input.baseAddress?.advanced(by: start)
                var place = output.baseAddress
                let result = unsafe iconv(descriptor, &next, &left, &place, &free)
                if result == -1 { code = errno }
            }
        }
        return (input.count - start - left, output.count - free, code)
    }
}
