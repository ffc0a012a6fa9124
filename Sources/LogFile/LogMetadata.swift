public import CANFrame

/// Who, where and what: the metadata at the head of a log.
public struct LogMetadata: Hashable, Sendable {
    /// A word of the user's own about the recording.
    public struct Tag: Hashable, Sendable {
        public var key: String
        public var value: String

        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    /// The recording this log belongs to.
    public var recording: RecordingID
    /// When the file was made, real time.
    public var created: Timestamp
    /// To how many nanoseconds the stamps are exact, at least 1; stamps are multiples of it.
    public var resolution: Int64
    /// The program that wrote the file with its version, as `canlog 0.1.0`.
    public var program: String
    /// The name of the test station.
    public var station: String?
    /// The line the station belongs to.
    public var line: String?
    /// Who ran the recording.
    public var operatorName: String?
    /// The vehicle identification number as it was scanned, doubtful or not.
    public var vin: String?
    /// Whether the VIN has the wrong length, letters or check digit.
    public var vinIsDoubtful = false
    /// Which try on this vehicle it was, from 1.
    public var attempt: UInt32?
    /// The host name of the machine that recorded.
    public var host: String?
    /// The name of the recorder, which tells several on one host apart.
    public var recorder: String?
    /// The file this log was converted from, for imported logs.
    public var source: String?
    /// The resolved spec of the vehicle, which goes where the metadata goes.
    public var specification: Specification?
    /// Further words, in the order given; a key may come more than once.
    public var tags: [Tag] = []
    /// Says of a part of a log what it is a part of; the last one was made last.
    public var cuts: [Cut] = []
    /// The logs that this one was merged of; empty for a recorder's own.
    public var sources: [Source] = []

    public init(
        recording: RecordingID, created: Timestamp, resolution: Int64 = 1_000, program: String
    ) {
        precondition(resolution >= 1, "the resolution is at least one nanosecond")
        self.recording = recording
        self.created = created
        self.resolution = resolution
        self.program = program
    }

    /// Whether it says more than every log does: of vehicle, station, people, specs or sources.
    public var isTelling: Bool {
        vin != nil || station != nil || line != nil || operatorName != nil || attempt != nil
            || specification != nil || !tags.isEmpty || !cuts.isEmpty || !sources.isEmpty
    }
}
