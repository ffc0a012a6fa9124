import CANFrame
import LocalFiles
import LogFile
import Recording
import SocketCAN

/// The log of `canlog uds --log`: the recorder of `canlog record`, on the interface on which control
/// units are asked, from before the first request until after the last answer.
final class UDSLog {
    let path: String
    private let stop: StopSignal
    private var session: RecordingSession?

    init(_ path: String, on interface: String, metadata: LogMetadata, doubt: String?) throws {
        let stop = try StopSignal()
        var capture = CaptureOptions()
        // Sockets know of the first frame already who sent it.
        capture.receivePath = .socket
        var options = RecordingOptions(path: path, metadata: metadata)
        options.metadata.recorder = "canlog uds \(interface)"
        options.silenceLimit = nil
        if let doubt { options.notes.append(doubt) }
        let source = try Self.source(interface, capture, stop)
        session = try RecordingSession(source: source, options: options) { stop.raise() }
        (self.path, self.stop) = (path, stop)
    }

    deinit { finish() }

    private static func source(
        _ interface: String, _ options: CaptureOptions, _ stop: StopSignal
    ) throws(StreamError) -> CANSource {
        do throws(SocketCANError) {
            return try CANSource(.named([interface]), options: options, stop: stop)
        } catch {
            throw error.streamError
        }
    }

    /// Completes the log and says what is in it; false if it is not whole, or was completed before.
    @discardableResult
    func finish() -> Bool {
        guard let session = session.take() else { return false }
        let progress = session.finish()
        if let failure = progress.failure ?? progress.closingFailure {
            StandardError.say("\(failure); what was recorded is in \(path) and its journal")
            return false
        }
        StandardError.say(
            "\(path): \(progress.frames.counting("frame")), \(progress.lost) lost")
        return progress.lost == 0
    }
}
