import CANFrame

/// What is found out when a log is opened, before anything is given.
struct LogOpening {
    let layout: LogLayout
    let state: LogState
    let summary: LogSummary
    let damages: [LogDamage]
    /// The journal segments behind the last group.
    let segments: [Int]

    init<File: ByteSource & ~Copyable>(
        _ file: borrowing File, journal: JournalFolder<File>, writerIsAlive: Bool, place: String
    ) throws(StreamError) {
        let header = try file.bytes(at: 0, count: LogHeader.size)
        let headerState = LogHeader.state(in: header.span)
        let isOpen = headerState == .recording || headerState == .damaged
        let scanner = LogScanner(place: place, segments: isOpen ? journal.ordinals : [])
        var layout = try scanner.layout(of: file)
        try layout.takeSpecification(
            of: file, headerSize: LogHeader.size(in: header.span))
        self.layout = layout
        var summary = layout.summary
        summary.fileBytes = file.byteCount
        summary.trailingBytes = layout.trailingBytes(of: file.byteCount)
        var survey = JournalSurvey(layout: layout, summary: summary)
        if isOpen, !layout.hasFooter { try survey.read(journal, place: place) }
        survey.finish()
        segments = survey.ordinals
        self.summary = survey.summary
        damages = layout.damages + survey.damages
        // The last group's own segment stays until the log has its end: where it is the only one, the
        // writer was stopped between the two and nothing is missing.
        let endsWithGroup = journal.ordinals.contains(Int(layout.nextOrdinal) - 1)
        state = layout.state(
            size: file.byteCount, hasJournal: endsWithGroup || !segments.isEmpty,
            writerIsAlive: writerIsAlive)
    }
}
