import CANFrame
import LocalFiles
import LogTools
import SocketCAN

/// The frames of a log or of interfaces, whichever was named, batch after batch.
struct FrameFeed: ~Copyable {
    private var log: LogInput?
    private var source: CANSource?
    private let interruption: Interruption
    /// Interfaces are never at their end by themselves.
    let isLive: Bool
    /// Where the time axis begins, where that is known beforehand.
    let start: LogStart?
    /// The resolution of the stamps in nanoseconds.
    let resolution: Int64
    /// How many frames interfaces gave: they number none, and evidence is to be as in a log of them.
    private var liveFrames: UInt64 = 0

    /// Whether a source is a file and no interface: an interface wins over a file of its name.
    static func isLog(_ source: String) -> Bool {
        if source == "-" { return true }
        if Folder.exists("/sys/class/net/\(source)") { return false }
        return source.contains("/") || source.contains(".") || Folder.exists(source)
    }

    private init(
        log: consuming LogInput?, source: consuming CANSource?, start: LogStart?,
        resolution: Int64, interruption: Interruption
    ) {
        isLive = source != nil
        self.log = log
        self.source = source
        self.start = start
        self.resolution = resolution
        self.interruption = interruption
    }

    /// Opens a log; `-` is standard input.
    static func log(_ path: String, options: LogInputOptions) throws(StreamError) -> FrameFeed {
        let interruption = Interruption()
        var options = options
        if path == "-" { options.isStopped = { interruption.hasCome } }
        let start = path == "-" ? nil : try LogStart(path: path, options: options)
        let log = try LogInput(path: path, options: options)
        let resolution = log.resolution
        return FrameFeed(
            log: consume log, source: nil, start: start, resolution: resolution,
            interruption: interruption)
    }

    /// Opens interfaces; `any` alone is all of them.
    static func interfaces(_ names: [String], waitsForAbsent: Bool) throws -> FrameFeed {
        let interruption = Interruption()
        let source = try listen(
            names == ["any"] ? .all : .named(names), waitsForAbsent: waitsForAbsent,
            stop: try StopSignal())
        return FrameFeed(
            log: nil, source: consume source, start: nil, resolution: liveResolution,
            interruption: interruption)
    }

    /// That at which a recorder stores stamps: what is heard live and what is read from the log of it
    /// are the same.
    private static let liveResolution: Int64 = 1_000

    /// Frames may gather for a moment before they are taken together.
    static func listen(
        _ interfaces: CaptureInterfaces, waitsForAbsent: Bool, stop: StopSignal
    ) throws(StreamError) -> CANSource {
        var options = CaptureOptions()
        options.coalescing = .milliseconds(40)
        options.waitsForAbsent = waitsForAbsent
        do throws(SocketCANError) {
            return try CANSource(interfaces, options: options, stop: stop)
        } catch {
            throw error.streamError
        }
    }

    /// The part of a log that was read, 0 to 1.
    var fraction: Double? {
        switch log {
        case .some(let log): log.fraction
        case .none: nil
        }
    }

    /// What a log lacks, as far as it was read.
    borrowing func losses() -> LogLosses? {
        switch log {
        case .some(let log): LogLosses(of: log)
        case .none: nil
        }
    }

    /// Fills the emptied `batch`; false at the end, or once the user asked for it.
    mutating func read(into batch: inout FrameBatch) throws(StreamError) -> Bool {
        batch.removeAll()
        guard !interruption.hasCome else { return false }
        do throws(StreamError) {
            let outcome = try readNext(into: &batch)
            if isLive { finishLive(&batch) }
            return outcome != .ended || !batch.isEmpty
        } catch {
            // Standard input that was silent when the user asked for the end.
            guard !isLive, interruption.hasCome else { throw error }
            return false
        }
    }

    private mutating func finishLive(_ batch: inout FrameBatch) {
        batch.truncateStamps(to: resolution)
        batch.firstFrameNumber = liveFrames
        liveFrames += UInt64(batch.count)
    }

    private mutating func readNext(into batch: inout FrameBatch) throws(StreamError) -> ReadOutcome
    {
        if let outcome = try log?.read(into: &batch, waiting: .zero) { return outcome }
        return try source?.read(into: &batch, waiting: .milliseconds(100)) ?? .ended
    }
}
