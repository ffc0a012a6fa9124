public import CANFrame
import CanlogFiles
import LocalFiles
public import LogFile

/// A log as it is listed: what its header and its end tell.
public struct ListedLog: Sendable {
    /// Whether all of it is there.
    public enum State: Sendable, Hashable {
        /// Closed in order; header, index and end are whole.
        case complete
        /// A live recorder goes on.
        case recording
        /// The recorder ended without closing it, and its journal is there.
        case recoveryNeeded
        /// Its end is missing, or its header or index is damaged.
        case damaged
        /// It could not be read.
        case unreadable
    }

    public let path: String
    public private(set) var state: State
    /// Why it is not complete, and what to do about it.
    public private(set) var doubt: StreamError?
    /// `nil` where nothing of the log could be read.
    public private(set) var glance: LogGlance?

    /// When it begins: its first frame, or else when the file was made.
    public var start: Timestamp? { glance?.first ?? glance?.earliest ?? glance?.metadata?.created }
    /// When it ends, as far as it is known.
    public var end: Timestamp? { glance?.last ?? glance?.latest ?? start }

    /// Whether it was never closed, lacks its end or is damaged.
    public var isDoubtful: Bool {
        switch state {
        case .complete, .recording: false
        case .recoveryNeeded, .damaged, .unreadable: true
        }
    }

    /// Looks at the log at a place.
    init(_ place: LogSearch.Place) {
        path = place.path
        state = .unreadable
        do throws(StreamError) {
            // Opening a pipe would wait for somebody who writes to it.
            guard place.kind == .file || Folder.kind(of: path) == .file else {
                throw StreamError(place: path, cause: "this is no file that could be a log")
            }
            let file = try streaming { () throws(SystemError) in try ReadableFile(path: path) }
            let glance = try LogGlance(of: file)
            self.glance = glance
            switch glance.end {
            case .closed: state = .complete
            case .damaged(let error):
                state = .damaged
                doubt = error.streamError(place: path)
            case .open:
                takeOpen(
                    glance, isWritten: file.isLockedByWriter(), hasJournal: place.hasJournal)
            }
        } catch {
            doubt = error
        }
    }

    /// The journal of a log that is not there.
    init(journalWithoutLog path: String) {
        self.path = path
        state = .damaged
        doubt = StreamError(
            place: path, cause: "its journal is there and the log itself is not",
            remedy: "put \(path) back beside \(path)\(LogFormat.journalSuffix)*")
    }

    private mutating func takeOpen(_ glance: LogGlance, isWritten: Bool, hasJournal: Bool) {
        if isWritten {
            state = .recording
        } else if hasJournal {
            state = .recoveryNeeded
            doubt = StreamError(
                place: path,
                cause: "the recording was not closed; the rest of it is in its journal",
                remedy: "`canlog compact` makes one whole log of both")
        } else {
            state = .damaged
            doubt = LogState.journalMissing(from: glance.last).missingEnd(of: path)
        }
    }
}
