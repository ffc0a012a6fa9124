import CCrypto

/// SHA-256 (FIPS 180-4) of texts, by libcrypto.
enum SpecDigest {
    static func sha256(of text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        var digest = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        // Reads exactly the bytes, writes the 32 of SHA-256, and cannot fail for lack of either.
        let isDone = unsafe bytes.withUnsafeBufferPointer { input in
            unsafe digest.withUnsafeMutableBufferPointer { output in
                unsafe EVP_Digest(
                    input.baseAddress, input.count, output.baseAddress, &length, EVP_sha256(), nil)
            }
        }
        precondition(isDone == 1 && length == 32, "libcrypto does not offer SHA-256")
        return digest
    }
}

extension VehicleSpec {
    /// SHA-256 of ``canonicalText``, as 64 hexadecimal digits in small letters.
    public var sha256: String {
        SpecDigest.sha256(of: canonicalText).map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count < 2 ? "0" + digits : digits
        }.joined()
    }
}
