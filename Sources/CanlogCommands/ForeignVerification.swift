import CANFrame
import LogInterchange
import LogTools

/// What came of reading another tool's log to its end: such a log has no digests, so that it is whole
/// where all of it can be understood.
struct ForeignVerification {
    private let place: String
    private let format: LogFileFormat
    private let frames: UInt64
    private let losses: LogLosses

    /// Reads the log at `path`; `nil` if it is a `.canlog`, or of no format that is known.
    init?(_ path: String, progress: (Double?, UInt64) -> Void) throws(StreamError) {
        var options = LogInputOptions()
        options.onFault = .skip
        guard (try? LogInput(path: path, options: options).format) ?? .canlog != .canlog else {
            return nil
        }
        var input = try LogInput(path: path, options: options)
        var batch = FrameBatch(capacity: 8_192)
        var frames: UInt64 = 0
        while try input.read(into: &batch, waiting: .zero) != .ended {
            frames += UInt64(batch.count)
            progress(input.fraction, frames)
        }
        place = path
        format = input.format
        self.frames = frames
        losses = LogLosses(of: input)
    }

    var status: Int32 { losses.isEmpty ? ExitStatus.done : ExitStatus.negative }

    /// A line for each fault, and one for the log.
    var text: String {
        let verdict =
            "\(place): \(losses.isEmpty ? "readable to its end" : "damaged"), \(format.rawValue), "
            + FigureText.counted(frames, "frame") + "; only a .canlog has digests"
        return (losses.messages + [verdict]).map { $0.printable + "\n" }.joined()
    }

    var json: JSONValue {
        [
            "file": .string(place),
            "format": .string(format.rawValue),
            "isWhole": .bool(losses.isEmpty),
            "frames": .count(frames),
            "skipped": .count(losses.gaps.skipped),
            "otherContent": .count(losses.gaps.otherContent),
            "damages": .array(losses.messages.map { .string($0) }),
        ]
    }
}
