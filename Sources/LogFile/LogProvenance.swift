import CANFrame

/// What a log that was not recorded as it stands says of where it is from.
extension LogMetadata {
    /// Says that a log is a part of another one on purpose, and which.
    public struct Cut: Hashable, Sendable {
        /// How many frames the whole log had.
        public var frames: UInt64
        /// The frame digest of the whole log's last group, 32 bytes, which stands for all of its
        /// frames; `nil` if it was not known.
        public var frameDigest: [UInt8]?
        /// What was taken and what was left out, in the words of the command.
        public var selection: String

        public init(frames: UInt64, frameDigest: [UInt8]?, selection: String) {
            precondition(frameDigest.map { $0.count == SHA256.size } ?? true)
            self.frames = frames
            self.frameDigest = frameDigest
            self.selection = selection
        }
    }

    /// One of the logs that a log was merged of.
    public struct Source: Hashable, Sendable {
        /// A channel of the merged log, and what it was in its own.
        public struct Channel: Hashable, Sendable {
            public var number: UInt8
            public var originalNumber: UInt8
            public var originalInterface: String

            public init(number: UInt8, originalNumber: UInt8, originalInterface: String) {
                self.number = number
                self.originalNumber = originalNumber
                self.originalInterface = originalInterface
            }
        }

        /// The number under which the merged log has what concerns all channels of this recorder
        /// (``ChannelDescription/recorder``).
        public var recorder: UInt8
        /// Who, where and what, as that log said it, with its recording.
        public var metadata: LogMetadata
        public var channels: [Channel]
        /// How many frames that log had, and its frame digest, as of a ``Cut``.
        public var frames: UInt64
        public var frameDigest: [UInt8]?
        /// Nanoseconds that were added to its stamps to find the order; the stamps themselves are
        /// as they were.
        public var orderOffset: Int64

        public init(
            recorder: UInt8, metadata: LogMetadata, channels: [Channel], frames: UInt64,
            frameDigest: [UInt8]?, orderOffset: Int64 = 0
        ) {
            precondition(frameDigest.map { $0.count == SHA256.size } ?? true)
            self.recorder = recorder
            self.metadata = metadata
            self.channels = channels
            self.frames = frames
            self.frameDigest = frameDigest
            self.orderOffset = orderOffset
        }
    }
}

extension LogMetadata.Cut {
    func append(to bytes: inout [UInt8]) {
        bytes.append(varint: frames)
        bytes.append(digest: frameDigest)
        bytes += Array(selection.utf8)
    }

    init?(_ cursor: inout ByteCursor) {
        guard let frames = cursor.varint(), let digest = cursor.digest(),
            let rest = cursor.take(cursor.left), let selection = String(utf8: rest)
        else { return nil }
        self.init(frames: frames, frameDigest: digest, selection: selection)
    }
}

extension LogMetadata.Source {
    func append(to bytes: inout [UInt8]) {
        bytes.append(recorder)
        bytes += metadata.recording.bytes
        bytes.append(littleEndian: metadata.created.nanoseconds)
        bytes.append(littleEndian: metadata.resolution)
        bytes.append(littleEndian: orderOffset)
        bytes.append(varint: frames)
        bytes.append(digest: frameDigest)
        bytes.append(varint: UInt64(channels.count))
        for channel in channels {
            bytes += [channel.number, channel.originalNumber]
            bytes.append(text: channel.originalInterface)
        }
        bytes += metadata.encodedFields(isNested: true)
    }

    init?(_ cursor: inout ByteCursor) {
        guard let recorder = cursor.byte(), let identifier = cursor.take(16),
            let times = cursor.take(24), let frames = cursor.varint(),
            let digest = cursor.digest(), let channelCount = cursor.count(upTo: 256)
        else { return nil }
        let resolution = times.int64(at: 8)
        guard resolution >= 1 else { return nil }
        var channels: [Channel] = []
        for _ in 0..<channelCount {
            guard let number = cursor.byte(), let originalNumber = cursor.byte(),
                let interface = cursor.text()
            else { return nil }
            channels.append(
                Channel(
                    number: number, originalNumber: originalNumber, originalInterface: interface))
        }
        var recording: [UInt8] = []
        recording.append(identifier)
        var metadata = LogMetadata(
            recording: RecordingID(recording) ?? .unknown,
            created: Timestamp(nanoseconds: times.int64(at: 0)), resolution: resolution,
            program: "an unnamed program")
        guard let fields = cursor.take(cursor.left), metadata.takeFields(of: fields) else {
            return nil
        }
        self.init(
            recorder: recorder, metadata: metadata, channels: channels, frames: frames,
            frameDigest: digest, orderOffset: times.int64(at: 16))
    }
}

extension [UInt8] {
    /// 32 bytes, all zero for a digest that is not known.
    fileprivate mutating func append(digest: [UInt8]?) {
        self += digest ?? [UInt8](repeating: 0, count: SHA256.size)
    }
}

extension ByteCursor {
    fileprivate mutating func digest() -> [UInt8]?? {
        guard let bytes = take(SHA256.size) else { return nil }
        var digest: [UInt8] = []
        digest.append(bytes)
        return .some(digest.contains { $0 != 0 } ? digest : nil)
    }
}
