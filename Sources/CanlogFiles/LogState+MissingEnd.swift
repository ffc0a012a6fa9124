public import CANFrame
public import LogFile

extension LogState {
    /// What is missing at the end of the log that messages call `place`, if its end is missing.
    public func missingEnd(of place: String) -> StreamError? {
        switch self {
        case .journalMissing(let from):
            let since = from.map { " after " + UTCTime($0).text(fractionDigits: 6) } ?? ""
            return StreamError(
                place: place,
                cause:
                    "the recording was not closed and its journal is not there: frames\(since) are missing",
                remedy: "copy \(place).journal-* beside it")
        case .truncated:
            return StreamError(
                place: place, cause: "the file was cut off: its end is missing")
        case .closed, .streamed, .recording, .recovered: return nil
        }
    }
}
