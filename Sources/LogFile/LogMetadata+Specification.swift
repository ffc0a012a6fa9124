import CANFrame

extension LogMetadata {
    /// The resolved spec of the vehicle: which one it is, and its text where the log carries it.
    ///
    /// The digest stands for the text: two are equal by name and digest, whether or not both carry it.
    public struct Specification: Sendable {
        /// How many bytes of UTF-8 a text has at most.
        public static let textLimit = 16 << 20
        /// Measured: 1 ms for 77 kB, an eighth smaller than at level 3; level 19 takes 100 ms.
        private static let level: CInt = 9

        /// The text as a log carries it.
        struct Stored: Sendable {
            /// Bytes of the text.
            var size: Int
            /// One zstd frame.
            var frame: [UInt8]
        }

        /// `vehicle/variant`.
        public let name: String
        /// SHA-256 of the text, 32 bytes.
        public let digest: [UInt8]
        /// Whether the header says that the text is in the log.
        let isAnnounced: Bool
        var stored: Stored?

        /// A spec whose text is to be carried; throws
        /// ``LogError/specificationTooLong(bytes:limit:)``.
        public init(name: String, text: String) throws(LogError) {
            let bytes = Array(text.utf8)
            guard bytes.count <= Self.textLimit else {
                throw .specificationTooLong(bytes: bytes.count, limit: Self.textLimit)
            }
            var encoder = try ZstandardEncoder(level: Self.level)
            guard let frame = encoder.frame(of: bytes.span) else {
                throw .library("zstd cannot compress the spec of \(name)")
            }
            self.init(name: name, digest: try Self.digest(of: bytes.span), isAnnounced: true)
            stored = Stored(size: bytes.count, frame: frame)
        }

        /// A spec of which the metadata tells.
        init(name: String, digest: [UInt8], isAnnounced: Bool) {
            precondition(digest.count == SHA256.size, "a SHA-256 has 32 bytes")
            self.name = name
            self.digest = digest
            self.isAnnounced = isAnnounced
        }

        /// Whether the text is here.
        public var isCarried: Bool { stored != nil }

        /// The text, or `nil` where it is not carried.
        public func text() throws(LogError) -> String? {
            guard let stored else { return nil }
            let frame = stored.frame
            let bytes = try Self.bytes(of: frame.span, size: stored.size)
            return String(decoding: bytes, as: UTF8.self)
        }

        /// Takes the text that a block carries, if it is the one that the digest stands for; else says
        /// why not.
        mutating func take(_ frame: Span<UInt8>, size: Int) throws(LogError) -> String? {
            let bytes: [UInt8]
            do throws(LogError) { bytes = try Self.bytes(of: frame, size: size) } catch {
                return error.description
            }
            guard try Self.digest(of: bytes.span) == digest else {
                return "its text disagrees with the SHA-256 in the metadata"
            }
            guard String(utf8: bytes.span) != nil else { return "its text is not UTF-8" }
            var kept: [UInt8] = []
            kept.append(frame)
            stored = Stored(size: size, frame: kept)
            return nil
        }

        private static func bytes(of frame: Span<UInt8>, size: Int) throws(LogError) -> [UInt8] {
            var bytes = [UInt8](repeating: 0, count: size)
            var decoder = try ZstandardDecoder()
            if let reason = decoder.decode(frame, into: &bytes, from: 0) { throw .library(reason) }
            return bytes
        }

        private static func digest(of bytes: Span<UInt8>) throws(LogError) -> [UInt8] {
            let hash = try SHA256()
            try hash.begin()
            hash.update(bytes)
            return hash.finish()
        }
    }
}

extension LogMetadata.Specification: Hashable {
    public static func == (one: Self, other: Self) -> Bool {
        one.name == other.name && one.digest == other.digest
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(digest)
    }
}

// MARK: The field of the metadata

extension LogMetadata.Specification {
    /// Within the metadata of a merged log's source the text is never carried.
    func append(to bytes: inout [UInt8], isNested: Bool) {
        bytes.append(text: name)
        bytes += digest
        bytes.append(isCarried && !isNested ? 1 : 0)
    }

    init?(_ cursor: inout ByteCursor) {
        guard let name = cursor.text(), let sum = cursor.take(SHA256.size),
            let bits = cursor.byte()
        else { return nil }
        var digest: [UInt8] = []
        digest.append(sum)
        self.init(name: name, digest: digest, isAnnounced: bits & 1 != 0)
    }
}
