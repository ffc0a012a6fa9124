import CANFrame
import LogInterchange
import TestBench

/// What a log gives when it is read to its end.
struct ReadLog: Equatable {
    var frames: [Frame] = []
    /// The interfaces in the order in which they are described.
    var interfaces: [String] = []
    /// The interface of each channel.
    var channels: [UInt8: String] = [:]
    var losses: [Loss] = []
    var markers: [String] = []
    var gaps = ReadingGaps()
    var resolution: Int64 = 0
    /// What ended the reading, if it was not the end.
    var failure: StreamError?

    init(failure: StreamError) { self.failure = failure }

    /// Reads until the end or an error, which is kept as ``failure``.
    init(until source: consuming some InterchangeSource & ~Copyable, capacity: Int = 64) {
        var batch = FrameBatch(capacity: capacity)
        do {
            while try source.read(into: &batch, waiting: .zero) != .ended {
                add(batch)
                batch.removeAll()
            }
        } catch {
            failure = error
        }
        // What stood before an error is there too.
        add(batch)
        gaps = source.gaps
        resolution = source.resolution
    }

    /// Reads to the end; `bytes` come in stretches.
    init(
        _ bytes: [UInt8], _ decoder: any InterchangeDecoder, place: String = "drive",
        stretch: Int = .max, capacity: Int = 64
    ) throws(StreamError) {
        let stream = MemoryStream(bytes, place: place, stretch: stretch)
        self.init(until: InterchangeReader(stream, decoder), capacity: capacity)
        if let failure { throw failure }
    }

    init(
        _ text: String, _ decoder: any InterchangeDecoder, stretch: Int = .max
    ) throws(StreamError) {
        try self.init(Array(text.utf8), decoder, stretch: stretch)
    }

    init(mdf bytes: [UInt8], capacity: Int = 64) throws(StreamError) {
        self.init(
            until: try MDFReader(MemoryBytes(bytes), place: "drive.mf4"), capacity: capacity)
        if let failure { throw failure }
    }

    init(
        blf bytes: [UInt8], stretch: Int = .max, capacity: Int = 64, localClock: LocalClock = .utc
    ) throws(StreamError) {
        try self.init(
            bytes, BLFDecoder(localClock: localClock), place: "drive.blf", stretch: stretch,
            capacity: capacity)
    }

    private mutating func add(_ batch: borrowing FrameBatch) {
        for index in 0..<batch.count { frames.append(batch.frame(at: index)) }
        for index in batch.events.indices {
            let event = batch.events[index]
            switch event.kind {
            case .channel(let description):
                interfaces.append(description.interface)
                channels[event.channel ?? 0] = description.interface
            case .loss(let loss): losses.append(loss)
            case .marker(let text): markers.append(text)
            default: break
            }
        }
    }

    /// How many frames the losses count.
    var lost: UInt64 { losses.reduce(0) { $0 + $1.frames } }
    /// Nanoseconds of the stamps since the start of ``BLFSample``.
    var stamps: [Int64] { frames.map { $0.timestamp.nanoseconds - BLFSample.startNanoseconds } }
    var payloads: [[UInt8]] { frames.map(\.payload) }
}
